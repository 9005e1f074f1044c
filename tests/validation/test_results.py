"""Results: which of them stop a run, and the text that says so."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from evenkeel.validation import CheckResult, explain_stops
from evenkeel.validation.results import LINE_WIDTH, value_text


def result(**changes: object) -> CheckResult:
    fields = {
        "check": "ids are unique",
        "column": "id",
        "severity": "critical",
        "outcome": "failed",
        "expected": "no two rows share 'id'",
        "observed": "2 rows share 1 ids",
        "rows": 2,
        "first_row_ids": ["a", "b"],
        "origin": "built-in",
    }
    return CheckResult(**{**fields, **changes})


@pytest.mark.parametrize("severity", ["critical", "warning", "info"])
@pytest.mark.parametrize("outcome", ["passed", "failed", "error", "not applicable"])
def test_only_critical_failures_and_errors_stop(severity: str, outcome: str) -> None:
    expected = severity == "critical" and outcome in ("failed", "error")
    assert result(severity=severity, outcome=outcome).stops is expected


@pytest.mark.parametrize(
    "changes",
    [{"extra": 1}, {"severity": "fatal"}, {"outcome": "ok"}, {"rows": -1}, {"first_row_ids": ["x"] * 11}],
)
def test_a_malformed_result_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        result(**changes)


def test_a_result_survives_json() -> None:
    assert CheckResult.model_validate_json(result().model_dump_json()) == result()


def test_explanation_names_check_column_values_and_rows() -> None:
    text = explain_stops([result(), result(severity="warning", check="not this one")])
    for part in ("1 check stops", "ids are unique", "id", "no two rows share 'id'", "2 rows share", "a, b"):
        assert part in text
    assert "not this one" not in text


def test_explanation_says_when_nothing_stops() -> None:
    assert explain_stops([result(outcome="passed")]) == "No check stops this run."


def test_hostile_text_cannot_shape_the_explanation() -> None:
    text = explain_stops([result(observed="a\nb\x1b[31m" + "x" * 5000, check="c\r" * 500, column="\x00")])
    assert "\x1b" not in text
    assert "\r" not in text
    assert max(map(len, text.splitlines())) <= LINE_WIDTH
    assert len(text.splitlines()) < 15


def test_many_stops_are_counted_but_not_all_shown() -> None:
    text = explain_stops([result()] * 50)
    assert "50 checks stop" in text
    assert text.endswith("and 30 more")


def test_an_error_is_told_from_bad_data() -> None:
    assert "the check itself broke" in explain_stops([result(outcome="error")])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        ("1", "'1'"),
        (np.int64(1), "1"),
        (np.float64("nan"), "missing"),
        (None, "missing"),
        (pd.NA, "missing"),
        (pd.NaT, "missing"),
        (np.datetime64("2020-01-02", "ns"), "2020-01-02 00:00:00"),
        (0.1 + 0.2, "0.3"),
        (np.bool_(True), "True"),
        ([1, "a"], "1, 'a'"),
        (range(10), "0, 1, 2, 3, 4, 5, 6, 7, and 2 more"),
        ({"unexpected": ["a"]}, "unexpected: 'a'"),
        (np.array([1.5]), "1.5"),
        ("a\nb", "'a\\\\nb'"),
    ],
)
def test_any_value_becomes_plain_text(value: object, text: str) -> None:
    assert value_text(value) == text
