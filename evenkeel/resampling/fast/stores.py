"""What a scan for condensed neighbours stands on: a growing store, bounded errors, and scikit-learn."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.metrics import pairwise_distances_argmin, pairwise_distances_argmin_min
from sklearn.neighbors import KDTree

Matrix = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]

# up to here scikit-learn grows a tree, where ties go by its shape; above it compares all, the first one wins
MOST_FOR_TREE = 15
FEWEST_FOR_TREE = 4
LEAF = 30
# below this squares lose digits that the bounds count on
TINY = 1e-280


class Store:
    """Positions of rows in the order of imbalanced-learn's store: the minority, the seeds, what was added."""

    def __init__(self, minority: Positions, seeds: Positions, room: int) -> None:
        self._first = len(minority)
        self._seeded = self._size = len(minority) + len(seeds)
        self._rows = np.empty(self._size + room, dtype=np.intp)
        self._rows[: self._size] = np.concatenate([minority, seeds])

    def __len__(self) -> int:
        return self._size

    @property
    def rows(self) -> Positions:
        """All of it."""
        return self._rows[: self._size]

    @property
    def minority(self) -> Positions:
        """The rows of the other class."""
        return self._rows[: self._first]

    @property
    def added(self) -> Positions:
        """The seeds, then the rows that were added, as they came."""
        return self._rows[self._first : self._size]

    @property
    def grown(self) -> bool:
        """Whether there is more than the seeds."""
        return self._size > self._seeded

    def add(self, row: int) -> None:
        """`row` is in from now on."""
        self._rows[self._size] = row
        self._size += 1


class Measure:
    """Squared distances between rows of `X`, and how wrong they, or scikit-learn's, can be."""

    def __init__(self, X: Matrix) -> None:
        self.X, self.wide = X, X.shape[1] > MOST_FOR_TREE
        with np.errstate(over="ignore"):
            self.norms: Floats = np.einsum("ij,ij->i", X, X)
        largest = float(4.0 * self.norms.max())
        self.overflows, self.exact = not np.isfinite(largest), largest < 2**53 and self._whole()
        # each of some d + 3 roundings moves a result by a part of at most eps / 2: this is twice that
        self._slip = (X.shape[1] + 8) * np.finfo(np.float64).eps

    def _whole(self) -> bool:
        return all(bool((column == np.rint(column)).all()) for column in self.X.T)

    def between(self, rows: Positions, others: Positions) -> Matrix:
        """Squared distances, shape (rows, others)."""
        products = self.X[rows] @ self.X[others].T
        products *= -2.0
        products += self.norms[rows, None]
        products += self.norms[others]
        return np.asarray(products)

    def doubt(self, rows: Positions, one: Floats, other: Floats) -> Floats:
        """By how much squared distances of `rows` to two points must differ, so that they surely do.

        The error of a product of rows x and z is at most slip * (|x| + |z|)**2, and z is at most
        |x| + distance long.
        """
        if self.exact:
            return np.zeros(len(rows))
        spread = np.abs(one) + np.abs(other) + 8.0 * self.norms[rows]
        return np.asarray(4.0 * self._slip * spread + TINY)


class Oracle:
    """Whether scikit-learn takes a row of a block for the minority, with the store as it is.

    imbalanced-learn first predicts the whole class at once, and once more the row alone where that failed.
    In a tree both are the same. The search through all multiplies `step` rows by `step` rows of the store:
    the last bits are those of such a product, so a block must be one of theirs. Products with parts of the
    store that are full never change again, and are asked for once.
    """

    def __init__(self, measure: Measure, store: Store, rows: Positions, step: int) -> None:
        self._measure, self._store, self._rows, self._step = measure, store, rows, step
        self._tree: KDTree | None = None
        self._asked = 0
        # of each part of the store: the nearest row for each row of the block, and how near it is
        self._found: list[Positions] = []
        self._nearest: list[Floats] = []

    def misjudges(self, i: int) -> bool:
        """The answer for row i of the block."""
        if self._measure.wide or len(self._store) < FEWEST_FOR_TREE:
            return self._by_search(i)
        return self._by_tree(i)

    def _by_tree(self, i: int) -> bool:
        X = self._measure.X
        if self._tree is None or self._asked < len(self._store):
            self._tree, self._asked = KDTree(X[self._store.rows], leaf_size=LEAF), len(self._store)
        found = self._tree.query(X[self._rows[i]][None, :], return_distance=False)
        return self._is_strange(found[0, 0])

    def _by_search(self, i: int) -> bool:
        self._search()
        nearest = np.array([part[i] for part in self._nearest])
        first = int(np.argmin(nearest))
        # before anything is added there is no prediction of the whole class
        if self._store.grown and not self._is_strange(self._found[first][i]):
            return False
        doubt = self._measure.doubt(self._rows[[i]], nearest[[first]], nearest[[first]])
        parts = np.flatnonzero(nearest <= nearest[first] + doubt)
        return self._alone(i, parts)

    def _alone(self, i: int, parts: Positions) -> bool:
        """The answer where nothing but row i is asked for; only `parts` of the store can have the nearest."""
        X, rows = self._measure.X, np.concatenate([self._part(part) for part in parts])
        found = pairwise_distances_argmin(_plain(X[self._rows[[i]]]), _plain(X[self._store.rows[rows]]))
        return self._is_strange(rows[found[0]])

    def _search(self) -> None:
        if self._asked == len(self._store):
            return
        full = self._asked // self._step
        del self._found[full:], self._nearest[full:]
        X, block = self._measure.X, _plain(self._measure.X[self._rows])
        for number in range(full, -(-len(self._store) // self._step)):
            part = self._part(number)
            # squared, as the search compares them: roots could make ties
            found, nearest = pairwise_distances_argmin_min(
                block, _plain(X[self._store.rows[part]]), metric="sqeuclidean"
            )
            self._found.append(part[found])
            self._nearest.append(nearest)
        self._asked = len(self._store)

    def _part(self, number: int) -> Positions:
        return np.arange(number * self._step, min((number + 1) * self._step, len(self._store)))

    def _is_strange(self, place: int) -> bool:
        return bool(place < len(self._store.minority))


def _plain(rows: Matrix) -> Matrix:
    return np.ascontiguousarray(rows)
