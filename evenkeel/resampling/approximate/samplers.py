"""imbalanced-learn's samplers with approximate neighbours: everything else in them is its own.

imbalanced-learn makes its estimators in `_validate_estimator`; `Approximate` puts ours in their place there,
whatever they are called, and in the samplers that a sampler is made of.
"""

from __future__ import annotations

import functools
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from imblearn import combine, over_sampling, under_sampling
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from evenkeel.resampling.approximate.neighbors import ApproximateNeighbors
from evenkeel.resampling.fast import cleaning
from evenkeel.resampling.fast.rounded import Floats, Positions
from evenkeel.resampling.searches import Searches

Labels = npt.NDArray[Any]
Kept = tuple[Floats, Labels]


class Approximate:
    """A sampler whose searches are approximate, and heard by its `searches`."""

    @functools.cached_property
    def searches(self) -> Searches:
        """Those of this sampler alone, unless others are given to it."""
        return Searches("approximate")

    def _validate_estimator(self) -> Any:
        made = super()._validate_estimator()  # type: ignore[misc]
        for name, part in list(vars(self).items()):
            if name.endswith("_"):
                setattr(self, name, self._approximated(part))
        return made

    def _approximated(self, part: Any) -> Any:
        if type(part) is NearestNeighbors:
            return self.searches.finder(part.n_neighbors)
        if type(part) is KNeighborsClassifier:
            return Voters(part.n_neighbors, searches=self.searches)
        if ours := PARTS.get(type(part)):
            part = ours(**part.get_params(deep=False))
        if isinstance(part, Approximate):
            part.searches = self.searches
        return part


class Voters(ApproximateNeighbors):
    """A classifier by vote of the nearest rows: what `NeighbourhoodCleaningRule` asks first."""

    def fit(self, X: Any, y: Any = None) -> Self:
        """Build the graph and keep the labels `y`, shape (rows,)."""
        self._labels, self._codes = np.unique(y, return_inverse=True)
        return super().fit(X)

    def predict(self, X: Any) -> Labels:
        """The most frequent label of the nearest rows, the smallest of these if tied, shape (queries,)."""
        voters = self._codes[self.kneighbors(X, return_distance=False)]
        votes = np.stack([(voters == code).sum(axis=1) for code in range(len(self._labels))], axis=1)
        return np.asarray(self._labels[votes.argmax(axis=1)])


class SMOTE(Approximate, over_sampling.SMOTE):  # type: ignore[misc]
    """SMOTE (Chawla et al. 2002)."""


class SMOTENC(Approximate, over_sampling.SMOTENC):  # type: ignore[misc]
    """SMOTE-NC (Chawla et al. 2002)."""


class ADASYN(Approximate, over_sampling.ADASYN):  # type: ignore[misc]
    """ADASYN (He et al. 2008)."""


class BorderlineSMOTE(Approximate, over_sampling.BorderlineSMOTE):  # type: ignore[misc]
    """SMOTE from the border (Han et al. 2005)."""


class KMeansSMOTE(Approximate, over_sampling.KMeansSMOTE):  # type: ignore[misc]
    """SMOTE inside clusters (Last et al. 2017)."""


class SVMSMOTE(Approximate, over_sampling.SVMSMOTE):  # type: ignore[misc]
    """SMOTE from support vectors (Nguyen et al. 2011)."""


class NearMiss(Approximate, under_sampling.NearMiss):  # type: ignore[misc]
    """The majority nearest to the minority (Mani & Zhang 2003)."""


class EditedNearestNeighbours(Approximate, under_sampling.EditedNearestNeighbours):  # type: ignore[misc]
    """ENN (Wilson 1972)."""


class RepeatedEditedNearestNeighbours(
    Approximate,
    under_sampling.RepeatedEditedNearestNeighbours,  # type: ignore[misc]
):
    """ENN over and over (Tomek 1976)."""


class AllKNN(Approximate, under_sampling.AllKNN):  # type: ignore[misc]
    """ENN with ever more neighbours (Tomek 1976)."""


class NeighbourhoodCleaningRule(Approximate, under_sampling.NeighbourhoodCleaningRule):  # type: ignore[misc]
    """NCR (Laurikkala 2001)."""


class TomekLinks(Approximate, under_sampling.TomekLinks):  # type: ignore[misc]
    """Tomek's links (Tomek 1976)."""

    def _fit_resample(self, X: Floats, y: Labels) -> Kept:
        dropped = self._linked(X, y)
        dropped = dropped[np.isin(y[dropped], list(self.sampling_strategy_))]
        self.sample_indices_ = np.delete(np.arange(len(y)), dropped)
        return X[self.sample_indices_], y[self.sample_indices_]

    def _linked(self, X: Floats, y: Labels) -> Positions:
        """Both ends of every link; as one of them is outside the largest class, the search starts there."""
        labels, sizes = np.unique(y, return_counts=True)
        finder = self.searches.finder(2).fit(X)
        rows: Positions = np.flatnonzero(y != labels[sizes.argmax()])
        near = finder.kneighbors(X[rows], return_distance=False)[:, 1]
        rows, near = rows[y[rows] != y[near]], near[y[rows] != y[near]]
        if not len(rows):
            return rows
        mutual = finder.kneighbors(X[near], return_distance=False)[:, 1] == rows
        return np.asarray(np.unique(np.concatenate([rows[mutual], near[mutual]])))


class OneSidedSelection(Approximate, cleaning.OneSidedSelection):
    """One-sided selection (Kubat & Matwin 1997); the condensing pass asks few rows and stays exact."""

    def _links(self) -> TomekLinks:
        links = TomekLinks(sampling_strategy=list(self.sampling_strategy_))
        links.searches = self.searches
        return links


class SMOTEENN(Approximate, combine.SMOTEENN):  # type: ignore[misc]
    """SMOTE, then ENN (Batista et al. 2004)."""


class SMOTETomek(Approximate, combine.SMOTETomek):  # type: ignore[misc]
    """SMOTE, then Tomek links (Batista et al. 2003)."""


PARTS = {
    over_sampling.SMOTE: SMOTE,
    under_sampling.EditedNearestNeighbours: EditedNearestNeighbours,
    under_sampling.TomekLinks: TomekLinks,
}
