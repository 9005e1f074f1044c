"""scikit-learn's nearest rows, the same positions in the same order, in less time.

The k nearest come from a search in single precision and are put in order in double precision (`ranked`).
Rows whose order is certain, as most are, are done; scikit-learn is asked for the others (`answers`). It is
asked for all as soon as so many are open that little would be spared: tables full of ties, such as one-hot
codes and small whole numbers, are like that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn import neighbors

from evenkeel.resampling.fast.answers import answers, are_blocks_cheaper, blocks_hit, is_searchable
from evenkeel.resampling.fast.ranked import AT_ONCE, rank
from evenkeel.resampling.fast.rounded import Floats, Positions, Rounded, is_representable, threads

# pairs of rows for each thread, known rows, and known rows for each neighbour, below which scikit-learn is
# as quick: it shares out all of its work, we some of ours
FEWEST_PAIRS, FEWEST_ROWS, ROWS_A_NEIGHBOUR = 4e7, 5_000, 100
# rows on which a tree is tried, and the share of all rows that it must visit for one to be beaten
TRIED, VISITED = 50, 0.04
# rows looked at before a first judgement
FIRST = 64
# what the search takes, where scikit-learn takes 1
COST = 0.5


class Quick:
    """`kneighbors` of a class of scikit-learn's, quicker where dense float64 rows are asked for positions.

    All else is scikit-learn's own: distances, other metrics, sparse rows, few rows, few columns.
    """

    _known: Rounded | None = None

    def kneighbors(self, X: Any = None, n_neighbors: Any = None, return_distance: bool = True) -> Any:
        """As scikit-learn's: positions, shape (rows of X, n_neighbors), with distances if asked for."""
        own: Any = self
        k = own.n_neighbors if n_neighbors is None else n_neighbors
        if return_distance or not _is_covered(own, X, k):
            return super().kneighbors(X, n_neighbors, return_distance)  # type: ignore[misc]
        if self._known is None or self._known.X is not own._fit_X:
            self._known = Rounded.of(own._fit_X)
        return _nearest(own, self._known, np.ascontiguousarray(X), int(k))


class NearestNeighbors(Quick, neighbors.NearestNeighbors):  # type: ignore[misc]
    """`sklearn.neighbors.NearestNeighbors`, with the same answers."""


class KNeighborsClassifier(Quick, neighbors.KNeighborsClassifier):  # type: ignore[misc]
    """`sklearn.neighbors.KNeighborsClassifier`, with the same answers."""


OURS = {
    neighbors.NearestNeighbors: NearestNeighbors,
    neighbors.KNeighborsClassifier: KNeighborsClassifier,
}


def quicken(sampler: Any, *names: str) -> None:
    """Put ours, with the same parameters, in the place of unfitted searches of scikit-learn's."""
    for name in names:
        theirs = getattr(sampler, name)
        if ours := OURS.get(type(theirs)):
            setattr(sampler, name, ours(**theirs.get_params(deep=False)))


def _is_covered(fitted: Any, Q: Any, k: Any) -> bool:
    """Whether the fast way knows how to answer, and pays."""
    known: Any = getattr(fitted, "_fit_X", None)
    return bool(
        _is_plain(known)
        and _is_plain(Q)
        and known.shape[1] == Q.shape[1]
        and isinstance(k, int | np.integer)
        and 0 < k <= len(known)
        and len(known) >= max(FEWEST_ROWS, ROWS_A_NEIGHBOUR * int(k))
        and len(known) * len(Q) >= FEWEST_PAIRS * threads()
        and not hasattr(fitted, "feature_names_in_")
        and is_searchable(fitted)
        and is_representable(known)
        and is_representable(Q)
        and not is_tree_quick(fitted, Q, int(k))
    )


def _is_plain(rows: Any) -> bool:
    return isinstance(rows, np.ndarray) and rows.dtype == np.float64 and rows.ndim == 2


def is_tree_quick(fitted: Any, Q: Floats, k: int) -> bool:
    """Whether scikit-learn has a tree that finds neighbours without looking at many rows."""
    if fitted._fit_method != "kd_tree":
        return False
    some = np.ascontiguousarray(Q[:: max(1, len(Q) // TRIED)])
    fitted._tree.reset_n_calls()
    fitted._tree.query(some, k)
    return bool(fitted._tree.get_n_calls() < VISITED * len(some) * len(fitted._fit_X))


def _nearest(fitted: Any, known: Rounded, Q: Floats, k: int) -> Positions:
    """The k nearest known rows for each row of `Q`, shape (rows, k)."""
    asked, found = Rounded.of(Q, known.centre), np.empty((len(Q), k), dtype=np.intp)
    certain, looked_at = np.zeros(len(Q), dtype=np.bool_), 0
    for places in _batches(len(Q)):
        for some, ranked in rank(known, asked, places, k):
            found[some] = ranked.found[:, :k]
            certain[some] = ranked.parted[:, :k].all(axis=1)
        looked_at += len(places)
        if _is_hopeless(fitted, 1 - certain.sum() / looked_at, len(Q)):
            break
    left = np.flatnonzero(~certain)
    found[left] = answers(fitted, Q, np.arange(len(Q)), left, k)
    return found


def _batches(query: int) -> Iterator[Positions]:
    """All places in batches that grow: rows from anywhere, for each to tell something of all."""
    order, start, size = np.random.default_rng(0).permutation(query), 0, FIRST
    while start < query:
        yield order[start : start + size]
        start, size = start + size, min(2 * size, AT_ONCE)


def _is_hopeless(fitted: Any, share: float, query: int) -> bool:
    """Whether scikit-learn would have to answer so much that ours were better not begun."""
    if fitted._fit_method == "kd_tree":
        return share > 1 - COST
    return not are_blocks_cheaper(blocks_hit(share * query, query), query, 1 - COST)
