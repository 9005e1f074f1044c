"""imbalanced-learn's cleaning samplers, by the same names, with the same parameters and results, but faster.

Where a table is small, or has something that the fast way does not cover, they are imbalanced-learn's.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import numpy.typing as npt
from imblearn import combine, under_sampling
from sklearn.base import clone
from sklearn.neighbors import NearestNeighbors
from sklearn.utils import check_random_state

from evenkeel.resampling.fast.answers import has_kernels, is_plain
from evenkeel.resampling.fast.editing import agreeing
from evenkeel.resampling.fast.links import linked
from evenkeel.resampling.fast.neighbours import quicken
from evenkeel.resampling.fast.rounded import Floats, Positions, is_representable
from evenkeel.resampling.fast.table import Table

Labels = npt.NDArray[Any]
Kept = tuple[Floats, Labels]

# below, to prepare the fast way takes longer than the search
FEWEST_ROWS = 5_000
# up to here a tree finds neighbours faster than bounds of their distances could be
FEWEST_COLUMNS = 6


class TomekLinks(under_sampling.TomekLinks):  # type: ignore[misc]
    """Tomek's links (Tomek 1976), row for row as `imblearn.under_sampling.TomekLinks`."""

    def _fit_resample(self, X: Floats, y: Labels) -> Kept:
        if not _is_covered(X, y, 2):
            kept: Kept = super()._fit_resample(X, y)
            return kept
        rows = np.ascontiguousarray(X)
        fitted = NearestNeighbors(n_neighbors=2, n_jobs=self.n_jobs).fit(rows)
        found = linked(Table(rows, _codes(y), fitted))
        dropped = found[np.isin(y[found], list(self.sampling_strategy_))]
        self.sample_indices_ = np.delete(np.arange(len(y)), dropped)
        return X[self.sample_indices_], y[self.sample_indices_]


class EditedNearestNeighbours(under_sampling.EditedNearestNeighbours):  # type: ignore[misc]
    """ENN (Wilson 1972), row for row as `imblearn.under_sampling.EditedNearestNeighbours`."""

    def _fit_resample(self, X: Floats, y: Labels) -> Kept:
        self._validate_estimator()
        if not is_plain(self.nn_) or not _is_covered(X, y, self.nn_.n_neighbors):
            kept: Kept = super()._fit_resample(X, y)
            return kept
        rows = np.ascontiguousarray(X)
        self.nn_.fit(rows)
        self.sample_indices_ = self._all_kept(Table(rows, _codes(y), self.nn_), np.unique(y))
        return X[self.sample_indices_], y[self.sample_indices_]

    def _all_kept(self, table: Table, labels: Labels) -> Positions:
        return np.concatenate([self._kept(table, code, label) for code, label in enumerate(labels)])

    def _kept(self, table: Table, code: int, label: object) -> Positions:
        own = table.rows_of(code)
        if label not in self.sampling_strategy_:
            return own
        return own[agreeing(table, code, self.kind_sel)]


class RepeatedEditedNearestNeighbours(under_sampling.RepeatedEditedNearestNeighbours):  # type: ignore[misc]
    """ENN over and over (Tomek 1976), as `imblearn.under_sampling.RepeatedEditedNearestNeighbours`."""

    def _validate_estimator(self) -> None:
        super()._validate_estimator()
        _quicken(self, "enn_")


class AllKNN(under_sampling.AllKNN):  # type: ignore[misc]
    """ENN with ever more neighbours (Tomek 1976), row for row as `imblearn.under_sampling.AllKNN`."""

    def _validate_estimator(self) -> None:
        super()._validate_estimator()
        _quicken(self, "enn_")


class NeighbourhoodCleaningRule(under_sampling.NeighbourhoodCleaningRule):  # type: ignore[misc]
    """NCR (Laurikkala 2001), row for row as `imblearn.under_sampling.NeighbourhoodCleaningRule`."""

    def _validate_estimator(self) -> None:
        super()._validate_estimator()
        _quicken(self, "edited_nearest_neighbours_")
        quicken(self, "nn_")


class OneSidedSelection(under_sampling.OneSidedSelection):  # type: ignore[misc]
    """One-sided selection (Kubat & Matwin 1997), as `imblearn.under_sampling.OneSidedSelection`.

    Only its Tomek links are faster: the condensing pass is imbalanced-learn's, draw for draw.
    """

    def _fit_resample(self, X: Floats, y: Labels) -> Kept:
        estimator, random_state = self._validate_estimator(), check_random_state(self.random_state)
        sizes = Counter(y)
        minority = np.flatnonzero(y == min(sizes, key=sizes.__getitem__))
        self.estimators_: list[Any] = []
        chosen = []
        for label in np.unique(y):
            own = np.flatnonzero(y == label)
            if label in self.sampling_strategy_:
                drawn = random_state.randint(low=0, high=sizes[label], size=self.n_seeds_S)
                own = self._condensed(X, y, clone(estimator), minority, own, drawn)
            chosen.append(own)
        rows = np.concatenate(chosen)
        links = self._links()
        kept: Kept = links.fit_resample(X[rows], y[rows])
        self.sample_indices_ = rows[links.sample_indices_]
        return kept

    def _links(self) -> Any:
        return TomekLinks(sampling_strategy=list(self.sampling_strategy_))

    def _condensed(
        self,
        X: Floats,
        y: Labels,
        estimator: Any,
        minority: Positions,
        own: Positions,
        drawn: Positions,
    ) -> Positions:
        """The drawn rows and those that the minority and these misjudge."""
        seeds, others = own[drawn], np.delete(own, drawn)
        known = np.append(minority, seeds)
        self.estimators_.append(estimator.fit(X[known], y[known]))
        wrong = estimator.predict(X[others]) != y[others]
        return np.concatenate([seeds, others[wrong]])


class SMOTEENN(combine.SMOTEENN):  # type: ignore[misc]
    """SMOTE, then ENN (Batista et al. 2004), row for row as `imblearn.combine.SMOTEENN`."""

    def _validate_estimator(self) -> None:
        super()._validate_estimator()
        _quicken(self, "enn_")


class SMOTETomek(combine.SMOTETomek):  # type: ignore[misc]
    """SMOTE, then Tomek links (Batista et al. 2003), row for row as `imblearn.combine.SMOTETomek`."""

    def _validate_estimator(self) -> None:
        super()._validate_estimator()
        _quicken(self, "tomek_")


def _quicken(sampler: Any, part: str) -> None:
    """Put ours, with the same parameters, in the place of an ENN or Tomek links of imbalanced-learn's."""
    theirs = getattr(sampler, part)
    ours = {
        under_sampling.EditedNearestNeighbours: EditedNearestNeighbours,
        under_sampling.TomekLinks: TomekLinks,
    }.get(type(theirs))
    if ours is not None:
        setattr(sampler, part, ours(**theirs.get_params(deep=False)))


def _is_covered(X: Any, y: Labels, neighbours: int) -> bool:
    """Whether the fast way knows how to deal with these rows, and pays."""
    return (
        isinstance(X, np.ndarray)
        and X.dtype == np.float64
        and y.dtype.kind in "iub"
        and len(y) >= max(FEWEST_ROWS, neighbours)
        and X.shape[1] >= FEWEST_COLUMNS
        and is_representable(X)
        and has_kernels()
    )


def _codes(y: Labels) -> npt.NDArray[np.intp]:
    """Labels as numbers from 0 in their order."""
    return np.asarray(np.unique(y, return_inverse=True)[1], dtype=np.intp)
