"""CondensedNearestNeighbour without a new index for every row that is added."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from imblearn import under_sampling
from sklearn import get_config
from sklearn.utils import check_random_state
from threadpoolctl import threadpool_limits

from evenkeel import progress
from evenkeel.resampling.fast.stores import Measure, Oracle, Store

Matrix = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.intp]

# store rows whose distances are computed at once: what they need stays in the cache
PIECE = 1024


class CondensedNearestNeighbour(under_sampling.CondensedNearestNeighbour):  # type: ignore[misc]
    """imbalanced-learn's condensed nearest neighbours (Hart 1968), the same rows in the same order.

    imbalanced-learn 0.14 fits a 1-nearest-neighbour classifier anew for every row that enters the store, and
    lets it predict the whole class again. All that ever counts of this is what it says of a row when the scan
    gets there. Here the scan goes by blocks: the distances of a block to the store are one matrix product,
    cut short for rows that are surely well classified, and inside the block they are kept up to date.

    Identical, because only what rounding cannot turn round is decided here: where the distances to the
    nearest row of either class differ by more than the worst case of the errors in theirs and in ours
    (Higham 2002, section 3.1). All else, such as ties, scikit-learn is asked; see `Oracle`. In whole numbers
    nothing is rounded, and above 15 columns a tie goes to the minority, which comes first.

    It could fail where scikit-learn's distance of two rows hangs on more than the 256 rows and the 256 of the
    store that it multiplies at once: a BLAS with other products for the same operands, or scikit-learn set
    not to use its own search (``enable_cython_pairwise_dist``). With other values of `n_neighbors` than None
    and 1, and for matrices that are not float64 or whose squares overflow, this is imbalanced-learn's code.
    """

    def _fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        if not (self.n_neighbors in (None, 1) and isinstance(X, np.ndarray) and X.dtype == np.float64):
            return super()._fit_resample(X, y)  # type: ignore[no-any-return]
        measure = Measure(X)
        if measure.overflows:
            return super()._fit_resample(X, y)  # type: ignore[no-any-return]
        # many small products: threads that wait for each other's next one cost ten times what they save
        with threadpool_limits(1):
            self.sample_indices_ = self._condensed(measure, y)
        return X[self.sample_indices_], y[self.sample_indices_]

    def _condensed(self, measure: Measure, y: Any) -> Positions:
        draws, sizes = check_random_state(self.random_state), Counter(y)
        rarest = min(sizes, key=sizes.__getitem__)
        self.estimators_, kept = [], [np.empty(0, dtype=np.intp)]
        for label in np.unique(y):
            own = np.flatnonzero(y == label)
            if label in self.sampling_strategy_:
                seeds = own[draws.randint(low=0, high=len(own), size=self.n_seeds_S)]
                store = Store(np.flatnonzero(y == rarest), seeds, len(own))
                # in a store of one class there is nothing that a row could be taken for
                if label != rarest:
                    condense(measure, own, store)
                self.estimators_.append(self._validate_estimator().fit(measure.X[store.rows], y[store.rows]))
                own = store.added
            kept.append(own)
        return np.concatenate(kept)


def condense(measure: Measure, own: Positions, store: Store) -> None:
    """One pass over the rows `own` of a class, which adds each one that the store of its time gets wrong."""
    step = get_config()["pairwise_dist_chunk_size"]
    # imbalanced-learn takes positions in the table for positions in the class, and skips those
    skipped = set(store.added.tolist())
    for part in progress.slices(len(own), step, "rows scanned"):
        start, rows = part.start, own[part]
        block, oracle = Block(measure, rows, store), Oracle(measure, store, rows, step)
        for i in block.candidates():
            if start + i not in skipped and (block.lost[i] or oracle.misjudges(i)):
                store.add(rows[i])
                skipped.add(int(rows[i]))
                block.add(i)


class Block:
    """Some rows of the class: which of them are surely taken for the minority (`lost`) or not (`won`)."""

    def __init__(self, measure: Measure, rows: Positions, store: Store) -> None:
        self.rows, self._measure = rows, measure
        self._inside: Matrix | None = None
        self._strange = np.full(len(rows), np.inf)
        self._near = np.full(len(rows), np.inf)
        for piece in _pieces(store.minority):
            distances = measure.between(rows, piece).min(axis=1)
            np.minimum(self._strange, distances, out=self._strange)
        unsettled = np.arange(len(rows))
        for piece in _pieces(store.added):
            distances = measure.between(rows[unsettled], piece).min(axis=1)
            self._near[unsettled] = np.minimum(self._near[unsettled], distances)
            self._judge()
            unsettled = np.flatnonzero(~self.won)
            if not len(unsettled):
                break

    def _judge(self) -> None:
        gap = self._strange - self._near
        doubt = self._measure.doubt(self.rows, self._strange, self._near)
        self.won: Mask = gap > doubt
        # of equal distances in whole numbers, the search through all finds the minority's first
        first = self._measure.exact and self._measure.wide
        self.lost: Mask = gap <= 0 if first else -gap > doubt

    def candidates(self) -> Iterator[int]:
        """The rows that may have to be added, each as things stand when it is its turn."""
        i = 0
        while i < len(self.rows):
            left = np.flatnonzero(~self.won[i:])
            if not len(left):
                return
            i += int(left[0])
            yield i
            i += 1

    def add(self, i: int) -> None:
        """Row i is in the store from now on."""
        if self._inside is None:
            self._inside = self._measure.between(self.rows, self.rows)
        np.minimum(self._near, self._inside[i], out=self._near)
        self._judge()


def _pieces(rows: Positions) -> Iterator[Positions]:
    for start in range(0, len(rows), PIECE):
        yield rows[start : start + PIECE]
