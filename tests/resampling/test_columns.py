"""Columns: means in the column's own type, gaps that stay gaps, and ends that extrapolation respects."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.resampling.columns import _bounded, between, category_codes, mean

few = settings(max_examples=60, deadline=None)
INTS = ("int8", "uint8", "int32", "int64", "uint64", "Int8", "Int64", "UInt64")
FLOATS = ("float32", "float64", "Float32", "Float64")
# all in one cluster, or two of them
ONE = (0, 0, 0, 0)
TWO = (0, 0, 1, 1)


def column(values: Any, dtype: str) -> pd.Series[Any]:
    return pd.Series(values, dtype=dtype)


def gapped(values: list[int | None], dtype: str) -> pd.Series[Any]:
    """Numbers of any type, or dates and durations by their ticks."""
    return (
        column(values, "Int64").astype("Float64" if dtype.lower().startswith("f") else "Int64").astype(dtype)
    )


def means(
    values: pd.Series[Any], cluster: tuple[int, ...] = ONE, base: tuple[int, ...] = (0,), centres: Any = None
) -> pd.Series[Any]:
    """The mean of each cluster; `base` is the row that stands for it, `centres` what k-means found."""
    found = np.full(len(base), 99.0) if centres is None else np.array(centres, dtype=np.float64)
    return mean(values, np.array(base), np.array(cluster), found)


def moved(values: pd.Series[Any], weight: float, base: int = 0, neighbour: int = 1) -> Any:
    return between(values, np.array([base]), np.array([neighbour]), np.array([weight]))[0]


# means


@pytest.mark.parametrize("dtype", [*INTS, *FLOATS])
def test_a_mean_has_the_columns_own_type(dtype: str) -> None:
    made = means(column([1, 2, 3, 4], dtype), TWO, (0, 2), [1.5, 3.5])
    assert str(made.dtype) == dtype
    assert made.tolist() == ([2, 4] if dtype in INTS else [1.5, 3.5])


@pytest.mark.parametrize("lowest", [-8, -7, 0, 1])
@pytest.mark.parametrize(
    ("low", "high", "middle"), [(0, 1, 0), (1, 2, 2), (0, 3, 2), (3, 4, 4), (-2, -1, -2)]
)
def test_halves_go_to_the_even_number_whatever_the_smallest_of_the_column_is(
    low: int, high: int, middle: int, lowest: int
) -> None:
    assert means(column([low, high, lowest, lowest], "int64"), TWO, (0, 2)).tolist() == [middle, lowest]


@few
@given(
    dtype=st.sampled_from(INTS),
    seed=st.integers(0, 2**32 - 1),
    wide=st.booleans(),
)
def test_the_mean_of_whole_numbers_is_in_their_range_and_the_nearest_one(
    dtype: str, seed: int, wide: bool
) -> None:
    rng, info = np.random.default_rng(seed), np.iinfo(dtype.lower())
    low, high = (info.min, info.max) if wide else (0, 100)
    values = rng.integers(low, high, 9, dtype=dtype.lower(), endpoint=True)
    (made,) = means(column(values, dtype), (0,) * 9)
    whole = [int(value) for value in values]
    assert min(whole) <= int(made) <= max(whole)
    # in float64, of what lies above the smallest
    assert abs(int(made) * 9 - sum(whole)) <= 9 * (0.5 + (max(whole) - min(whole)) * 2.0**-50)


def test_large_numbers_do_not_lose_their_last_digits() -> None:
    large = 2**62
    assert means(column([large + 1, large + 3], "int64"), (0, 0)).tolist() == [large + 2]


def test_floats_are_where_the_cluster_is_if_all_are_observed() -> None:
    assert means(column([1, 2, 3, 4], "float64"), TWO, (0, 2), [1.25, 3.75]).tolist() == [1.25, 3.75]


@pytest.mark.parametrize("dtype", FLOATS)
def test_with_gaps_in_the_column_only_observed_floats_are_counted(dtype: str) -> None:
    # k-means saw the median in place of the gap
    made = means(column([1, 2, None, 4], dtype), TWO, (0, 3), [1.5, 99.0])
    assert made.tolist() == [1.5, 4.0]


@pytest.mark.parametrize("dtype", ["Int64", "UInt64"])
def test_with_gaps_only_observed_whole_numbers_are_counted(dtype: str) -> None:
    assert means(column([1, 5, None, 4], dtype), TWO, (0, 3)).tolist() == [3, 4]


@pytest.mark.parametrize("dtype", ["Int64", "float64", "Float32", "datetime64[us]", "timedelta64[s]"])
def test_a_gap_of_the_row_that_stands_for_a_cluster_stays_a_gap(dtype: str) -> None:
    values = gapped([None, 2, 3, 4], dtype)
    made = means(values, TWO, (0, 2), [2.0, 3.5])
    assert made.isna().tolist() == [True, False]
    assert made.dtype == values.dtype


@pytest.mark.parametrize("dtype", ["Int64", "float64", "datetime64[us]"])
def test_a_column_that_is_missing_throughout_stays_so(dtype: str) -> None:
    values = column([None] * 4, dtype)
    made = means(values, TWO, (1, 2), [0.0, 0.0])
    assert made.isna().all()
    assert made.dtype == values.dtype


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "datetime64[us]", "timedelta64[s]"])
def test_a_cluster_without_rows_is_the_row_that_stands_for_it(dtype: str) -> None:
    """K-means leaves such a cluster where rows repeat, at the place of one of them."""
    values = gapped([4, 6, 8, None], dtype)
    made = means(values, ONE, (0, 2), [99.0, 99.0])
    assert made.tolist() == [values[1], values[2]]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_the_mean_of_days_is_a_day(unit: str) -> None:
    days = column(["2024-01-01", "2024-01-02", "2024-01-05", "2024-01-08"], f"datetime64[{unit}]")
    made = means(days)
    assert made.tolist() == [pd.Timestamp("2024-01-04")]
    assert made.dtype == days.dtype


def test_the_mean_of_seconds_is_a_second_and_of_instants_an_instant() -> None:
    seconds = column(["2024-01-01 00:00:01", "2024-01-01 00:00:05"], "datetime64[ms]")
    assert means(seconds, (0, 0)).tolist() == [pd.Timestamp("2024-01-01 00:00:03")]
    finer = column(["2024-01-01 00:00:01.001", "2024-01-01 00:00:04.002"], "datetime64[ms]")
    assert means(finer, (0, 0)).tolist() == [pd.Timestamp("2024-01-01 00:00:02.502")]


def test_the_mean_of_midnights_of_a_zone_is_a_midnight_there() -> None:
    days = column(["2024-03-30", "2024-04-01"], "datetime64[us]").dt.tz_localize("Europe/Vienna")
    made = means(days, (0, 0))
    assert made.tolist() == [pd.Timestamp("2024-03-31", tz="Europe/Vienna")]
    assert made.dtype == days.dtype


def test_the_mean_of_durations_is_a_duration() -> None:
    assert means(pd.to_timedelta(pd.Series(["1 days", "3 days"])), (0, 0)).tolist() == [
        pd.Timedelta("2 days")
    ]


def test_with_gaps_only_observed_dates_are_counted() -> None:
    days = column(["2024-01-01", None, "2024-01-03", None], "datetime64[us]")
    assert means(days).tolist() == [pd.Timestamp("2024-01-02")]


def test_a_centre_that_is_not_finite_leaves_the_rows_own_value() -> None:
    assert means(column([1, 2, 3, 4], "float64"), TWO, (1, 2), [np.inf, np.nan]).tolist() == [2.0, 3.0]


# extrapolation


def bounded(value: float, observed: list[float]) -> float:
    return float(_bounded(np.array([value]), np.array(observed))[0])


@pytest.mark.parametrize(
    ("value", "observed", "expected"),
    [
        (1.5, [1, 2, 3], 1.5),
        # one row at the extreme: nothing says that the column ends there
        (0.5, [1, 2, 3], 0.5),
        (3.5, [1, 2, 3], 3.5),
        # two rows: it may well
        (0.5, [1, 1, 2, 3], 1.0),
        (3.5, [1, 2, 3, 3], 3.0),
        # and each end speaks for itself
        (3.5, [1, 1, 2, 3], 3.5),
        (0.5, [1, 2, 3, 3], 0.5),
        # what is never negative does not become so, and what is never positive neither
        (-0.5, [0, 1, 2], 0.0),
        (-0.5, [1, 2, 3], 1.0),
        (0.5, [-3, -2, -1], -1.0),
        (0.5, [-2, -1, 0], 0.0),
        (-0.5, [-0.25, 1, 2], -0.5),
        (9.0, [], 9.0),
    ],
)
def test_a_value_stops_where_the_column_seems_to_end(
    value: float, observed: list[float], expected: float
) -> None:
    assert bounded(value, observed) == expected


@pytest.mark.parametrize("dtype", FLOATS)
def test_rows_that_lead_away_from_their_neighbour_stop_there_too(dtype: str) -> None:
    share = column([0.25, 1.0, 0.0, 0.0], dtype)
    assert moved(share, -0.5) == 0.0
    assert str(between(share, np.array([0]), np.array([1]), np.array([-0.5])).dtype) == dtype
    assert moved(column([2.0, 1.0, 0.0], dtype), -0.5) == 2.5


def test_a_gap_or_an_infinity_says_nothing_about_where_a_column_ends() -> None:
    assert moved(column([2.0, 1.0, None, None], "float64"), -0.5) == 2.5
    assert moved(column([2.0, 1.0, np.inf, np.inf], "float64"), -0.5) == 2.5


@few
@given(
    observed=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8),
    value=st.floats(-1e7, 1e7),
)
def test_a_value_within_the_observed_ones_never_moves_and_no_value_passes_them_inwards(
    observed: list[float], value: float
) -> None:
    low, high, found = min(observed), max(observed), bounded(value, observed)
    assert found in (value, low, high)
    if low <= value <= high:
        assert found == value
    elif value < low:
        assert value <= found <= low
    else:
        assert high <= found <= value


@pytest.mark.parametrize("dtype", ["int64", "Int64", "uint8"])
@pytest.mark.parametrize("weight", [-3.0, 4.0])
def test_whole_numbers_never_leave_their_range(dtype: str, weight: float) -> None:
    assert moved(column([3, 5, 1, 9], dtype), weight) in (1, 9)


# codes


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (column(["b", None, "a", "b"], "str"), [1, 2, 0, 1]),
        (pd.Series(pd.Categorical(["b", None, "a"], categories=["b", "a", "unseen"])), [1, 2, 0]),
        (column([3, None, 1], "Int64"), [1, 2, 0]),
        (column([True, False, None], "boolean"), [1, 0, 2]),
        (column([None, None], "str"), [0, 0]),
        (pd.Series(["x", 1, None], dtype=object), [1, 0, 2]),
    ],
    ids=str,
)
def test_codes_follow_the_values_and_the_missing_come_last(
    values: pd.Series[Any], expected: list[int]
) -> None:
    found: npt.NDArray[np.int64] = category_codes(values)
    assert (found.tolist(), found.dtype) == (expected, np.int64)
