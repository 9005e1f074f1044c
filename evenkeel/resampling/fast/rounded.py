"""Searches in single precision, and how far they may be off.

Single precision halves the work of a search. What it finds is a bound, not an answer: `Rounded.error` says by
how much, so that whoever reads it can tell what is certain from what must be looked at again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from evenkeel import progress
from evenkeel.resampling.fast.sieve import Sieve

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Positions = npt.NDArray[np.intp]
# squared distances and positions of the k rows that were looked for, for each row that was asked about
Search = Callable[[Singles], tuple[Singles, Positions]]
Rows = TypeVar("Rows", bound=npt.NDArray[Any])
T = TypeVar("T")

# the squares of larger numbers, or sums of them, are no single-precision numbers any more
LARGEST = 1e15
SINGLE, DOUBLE = 2.0**-24, 2.0**-52
# a squared difference below this is nothing in single precision
VANISHING = 1e-30
# rows of a partition's cell, up to which a search of all of them costs no more than a search by cells
CELL = 150
LOOKED_THROUGH = 20 * CELL
MOST_A_CELL = 3
# faiss multiplies matrices from so many rows on, and so many at a time: else it takes ten times as long
PRODUCTS = {"distance_compute_blas_threshold": 20, "distance_compute_blas_query_bs": 512}
# k-means here makes cells, not clusters: few rounds on few rows give bounds that are as good
ROUNDS, ROWS_A_CELL = 4, 40
# fewer pairs of rows are searched sooner than a thread is begun
WORTH_A_THREAD = 500_000


@dataclass(frozen=True)
class Rounded:
    """Rows `X` and, in single precision, what they are around a `centre`: `Z`, both of shape (rows, columns).

    `centred` is the distance to the centre, `whole` the distance to the origin: rounding errors grow with the
    first in our searches, with the second in scikit-learn's.
    """

    X: Floats
    Z: Singles
    centre: Floats
    centred: Floats
    whole: Floats

    @classmethod
    def of(cls, X: Floats, centre: Floats | None = None) -> Rounded:
        """Round the rows of `X`, around their mean or where others are that they are compared with."""
        centre = X.mean(axis=0) if centre is None else centre
        Z, centred, whole = np.empty(X.shape, dtype=np.float32), np.empty(len(X)), np.empty(len(X))
        for part in parts(len(X)):
            some = X[part] - centre
            Z[part] = some
            centred[part], whole[part] = np.linalg.norm(some, axis=1), np.linalg.norm(X[part], axis=1)
        return cls(X, Z, centre, centred, whole)

    def error(self, rows: Positions, squared: Floats) -> Floats:
        """By how much a squared distance from these rows, found in single precision, may be wrong.

        For a search's result s, no row is nearer than s - error, and each that was found is nearer than
        s + error. Sums of products of d numbers are off by at most (d + 10) units in the last place of
        (|x| + |y|)² (Higham 2002, section 3.1), and a row y with |y| above 3 (|x| + √s) is farther than s.
        """
        reach = 4.0 * (self.centred[rows] + np.sqrt(squared))
        return np.asarray((self.Z.shape[1] + 10) * SINGLE * reach**2 + VANISHING)

    def noise(self, rows: Positions, squared: Floats) -> Floats:
        """By how much scikit-learn may misjudge such a squared distance, in double precision.

        Its brute force takes |x|² - 2xy + |y|² of the rows as they are, with |y| at most |x| + √s. Its tree
        takes differences, whose error is far smaller.
        """
        reach = 2.0 * self.whole[rows] + np.sqrt(squared)
        return np.asarray((self.Z.shape[1] + 8) * DOUBLE * reach**2)

    def surely_within(self, rows: Positions, squared: Floats) -> Floats:
        """A squared distance that the found rows do not exceed, however both searches are rounded."""
        bound = squared + self.error(rows, squared)
        return np.asarray(bound + self.noise(rows, bound))

    def surely_beyond(self, rows: Positions, squared: Floats) -> Floats:
        """A squared distance that rows farther than the found ones exceed, however both are rounded."""
        bound = np.maximum(squared - self.error(rows, squared), 0.0)
        return np.asarray(bound - self.noise(rows, bound))


def parts(rows: int, size: int = 8192, doing: str = "") -> Iterator[slice]:
    """Slices of at most `size` rows; with `doing`, who listens hears how many rows are done."""
    if doing:
        return progress.slices(rows, size, doing)
    return (slice(start, min(start + size, rows)) for start in range(0, rows, size))


def is_representable(X: Floats) -> bool:
    """Whether squared distances of these rows are numbers in single precision."""
    return bool(X.size) and X.min() > -LARGEST and X.max() < LARGEST


def nearest(known: Singles, asked: Singles, k: int) -> tuple[Floats, Positions]:
    """The k nearest of all `known` rows: squared distances and positions, nearest first, (asked, k) each."""
    import faiss

    sieve = Sieve.of(known, k)
    search = sieve.search if sieve else lambda share: faiss.knn(share, known, k)
    squared, found = _shared_out(search, asked, len(known))
    return np.maximum(squared.astype(np.float64), 0.0), found


def farthest(known: Rounded, asked: Rounded, rows: Positions, k: int) -> tuple[Floats, Floats, Positions]:
    """The k farthest of all `known` rows from some `asked`: squared distances, errors, positions.

    Farthest first, of shapes (rows, k), (rows, 1) and (rows, k). A search for the greatest product of (x, 1)
    and (-2y, |y|²): of its d + 1 terms and their factors each is rounded, and they add up to (|x| + |y|)².
    """
    import faiss

    longer = np.column_stack([-2.0 * known.Z, (known.centred**2).astype(np.float32)])
    wider = np.column_stack([asked.Z[rows], np.ones(len(rows), dtype=np.float32)])
    products, found = _shared_out(
        lambda share: faiss.knn(share, longer, k, metric=faiss.METRIC_INNER_PRODUCT),
        wider,
        len(longer),
    )
    own = asked.centred[rows, None]
    reach = own + known.centred.max()
    error = (known.Z.shape[1] + 10) * SINGLE * reach**2 + VANISHING
    return np.maximum(products.astype(np.float64) + own**2, 0.0), error, found


class Cells:
    """A coarse partition of rows, for upper bounds of distances to the nearest of them.

    An inverted file (Jégou et al. 2011) looks through the cells next to a query alone; what it finds there is
    no nearer than the nearest, so its distances are upper bounds. Few rows are all looked through. It is one
    of some `rows` of `Z`, all if not said, and its positions are places among them.
    """

    def __init__(self, Z: Singles, rows: Positions | None = None) -> None:
        import faiss

        rows = np.arange(len(Z)) if rows is None else rows
        columns, self.are_many = Z.shape[1], len(rows) > LOOKED_THROUGH
        self.index: Any = faiss.IndexFlatL2(columns)
        with _one_thread():
            if self.are_many:
                self.index = faiss.IndexIVFFlat(self.index, columns, len(rows) // CELL)
                self.index.cp.niter, self.index.cp.min_points_per_centroid = ROUNDS, 1
                self.index.train(Z[rows[:: max(1, CELL // ROWS_A_CELL)]])
            for part in parts(len(rows)):
                self.index.add(Z[rows[part]])

    def within(self, asked: Singles, k: int, cells: int) -> Floats:
        """An upper bound of the squared distance to the k-th nearest row, shape (asked,), infinite if none.

        It was found in single precision: see `Rounded.surely_within`.
        """
        squared, found = self.nearest(asked, k, cells)
        return np.where(found[:, -1] < 0, np.inf, np.maximum(squared[:, -1], 0.0)).astype(np.float64)

    def nearest(self, asked: Singles, k: int, cells: int) -> tuple[Singles, npt.NDArray[np.int64]]:
        """The k nearest rows of the cells next to each asked one: squared distances, positions, (asked, k).

        Where fewer were found the position is -1.
        """
        import faiss

        # equal rows are in one cell, however many they are: it is not looked through to its end
        most = MOST_A_CELL * CELL * cells
        looked: Any = faiss.SearchParametersIVF(nprobe=cells, max_codes=most) if self.are_many else None  # type: ignore[call-arg]
        return _shared_out(lambda share: self.index.search(share, k, params=looked), asked, most)


def _shared_out(search: Search, asked: Singles, known: int) -> tuple[Singles, Positions]:
    """What `search` finds for the rows of `asked`, each of which it compares with about so many `known`."""
    squared, found = zip(*side_by_side(search, asked, known), strict=True)
    return np.concatenate(squared), np.concatenate(found)


def side_by_side(search: Callable[[Rows], T], asked: Rows, known: int) -> list[T]:
    """What `search` gives for shares of `asked`, as many as there are threads that scikit-learn may use.

    Threads of our own: faiss's wait for each other at every block, and where other programs use the cores
    too, they wait many times as long as they work.
    """
    shares: list[Any] = np.array_split(asked, max(1, min(threads(), len(asked) * known // WORTH_A_THREAD)))
    with _one_thread():
        if len(shares) == 1:
            return [search(shares[0])]
        with ThreadPoolExecutor(len(shares)) as pool:
            return list(pool.map(partial(_alone, search), shares))


def threads() -> int:
    """As many as scikit-learn may use here."""
    from sklearn.utils._openmp_helpers import _openmp_effective_n_threads

    return int(_openmp_effective_n_threads())


def _alone(search: Callable[[Rows], T], share: Rows) -> T:
    import faiss

    # what OpenMP may use is asked of each thread
    faiss.omp_set_num_threads(1)
    return search(share)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Run faiss by matrix products, and in one thread.

    It brings libraries of its own, for which a limit does not hold that was set before they were loaded.
    """
    import faiss

    before, ways = faiss.omp_get_max_threads(), faiss.cvar
    usual = {name: getattr(ways, name) for name in PRODUCTS}
    with _libraries().limit(limits=1):
        try:
            faiss.omp_set_num_threads(1)
            for name, value in PRODUCTS.items():
                setattr(ways, name, value)
            yield
        finally:
            faiss.omp_set_num_threads(before)
            for name, value in usual.items():
                setattr(ways, name, value)


@functools.cache
def _libraries() -> Any:
    """All that compute in threads; to look for them takes longer than many a search."""
    import faiss  # noqa: F401 - its libraries must be there to be found
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
