"""Suites: both spellings, clear refusals, and results that never come as exceptions."""

import datetime
import gc
import socket
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from evenkeel.validation import CheckResult, SuiteError, load_suite, run_suite

CONFIGS = Path(__file__).parents[2] / "configs" / "expectations"


def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "age": [10.0, 200.0, np.nan, -5.0],
            "sex": pd.array(["f", "m", "x", None], dtype="str"),
            "visits": pd.array([1, 2, None, 2], dtype="Int64"),
            "kind": pd.Categorical(["a", "b", "b", None]),
            "grade": pd.Categorical([1, 2, 9, None]),
            "seen": pd.to_datetime(["2020-01-01", "2021-06-01", "2022-01-01", None], format="%Y-%m-%d"),
            "seen_utc": pd.to_datetime(["2020-01-01", "2021-06-01", None, None], format="%Y-%m-%d", utc=True),
            "flag": pd.array([True, False, None, True], dtype="boolean"),
        },
        index=[3, 3, 1, 0],
    )


def run(*spec: dict[str, Any], frame: pd.DataFrame | None = None) -> list[CheckResult]:
    frame = table() if frame is None else frame
    row_ids = pd.Series([f"r{i}" for i in range(len(frame))], dtype="str")
    return run_suite(frame, row_ids, list(spec))


def test_both_spellings_say_the_same() -> None:
    short = {
        "expect": "column_values_to_be_between",
        "column": "age",
        "max_value": 120,
        "severity": "warning",
    }
    full = {
        "type": "expect_column_values_to_be_between",
        "kwargs": {"column": "age", "max_value": 120},
        "severity": "warning",
    }
    one, other = run(short, full)
    assert one == other
    assert one.severity == "warning"


def test_severity_is_critical_unless_said() -> None:
    assert load_suite([{"expect": "column_to_exist", "column": "age"}])[0].severity == "critical"


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            {"expect": "column_values_to_be_betwen", "column": "a"},
            "Did you mean 'expect_column_values_to_be_between'",
        ),
        ({"expect": "nothing_at_all"}, "unknown expectation 'nothing_at_all'.*Available"),
        ({"expect": 7}, "unknown expectation 7"),
        ({"expect": "query_results_to_match_comparison"}, "unknown expectation"),
        (
            {"expect": "column_values_to_be_between", "column": "a", "min": 0},
            "unknown argument 'min'.*Available",
        ),
        ({"expect": "column_values_to_be_between", "min_value": 0}, "missing argument 'column'"),
        ({"expect": "column_values_to_be_between", "column": "a"}, "cannot both be None"),
        (
            {"expect": "column_values_to_be_between", "column": ["a"], "min_value": 0},
            "column: str type expected",
        ),
        (
            {"expect": "column_values_to_not_be_null", "column": "a", "mostly": 3},
            "mostly: ensure this value is less",
        ),
        ({"expect": "column_to_exist", "column": "a", "severity": "fatal"}, "unknown severity 'fatal'"),
        ({"expect": "column_to_exist", "type": "expect_column_to_exist"}, "either 'type' or 'expect'"),
        ({"column": "a"}, "either 'type' or 'expect', got 'column'"),
        ({"type": "expect_column_to_exist", "column": "a"}, "'column' beside it"),
        ({"type": "expect_column_to_exist", "kwargs": ["a"]}, "mapping 'kwargs'"),
        (
            {"type": "expect_column_to_exist", "kwargs": {"column": "a", "catch_exceptions": True}},
            "unknown argument",
        ),
        ("expect_column_to_exist", "either 'type' or 'expect'"),
        (None, "either 'type' or 'expect'"),
    ],
)
def test_a_wrong_entry_is_refused_by_number(entry: Any, message: str) -> None:
    good = {"expect": "column_to_exist", "column": "a"}
    with pytest.raises(SuiteError, match=f"Entry 2.*{message}"):
        load_suite([good, entry])


@pytest.mark.parametrize("spec", ["text", {"expect": "column_to_exist"}, None, 3])
def test_a_suite_that_is_no_list_is_refused(spec: Any) -> None:
    with pytest.raises(SuiteError, match="Expected a list"):
        load_suite(spec)


@pytest.mark.parametrize(
    ("entry", "ids"),
    [
        (
            {"expect": "column_values_to_be_between", "column": "age", "min_value": 0, "max_value": 120},
            ["r1", "r3"],
        ),
        ({"expect": "column_values_to_be_in_set", "column": "sex", "value_set": ["f", "m"]}, ["r2"]),
        ({"expect": "column_values_to_not_be_null", "column": "sex"}, ["r3"]),
        ({"expect": "column_values_to_match_regex", "column": "sex", "regex": "^[fm]$"}, ["r2"]),
        ({"expect": "column_values_to_be_unique", "column": "visits"}, ["r1", "r3"]),
        ({"expect": "column_values_to_be_between", "column": "visits", "min_value": 2}, ["r0"]),
        ({"expect": "column_values_to_be_in_set", "column": "kind", "value_set": ["a"]}, ["r1", "r2"]),
        ({"expect": "column_values_to_be_between", "column": "grade", "max_value": 5}, ["r2"]),
        ({"expect": "column_values_to_be_in_set", "column": "flag", "value_set": [True]}, ["r1"]),
        ({"expect": "column_values_to_be_between", "column": "seen", "min_value": "2021-01-01"}, ["r0"]),
        (
            {
                "expect": "column_values_to_be_between",
                "column": "seen",
                "min_value": datetime.date(2021, 1, 1),
            },
            ["r0"],
        ),
        ({"expect": "column_values_to_be_between", "column": "seen_utc", "max_value": "2021-01-01"}, ["r1"]),
        (
            {"expect": "column_values_to_be_in_set", "column": "seen", "value_set": ["2020-01-01"]},
            ["r1", "r2"],
        ),
        (
            {
                "expect": "column_pair_values_to_be_equal",
                "column_A": "age",
                "column_B": "visits",
                "ignore_row_if": "either_value_is_missing",
            },
            ["r0", "r1", "r3"],
        ),
    ],
    ids=lambda value: f"{value['expect']}-{value.get('column')}" if isinstance(value, dict) else "",
)
def test_failing_rows_are_named_for_every_type_of_column(entry: dict[str, Any], ids: list[str]) -> None:
    (result,) = run(entry)
    assert (result.outcome, result.rows, result.first_row_ids) == ("failed", len(ids), ids)
    assert result.stops


