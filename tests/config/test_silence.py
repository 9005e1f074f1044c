"""What a config silences: codes that exist, in short or with a subject and a reason."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.config import RunConfig
from evenkeel.config.loading import parse
from evenkeel.diagnosing import DIAGNOSTICS
from evenkeel.errors import ConfigError

MINIMAL = {"source": {"kind": "sklearn", "dataset": "iris"}, "target": {"column": "target"}}


def silenced(value: Any) -> list[tuple[str, str | None, str | None]]:
    config = parse({**MINIMAL, "silence": value})
    return [(each.code, each.subject, each.because) for each in config.silence or ()]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([], []),
        ("EKD004", [("EKD004", None, None)]),
        ({"code": "EKD002", "subject": "x"}, [("EKD002", "x", None)]),
        (
            ["EKD001", {"code": "EKD002", "subject": "x", "because": "known before"}],
            [("EKD001", None, None), ("EKD002", "x", "known before")],
        ),
    ],
)
def test_short_and_long_forms(value: Any, expected: list[tuple[str, str | None, str | None]]) -> None:
    assert silenced(value) == expected


@pytest.mark.parametrize("value", [["EKD012"], {"code": "EK001"}, "ekd4"])
def test_a_code_that_does_not_exist_is_refused_with_those_that_do(value: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        silenced(value)
    assert "silence" in str(caught.value)
    assert all(f"{entry.code} {entry.title}" in str(caught.value) for entry in DIAGNOSTICS.values())


def test_a_slip_is_met_with_a_hint() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'EKD004'"):
        silenced(["EKD0004"])


def test_unknown_keys_are_refused() -> None:
    with pytest.raises(ConfigError, match="colum"):
        silenced([{"code": "EKD002", "colum": "x"}])


def test_older_configs_do_not_say_it_and_new_ones_always_do() -> None:
    older = RunConfig.model_validate(MINIMAL)
    assert "silence" not in older.model_dump()
    assert older.decided().model_dump()["silence"] == ()


@pytest.mark.parametrize(("subject", "holds"), [(None, True), ("x", True), ("y", False)])
def test_a_subject_narrows_what_is_silenced(subject: str | None, holds: bool) -> None:
    (rule,) = parse({**MINIMAL, "silence": {"code": "EKD002", "subject": subject}}).silence or ()
    assert rule.holds({"code": "EKD002", "subject": "x"}) is holds
    assert not rule.holds({"code": "EKD003", "subject": "x"})
