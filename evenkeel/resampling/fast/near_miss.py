"""NearMiss with the same rows in the same order, in less time and little memory."""

from __future__ import annotations

import warnings
from collections import Counter
from typing import Any

import numpy as np
import numpy.typing as npt
from imblearn import under_sampling

from evenkeel.resampling.fast.answers import has_kernels, is_plain
from evenkeel.resampling.fast.neighbours import quicken
from evenkeel.resampling.fast.rounded import Floats, Positions
from evenkeel.resampling.fast.sums import Sums

Labels = npt.NDArray[Any]


class NearMiss(under_sampling.NearMiss):  # type: ignore[misc]
    """NearMiss (Mani & Zhang 2003), row for row as `imblearn.under_sampling.NearMiss`.

    Which rows come first is known from bounds of their distances; see `sums`. The second version has
    scikit-learn sort the distances to the whole minority, all held at once: here, only where sums are tied,
    and in pieces. What is not dense float64, or searched in another way, is imbalanced-learn's.
    """

    def _fit_resample(self, X: Any, y: Labels) -> tuple[Any, Labels]:
        sizes = Counter(y)
        rarest = min(sizes, key=sizes.__getitem__)
        self._validate_estimator()
        if not self._is_covered(X, sizes[rarest]):
            kept: tuple[Any, Labels] = super()._fit_resample(X, y)
            return kept
        if self.version == 3:
            quicken(self, "nn_ver3_")
        minority = np.flatnonzero(y == rarest)
        self.nn_.fit(X[minority])
        chosen = [np.empty(0, dtype=np.intp)]
        for label in np.unique(y):
            own = np.flatnonzero(y == label)
            if label in self.sampling_strategy_:
                own = own[self._chosen(X[own], X[minority], self.sampling_strategy_[label])]
            chosen.append(own)
        self.sample_indices_ = np.concatenate(chosen)
        return X[self.sample_indices_], y[self.sample_indices_]

    def _is_covered(self, X: Any, rarest: int) -> bool:
        searches = [self.nn_, self.nn_ver3_] if self.version == 3 else [self.nn_]
        return (
            isinstance(X, np.ndarray)
            and X.dtype == np.float64
            and X.flags.c_contiguous
            and all(map(is_plain, searches))
            and has_kernels()
            # else scikit-learn says what is wrong
            and (self.version == 2 or self.nn_.n_neighbors <= rarest)
        )

    def _chosen(self, own: Floats, minority: Floats, wanted: int) -> Positions:
        """Which rows of a class stay, best first."""
        if self.version == 3:
            return self._near_and_far(own, minority, wanted)
        k = min(self.nn_.n_neighbors, len(minority))
        return Sums(self.nn_, own, k, far=self.version == 2).first(self._at_most(wanted, len(own)))

    def _near_and_far(self, own: Floats, minority: Floats, wanted: int) -> Positions:
        """The third version: of the rows nearest to the minority, those that are farthest from it."""
        found = self.nn_ver3_.fit(own).kneighbors(minority, return_distance=False)
        near = np.unique(found)
        sums = Sums(self.nn_, own[near], self.nn_.n_neighbors, least=-1)
        return near[sums.first(self._at_most(wanted, len(near)))]

    def _at_most(self, wanted: int, rows: int) -> int:
        if rows < wanted:
            warnings.warn(
                "The number of the samples to be selected is larger than the number of samples available. "
                "The balancing ratio cannot be ensure and all samples will be returned.",
                stacklevel=2,
            )
        return min(wanted, rows)
