"""New rows: the types, values and gaps of the table's own columns."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.resampling import columns as module
from evenkeel.resampling import space
from evenkeel.resampling.rows import copy_rows, interpolate
from evenkeel.resampling.space import nearest_distances
from evenkeel.tables import ROW_ID, Features

INTS = ("int8", "int16", "int32", "int64", "uint8", "uint64", "Int8", "Int64", "UInt16", "UInt64")
FLOATS = ("float32", "float64", "Float32", "Float64")
UNITS = ("s", "ms", "us", "ns")
ZONES = (None, "UTC", "Europe/Vienna", "America/Sao_Paulo")


class Case(NamedTuple):
    """A table and where its new rows come from."""

    frame: pd.DataFrame
    base: npt.NDArray[np.int64]
    neighbour: npt.NDArray[np.int64]
    weight: npt.NDArray[np.float64]
    votes: npt.NDArray[np.int64]
    features: Features

    def made(self, weight: Any = None) -> pd.DataFrame:
        return interpolate(
            self.frame,
            self.base,
            self.neighbour,
            self.weight if weight is None else weight,
            self.votes,
            self.features,
        )


def numbers(rng: np.random.Generator, rows: int) -> dict[str, pd.Series[Any]]:
    columns = {}
    for dtype in INTS:
        info = np.iinfo(dtype.lower())
        few, all_of_them = (0, 100), (info.min, info.max)
        low, high = few if rng.random() < 0.7 else all_of_them
        values = rng.integers(low, high, rows, dtype=dtype.lower(), endpoint=True)
        columns[dtype] = pd.Series(values, dtype=dtype)
    for dtype in FLOATS:
        columns[dtype] = pd.Series(rng.normal(size=rows) * 10.0 ** rng.integers(-9, 9), dtype=dtype)
    return columns


def times(rng: np.random.Generator, rows: int) -> dict[str, pd.Series[Any]]:
    columns = {}
    for unit in UNITS:
        ticks = module.TICKS_A_SECOND[unit]
        grain = rng.choice([1, ticks, 86_400 * ticks])
        values = rng.integers(0, 1_900_000_000 * ticks, rows) // grain * grain
        stamps = pd.Series(values.view(f"M8[{unit}]"))
        if (zone := ZONES[rng.integers(len(ZONES))]) is not None:
            stamps = stamps.dt.tz_localize(zone, ambiguous="NaT", nonexistent="shift_forward")
        columns[f"{unit} date"] = stamps
        columns[f"{unit} long"] = pd.Series(values.view(f"m8[{unit}]"))
    return columns


def categories(rng: np.random.Generator, rows: int) -> dict[str, pd.Series[Any]]:
    texts = rng.choice(["a", "b", "c", "ä ö"], rows)
    wide = pd.CategoricalDtype(["a", "b", "c", "ä ö", "never"], ordered=True)
    return {
        "str": pd.Series(texts, dtype="str"),
        "object": pd.Series(texts.tolist(), dtype=object),
        "category": pd.Series(texts).astype("category"),
        "ordered": pd.Series(texts).astype(wide),
        "grade": pd.Series(rng.integers(1, 4, rows)).astype("category"),
        "code": pd.Series(rng.integers(1, 4, rows)),
        "bool": pd.Series(rng.random(rows) < 0.5),
        "boolean": pd.Series(rng.random(rows) < 0.5, dtype="boolean"),
        "span": pd.Series(rng.integers(0, 3, rows).view("m8[s]")),
    }


def holds_gaps(column: pd.Series[Any]) -> bool:
    return not (isinstance(column.dtype, np.dtype) and column.dtype.kind in "iub")


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Tables with every type, some cells or whole columns missing, and new rows between any two rows."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows, new, k = draw(st.integers(1, 12)), draw(st.integers(0, 30)), draw(st.integers(1, 6))
    share = draw(st.sampled_from([0.0, 0.3, 0.9]))
    numeric, dates, voted = numbers(rng, rows), times(rng, rows), categories(rng, rows)
    plain = {"name": pd.Series(rng.choice(["x", "y"], rows), dtype=object), "age": pd.Series(range(rows))}
    columns = {
        name: column.mask(rng.random(rows) < share) if holds_gaps(column) else column
        for name, column in {**numeric, **dates, **voted, **plain}.items()
    }
    assert all(str(columns[name].dtype) == name for name in (*INTS, *FLOATS, "str", "object", "bool"))
    frame = pd.DataFrame(columns).assign(**{ROW_ID: [f"r{i}" for i in range(rows)]})
    frame.index = pd.Index(rng.permutation(rows) * 3)
    weight = draw(st.sampled_from([rng.random(new), np.zeros(new), np.ones(new)]))
    features = Features(tuple(numeric), tuple(dates), tuple(voted))
    base, neighbour = rng.integers(0, rows, (2, new))
    return Case(frame, base, neighbour, weight, rng.integers(0, rows, (new, k)), features)


few = settings(max_examples=15, deadline=None)


def one(values: Any, *, base: Any = 0, neighbour: Any = 1, weight: Any = 0.5, dtype: Any = None) -> Any:
    """The new values of one number or date column."""
    base, neighbour = np.atleast_1d(base), np.atleast_1d(neighbour)
    frame = pd.DataFrame({"a": values if isinstance(values, pd.Series) else pd.Series(values, dtype=dtype)})
    return interpolate(frame, base, neighbour, weight, neighbour[:, None], Features(("a",), (), ()))["a"]


def elected(values: list[Any], base: int, votes: list[int]) -> Any:
    """The elected value of one text column."""
    frame = pd.DataFrame({"a": pd.Series(values, dtype=object)})
    where = np.array([base])
    return interpolate(frame, where, where, 0.5, np.array([votes]), Features((), (), ("a",)))["a"].iloc[0]


@few
@given(cases(), st.sampled_from([None, -0.5, 1.7]))
def test_the_schema_is_unchanged(case: Case, weight: float | None) -> None:
    made = case.made(weight)
    assert made.dtypes.to_dict() == case.frame.dtypes.to_dict()
    pd.testing.assert_index_equal(made.columns, case.frame.columns)
    pd.testing.assert_index_equal(made.index, pd.RangeIndex(len(case.base)))


@few
@given(cases())
def test_real_rows_are_unchanged(case: Case) -> None:
    before = case.frame.copy(deep=True)
    case.made()
    pd.testing.assert_frame_equal(case.frame, before)


@few
@given(cases())
def test_a_row_between_itself_and_itself_is_a_copy(case: Case) -> None:
    same = case._replace(neighbour=case.base, votes=case.base[:, None])
    pd.testing.assert_frame_equal(same.made(), copy_rows(case.frame, case.base), check_exact=True)


@few
@given(cases())
def test_weight_zero_keeps_the_base_row_but_for_votes(case: Case) -> None:
    kept = [name for name in case.frame if name not in case.features.categorical]
    expected = copy_rows(case.frame, case.base)
    pd.testing.assert_frame_equal(case.made(0.0)[kept], expected[kept], check_exact=True)


@few
@given(cases())
def test_cells_are_missing_exactly_where_the_base_rows_are(case: Case) -> None:
    expected = copy_rows(case.frame, case.base).isna()
    pd.testing.assert_frame_equal(case.made().isna(), expected)


@few
@given(cases())
def test_numbers_and_dates_stay_between_the_two_rows(case: Case) -> None:
    made = case.made()
    for name in (*case.features.numeric, *case.features.dates):
        a, b = (copy_rows(case.frame[[name]], where)[name] for where in (case.base, case.neighbour))
        low, high, new = a.where(~(b < a), b), a.where(~(b > a), b), made[name]
        if name in FLOATS:
            slack = 1e-12 * (low.abs() + high.abs())
            low, high = low - slack, high + slack
        assert not ((new < low) | (new > high)).any(), name


@few
@given(cases(), st.sampled_from([-3.0, -0.5, 1.5, 40.0]))
def test_integers_and_dates_stay_in_the_observed_range_whatever_the_weight(case: Case, weight: float) -> None:
    made = case.made(weight)
    for name in (*INTS, *case.features.dates):
        new, old = made[name].dropna(), case.frame[name]
        assert not len(new) or (new.min() >= old.min() and new.max() <= old.max()), name


@few
@given(cases())
def test_categories_are_elected_as_one_would_count_them(case: Case) -> None:
    made = case.made()
    for name in case.features.categorical:
        cells = case.frame[name].tolist()
        for row, (base, votes) in enumerate(zip(case.base, case.votes, strict=True)):
            expected, got = counted(cells, base, votes.tolist()), made[name].iloc[row]
            assert (pd.isna(expected) and pd.isna(got)) or got == expected


def counted(cells: list[Any], base: int, votes: list[int]) -> Any:
    valid = [cells[vote] for vote in votes if not pd.isna(cells[vote])]
    if pd.isna(cells[base]) or not valid:
        return cells[base]
    most = max(valid.count(value) for value in valid)
    tied = [value for value in valid if valid.count(value) == most]
    return cells[base] if cells[base] in tied else tied[0]


@few
@given(cases())
def test_columns_that_are_no_features_are_the_base_rows(case: Case) -> None:
    others = ["name", "age", ROW_ID]
    expected = copy_rows(case.frame, case.base)
    pd.testing.assert_frame_equal(case.made()[others], expected[others])


@pytest.mark.parametrize("dtype", ["float64", "float32", "Float64"])
def test_floats_are_numpy_arithmetic_bit_for_bit(dtype: str) -> None:
    rng = np.random.default_rng(1)
    column = pd.Series(rng.normal(size=300) * 1e3, dtype=dtype)
    base, neighbour, weight = rng.integers(0, 300, 999), rng.integers(0, 300, 999), rng.uniform(-1, 2, 999)
    values = column.to_numpy(dtype=np.float64)
    expected = values[base] + weight * (values[neighbour] - values[base])
    made = one(column, base=base, neighbour=neighbour, weight=weight)
    assert made.to_numpy().tobytes() == expected.astype(dtype.lower()).tobytes()


def test_floats_may_leave_the_range_if_asked() -> None:
    assert one([0.0, 1.0], weight=2.5).tolist() == [2.5]


@pytest.mark.parametrize("values", [[np.inf, 1.0], [1.0, np.inf], [np.inf, np.inf], [1e308, -1e308]])
def test_floats_that_cannot_be_subtracted_keep_the_base_rows(values: list[float]) -> None:
    assert one(values).tolist() == values[:1]


def test_integers_are_rounded_half_to_even() -> None:
    made = one([0, 1, 2, 3], base=[0, 1, 2], neighbour=[1, 2, 3])
    assert made.tolist() == [0, 2, 2]


@pytest.mark.parametrize("dtype", ["int8", "int64", "Int64"])
def test_rounding_has_no_bias(dtype: str) -> None:
    """imbalanced-learn truncates: there the mean is 0.39 too low."""
    rng = np.random.default_rng(2)
    column = pd.Series(rng.integers(0, 9, 500), dtype=dtype)
    base, neighbour, weight = rng.integers(0, 500, 40_000), rng.integers(0, 500, 40_000), rng.random(40_000)
    values = column.to_numpy(dtype=np.float64)
    exact = values[base] + weight * (values[neighbour] - values[base])
    made = one(column, base=base, neighbour=neighbour, weight=weight).to_numpy(dtype=np.float64)
    assert abs((made - exact).mean()) < 0.01
    assert np.abs(made - exact).max() <= 0.5


def test_full_ranges_do_not_wrap() -> None:
    assert one([-128, 127], weight=[0.0, 1.0], base=[0, 0], neighbour=[1, 1], dtype="int8").tolist() == [
        -128,
        127,
    ]
    low, high = -(2**63), 2**63 - 1
    ends = one([low, high], weight=[0.0, 1.0], base=[0, 0], neighbour=[1, 1], dtype="int64")
    assert ends.tolist() == [low, high]
    top = one([2**64 - 1, 2**64 - 5], weight=[0.0, 0.5, 1.0], base=[0] * 3, neighbour=[1] * 3, dtype="uint64")
    assert top.tolist() == [2**64 - 1, 2**64 - 3, 2**64 - 5]


def test_integers_that_float64_does_not_hold_stay_exact() -> None:
    large = 2**60 + 1
    made = one([large, large + 10], weight=[0.0, 0.2, 1.0], base=[0] * 3, neighbour=[1] * 3)
    assert made.tolist() == [large, large + 2, large + 10]


def test_large_integers_are_rounded_half_to_even_too() -> None:
    large = 2**60
    made = one([large, large + 1, large + 2, large + 3], base=[0, 1, 2], neighbour=[1, 2, 3])
    assert made.tolist() == [large, large + 2, large + 2]


@few
@given(st.integers(0, 2**32 - 1))
def test_large_integers_go_the_way_of_fractions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values, weight = rng.integers(-(2**63), 2**63 - 1, 20), rng.random(10)
    made = one(values, base=np.arange(10), neighbour=np.arange(10, 20), weight=weight)
    for a, b, w, new in zip(*np.split(values, 2), weight, made, strict=True):
        assert new == round(int(a) + Fraction(w) * (int(b) - int(a)))


def test_a_missing_neighbour_keeps_the_base_rows_value() -> None:
    assert one([3, None], dtype="Int64").tolist() == [3]
    assert one([3.5, np.nan]).tolist() == [3.5]
    assert one(pd.to_datetime(pd.Series(["2020-02-03", None]))).tolist() == [pd.Timestamp("2020-02-03")]


@pytest.mark.parametrize("unit", UNITS)
def test_midnights_give_midnights(unit: str) -> None:
    days = pd.Series(["2020-01-01", "2020-01-04"], dtype=f"datetime64[{unit}]")
    assert one(days, weight=0.4).tolist() == [pd.Timestamp("2020-01-02")]


@pytest.mark.parametrize("unit", UNITS)
def test_whole_seconds_give_whole_seconds(unit: str) -> None:
    seconds = pd.Series(["2020-01-01 00:00:01", "2020-01-01 00:00:04"], dtype=f"datetime64[{unit}]")
    assert one(seconds, weight=0.4).tolist() == [pd.Timestamp("2020-01-01 00:00:02")]


def test_finer_times_go_to_the_unit() -> None:
    stamps = pd.Series(["2020-01-01 00:00:00.000", "2020-01-01 00:00:00.005"], dtype="datetime64[ms]")
    assert one(stamps, weight=0.5).tolist() == [pd.Timestamp("2020-01-01 00:00:00.002")]


def test_one_time_that_is_no_midnight_ends_whole_days() -> None:
    stamps = pd.Series(["2020-01-01", "2020-01-02", "2020-01-01 10:00"], dtype="datetime64[us]")
    assert one(stamps).tolist() == [pd.Timestamp("2020-01-01 12:00")]


def test_durations_go_by_their_own_grain() -> None:
    assert one(pd.to_timedelta(pd.Series(["1 days", "4 days"])), weight=0.4).tolist() == [
        pd.Timedelta("2 days")
    ]
    assert one(pd.to_timedelta(pd.Series(["1 s", "4 s"])), weight=0.4).tolist() == [pd.Timedelta("2 s")]


def test_midnights_of_a_zone_stay_midnights_over_a_change_of_clocks() -> None:
    days = pd.Series(pd.to_datetime(["2024-03-25", "2024-04-08"])).dt.tz_localize("Europe/Vienna")
    made = one(days, weight=np.linspace(0, 1, 15), base=[0] * 15, neighbour=[1] * 15)
    assert made.tolist() == pd.date_range("2024-03-25", "2024-04-08", tz="Europe/Vienna").tolist()


def test_a_day_without_a_midnight_begins_later() -> None:
    days = pd.Series(pd.to_datetime(["2018-11-03", "2018-11-05"])).dt.tz_localize("America/Sao_Paulo")
    assert one(days).tolist() == [pd.Timestamp("2018-11-04 01:00", tz="America/Sao_Paulo")]


def test_a_midnight_that_strikes_twice_stays_the_one_that_it_was() -> None:
    days = pd.Series(pd.to_datetime(["2024-11-01", "2024-11-03", "2024-11-05"]))
    second = days.dt.tz_localize("America/Havana", ambiguous=np.zeros(3, dtype=np.bool_))
    assert one(second, weight=[0.0, 0.1], base=[1, 1], neighbour=[2, 2]).tolist() == [second[1]] * 2


def test_the_majority_is_elected() -> None:
    assert elected(["a", "b", "b", "c"], 0, [1, 2, 3]) == "b"


def test_a_tie_goes_to_the_base_row_if_it_is_tied() -> None:
    assert elected(["a", "b", "b", "a", "a"], 0, [1, 2, 3, 4]) == "a"


def test_another_tie_goes_to_the_nearest_neighbour() -> None:
    assert elected(["a", "c", "b", "b", "c"], 0, [1, 2, 3, 4]) == "c"
    assert elected(["a", "c", "b", "b", "c"], 0, [3, 2, 1, 4]) == "b"


def test_the_missing_have_no_vote() -> None:
    assert elected(["a", None, None, "b"], 0, [1, 2, 3]) == "b"
    assert elected(["a", None, None], 0, [1, 2]) == "a"


def test_a_missing_category_is_not_invented() -> None:
    assert elected([None, "b", "b"], 0, [1, 2]) is None


def test_a_column_with_nothing_in_it_stays_so() -> None:
    made = one([None, None], dtype="Int64")
    assert (made.isna().all(), str(made.dtype)) == (True, "Int64")


def test_objects_stay_objects() -> None:
    frame = pd.DataFrame({"a": pd.Series(["x", 1, True, None], dtype=object)})
    where = np.arange(4)
    made = interpolate(frame, where, where, 0.5, where[:, None], Features((), (), ("a",)))
    assert [*map(type, made["a"])] == [str, int, bool, type(None)]


def test_copies_may_repeat_and_have_a_fresh_index() -> None:
    frame = pd.DataFrame({"a": [1, 2, 3], "b": list("xyz")}, index=[7, 8, 9])
    made = copy_rows(frame, np.array([2, 0, 2]))
    pd.testing.assert_frame_equal(made, pd.DataFrame({"a": [3, 1, 3], "b": list("zxz")}))


@few
@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 7, 2**20]))
def test_distances_are_those_of_all_pairs(seed: int, cells: int) -> None:
    rng = np.random.default_rng(seed)
    Z, Z_new = rng.normal(size=(40, 4)), rng.normal(size=(23, 4))
    y, label = rng.permutation(np.arange(40) % 3), rng.integers(0, 3, 23)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(space, "MOST_CELLS", cells)
        to_other, to_own = nearest_distances(Z, y, Z_new, label)
    pairs = np.linalg.norm(Z_new[:, None] - Z[None], axis=2)
    same = label[:, None] == y[None]
    np.testing.assert_allclose(to_other, np.where(same, np.inf, pairs).min(axis=1))
    np.testing.assert_allclose(to_own, np.where(same, pairs, np.inf).min(axis=1))


def test_an_equal_row_is_at_no_distance_even_in_many_dimensions() -> None:
    Z = np.random.default_rng(0).normal(size=(60, 40)) + 1e3
    _, to_own = nearest_distances(Z, np.repeat([0, 1], 30), Z[30:], 1)
    assert not to_own.any()


def test_a_class_without_rows_is_infinitely_far() -> None:
    to_other, to_own = nearest_distances(np.zeros((3, 1)), np.zeros(3, dtype=np.int64), np.ones((2, 1)), 1)
    assert (to_other.tolist(), to_own.tolist()) == ([1.0, 1.0], [np.inf, np.inf])
