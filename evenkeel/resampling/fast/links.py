"""Tomek links: pairs of rows of different classes, each the other's nearest neighbour."""

from __future__ import annotations

from typing import Any

import numpy as np

from evenkeel.resampling.fast.answers import answers, is_tree
from evenkeel.resampling.fast.ranked import Codes, rank
from evenkeel.resampling.fast.rounded import Floats, Positions, Rounded
from evenkeel.resampling.fast.surrounded import surely_surrounded

# up to this share of the rows, to look for all that is near costs less than first for others, then for own
FEW = 0.1
NOWHERE = -1


def linked(fitted: Any, X: Floats, codes: Codes, rounded: Rounded) -> Positions:
    """The positions of all rows in a Tomek link, as imbalanced-learn has them.

    Each link has an end outside the largest class, so neighbours are looked for from there, and then from
    the other ends of what was found.
    """
    largest = int(np.bincount(codes).argmax())
    rows = _doubtful(codes, rounded, largest)
    near = _nearest_other(fitted, X, codes, rounded, rows)
    rows, near = rows[near != NOWHERE], near[near != NOWHERE]
    ends, at = np.unique(near, return_inverse=True)
    back = _nearest_other(fitted, X, codes, rounded, ends)
    mutual = back[at] == rows
    return np.unique(np.concatenate([rows[mutual], near[mutual]]))


def _doubtful(codes: Codes, rounded: Rounded, largest: int) -> Positions:
    """Rows outside the largest class whose nearest neighbour may be of another class."""
    rows = np.flatnonzero(codes != largest)
    if len(rows) <= FEW * len(codes):
        return rows
    doubtful = [np.empty(0, dtype=np.intp)]
    for code in np.unique(codes[rows]):
        own = np.flatnonzero(codes == code)
        doubtful.append(own[~surely_surrounded(rounded, own, np.flatnonzero(codes != code), 1)])
    return np.sort(np.concatenate(doubtful))


def _nearest_other(fitted: Any, X: Floats, codes: Codes, rounded: Rounded, rows: Positions) -> Positions:
    """The nearest neighbour of each row if it is of another class, else `NOWHERE`, shape (rows,)."""
    near, open_ = np.full(len(rows), NOWHERE), np.ones(len(rows), dtype=np.bool_)
    if not is_tree(fitted):
        done = 0
        for some, ranked in rank(X, rounded, rows, 2):
            part, labels = slice(done, done + len(some)), codes[ranked.found]
            near[part] = ranked.found[:, 1]
            certain = ranked.parted[:, 0] & ranked.parted[:, 1]
            # whichever of them comes second: if none is of another class, there is no link
            own = ranked.is_alike(labels, 0) & ranked.is_alike(labels, 1) & (labels[:, 0] == labels[:, 1])
            open_[part] = ~certain & ~(own & (labels[:, 0] == codes[some]))
            done += len(some)
    left = np.flatnonzero(open_)
    near[left] = answers(fitted, X, np.arange(len(X)), rows[left], 2)[:, 1]
    return np.where(codes[near] == codes[rows], NOWHERE, near)
