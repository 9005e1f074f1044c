"""The table of checks, what it promises, and that honest tables pass it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evenkeel.proof.audit import AUDITS, Audit, audit, examine, in_order
from evenkeel.proof.audit.finding import SEVERITIES

People = Callable[..., pd.DataFrame]
Halves = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]
DOCS = Path(__file__).parents[3] / "docs" / "audit.md"


def test_codes_are_numbered_in_the_order_of_the_checks() -> None:
    assert [entry.code for entry in AUDITS] == [f"EKA{number:03}" for number in range(1, len(AUDITS) + 1)]


@pytest.mark.parametrize("entry", AUDITS, ids=lambda entry: entry.code)
def test_the_docs_say_what_the_table_says(entry: Audit) -> None:
    row = f"| {entry.code} | {entry.title} | {entry.severity} | {entry.step} | {entry.blind} |"
    assert row in DOCS.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("seed", range(6))
def test_an_honest_split_has_no_critical_finding_and_no_warning(
    people: People, halves: Halves, seed: int
) -> None:
    found = audit(*halves(people(seed=seed), seed), target="y")
    assert {finding.code for finding in found} == {"EKA007"}
    assert {finding.severity for finding in found} == {"info"}


def test_the_same_tables_give_the_same_findings(people: People, halves: Halves) -> None:
    train, test = halves(people())
    train = pd.concat([train, test[:30]])
    assert audit(train, test, target="y") == audit(train, test, target="y")


def test_the_index_and_the_order_of_columns_do_not_matter(people: People, halves: Halves) -> None:
    train, test = halves(people())
    train = pd.concat([train, test[:30]])
    shuffled = test[sorted(test.columns)].set_index(np.arange(len(test)) * 7 % 1_000)
    assert audit(train, test, target="y") == audit(train, shuffled, target="y")


def test_the_gravest_come_first_and_no_check_exceeds_its_severity(people: People, halves: Halves) -> None:
    train, test = halves(people().assign(hint=people()["y"]))
    train = pd.concat([train, test[:60]])
    made = examine(train, test, target="y", groups="city", time="age")
    found = in_order(made)
    order = [SEVERITIES.index(finding.severity) for finding in found]
    limits = {entry.code: SEVERITIES.index(entry.severity) for entry in AUDITS}
    assert order == sorted(order)
    assert all(SEVERITIES.index(f.severity) >= limits[f.code] for f in found)
    assert {"EKA001", "EKA004", "EKA005", "EKA006"} <= {f.code for f in found if f.severity == "critical"}


def test_every_check_says_what_became_of_it(people: People, halves: Halves) -> None:
    made = examine(*halves(people()), target="y")
    assert [checked.code for checked in made] == [entry.code for entry in AUDITS]
    assert {checked.outcome for checked in made} <= {"found", "nothing found", "not checked"}
    assert all(bool(checked.explanation) == (checked.outcome == "not checked") for checked in made)


def test_ignored_columns_are_no_features(people: People, halves: Halves) -> None:
    frame = people().assign(hint=people()["y"])
    assert audit(*halves(frame), target="y", ignore=["hint", "person_id"]) == []


ODD: dict[str, pd.DataFrame] = {
    "a constant": pd.DataFrame({"a": [1.0] * 40, "y": [0, 1] * 20}),
    "nothing but gaps": pd.DataFrame({"a": [np.nan] * 40, "b": range(40), "y": [0, 1] * 20}),
    "infinite": pd.DataFrame({"a": [np.inf, -np.inf, 0.5, 1.5] * 10, "b": np.arange(40.0), "y": [0, 1] * 20}),
    "huge": pd.DataFrame({"a": np.arange(40) * 1e300, "b": np.arange(40) * 1e-300, "y": [0, 1] * 20}),
    "nullable": pd.DataFrame(
        {
            "a": pd.array([1, None] * 20, dtype="Int64"),
            "b": pd.array([True, None] * 20, dtype="boolean"),
            "y": [0, 1] * 20,
        }
    ),
    "categories": pd.DataFrame(
        {"a": pd.Categorical(list("ab") * 20), "b": np.arange(40.0), "y": [0, 1] * 20}
    ),
    "durations": pd.DataFrame(
        {"a": pd.to_timedelta(np.arange(40), unit="h"), "b": np.arange(40.0), "y": [0, 1] * 20}
    ),
    "mixed objects": pd.DataFrame({"a": [1, "1", 2.5, None] * 10, "b": np.arange(40.0), "y": [0, 1] * 20}),
    "tiny": pd.DataFrame({"a": [0.1, 0.2, 0.3, 0.4], "y": [0, 1, 0, 1]}),
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_tables_are_audited_too(kind: str) -> None:
    frame = ODD[kind]
    half = len(frame) // 2
    assert len(examine(frame[:half], frame[half:], target="y")) == len(AUDITS)
    assert len(examine(frame[:half], frame[half : half + 1], target="y")) == len(AUDITS)