def test_mostly_allows_some_and_still_counts_them() -> None:
    (result,) = run({"expect": "column_values_to_not_be_null", "column": "sex", "mostly": 0.5})
    assert (result.outcome, result.rows) == ("passed", 1)


def test_an_absent_column_fails_and_names_what_is_there() -> None:
    results = run(
        {"expect": "column_values_to_not_be_null", "column": "Age"},
        {"expect": "column_to_exist", "column": "nowhere"},
        {"expect": "compound_columns_to_be_unique", "column_list": ["age", "nowhere"]},
        {"expect": "column_values_to_not_be_null", "column": "age", "mostly": 0.1},
    )
    assert [result.outcome for result in results] == ["failed", "failed", "failed", "passed"]
    assert "Did you mean 'age'" in results[0].observed


def test_an_exception_inside_is_an_error_of_the_check_with_its_message() -> None:
    results = run(
        {"expect": "column_values_to_be_between", "column": "sex", "min_value": 1},
        {"expect": "column_values_to_match_regex", "column": "sex", "regex": "(("},
        {"expect": "column_mean_to_be_between", "column": "seen", "min_value": 1},
        {"expect": "column_values_to_not_be_null", "column": "age", "mostly": 0.1},
    )
    assert [result.outcome for result in results] == ["error", "error", "error", "passed"]
    assert "of the same type" in results[0].observed
    assert "(" in results[1].observed
    assert all("\n" not in result.observed for result in results)


def test_a_suite_that_breaks_as_a_whole_is_asked_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("whole suite")

    monkeypatch.setattr("evenkeel.validation.expectations._all_at_once", broken)
    results = run(
        {"expect": "column_to_exist", "column": "age"},
        {"expect": "column_values_to_be_between", "column": "sex", "min_value": 1},
    )
    assert [result.outcome for result in results] == ["passed", "error"]


def test_aggregates_and_table_checks_say_what_they_saw() -> None:
    mean, columns, distinct = run(
        {"expect": "column_mean_to_be_between", "column": "age", "min_value": 500},
        {"expect": "table_columns_to_match_set", "column_set": ["age", "nowhere"]},
        {"expect": "column_distinct_values_to_be_in_set", "column": "sex", "value_set": ["f"]},
    )
    assert mean.observed == "68.33333333"
    assert "missing: 'nowhere'" in columns.observed
    assert "'m'" in distinct.observed
    assert {mean.outcome, columns.outcome, distinct.outcome} == {"failed"}


def test_the_same_expectation_twice_gives_two_results_in_order() -> None:
    entry = {"expect": "column_values_to_not_be_null", "column": "sex"}
    results = run({**entry, "severity": "info"}, {**entry, "description": "sex is known"}, entry)
    assert [result.severity for result in results] == ["info", "critical", "critical"]
    assert results[1].check == "sex is known"


def test_an_empty_suite_and_an_empty_table_are_fine() -> None:
    assert run() == []
    assert run({"expect": "column_to_exist", "column": "age"}, frame=table().head(0))[0].outcome == "passed"


def test_column_names_that_occur_twice_give_an_error_not_an_exception() -> None:
    frame = table()
    frame.columns = ["age", "age", *frame.columns[2:]]
    (result,) = run({"expect": "column_values_to_not_be_null", "column": "age"}, frame=frame)
    assert result.stops


def test_running_is_silent_and_offline(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("a network connection was attempted")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    run({"expect": "column_values_to_be_between", "column": "sex", "min_value": 1})
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_the_frame_is_left_as_it_was_and_not_kept() -> None:
    frame = table()
    before = frame.copy(deep=True)
    run({"expect": "column_values_to_not_be_null", "column": "kind"}, frame=frame)
    pd.testing.assert_frame_equal(frame, before)
    kept = weakref.ref(frame)
    del frame
    gc.collect()
    assert kept() is None


def test_row_ids_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="one row id per row"):
        run_suite(table(), pd.Series(["a"], dtype="str"), [])


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_suite_that_we_ship_can_be_loaded(path: Path) -> None:
    assert load_suite(yaml.safe_load(path.read_text(encoding="utf-8")))


def test_the_stroke_suite_stops_nothing_and_tells_of_missing_smoking(shared_data: Any) -> None:
    frame = pd.read_csv(shared_data("stroke_43400/data.csv.gz"))
    results = run(*yaml.safe_load((CONFIGS / "stroke.yaml").read_text(encoding="utf-8")), frame=frame)
    assert not any(result.stops for result in results)
    assert [(r.column, r.rows) for r in results if r.outcome != "passed"] == [("smoking_status", 13292)]


def test_the_digits_suite_passes() -> None:
    from sklearn.datasets import load_digits

    suite = yaml.safe_load((CONFIGS / "quickstart.yaml").read_text(encoding="utf-8"))
    assert {result.outcome for result in run(*suite, frame=load_digits(as_frame=True).frame)} == {"passed"}
