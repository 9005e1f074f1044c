"""The split by time: test is the latest part.

A bundle counts as late as its latest row. Bundles of one time go to one side as a whole, so no time is on
both sides, and every train row is earlier than the latest row of every test bundle; where rows are not
tied to one another, earlier than every test row.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from evenkeel.errors import DataError
from evenkeel.splitting.filling import FREE, TEST
from evenkeel.splitting.sides import Codes, Split, keyed, split_of
from evenkeel.splitting.ties import Ties, free_ties
from evenkeel.splitting.times import Times


def latest_split(
    ids: Sequence[str],
    times: Times,
    test_size: float,
    seed: int,
    ties: Ties | None = None,
    column: str = "time",
) -> Split:
    """As near to ceil(test_size x rows) test rows as whole times allow; of two equally near the fewer.

    `times` are the times of the rows, shape (rows,). The seed orders the rows on each side, no more.
    Bundles that have a side keep it, and the latest of the others fill up. `DataError` where all is one time.
    """
    ties = ties or free_ties(ids)
    late, sizes = latest(times, ties.bundle), np.bincount(ties.bundle)
    free, is_test = ties.side == FREE, ties.side == TEST
    wanted = latest_quota(len(ids), test_size) - int(sizes[is_test].sum())
    boundary = _boundary(late[free], sizes[free], wanted, whole=bool(free.all()), column=column)
    is_test |= free & (late >= boundary)
    method = f"{ties.words}the latest part by column {column!r}"
    return split_of(keyed(ids, seed), is_test[ties.bundle], method)


def latest_quota(rows: int, test_size: float) -> int:
    """The test rows that are wanted of so many rows."""
    return math.ceil(test_size * rows - 1e-9)


def latest(times: Times, bundle: Codes) -> Codes:
    """The time of each bundle, that of its latest row, as its place among all times in their order."""
    place = np.unique(times, return_inverse=True)[1].reshape(-1)
    late = np.zeros(int(bundle.max()) + 1, dtype=np.int64)
    np.maximum.at(late, bundle, place)
    return late


def _boundary(late: Codes, sizes: Codes, wanted: int, *, whole: bool, column: str) -> int:
    """The place of the first time that is test; behind the last one where no row is wanted."""
    places, of_place = np.unique(late, return_inverse=True)
    if whole and len(places) < 2:
        raise DataError(
            f"Expected several times in column {column!r}, got one for all rows, or rows that all belong "
            f"together: no part is the latest. Next: name another `time`, or remove it."
        )
    rows = np.bincount(of_place.reshape(-1), weights=sizes, minlength=len(places)).astype(np.int64)
    # test rows if test begins at each place, or behind the last
    from_here = np.append(np.cumsum(rows[::-1])[::-1], 0)
    starts = np.append(places, (places[-1] if len(places) else 0) + 1)
    # without rows that have a side already, both sides need some
    allowed = np.arange(1, len(places)) if whole else np.arange(len(starts))
    off = np.abs(from_here[allowed] - wanted)
    return int(starts[allowed[np.flatnonzero(off == off.min())[-1]]])
