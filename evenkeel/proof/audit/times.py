"""EKA005: train rows that are later than test rows, so that the model has seen the future."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from evenkeel.errors import DataError
from evenkeel.proof.audit.finding import NotChecked, Suspicion, Suspicions, Truths
from evenkeel.proof.audit.pair import Pair

# texts of a column that are looked at before all are read as dates
TRIED = 200
# share of train rows later than the first test row that is no matter of a few late entries
MANY = 0.01
DATE = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}.*|\d{1,2}[-./]\d{1,2}[-./]\d{4}.*"


def check(pair: Pair) -> Suspicions:
    """The named time column, or every column of dates."""
    if pair.time is not None:
        yield from _overlap(pair, pair.time, _named(pair, pair.time), named=True)
        return
    found = {name: times for name in pair.features if (times := _dates(pair, name)) is not None}
    if not found:
        raise NotChecked("no --time was named, and no column holds dates")
    for name, times in found.items():
        yield from _overlap(pair, name, times, named=False)


def _overlap(pair: Pair, name: str, times: pd.Series[Any], *, named: bool) -> Suspicions:
    test = times[pair.in_test].dropna()
    if test.empty:
        return
    start = test.min()
    late: Truths = ~pair.in_test & (times > start).fillna(False).to_numpy(dtype=np.bool_)
    if not late.any():
        return
    share = float(late.sum() / pair.train_rows)
    rest = "" if named else "; where predictions are about the future, name it with --time"
    yield Suspicion(
        "info" if not named else "critical" if share >= MANY else "warning",
        f"{int(late.sum()):,} train rows ({share:.1%}) are later in {name!r} than the first test row "
        f"({start}){rest}.",
        pair.rows(np.flatnonzero(late)) if named else (),
    )


def _named(pair: Pair, name: str) -> pd.Series[Any]:
    column = pair.frame[name]
    if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype):
        return column
    times = _dates(pair, name)
    if times is None:
        raise DataError(
            f"Expected dates or numbers in {name!r} (time), got {column.dropna().iloc[:1].tolist()}. "
            f"Next: name another column, or write the dates as 2024-01-31."
        )
    return times


def _dates(pair: Pair, name: str) -> pd.Series[Any] | None:
    """The column as dates, None where it holds none."""
    column = pair.frame[name]
    if getattr(column.dtype, "kind", "") == "M":
        return column
    if name not in pair.features.categorical or pd.api.types.is_bool_dtype(column.dtype):
        return None
    known = column.dropna().astype("str")
    if not len(known) or not known.iloc[:TRIED].str.fullmatch(DATE).all():
        return None
    times = pd.to_datetime(column.astype("str"), errors="coerce", format="mixed", utc=True)
    return times if times.notna().sum() >= 0.99 * len(known) else None
