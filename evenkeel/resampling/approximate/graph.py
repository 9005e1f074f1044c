"""A graph of rows through which a search walks towards a query: nearly all nearest rows, in little time.

Hierarchical navigable small worlds (Malkov & Yashunin 2018) by faiss. The same rows give the same graph, on
any number of threads and whatever the processor's vector instructions: it is built and searched by one
thread with faiss's plain code, which takes no longer because such a walk waits for memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from evenkeel.resampling.fast.rounded import Floats, Positions, Singles, nearest, parts

# links of a row, and candidates for them: at 150,000 rows of 30 columns 0.5 % of the nearest are missed
LINKS, CANDIDATES = 32, 64
# rows that a search keeps in view, at the least and for each neighbour
IN_VIEW, IN_VIEW_EACH = 64, 4
NOWHERE = -1


class Graph:
    """The rows of `X`, shape (rows, columns), finite float64, with a way from each to those that are near.

    Equal rows are one node. As nodes of their own they would be linked to one another alone, and cut off.
    """

    def __init__(self, X: Floats) -> None:
        self.X = X
        self._keys, self._first, node, self._sizes = np.unique(
            _keys(X), return_index=True, return_inverse=True, return_counts=True
        )
        self._members = np.argsort(node, kind="stable")
        self._starts = np.cumsum(self._sizes) - self._sizes
        self._mean = X.mean(axis=0)
        self._Z = self._rounded(X[self._first])
        self._index = _built(self._Z)

    def is_known(self, Q: Floats) -> npt.NDArray[np.bool_]:
        """Which rows of `Q` equal one of `X`, shape (queries,)."""
        return np.asarray(self._nodes(Q) != NOWHERE)

    def search(self, Q: Floats, k: int) -> tuple[Floats, Positions]:
        """Distances and positions of about the k nearest rows, nearest first, shape (queries, k) each.

        A row of `X` that equals the query comes first, always. Distances are exact, and go with the rows.
        """
        return self._in_parts(Q, k, self._walked)

    def search_all(self, Q: Floats, k: int) -> tuple[Floats, Positions]:
        """As `search`, but nothing is missed, because every row is looked at."""
        return self._in_parts(Q, k, self._compared)

    def _in_parts(self, Q: Floats, k: int, find: Any) -> tuple[Floats, Positions]:
        nodes = min(k, len(self._first))
        distances, found = np.empty((len(Q), k)), np.empty((len(Q), k), dtype=np.intp)
        for part in parts(len(Q)):
            distances[part], found[part] = self._spread(*self._ranked(Q[part], find(Q[part], nodes)), k)
        return distances, found

    def _walked(self, Q: Floats, k: int) -> Positions:
        import faiss

        view = faiss.SearchParametersHNSW(efSearch=max(IN_VIEW, IN_VIEW_EACH * k))  # type: ignore[attr-defined]
        with _alone():
            found: Positions = self._index.search(self._rounded(Q), k, params=view)[1]
        if len(lost := np.flatnonzero(found[:, -1] == NOWHERE)):
            # the walk ended in a part of the graph with fewer than k nodes
            found[lost] = self._compared(Q[lost], k)
        own = self._nodes(Q)
        missed = np.flatnonzero((own != NOWHERE) & (found != own[:, None]).all(axis=1))
        found[missed, -1] = own[missed]
        return found

    def _compared(self, Q: Floats, k: int) -> Positions:
        return nearest(self._Z, self._rounded(Q), k)[1]

    def _ranked(self, Q: Floats, nodes: Positions) -> tuple[Floats, Positions]:
        """Distances in double precision and the nodes, nearest first; of equally far ones the lower first."""
        nodes = np.sort(nodes, axis=1)
        distances = np.sqrt(np.square(self.X[self._first[nodes]] - Q[:, None]).sum(axis=2))
        order = np.argsort(distances, axis=1, kind="stable")
        return np.take_along_axis(distances, order, axis=1), np.take_along_axis(nodes, order, axis=1)

    def _spread(self, distances: Floats, nodes: Positions, k: int) -> tuple[Floats, Positions]:
        """The first k rows of the nodes, which have one or more each."""
        if len(self._first) == len(self.X):
            return distances, self._first[nodes]
        ends = np.cumsum(self._sizes[nodes], axis=1)
        column = np.stack([(ends <= place).sum(axis=1) for place in range(k)], axis=1)
        node, end = np.take_along_axis(nodes, column, axis=1), np.take_along_axis(ends, column, axis=1)
        inside = np.arange(k) - (end - self._sizes[node])
        return np.take_along_axis(distances, column, axis=1), self._members[self._starts[node] + inside]

    def _nodes(self, Q: Floats) -> Positions:
        """The node of each row, `NOWHERE` if it has none."""
        keys = _keys(Q)
        place = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return np.where(self._keys[place] == keys, place, NOWHERE)

    def _rounded(self, X: Floats) -> Singles:
        return np.ascontiguousarray(X - self._mean, dtype=np.float32)


def _keys(X: Floats) -> npt.NDArray[Any]:
    """One value per row that is equal where rows are: their bytes, with one sign of zero."""
    rows = np.ascontiguousarray(X + 0.0)
    return rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).ravel()


def _built(Z: Singles) -> Any:
    import faiss

    index = faiss.IndexHNSWFlat(Z.shape[1], LINKS)
    index.hnsw.efConstruction = CANDIDATES
    with _alone():
        # which rows are on the upper levels is drawn with a fixed seed
        index.add(Z)
    return index


@contextmanager
def _alone() -> Iterator[None]:
    """Run faiss by one thread and without vector instructions: neither has a say in what is found."""
    import faiss

    threads, level = faiss.omp_get_max_threads(), faiss.SIMDConfig.get_level()
    plain = faiss.SIMDLevel_NONE if faiss.SIMDConfig.has_dynamic_dispatch() else level
    try:
        faiss.omp_set_num_threads(1)
        faiss.SIMDConfig.set_level(plain)
        yield
    finally:
        faiss.omp_set_num_threads(threads)
        faiss.SIMDConfig.set_level(level)
