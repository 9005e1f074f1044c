"""Which rows have the least sums of distances to others, in the order that scikit-learn's sums put them in.

Bounds of every sum come from a search in single precision. The rows that can be among the first get bounds
in double precision, which leave no doubt about their order except where sums are equal up to rounding: there
scikit-learn is asked, for whole blocks of rows, a few at a time. So are all rows where that is quicker.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from evenkeel.resampling.fast.answers import are_blocks_cheaper, blocks_hit, distances
from evenkeel.resampling.fast.neighbours import COST, is_tree_quick
from evenkeel.resampling.fast.ranked import SPARE, squared_distances
from evenkeel.resampling.fast.rounded import (
    DOUBLE,
    Floats,
    Positions,
    Rounded,
    farthest,
    is_representable,
    nearest,
    parts,
)

# pairs of rows from which bounds are quicker than the nearest, and than all distances in their order
FEWEST_PAIRS, FEWEST_IN_ORDER = 2e7, 2e6
# as many times the rows that are wanted have a sum that few others come below
ENOUGH = 2


class Bounds(NamedTuple):
    """What the sums of some rows surely lie between, shape (rows,) each."""

    rows: Positions
    low: Floats
    high: Floats

    def first(self, wanted: int) -> Bounds:
        """Those that can be among the `wanted` least."""
        if wanted >= len(self.rows):
            return self
        most = np.partition(self.high, wanted - 1)[wanted - 1]
        return Bounds(*(part[self.low <= most] for part in self))


@dataclass(frozen=True)
class Sums:
    """Sums of the distances of each row of `Q` to the `k` nearest rows that `fitted` knows.

    To the farthest, if `far`. `least` is what to multiply them by, -1 to have the greatest first.
    """

    fitted: Any
    Q: Floats
    k: int
    far: bool = False
    least: int = 1

    def first(self, wanted: int) -> Positions:
        """The rows with the `wanted` least sums, least first, and of equal sums the earlier row."""
        if wanted <= 0:
            return np.empty(0, dtype=np.intp)
        if not self._pays(wanted):
            return np.argsort(self._asked(np.arange(len(self.Q))), kind="stable")[:wanted]
        known = Rounded.of(self.fitted._fit_X)
        asked = Rounded.of(self.Q, known.centre)
        every = np.arange(len(self.Q))
        rows = every if self.far or self.least < 0 else self._near_enough(known, asked, every, wanted)
        rough = self._bounds(known, asked, rows, _far if self.far else _near)
        fine = self._bounds(known, asked, rough.first(wanted).rows, _far_fine if self.far else _near_fine)
        return self._ordered(fine.first(wanted), wanted)[:wanted]

    def _pays(self, wanted: int) -> bool:
        """Whether bounds are found faster than the sums, and few rows that repeat will be left open."""
        known, query = self.fitted._fit_X, len(self.Q)
        fewest = FEWEST_IN_ORDER if self.far else FEWEST_PAIRS
        if len(known) * query < fewest or not (is_representable(known) and is_representable(self.Q)):
            return False
        if self.far:
            return True
        repeated = 1 - len(np.unique(self.Q.sum(axis=1))) / query
        return are_blocks_cheaper(
            blocks_hit(repeated * wanted, query), query, 1 - COST
        ) and not is_tree_quick(self.fitted, self.Q, self.k)

    def _near_enough(self, known: Rounded, asked: Rounded, every: Positions, wanted: int) -> Positions:
        """The rows that can be among the `wanted` least as far as their one nearest row tells.

        No sum is less than k times the least distance, and to find that one costs a quarter of a search.
        """
        if ENOUGH * wanted >= len(every):
            return every
        least = self.k * self._bounds(known, asked, every, _nearest).low
        first = np.argpartition(least, ENOUGH * wanted)[: ENOUGH * wanted]
        most = np.partition(self._bounds(known, asked, first, _near).high, wanted - 1)[wanted - 1]
        return np.flatnonzero(least <= most)

    def _bounds(self, known: Rounded, asked: Rounded, rows: Positions, squared: Any) -> Bounds:
        low, high = np.empty(len(rows)), np.empty(len(rows))
        for part in parts(len(rows)):
            low[part], high[part] = _summed(asked, rows[part], *squared(known, asked, rows[part], self.k))
        return Bounds(rows, low, high) if self.least > 0 else Bounds(rows, -high, -low)

    def _ordered(self, bounds: Bounds, wanted: int) -> Positions:
        """The rows in order: by their bounds where these part them, else by what scikit-learn says."""
        order = np.argsort(bounds.low, kind="stable")
        rows, low, high = (part[order] for part in bounds)
        parted = np.append(True, low[1:] > np.maximum.accumulate(high)[:-1])
        group = np.cumsum(parted) - 1
        start = np.flatnonzero(parted)[group]
        open_ = (np.bincount(group)[group] > 1) & (start < wanted)
        exact = np.zeros(len(rows))
        exact[open_] = self._asked(rows[open_])
        return np.asarray(rows[np.lexsort((rows, exact, group))])

    def _asked(self, rows: Positions) -> Floats:
        """The sums as imbalanced-learn computes them, shape (rows,)."""
        sums = np.empty(len(self.Q))
        neighbours = len(self.fitted._fit_X) if self.far else self.k
        for some, found in distances(self.fitted, self.Q, rows, neighbours):
            sums[some] = np.sum(found[:, -self.k :], axis=1)
        return np.asarray(self.least * sums[rows])


def _summed(asked: Rounded, rows: Positions, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Bounds of sums from bounds of true squared distances, shape (rows, k), with scikit-learn's rounding."""
    low, high = np.maximum(low, 0.0), np.maximum(high, 0.0)
    low = np.maximum(low - asked.noise(rows[:, None], low), 0.0)
    high = high + asked.noise(rows[:, None], high)
    slip = 2 * (low.shape[1] + 2) * DOUBLE
    return np.sqrt(low).sum(axis=1) * (1 - slip), np.sqrt(high).sum(axis=1) * (1 + slip)


