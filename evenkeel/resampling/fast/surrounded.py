"""Which rows are certainly surrounded by their own: most of them, and it is cheap to know.

A row is if an upper bound of the distance to its own is below a lower bound of that to all others, both with
a margin for rounding. False says nothing: the row must be looked at.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist

from evenkeel.resampling.fast.ranked import Mask
from evenkeel.resampling.fast.rounded import Cells, Floats, Positions, Rounded, nearest, parts

# cells that are looked through for a row's own neighbours: first a few, then more for those still in doubt
CELLS = (2, 8, 32)
# the share of rows that a look must settle for the next, four times as long, to be worth its time
WORTHWHILE = 0.2
# rows of a tree's leaf, at the least
LEAF = 160
# distances are differences in a tree, wrong in the last digits alone
MARGIN = 1 + 1e-9


class InCells:
    """For many columns: the nearest k + 1 rows in some cells of the own class, and the nearest other row.

    `across` has the squared distance that each row's nearest row of another class surely exceeds, shape
    (rows,), where that is known already.
    """

    def __init__(
        self, rounded: Rounded, own: Positions, others: Positions, k: int, across: Floats | None = None
    ) -> None:
        self.rounded, self.own, self.others, self.k, self.across = rounded, own, others, k, across
        self.cells = Cells(rounded.Z, own)

    def sure(self, places: Positions) -> Mask:
        """Which rows of `own`, at these places, surely have k others of `own` nearer than any of `others`."""
        surrounded = np.zeros(len(places), dtype=np.bool_)
        rows = self.own[places]
        beyond = _beyond(self.rounded, rows, self.others) if self.across is None else self.across[rows]
        for looked_through in CELLS if self.cells.are_many else CELLS[:1]:
            doubtful = np.flatnonzero(~surrounded)
            if not len(doubtful):
                break
            for part in parts(len(doubtful), doing="rows compared with their own"):
                some = doubtful[part]
                surrounded[some] = self._within(self.own[places[some]], looked_through) < beyond[some]
            if surrounded[doubtful].mean() < WORTHWHILE:
                break
        return surrounded

    def _within(self, rows: Positions, looked_through: int) -> Floats:
        squared = self.cells.within(self.rounded.Z[rows], self.k + 1, looked_through)
        return self.rounded.surely_within(rows, squared)


class InLeaves:
    """For few columns: no other row is in the ball around the nearest k + 1 in a leaf of a tree."""

    def __init__(self, X: Floats, own: Positions, others: Positions, k: int) -> None:
        self.X, self.own, self.others = X, own, others
        self.radius = _within_leaf(X[own], k + 1) * MARGIN

    def sure(self, places: Positions) -> Mask:
        """As `InCells.sure`."""
        from sklearn.neighbors import KDTree

        bounded = np.isfinite(self.radius[places])
        if not len(self.others) or not bounded.any():
            return bounded
        met, asked = np.ones(len(places), dtype=np.bool_), places[bounded]
        tree = KDTree(self.X[self.others])
        met[bounded] = tree.query_radius(self.X[self.own[asked]], self.radius[asked], count_only=True) > 0
        return ~met


def _within_leaf(X: Floats, k: int) -> Floats:
    """An upper bound of the distance to the k-th nearest row, each its own first, shape (rows,)."""
    from sklearn.neighbors import KDTree

    _, order, nodes, _ = KDTree(X, leaf_size=max(LEAF, 4 * k)).get_arrays()
    within = np.full(len(X), np.inf)
    for leaf in nodes[nodes["is_leaf"] == 1]:
        rows = order[leaf["idx_start"] : leaf["idx_end"]]
        if len(rows) >= k:
            distances = cdist(X[rows], X[rows])
            within[rows] = np.partition(distances, k - 1, axis=1)[:, k - 1]
    return within


def _beyond(rounded: Rounded, own: Positions, others: Positions) -> Floats:
    """A squared distance that each row's nearest other row surely exceeds, shape (own,)."""
    if not len(others):
        return np.full(len(own), np.inf)
    known, beyond = rounded.Z[others], np.empty(len(own))
    for part in parts(len(own), doing="rows compared with other classes"):
        squared, _ = nearest(known, rounded.Z[own[part]], 1)
        beyond[part] = rounded.surely_beyond(own[part], squared[:, 0])
    return beyond
