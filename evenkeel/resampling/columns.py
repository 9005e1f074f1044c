"""One column of new values, in the column's own type and unit.

`between` moves values along the line to a neighbour, `mean` to the middle of a cluster. Both say what becomes
of the numbers behind a column; what is a number in integers, dates and durations, and how it is rounded, is
the same for both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]
Missing = npt.NDArray[np.bool_]
# from whole numbers, of which some are missing, to the new ones: anything where the base row's is missing
Move = Callable[[npt.NDArray[Any], Missing], npt.NDArray[Any]]

# up to here every whole number is a float64 of its own
EXACT = 2**53
SECONDS_A_DAY = 86_400
TICKS_A_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def at(column: pd.Series[Any], positions: Positions) -> pd.Series[Any]:
    """The values at `positions`, with a fresh index."""
    return column.take(positions).reset_index(drop=True)


def between(
    column: pd.Series[Any],
    base: Positions,
    neighbour: Positions,
    weight: Floats,
    reach: Floats | float = 1.0,
) -> pd.Series[Any]:
    """Numbers, dates or durations at base + weight × reach × (neighbour - base); see `rows.interpolate`."""
    if pd.api.types.is_float_dtype(column.dtype):
        return _floats(column, base, neighbour, weight, reach)
    return _whole_numbers(
        column, base, lambda values, missing: _whole(values, missing, base, neighbour, weight * reach)
    )


def mean(column: pd.Series[Any], base: Positions, cluster: Positions, centres: Floats) -> pd.Series[Any]:
    """The mean of each cluster, missing where the base row's value is; see `centroids.centre`."""
    if pd.api.types.is_float_dtype(column.dtype):
        return _float_means(column, base, cluster, centres)
    return _whole_numbers(column, base, lambda values, missing: _whole_means(values, missing, base, cluster))


def category_codes(column: pd.Series[Any]) -> npt.NDArray[np.int64]:
    """Codes from 0 in the order of the values, missing ones last; of mixed types in the order of texts."""
    values = column.astype(object) if isinstance(column.dtype, pd.CategoricalDtype) else column
    try:
        codes, found = pd.factorize(values, sort=True)
    except TypeError:
        codes, found = pd.factorize(values.astype("str"), sort=True)
    return np.where(codes < 0, len(found), codes).astype(np.int64)


def _floats(
    column: pd.Series[Any],
    base: Positions,
    neighbour: Positions,
    weight: Floats,
    reach: Floats | float,
) -> pd.Series[Any]:
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    a, b = values[base], values[neighbour]
    with np.errstate(over="ignore", invalid="ignore"):
        moved = a + weight * (reach * (b - a))
    outward = (weight < 0) | (weight > 1)
    moved[outward] = _bounded(moved[outward], values[np.isfinite(values)])
    return pd.Series(np.where(np.isfinite(moved), moved, a)).astype(column.dtype)


def _bounded(moved: Floats, observed: Floats) -> Floats:
    """Extrapolated values, stopped where the observed ones show that the column ends."""
    if not len(observed):
        return moved
    low, high = observed.min(), observed.max()
    ends_low = (observed == low).sum() > 1
    ends_high = (observed == high).sum() > 1
    moved = np.where((moved < low) & (ends_low | ((low >= 0) & (moved < 0))), low, moved)
    return np.where((moved > high) & (ends_high | ((high <= 0) & (moved > 0))), high, moved)


def _float_means(
    column: pd.Series[Any], base: Positions, cluster: Positions, centres: Floats
) -> pd.Series[Any]:
    own, observed = at(column, base), column.notna().to_numpy()
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)[observed]
    if not observed.all():
        # the centre counts cells that were filled in for the sake of distances
        centres = _means(values, cluster[observed], len(base))
    usable = observed[base] & np.isfinite(centres)
    if len(values):
        # to a scale and back costs last bits: what is never below 0 must not come out just below it
        centres = np.clip(centres, values.min(), values.max())
    moved = pd.Series(np.where(usable, centres, 0.0)).astype(column.dtype)
    return moved.where(usable, own)


