"""Built-in checks: what each finds, what it leaves alone, and that no table makes one crash."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from evenkeel.splitting import stratified_split
from evenkeel.twins import find_twins
from evenkeel.validation import BuiltinRules, CheckResult, check_table
from evenkeel.validation.builtin import CHECKS
from evenkeel.validation.targets import _test_rows


def table(rows: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "id": np.arange(rows) + 1000,
            "age": rng.normal(50, 9, rows),
            "city": pd.Series(rng.choice(["Bonn", "Köln"], rows), dtype="str"),
            "y": np.r_[np.ones(rows // 10, dtype=int), np.zeros(rows - rows // 10, dtype=int)],
        }
    )


def check(frame: pd.DataFrame, **rules: Any) -> dict[str, CheckResult]:
    fields = {"target": "y", "positive": 1, "keys": ["id"], "test_size": 0.2, "folds": 5}
    row_ids = pd.Series([f"r{i}" for i in range(len(frame))], dtype="str")
    results = check_table(frame, row_ids, BuiltinRules(**{**fields, **rules}))
    assert all(result.origin == "built-in" for result in results)
    return {result.check: result for result in results}


def test_a_sound_table_passes_everything_in_the_order_of_the_table() -> None:
    results = check(table())
    assert list(results) == [entry.name for entry in CHECKS if not entry.asked_by]
    assert {result.outcome for result in results.values()} == {"passed"}


def test_each_premise_is_an_earlier_check() -> None:
    names = [entry.name for entry in CHECKS]
    assert len(set(names)) == len(names)
    for position, entry in enumerate(CHECKS):
        assert set(entry.needs) <= set(names[:position])


def test_absent_target_stops_and_leaves_the_rest_not_applicable() -> None:
    results = check(table(), target="Y")
    assert results["target is in the table"].stops
    assert "Did you mean 'y'" in results["target is in the table"].observed
    blocked = results["enough rows per class"]
    assert blocked.outcome == "not applicable"
    assert "not checked" in blocked.observed
    assert results["ids are unique"].outcome == "passed"


def test_missing_targets_stop_and_are_named() -> None:
    frame = table().astype({"y": "Int64"})
    frame.loc[[3, 7], "y"] = pd.NA
    result = check(frame)["every row has a label"]
    assert result.stops
    assert (result.rows, result.first_row_ids) == (2, ["r3", "r7"])


def test_absent_positive_value_lists_what_is_there_most_frequent_first() -> None:
    result = check(table(), positive="yes")["positive value occurs"]
    assert result.stops
    assert result.observed.index("'0' (180)") < result.observed.index("'1' (20)")


@pytest.mark.parametrize("positive", [1, 1.0, "1"])
@pytest.mark.parametrize("dtype", ["int64", "float64", "str", "category", "Int64", "object"])
def test_positive_value_is_found_whatever_the_type(dtype: str, positive: object) -> None:
    assert check(table().astype({"y": dtype}), positive=positive)["positive value occurs"].outcome == "passed"


@pytest.mark.parametrize("positive", [None, 0])
def test_one_class_stops(positive: object) -> None:
    assert check(table().assign(y=0), positive=positive)["at least two classes"].stops


def test_an_empty_table_stops() -> None:
    results = check(table().head(0), positive=None)
    assert results["at least two classes"].stops


def test_two_classes_without_a_positive_one_is_told_and_does_not_stop() -> None:
    result = check(table(), positive=None)["a positive class is named"]
    assert (result.severity, result.outcome) == ("info", "failed")
    assert "positive: '1'" in result.observed
    assert check(table().assign(y=np.arange(200) % 3), positive=None)[result.check].outcome == "passed"


@pytest.mark.parametrize(
    ("positives", "folds", "stops"), [(6, 5, False), (5, 5, True), (2, 1, True), (4, 3, False), (1, 2, True)]
)
def test_a_class_too_small_for_split_and_folds_stops(positives: int, folds: int, stops: bool) -> None:
    frame = table(100).assign(y=[1] * positives + [0] * (100 - positives))
    result = check(frame, folds=folds)["enough rows per class"]
    assert result.stops is stops
    assert result.rows == (positives if stops else 0)
    assert ("Next:" in result.observed) is stops


def test_with_a_split_column_a_class_needs_a_row_more_than_folds() -> None:
    for positives, outcome in [(6, "passed"), (5, "failed")]:
        frame = table(100).assign(y=[1] * positives + [0] * (100 - positives))
        assert check(frame, test_size=None)["enough rows per class"].outcome == outcome


@pytest.mark.parametrize("counts", [[620, 30], [100, 61, 9], [977, 13, 7, 3], [15, 15]])
@pytest.mark.parametrize("test_size", [0.1, 0.2, 0.33])
def test_class_sizes_are_those_that_the_split_makes(counts: list[int], test_size: float) -> None:
    codes = np.repeat(np.arange(len(counts)), counts)
    ids = [str(row) for row in range(len(codes))]
    made = stratified_split(ids, codes, test_size, seed=0)
    ours = _test_rows(pd.Series(codes).value_counts(), test_size)
    assert ours.sort_index().tolist() == np.bincount(codes[made.test], minlength=len(counts)).tolist()


def test_duplicate_ids_stop_and_missing_ids_are_counted_apart() -> None:
    frame = table().astype({"id": "Int64"})
    frame.loc[[5, 9], "id"] = 1001
    frame.loc[[20, 30, 40], "id"] = pd.NA
    results = check(frame)
    assert results["ids are unique"].first_row_ids == ["r1", "r5", "r9"]
    assert (results["every row has an id"].rows, results["every row has an id"].stops) == (3, True)


def test_ids_of_several_columns_are_unique_together() -> None:
    frame = table().assign(part=np.arange(200) % 2, id=np.arange(200) // 2)
    assert check(frame, keys=["id", "part"])["ids are unique"].outcome == "passed"
    assert check(frame, keys=["id"])["ids are unique"].rows == 200


def test_id_checks_are_not_applicable_without_keys() -> None:
    results = check(table(), keys=[])
    assert results["ids are unique"].outcome == "not applicable"
    assert results["every row has an id"].outcome == "not applicable"
    assert results["no feature looks like an id"].column == "id"


def test_copies_and_contradictions_are_found_exactly() -> None:
    frame = table()
    for copy, original in [(10, 150), (11, 151), (160, 161)]:
        frame.loc[copy, ["age", "city"]] = frame.loc[original, ["age", "city"]].to_numpy()
    results = check(frame)
    assert results["equal rows agree on the label"].first_row_ids == ["r10", "r11", "r150", "r151"]
    assert results["rows are distinct"].first_row_ids == ["r160", "r161"]
    assert results["rows are distinct"].severity == "warning"


def test_labels_that_differ_only_among_the_rest_do_not_contradict() -> None:
    frame = table().assign(y=np.arange(200) % 3)
    frame.loc[0, ["age", "city"]] = frame.loc[2, ["age", "city"]].to_numpy()
    assert check(frame, positive=1)["equal rows agree on the label"].outcome == "passed"
    assert check(frame, positive=None)["equal rows agree on the label"].rows == 2


@pytest.mark.parametrize("seed", range(5))
def test_twins_are_those_of_pandas(seed: int) -> None:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "a": rng.choice([0.0, 1.5, np.nan], 300),
            "b": pd.Series(rng.choice(["x", "y", None], 300), dtype="str"),
            "c": pd.array(rng.choice([1, 2, None], 300), dtype="Int64"),
            "d": pd.Categorical(rng.integers(0, 9, 300)),
        }
    )
    rows, groups = find_twins(frame, list(frame))
    assert rows.tolist() == np.flatnonzero(frame.duplicated(keep=False)).tolist()
    assert len(np.unique(groups)) == len(frame.iloc[rows].drop_duplicates())


def test_row_order_changes_ids_shown_but_not_what_is_found() -> None:
    frame = table()
    frame.loc[10, ["age", "city"]] = frame.loc[150, ["age", "city"]].to_numpy()
    shuffled = frame.sample(frac=1, random_state=1)
    for one, other in zip(check(frame).values(), check(shuffled).values(), strict=True):
        assert (one.check, one.outcome, one.rows) == (other.check, other.outcome, other.rows)


@pytest.mark.parametrize("value", [1, None, "x", np.nan, [1]])
def test_a_column_with_one_value_is_told(value: object) -> None:
    result = check(table().assign(flat=pd.Series([value] * 200)))["columns vary"]
    assert (result.column, result.outcome, result.severity) == ("flat", "failed", "info")


def test_a_value_with_gaps_is_not_constant() -> None:
    assert check(table().assign(gaps=[1.0, np.nan] * 100))["columns vary"].outcome == "passed"


@pytest.mark.parametrize(
    ("column", "found"),
    [
        (pd.Series([f"P{i}" for i in range(200)], dtype="str"), True),
        (pd.Series([f"P{i}" for i in range(200)], dtype=object), True),
        (pd.Series(range(200), dtype="Int64"), True),
        (pd.Series(range(200), dtype="float64"), False),
        (pd.Series([*range(199), 0]), False),
        (pd.Series(pd.date_range("2020", periods=200)), False),
    ],
    ids=["str", "object", "Int64", "float", "nearly", "date"],
)
def test_an_id_like_feature_is_told(column: pd.Series, found: bool) -> None:
    result = check(table().assign(code=column))["no feature looks like an id"]
    assert (result.outcome == "failed") is found


def test_short_tables_have_no_id_like_features() -> None:
    assert check(table(20), keys=[])["no feature looks like an id"].outcome == "passed"


@pytest.mark.parametrize("dtype", ["str", "object", "string"])
def test_padded_numbers_in_text_are_told_with_the_rows_in_the_way(dtype: str) -> None:
    texts = pd.Series([f" {i % 7}.5 " for i in range(200)], dtype=dtype)
    texts[3], texts[4], texts[5] = " ", "n/a", None
    result = check(table().assign(charges=texts))["numbers are stored as numbers"]
    assert (result.column, result.outcome, result.rows) == ("charges", "failed", 2)
    assert result.first_row_ids == ["r3", "r4"]
    assert "'n/a'" in result.observed


def test_text_with_some_numbers_is_text() -> None:
    texts = pd.Series(["12", "flat"] * 100, dtype="str")
    assert check(table().assign(mixed=texts))["numbers are stored as numbers"].outcome == "passed"


@pytest.mark.parametrize("dtype", ["float64", "float32", "Float64"])
def test_infinite_numbers_stop_and_their_rows_are_named(dtype: str) -> None:
    values = pd.Series([float(i % 7) for i in range(200)])
    values[[3, 9]], values[5] = [np.inf, -np.inf], np.nan
    result = check(table().assign(charges=values.astype(dtype)))["numbers are finite"]
    assert (result.column, result.severity, result.outcome) == ("charges", "critical", "failed")
    assert result.stops
    assert (result.rows, result.first_row_ids) == (2, ["r3", "r9"])
    assert result.observed == "2 infinite values. Next: mend them, or leave them empty"


def test_each_column_with_infinite_numbers_is_a_finding_of_its_own() -> None:
    frame = table().assign(one=np.inf, fine=1e308, two=-np.inf)
    row_ids = pd.Series([f"r{i}" for i in range(len(frame))], dtype="str")
    results = check_table(frame, row_ids, BuiltinRules(target="y", positive=1, keys=["id"]))
    found = [(r.column, r.rows) for r in results if r.check == "numbers are finite"]
    assert found == [("one", 200), ("two", 200)]


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1.0, np.nan] * 100),
        pd.Series([1.5, None] * 100, dtype="Float64"),
        pd.Series([2**62, None] * 100, dtype="Int64"),
        pd.Series(["inf", "-inf"] * 100, dtype="str"),
    ],
    ids=["gaps", "nullable", "integers", "text"],
)
def test_what_is_no_infinite_number_passes(column: pd.Series) -> None:
    result = check(table().assign(extra=column))["numbers are finite"]
    assert (result.outcome, result.rows) == ("passed", 0)


def test_infinite_numbers_in_target_or_key_are_no_matter_of_the_features() -> None:
    frame = table().assign(y=np.where(np.arange(200) < 20, np.inf, 0.0))
    assert check(frame, positive=None)["numbers are finite"].outcome == "passed"


def test_column_names_that_occur_twice_stop() -> None:
    frame = table()
    frame.columns = ["id", "age", "age", "y"]
    results = check(frame)
    assert results["column names are unique"].stops
    assert {r.outcome for r in results.values()} == {"failed", "not applicable"}


def test_odd_columns_break_no_check() -> None:
    frame = table().assign(
        lists=[[i % 2] for i in range(200)],
        mixed=pd.Series([1, "1", None, True] * 50, dtype=object),
        when=pd.date_range("2020", periods=200, tz="UTC"),
        span=pd.to_timedelta(np.arange(200), unit="s"),
        flag=pd.array([True, None] * 100, dtype="boolean"),
        empty=pd.Series([None] * 200, dtype=object),
        period=pd.period_range("2020-01", periods=200, freq="D"),
        blob=[b"x", b"y"] * 100,
        z=np.arange(200) * 1j,
    )
    frame[7] = np.inf
    frame["a {target} b"] = "{folds}"
    frame.index = pd.Index([0] * 200)
    assert {name for name, result in check(frame).items() if result.stops} == {"numbers are finite"}


def test_a_table_of_target_and_id_only_has_nothing_to_compare() -> None:
    results = check(table()[["id", "y"]])
    assert results["rows are distinct"].outcome == "not applicable"
    assert results["equal rows agree on the label"].outcome == "not applicable"


def test_a_hostile_target_name_is_only_text() -> None:
    result = check(table().rename(columns={"y": "{keys.__class__}"}), target="{keys.__class__}")
    assert "{keys.__class__}" in result["target is in the table"].expected


def test_the_frame_is_left_as_it_was() -> None:
    frame = table()
    before = frame.copy(deep=True)
    check(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_row_ids_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="one row id per row"):
        check_table(table(), pd.Series(["a"], dtype="str"), BuiltinRules(target="y"))


def test_the_stroke_table_passes(shared_data: Any) -> None:
    frame = pd.read_csv(shared_data("stroke_43400/data.csv.gz"))
    results = check(frame, target="stroke")
    assert {result.outcome for result in results.values()} == {"passed"}
