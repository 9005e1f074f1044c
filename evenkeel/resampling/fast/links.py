"""Tomek links: pairs of rows of different classes, each the other's nearest neighbour."""

from __future__ import annotations

import numpy as np

from evenkeel.resampling.fast.rounded import Positions
from evenkeel.resampling.fast.table import Table

# up to this share of the rows, to look for all that is near costs less than first for others, then for own
FEW = 0.1
NOWHERE = -1


def linked(table: Table) -> Positions:
    """The positions of all rows in a Tomek link, as imbalanced-learn has them.

    Each link has an end outside the largest class, so neighbours are looked for from there, and then from
    the other ends of what was found.
    """
    rows = _doubtful(table)
    near = _nearest_other(table, rows)
    rows, near = rows[near != NOWHERE], near[near != NOWHERE]
    ends, at = np.unique(near, return_inverse=True)
    mutual = _nearest_other(table, ends)[at] == rows
    return np.unique(np.concatenate([rows[mutual], near[mutual]]))


def _doubtful(table: Table) -> Positions:
    """Rows outside the largest class whose nearest neighbour may be of another class."""
    sizes = np.bincount(table.codes)
    rows = np.flatnonzero(table.codes != sizes.argmax())
    if len(rows) <= FEW * len(table.codes):
        return rows
    doubtful = [
        own[~table.surroundings(code, 1).sure(np.arange(len(own)))]
        for code in range(len(sizes))
        if code != sizes.argmax() and len(own := table.rows_of(code))
    ]
    return np.sort(np.concatenate([np.empty(0, dtype=np.intp), *doubtful]))


def _nearest_other(table: Table, rows: Positions) -> Positions:
    """The nearest neighbour of each row if it is of another class, else `NOWHERE`, shape (rows,)."""
    near, left = np.full(len(rows), NOWHERE), np.arange(len(rows))
    if not table.has_tree:
        left = _decided(table, rows, near)
    near[left] = table.second(rows[left])
    return np.where(table.codes[near] == table.codes[rows], NOWHERE, near)


def _decided(table: Table, rows: Positions, near: Positions) -> Positions:
    """Write the nearest neighbours that are certain into `near`, and say which places stay open."""
    open_, done = np.ones(len(rows), dtype=np.bool_), 0
    for some, ranked in table.rank(rows, 2):
        part, labels = slice(done, done + len(some)), table.codes[ranked.found]
        near[part] = ranked.found[:, 1]
        certain = ranked.parted[:, 0] & ranked.parted[:, 1]
        # whichever of its own comes second, there is no link
        own = ranked.is_alike(labels, 0) & ranked.is_alike(labels, 1) & (labels[:, 0] == labels[:, 1])
        open_[part] = ~certain & ~(own & (labels[:, 0] == table.codes[some]))
        done += len(some)
        if table.is_hopeless(int(open_[:done].sum()), done, len(rows), len(table.X)):
            break
    return np.flatnonzero(open_)