def _near(known: Rounded, asked: Rounded, rows: Positions, k: int) -> tuple[Floats, Floats]:
    """Bounds of the k least squared distances, shape (rows, k), in single precision."""
    squared, _ = nearest(known.Z, asked.Z[rows], k)
    error = asked.error(rows[:, None], squared)
    return squared - error, squared + error


def _nearest(known: Rounded, asked: Rounded, rows: Positions, _: int) -> tuple[Floats, Floats]:
    """Bounds of the least squared distance, shape (rows, 1), in single precision."""
    return _near(known, asked, rows, 1)


def _far(known: Rounded, asked: Rounded, rows: Positions, k: int) -> tuple[Floats, Floats]:
    """Bounds of the k greatest squared distances, shape (rows, k), in single precision."""
    squared, error, _ = farthest(known, asked, rows, k)
    return squared - error, squared + error


def _near_fine(known: Rounded, asked: Rounded, rows: Positions, k: int) -> tuple[Floats, Floats]:
    """As `_near`, in double precision: no row that was not found is nearer than the horizon."""
    wanted = min(k + SPARE, len(known.X))
    squared, found = nearest(known.Z, asked.Z[rows], wanted)
    horizon = squared[:, -1] - asked.error(rows, squared[:, -1])
    true = np.sort(squared_distances(known, asked, rows, found), axis=1)[:, :k]
    return (true if wanted == len(known.X) else np.minimum(true, horizon[:, None])), true


def _far_fine(known: Rounded, asked: Rounded, rows: Positions, k: int) -> tuple[Floats, Floats]:
    """As `_far`, in double precision: no row that was not found is farther than the horizon."""
    wanted = min(k + SPARE, len(known.X))
    squared, error, found = farthest(known, asked, rows, wanted)
    true = np.sort(squared_distances(known, asked, rows, found), axis=1)[:, ::-1][:, :k]
    return true, (true if wanted == len(known.X) else np.maximum(true, squared[:, -1:] + error))
