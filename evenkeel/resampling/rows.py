"""New rows in the table's own columns, types and units.

A new row lies between a base row and one of its neighbours (SMOTE, Chawla et al. 2002): numbers and dates
are interpolated, categories are voted on by the base row's neighbours (SMOTE-NC, section 6.1 there), and
every other column is the base row's. A missing cell is never filled in: where the base row's is missing, the
new one is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evenkeel.tables import Features

Matrix = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]

# up to here every whole number is a float64 of its own
EXACT = 2**53
SECONDS_A_DAY = 86_400
TICKS_A_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
MOST_CELLS = 2**20


def copy_rows(frame: pd.DataFrame, positions: Positions) -> pd.DataFrame:
    """The rows at `positions`, which may repeat, with the frame's types and a fresh index."""
    return frame.take(positions).reset_index(drop=True)


def interpolate(
    frame: pd.DataFrame,
    base: Positions,
    neighbour: Positions,
    weight: Floats | float,
    votes: Positions,
    features: Features,
) -> pd.DataFrame:
    """New rows at base + weight × (neighbour - base), with exactly the columns and types of `frame`.

    `base` and `neighbour` are positions in `frame`, shape (new,), `weight` one number or shape (new,), and
    `votes` the positions of each base row's k ≥ 1 nearest neighbours, nearest first, shape (new, k).

    - Floats are ``a + w * (b - a)`` in float64, bit for bit, cast back to the column's type. They are not
      clipped: with weights in [0, 1] they cannot leave the observed range (but for the last bit), and other
      weights ask for it. Where that is not finite the base row's value is kept.
    - Integers are rounded half to even and kept in the observed range, whatever the weight.
    - Dates and durations are integers of their resolution: whole days where all observed are midnights (of
      their own time zone), whole seconds where all are, else the column's unit.
    - All else is voted on: the most frequent value among `votes`; if tied, the base row's own, else the
      tied value of the nearest neighbour. Missing values have no vote.
    - A missing cell stays missing. Where only the neighbour's or all votes are missing, the base row's value
      is kept.
    """
    weights = np.broadcast_to(np.asarray(weight, dtype=np.float64), base.shape)
    voted = set(features.categorical)
    measured = {*features.numeric, *features.dates}
    rows: dict[Any, pd.Series[Any]] = {}
    for name, column in frame.items():
        if name in voted or (name in measured and pd.api.types.is_bool_dtype(column.dtype)):
            rows[name] = _at(column, _elected(column, base, votes))
        elif name in measured:
            rows[name] = _between(column, base, neighbour, weights)
        else:
            rows[name] = _at(column, base)
    # the index is given for a frame without columns
    return pd.DataFrame(rows, index=pd.RangeIndex(len(base)), columns=frame.columns)


def nearest_distances(
    Z_train: Matrix, y_train: npt.NDArray[np.int64], Z_new: Matrix, label_new: npt.NDArray[np.int64] | int
) -> tuple[Floats, Floats]:
    """Euclidean distances of each new row to the nearest train row (of another class, of its own class).

    `Z_train` and `Z_new` are rows of one space, shape (rows, columns); `label_new` is one class code or
    shape (new,). A class without train rows is infinitely far. The cost grows with new × train rows: hand in
    a sample where both are large.
    """
    labels = np.broadcast_to(np.asarray(label_new), (len(Z_new),))
    to_other, to_own = np.full(len(Z_new), np.inf), np.full(len(Z_new), np.inf)
    for label in np.unique(labels):
        rows, own = np.flatnonzero(labels == label), y_train == label
        to_other[rows] = _nearest(Z_train[~own], Z_new[rows])
        to_own[rows] = _nearest(Z_train[own], Z_new[rows])
    return to_other, to_own


