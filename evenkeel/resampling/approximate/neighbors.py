"""`ApproximateNeighbors`: the graph with scikit-learn's interface, and how many of the nearest it found."""

from __future__ import annotations

from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.neighbors import NearestNeighbors
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted

from evenkeel.resampling.approximate.graph import Graph
from evenkeel.resampling.fast.rounded import Floats, Positions, is_representable
from evenkeel.resampling.searches import Searches

# below, an exact search is over before a graph is built
FEWEST_ROWS = 10_000
# up to here a tree finds the nearest rows faster than a walk, and all of them
FEWEST_COLUMNS = 6
# with more neighbours a walk sees so much of the table that it saves nothing
MOST_NEIGHBOURS = 200
# queries that are also answered exactly, to measure the recall
MEASURED = 500
# of the farthest true neighbour's distance: the exact search rounds to single precision
TOLERANCE = 1 + 1e-6


class ApproximateNeighbors(BaseEstimator):  # type: ignore[misc]
    """About the nearest rows, by Euclidean distance, from a graph; in the place of `NearestNeighbors`.

    A query that equals a fitted row finds such a row first. Small or narrow tables, and more than 200
    neighbours, are searched exactly. There is nothing random in a result, and no number of threads changes
    it: `n_jobs` is taken because imbalanced-learn sets it, and has no effect.

    `recall_` is the lowest recall of the searches since `fit`, None before the first; `searches` hears of
    each. It is measured on up to 500 of the queries, as the share of their places that hold a row no farther
    than the k-th nearest truly is. The place of the query's own row, which cannot be missed, does not count.
    """

    def __init__(
        self, n_neighbors: int = 5, *, n_jobs: int | None = None, searches: Searches | None = None
    ) -> None:
        self.n_neighbors = n_neighbors
        self.n_jobs = n_jobs
        self.searches = searches

    def fit(self, X: Any, y: object = None) -> Self:  # noqa: ARG002 - as estimators are called
        """Build the graph of the rows of `X`, shape (rows, columns), dense or sparse."""
        X = _dense(X)
        self.n_samples_fit_, self.n_features_in_ = X.shape
        self.recall_: float | None = None
        self._exact = NearestNeighbors(n_neighbors=self.n_neighbors).fit(X)
        small = len(X) < FEWEST_ROWS or X.shape[1] <= FEWEST_COLUMNS or not is_representable(X)
        self._graph = None if small else Graph(X)
        return self

    def kneighbors(self, X: Any = None, n_neighbors: int | None = None, return_distance: bool = True) -> Any:
        """Distances and positions of the k nearest fitted rows, nearest first, shape (queries, k) each.

        Without `X`, those of the fitted rows, each without itself. Without `return_distance`, positions
        alone.
        """
        check_is_fitted(self)
        k = self.n_neighbors if n_neighbors is None else n_neighbors
        if self._graph is None or k > MOST_NEIGHBOURS or k >= self.n_samples_fit_:
            self._heard(1.0)
            return self._exact.kneighbors(X, k, return_distance)
        distances, found = self._others(self._graph, k) if X is None else self._near(_dense(X), k)
        return (distances, found) if return_distance else found

    def kneighbors_graph(
        self,
        X: Any = None,
        n_neighbors: int | None = None,
        mode: Literal["connectivity", "distance"] = "connectivity",
    ) -> Any:
        """The neighbours as a sparse matrix of ones or distances, shape (queries, fitted rows)."""
        distances, found = self.kneighbors(X, n_neighbors)
        values = distances if mode == "distance" else np.ones_like(distances)
        ends = np.arange(len(found) + 1) * found.shape[1]
        return sparse.csr_matrix(
            (values.ravel(), found.ravel(), ends), shape=(len(found), self.n_samples_fit_)
        )

    def _near(self, Q: Floats, k: int) -> tuple[Floats, Positions]:
        assert self._graph is not None
        distances, found = self._graph.search(Q, k)
        if (recall := _recall(self._graph, Q, distances)) is not None:
            self._heard(recall)
        return distances, found

    def _others(self, graph: Graph, k: int) -> tuple[Floats, Positions]:
        distances, found = self._near(graph.X, k + 1)
        own = found == np.arange(len(found))[:, None]
        # among equal rows the row itself need not be there
        own[~own.any(axis=1), -1] = True
        return distances[~own].reshape(-1, k), found[~own].reshape(-1, k)

    def _heard(self, recall: float) -> None:
        self.recall_ = recall if self.recall_ is None else min(self.recall_, recall)
        if self.searches is not None:
            self.searches.hear(recall)


def _recall(graph: Graph, Q: Floats, distances: Floats) -> float | None:
    """The share of true neighbours among those found for some of the queries, None if none can be missed."""
    some = _some(len(Q))
    farthest = graph.search_all(Q[some], distances.shape[1])[0][:, -1:]
    hit, counts = (
        distances[some] <= farthest * TOLERANCE,
        np.ones((len(some), distances.shape[1]), dtype=bool),
    )
    counts[graph.is_known(Q[some]), 0] = False
    return float(hit[counts].mean()) if counts.any() else None


def _some(queries: int) -> npt.NDArray[np.int64]:
    drawn = np.random.default_rng(0).permutation(queries)[:MEASURED]
    return np.sort(drawn)


def _dense(X: Any) -> Floats:
    # SMOTENC's matrices are sparse
    return np.asarray(check_array(X.toarray() if hasattr(X, "toarray") else X, dtype=np.float64))