def _means(values: Floats, cluster: Positions, clusters: int) -> Floats:
    """The mean of each cluster, NaN where it has no values."""
    sums = np.bincount(cluster, weights=values, minlength=clusters)
    sizes = np.bincount(cluster, minlength=clusters)
    return np.where(sizes > 0, sums / np.maximum(sizes, 1), np.nan)


def _whole_numbers(column: pd.Series[Any], base: Positions, move: Move) -> pd.Series[Any]:
    return (_integers if pd.api.types.is_integer_dtype(column.dtype) else _times)(column, base, move)


def _integers(column: pd.Series[Any], base: Positions, move: Move) -> pd.Series[Any]:
    missing = column.isna().to_numpy()
    wide = np.uint64 if pd.api.types.is_unsigned_integer_dtype(column.dtype) else np.int64
    values = column.to_numpy(dtype=wide, na_value=0)
    return pd.Series(pd.arrays.IntegerArray(move(values, missing), missing[base])).astype(column.dtype)


def _times(column: pd.Series[Any], base: Positions, move: Move) -> pd.Series[Any]:
    missing = column.isna().to_numpy()
    zone = getattr(column.dt, "tz", None)
    local = column if zone is None else column.dt.tz_localize(None)
    days = _grain(_ticks(local), local.dt.unit) > TICKS_A_SECOND[local.dt.unit]
    # midnights are midnights where they were observed; an hour that is no midnight goes by in UTC
    plain = local if zone is None or days else column.dt.tz_convert(None)
    ticks = _ticks(plain)
    grain = _grain(ticks, plain.dt.unit)
    moved = move(ticks // grain, missing) * grain
    times = _zoned(pd.Series(moved.view(plain.to_numpy().dtype)), column, days)
    # the base row's own, not one made again: a midnight that strikes twice stays the one that it was
    return times.mask(missing[base] | (moved == ticks[base]), at(column, base))


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


def _whole_means(
    values: npt.NDArray[Any], missing: Missing, base: Positions, cluster: Positions
) -> npt.NDArray[Any]:
    """The mean of the observed values of each cluster, rounded half to even; the base's for no values."""
    where = np.flatnonzero(~missing)
    if not len(where):
        return values[base]
    members, seen = cluster[where], values[where]
    low, high = int(seen.min()), int(seen.max())
    if high - low > EXACT:
        moved = _exact_means(seen, members, len(base)).astype(values.dtype)
    else:
        # from an even number near the smallest on: distances are exact where large numbers would not be
        start = low - low % 2
        step = np.rint(_means((seen - start).astype(np.float64), members, len(base)))
        moved = start + np.nan_to_num(step).astype(values.dtype)
    empty = np.bincount(members, minlength=len(base)) == 0
    return np.where(empty, values[base], moved).astype(values.dtype)


def _exact_means(values: npt.NDArray[Any], cluster: Positions, clusters: int) -> npt.NDArray[np.object_]:
    """Rounded means as Python integers: for numbers whose differences are too large for float64."""
    sums = np.zeros(clusters, dtype=object)
    np.add.at(sums, cluster, values.astype(object))
    return _divided(sums, np.maximum(np.bincount(cluster, minlength=clusters), 1).astype(object))


def _whole(
    values: npt.NDArray[Any],
    missing: Missing,
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
    return _divided(start * EXACT + parts * (b.astype(object) - start), EXACT)


def _divided(total: npt.NDArray[np.object_], by: npt.NDArray[np.object_] | int) -> npt.NDArray[np.object_]:
    """total / by, rounded half to even, of Python integers."""
    whole, rest = total // by, total % by * 2
    return np.asarray(whole + ((rest > by) | ((rest == by) & (whole % 2 == 1))), dtype=object)
