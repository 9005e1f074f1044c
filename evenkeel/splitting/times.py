"""Times as values that can be compared: numbers, dates and times, and texts in the form of ISO 8601."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evenkeel.errors import DataError
from evenkeel.labels import label_of

Times = npt.NDArray[Any]

MOST_SHOWN = 3


def times_of(column: pd.Series[Any]) -> Times:
    """One time per row: numbers as they are, all else as microseconds in UTC (texts without a zone too).

    `DataError` where a row has none, or something that is no time.
    """
    if missing := int(column.isna().sum()):
        raise DataError(
            f"Expected a time in every row of column {column.name!r}, got none in {missing:,} of "
            f"{len(column):,} rows. Next: fill the column, leave those rows out, or remove `time`."
        )
    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        column, kind = column.astype(kind.categories.dtype), kind.categories.dtype
    if pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind):
        return _numbers(column)
    if pd.api.types.is_timedelta64_dtype(kind):
        return np.asarray(column.dt.as_unit("us").to_numpy(dtype="timedelta64[us]"))
    return _moments(column)


def time_text(value: Any) -> str:
    """A time for a reader."""
    if isinstance(value, np.datetime64):
        return pd.Timestamp(value).isoformat()
    return str(value) if isinstance(value, np.timedelta64) else label_of(value)


def _numbers(column: pd.Series[Any]) -> Times:
    # whole numbers stay whole: nanoseconds since 1970 have more digits than a float
    whole = pd.api.types.is_integer_dtype(column.dtype)
    values: Times = column.to_numpy(dtype=np.int64 if whole else np.float64)
    return values


def _moments(column: pd.Series[Any]) -> Times:
    if column.dtype == object and pd.api.types.infer_dtype(column) not in ("string", "date", "datetime"):
        raise _no_times(column, column)
    form = None if pd.api.types.infer_dtype(column) in ("date", "datetime", "datetime64") else "ISO8601"
    stamps = pd.to_datetime(column, format=form, utc=True, errors="coerce")
    if bad := stamps.isna().any():
        raise _no_times(column, column[stamps.isna()])
    assert not bad
    plain = stamps.dt.tz_localize(None).dt.as_unit("us")
    return np.asarray(plain.to_numpy(dtype="datetime64[us]"))


def _no_times(column: pd.Series[Any], bad: pd.Series[Any]) -> DataError:
    shown = ", ".join(repr(value) for value in bad.head(MOST_SHOWN))
    return DataError(
        f"Expected numbers, dates or ISO 8601 texts (2024-05-31, 2024-05-31T14:00:00Z) in column "
        f"{column.name!r}, got {shown} ({len(bad):,} of {len(column):,} rows). Next: mend the column, or "
        f"name another `time`."
    )
