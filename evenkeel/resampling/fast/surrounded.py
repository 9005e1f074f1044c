"""Which rows are certainly surrounded by their own: most of them, and it is cheap to know."""

from __future__ import annotations

import numpy as np

from evenkeel.resampling.fast.ranked import Mask
from evenkeel.resampling.fast.rounded import Cells, Floats, Positions, Rounded, nearest, parts

# cells that are looked through for a row's own neighbours: first a few, then more for those still in doubt
CELLS = (2, 8, 32)


def surely_surrounded(rounded: Rounded, own: Positions, others: Positions, k: int) -> Mask:
    """Which rows of `own` surely have k rows of `own`, beside themselves, nearer than any of `others`.

    A row is surely surrounded if the k + 1 nearest rows in some cells of its own class, an upper bound, are
    nearer than the nearest other row, both with a margin for rounding. False says nothing. Shape (own,).
    """
    surrounded = np.zeros(len(own), dtype=np.bool_)
    if len(own) <= k:
        return surrounded
    beyond = _beyond(rounded, own, others)
    cells = Cells(rounded.Z[own])
    for looked_through in CELLS if cells.are_many else CELLS[:1]:
        doubtful = np.flatnonzero(~surrounded)
        for part in parts(len(doubtful)):
            rows = own[doubtful[part]]
            squared = cells.within(rounded.Z[rows], k + 1, looked_through)
            surrounded[doubtful[part]] = rounded.surely_within(rows, squared) < beyond[doubtful[part]]
    return surrounded


def _beyond(rounded: Rounded, own: Positions, others: Positions) -> Floats:
    """A squared distance that each row's nearest other row surely exceeds, shape (own,)."""
    if not len(others):
        return np.full(len(own), np.inf)
    known, beyond = rounded.Z[others], np.empty(len(own))
    for part in parts(len(own)):
        squared, _ = nearest(known, rounded.Z[own[part]], 1)
        beyond[part] = rounded.surely_beyond(own[part], squared[:, 0])
    return beyond