def _nearest(known: Matrix, rows: Matrix) -> Floats:
    from sklearn.neighbors import NearestNeighbors

    distances = np.full(len(rows), np.inf)
    if not len(known):
        return distances
    model = NearestNeighbors(n_neighbors=1).fit(known)
    step = max(1, MOST_CELLS // known.shape[1])
    for start in range(0, len(rows), step):
        some = rows[start : start + step]
        found = model.kneighbors(some, return_distance=False)[:, 0]
        # the search's own distances lose half their digits to cancellation: an equal row would not be at 0
        distances[start : start + step] = np.linalg.norm(some - known[found], axis=1)
    return distances


def _at(column: pd.Series[Any], positions: Positions) -> pd.Series[Any]:
    return column.take(positions).reset_index(drop=True)


def _elected(column: pd.Series[Any], base: Positions, votes: Positions) -> Positions:
    """For each new row the position of a row that holds the elected value, shape (new,)."""
    codes = pd.factorize(column)[0]
    ballots, own = codes[votes], codes[base]
    counts = np.zeros(ballots.shape, dtype=np.int32)
    for voter in range(ballots.shape[1]):
        counts += ballots == ballots[:, [voter]]
    counts[ballots < 0] = 0
    most = counts.max(axis=1)
    tied = counts == most[:, None]
    keeps = (own < 0) | (most == 0) | (tied & (ballots == own[:, None])).any(axis=1)
    first = votes[np.arange(len(base)), tied.argmax(axis=1)]
    return np.where(keeps, base, first)


def _between(column: pd.Series[Any], base: Positions, neighbour: Positions, weight: Floats) -> pd.Series[Any]:
    if pd.api.types.is_integer_dtype(column.dtype):
        return _integers(column, base, neighbour, weight)
    if pd.api.types.is_numeric_dtype(column.dtype):
        return _floats(column, base, neighbour, weight)
    return _times(column, base, neighbour, weight)


def _floats(column: pd.Series[Any], base: Positions, neighbour: Positions, weight: Floats) -> pd.Series[Any]:
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    a, b = values[base], values[neighbour]
    with np.errstate(over="ignore", invalid="ignore"):
        moved = a + weight * (b - a)
    return pd.Series(np.where(np.isfinite(moved), moved, a)).astype(column.dtype)


def _integers(
    column: pd.Series[Any], base: Positions, neighbour: Positions, weight: Floats
) -> pd.Series[Any]:
    missing = column.isna().to_numpy()
    wide = np.uint64 if pd.api.types.is_unsigned_integer_dtype(column.dtype) else np.int64
    values = column.to_numpy(dtype=wide, na_value=0)
    moved = _whole(values, missing, base, neighbour, weight)
    return pd.Series(pd.arrays.IntegerArray(moved, missing[base])).astype(column.dtype)


def _times(column: pd.Series[Any], base: Positions, neighbour: Positions, weight: Floats) -> pd.Series[Any]:
    missing = column.isna().to_numpy()
    zone = getattr(column.dt, "tz", None)
    local = column if zone is None else column.dt.tz_localize(None)
    days = _grain(_ticks(local), local.dt.unit) > TICKS_A_SECOND[local.dt.unit]
    # midnights are midnights where they were observed; an hour that is no midnight goes by in UTC
    plain = local if zone is None or days else column.dt.tz_convert(None)
    ticks = _ticks(plain)
    grain = _grain(ticks, plain.dt.unit)
    moved = _whole(ticks // grain, missing, base, neighbour, weight) * grain
    times = _zoned(pd.Series(moved.view(plain.to_numpy().dtype)), column, days)
    # the base row's own, not one made again: a midnight that strikes twice stays the one that it was
    return times.mask(missing[base] | (moved == ticks[base]), _at(column, base))


def _zoned(times: pd.Series[Any], column: pd.Series[Any], days: bool) -> pd.Series[Any]:
    zone = getattr(column.dt, "tz", None)
    if zone is None:
        return times
    zoned: pd.Series[Any]
    if not days:
        zoned = times.dt.tz_localize("UTC").dt.tz_convert(zone)
        return zoned
    # where the clock skips midnight the day begins later, where it strikes twice the first one counts
    first = np.ones(len(times), dtype=np.bool_)
    zoned = times.dt.tz_localize(zone, ambiguous=first, nonexistent="shift_forward")
    return zoned.clip(column.min(), column.max())


def _ticks(column: pd.Series[Any]) -> npt.NDArray[np.int64]:
    """Dates or durations as integers of their unit, 0 where missing, which is a whole day too."""
    return np.where(column.isna().to_numpy(), 0, column.to_numpy().view(np.int64))


def _grain(ticks: npt.NDArray[np.int64], unit: str) -> int:
    """The coarsest of day, second and tick of which all are multiples, in ticks."""
    second = TICKS_A_SECOND[unit]
    return next(grain for grain in (SECONDS_A_DAY * second, second, 1) if not (ticks % grain).any())


def _whole(
    values: npt.NDArray[Any],
    missing: npt.NDArray[np.bool_],
    base: Positions,
    neighbour: Positions,
    weight: Floats,
) -> npt.NDArray[Any]:
    """Whole numbers between base and neighbour, anything where the base row's is missing."""
    observed = values[~missing]
    if not len(observed):
        return values[base]
    low, high = int(observed.min()), int(observed.max())
    a, b = values[base], values[np.where(missing[neighbour], base, neighbour)]
    if max(-low, high) <= EXACT:
        near, far = a.astype(np.float64), b.astype(np.float64)
        return np.clip(np.rint(near + weight * (far - near)), low, high).astype(values.dtype)
    return np.asarray(np.clip(_exact(a, b, weight), low, high), dtype=values.dtype)


def _exact(a: npt.NDArray[Any], b: npt.NDArray[Any], weight: Floats) -> npt.NDArray[np.object_]:
    """a + weight × (b - a), rounded half to even, as Python integers: for numbers too large for float64."""
    parts = np.array([int(part) for part in np.rint(weight * EXACT).tolist()], dtype=object)
    start = a.astype(object)
    total = start * EXACT + parts * (b.astype(object) - start)
    whole, rest = total // EXACT, total % EXACT * 2
    return np.asarray(whole + ((rest > EXACT) | ((rest == EXACT) & (whole % 2 == 1))), dtype=object)
