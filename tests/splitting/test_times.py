"""Times: what can be compared is, and what is no time is named."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest

from evenkeel.errors import DataError
from evenkeel.splitting import times_of

DAY = np.datetime64("2024-05-31T00:00:00", "us")


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(["2024-05-31"]),
        pd.Series(["2024-05-31T00:00:00Z"]),
        pd.Series(["2024-05-31 02:00+02:00"]),
        pd.Series(["2024-05-31"], dtype="category"),
        pd.Series([datetime.date(2024, 5, 31)], dtype=object),
        pd.Series([pd.Timestamp("2024-05-31")]),
        pd.Series([pd.Timestamp("2024-05-31 02:00", tz="Europe/Vienna")]),
    ],
    ids=str,
)
def test_a_day_is_a_day_however_it_is_stored(column: pd.Series) -> None:
    assert times_of(column).tolist() == [DAY.item()]


@pytest.mark.parametrize("dtype", ["int64", "Int64", "float64", "uint8"])
def test_numbers_are_times(dtype: str) -> None:
    assert times_of(pd.Series([3, 1, 2], dtype=dtype)).tolist() == [3, 1, 2]


def test_nanoseconds_since_1970_keep_their_last_digit() -> None:
    stamps = [1_717_113_600_000_000_000, 1_717_113_600_000_000_001]
    assert len(set(times_of(pd.Series(stamps)).tolist())) == 2


@pytest.mark.parametrize("bad", ["31/05/2024", "soon", "12", ""])
def test_what_is_no_time_is_named(bad: str) -> None:
    with pytest.raises(DataError) as caught:
        times_of(pd.Series(["2024-05-31", bad], name="day"))
    assert "Expected numbers, dates or ISO 8601 texts" in str(caught.value)
    assert f"got {bad!r} (1 of 2 rows)" in str(caught.value)
    assert "Next: " in str(caught.value)


@pytest.mark.parametrize("column", [[True, False], [1, "2024-05-31"], [[1], [2]]], ids=str)
def test_bools_and_mixtures_are_no_times(column: list[object]) -> None:
    with pytest.raises(DataError, match="in column 'day'"):
        times_of(pd.Series(column, name="day"))


@pytest.mark.parametrize("column", [["2024-05-31", None], [1.0, np.nan], [pd.NaT, pd.Timestamp("2024")]])
def test_a_row_without_a_time_is_an_error(column: list[object]) -> None:
    with pytest.raises(DataError, match=r"got none in 1 of 2 rows\. Next: "):
        times_of(pd.Series(column, name="day"))
