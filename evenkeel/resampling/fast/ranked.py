"""The nearest rows in their order, and where in that order rounding or a tie leaves something open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evenkeel.resampling.fast.rounded import Floats, Positions, Rounded, nearest, parts

Codes = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]

# rows beyond those asked for: as many rows may lie about equally far before something is left open
SPARE = 8
# rows whose lists are held at once
AT_ONCE = 5_000


@dataclass(frozen=True)
class Ranked:
    """For some rows the known rows nearest to them, themselves among these if they are known, nearest first.

    `found` are positions, shape (rows, places). `parted`, of the same shape, says after which places the
    order is certain: whatever comes later is farther, in scikit-learn's arithmetic too. Places between two
    such are a group, whose order is open; the last group may go on beyond the list.
    """

    found: Positions
    parted: Mask

    @property
    def group(self) -> Codes:
        """The number of each place's group, shape (rows, places)."""
        return np.asarray(np.cumsum(self.parted, axis=1) - self.parted, dtype=np.intp)

    def is_alike(self, labels: Codes, place: int) -> Mask:
        """Whether the group of that place is known in full and of one label, shape (rows,)."""
        group = self.group
        same = (group != group[:, place, None]) | (labels == labels[:, place, None])
        return np.asarray(same.all(axis=1) & self.parted[:, place:].any(axis=1))

    def is_settled(self, labels: Codes, place: int) -> Mask:
        """Whether it is certain how many rows of each label come up to that place, shape (rows,)."""
        return self.parted[:, place] | self.is_alike(labels, place)


def rank(known: Rounded, asked: Rounded, rows: Positions, k: int) -> Iterator[tuple[Positions, Ranked]]:
    """The k nearest of all `known` rows for each of some `asked`, and a few more; some rows at a time.

    Searched in single precision, put in order by double precision distances. Both are rounded around the
    same centre.
    """
    wanted = min(k + SPARE, len(known.X))
    for part in parts(len(rows), AT_ONCE, "rows in doubt ranked"):
        some = rows[part]
        squared, found = nearest(known.Z, asked.Z[some], wanted)
        horizon = np.full(len(some), np.inf)
        if wanted < len(known.X):
            horizon = squared[:, -1] - asked.error(some, squared[:, -1])
        yield some, _ordered(known, asked, some, found, horizon)


def _ordered(known: Rounded, asked: Rounded, rows: Positions, found: Positions, horizon: Floats) -> Ranked:
    """The found rows by their true distances; no row that was not found is nearer than the horizon."""
    squared = squared_distances(known, asked, rows, found)
    order = np.argsort(squared, axis=1, kind="stable")
    squared = np.take_along_axis(squared, order, axis=1)
    noise = asked.noise(rows[:, None], squared)
    beyond = np.maximum(horizon, 0.0)
    limit = beyond - asked.noise(rows, np.where(np.isfinite(beyond), beyond, 0.0))
    following = np.column_stack([(squared - noise)[:, 1:], limit])
    # distances and noise both grow along the list, so what is parted from the next is parted from all later
    return Ranked(
        np.take_along_axis(found, order, axis=1), squared + noise < np.minimum(following, limit[:, None])
    )


def squared_distances(known: Rounded, asked: Rounded, rows: Positions, found: Positions) -> Floats:
    """Squared distances of rows to others by differences, which lose no digits, shape (rows, places)."""
    squared = np.empty(found.shape)
    for part in parts(len(rows), 512):
        differences = known.X[found[part]] - asked.X[rows[part], None]
        squared[part] = np.einsum("ijk,ijk->ij", differences, differences)
    return squared
