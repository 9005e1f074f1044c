"""The nearest of all rows in single precision: products of matrices, and a sieve for what they hold.

faiss shows every product to a heap, which takes three times as long as to multiply. Here a sample of the
known rows says first about how far the nearest are. One comparison sifts a block of products for what is no
farther, and only that is put in order. No product is left out that is less than one that is found: the rows
are those of a plain search, whatever the sample says. Where it says too little or too much, faiss is asked.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Singles = npt.NDArray[np.float32]
Positions = npt.NDArray[np.intp]
Found = tuple[Singles, Positions]

# rows that are asked for at once, and products that are held: as many as the second cache takes
ASKED, PRODUCTS = 512, 2**19
# nanoseconds of a heap for each product, and of what the sieve holds: they decide how large the sample is
HEAP, HELD = 4.0, 40.0
# a sample of more than one row in so many, and the sieve is not worth its time
FEWEST_STRIDE, MOST_STRIDE = 10, 64
# as many times what is expected, and the rows are full of ties
SURPRISE = 4


@dataclass(frozen=True)
class Sieve:
    """What is searched, `known`, a `sample` of one row in `stride`, and in which place of it the limit is."""

    known: Singles
    sample: Singles
    stride: int
    k: int
    place: int

    @classmethod
    def of(cls, known: Singles, k: int) -> Sieve | None:
        """A sieve for the `k` nearest of `known`, or None where faiss is as quick."""
        stride = min(int(np.sqrt(HEAP * len(known) / (HELD * k))), MOST_STRIDE)
        # one nearest row is found by faiss without a heap
        if k == 1 or stride < FEWEST_STRIDE:
            return None
        expected = k / stride
        # three standard deviations above what the sample would have of the k nearest if it were drawn
        place = min(k, int(np.ceil(expected + 3 * np.sqrt(expected) + 3)))
        return cls(known, np.ascontiguousarray(known[::stride]), stride, k, place)

    def search(self, asked: Singles) -> Found:
        """Squared distances and positions of the k nearest, nearest first, shape (asked, k) each."""
        squared = np.empty((len(asked), self.k), dtype=np.float32)
        found = np.empty((len(asked), self.k), dtype=np.intp)
        for start in range(0, len(asked), ASKED):
            part = slice(start, start + ASKED)
            squared[part], found[part] = self._some(asked[part])
        return squared, found

    def _some(self, asked: Singles) -> Found:
        import faiss

        sampled = faiss.knn(asked, self.sample, self.place)[0][:, -1]
        own = np.einsum("ij,ij->i", asked, asked, dtype=np.float64).astype(np.float32)
        held = self._held(asked, sampled - own)
        if held is None:
            return faiss.knn(asked, self.known, self.k)
        products, found, enough = _least(*held, len(asked), self.k)
        squared = products + own[:, None]
        if not enough.all():
            squared[~enough], found[~enough] = faiss.knn(asked[~enough], self.known, self.k)
        return squared, found

    def _held(self, asked: Singles, limit: Singles) -> tuple[Positions, Positions, Singles] | None:
        """Rows asked, rows known and products of all pairs within the limits; None if there are too many.

        The product of (x, 1) and (-2y, |y|²) is the squared distance less |x|².
        """
        wider = np.column_stack([asked, np.ones(len(asked), dtype=np.float32)])
        size = PRODUCTS // len(asked)
        most, some = SURPRISE * len(asked) * self.stride * self.place, []
        for start in range(0, len(self.known), size):
            products = wider @ longer(self.known[start : start + size]).T
            places = np.flatnonzero(products <= limit[:, None])
            row, column = np.divmod(places, products.shape[1])
            some.append((row, column + start, products.ravel()[places]))
            most -= len(places)
            if most < 0:
                return None
        rows, columns, values = zip(*some, strict=True)
        return np.concatenate(rows), np.concatenate(columns), np.concatenate(values)


def longer(known: Singles, ones: bool = False) -> Singles:
    """(-2y, |y|²) for each row y, or (-2y, |y|², 1); |y|² is rounded once."""
    columns = known.shape[1]
    made = np.ones((len(known), columns + 1 + ones), dtype=np.float32)
    np.multiply(known, -2.0, out=made[:, :columns])
    made[:, columns] = np.einsum("ij,ij->i", known, known, dtype=np.float64)
    return made


def _least(
    rows: Positions, columns: Positions, values: Singles, asked: int, k: int
) -> tuple[Singles, Positions, npt.NDArray[np.bool_]]:
    """The k least values of each row and their columns, least first, and whether a row has so many."""
    order = np.argsort(rows.astype(np.uint16), kind="stable")
    rows, columns, values = rows[order], columns[order], values[order]
    sizes = np.bincount(rows, minlength=asked)
    place = np.arange(len(rows)) - (np.cumsum(sizes) - sizes)[rows]
    shape = asked, max(k, int(sizes.max()))
    table, named = np.full(shape, np.inf, dtype=np.float32), np.zeros(shape, dtype=np.intp)
    table[rows, place], named[rows, place] = values, columns
    least = np.argpartition(table, k - 1, axis=1)[:, :k]
    sorted_ = np.take_along_axis(least, np.argsort(np.take_along_axis(table, least, axis=1), axis=1), axis=1)
    return (
        np.take_along_axis(table, sorted_, axis=1),
        np.take_along_axis(named, sorted_, axis=1),
        sizes >= k,
    )
