"""EKA006: columns that are the label in disguise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from evenkeel.proof.audit.finding import NotChecked, Suspicion

People = Callable[..., pd.DataFrame]
Halves = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]
Check = Callable[..., list[Suspicion]]


def leak(frame: pd.DataFrame, kind: str) -> pd.Series:
    draws = np.random.default_rng(0)
    ill = (frame["y"] == "ill").to_numpy()
    return {
        "number": pd.Series(5.0 * ill + draws.normal(size=len(ill)) * 0.1),
        "category": pd.Series(
            np.where(ill, draws.choice(["p", "q"], len(ill)), draws.choice(["r", "s"], len(ill)))
        ),
        "missing": pd.Series(np.where(ill, draws.normal(size=len(ill)), np.nan)),
        "middle": pd.Series(
            np.where(ill, 0.5, draws.choice([0.1, 0.9], len(ill))) + draws.normal(size=len(ill)) * 0.01
        ),
        "flag": pd.Series(ill),
    }[kind]


@pytest.mark.parametrize("kind", ["number", "category", "missing", "middle", "flag"])
def test_a_column_that_is_the_label_is_critical(
    people: People, halves: Halves, check: Check, kind: str
) -> None:
    frame = people()
    (found,) = check("EKA006", *halves(frame.assign(hint=leak(frame, kind))))
    assert found.severity == "critical"
    assert "'hint'" in found.evidence
    assert ("is missing" in found.evidence) == (kind == "missing")


def test_a_label_with_some_noise_is_a_warning(people: People, halves: Halves, check: Check) -> None:
    frame = people(4_000)
    flipped = np.random.default_rng(0).random(4_000) < 0.02
    (found,) = check("EKA006", *halves(frame.assign(hint=(frame["y"] == "ill") ^ flipped)))
    assert found.severity == "warning"


@pytest.mark.parametrize("seed", range(3))
def test_good_columns_are_not_accused(people: People, halves: Halves, check: Check, seed: int) -> None:
    frame = people(seed=seed)
    frame["good"] = 3.0 * (frame["y"] == "ill") + np.random.default_rng(seed).normal(size=len(frame))
    assert check("EKA006", *halves(frame, seed)) == []


def test_a_text_of_many_values_does_not_seem_to_know_the_label(
    people: People, halves: Halves, check: Check
) -> None:
    frame = people()
    frame["note"] = [f"said {i} things" for i in range(len(frame))]
    assert check("EKA006", *halves(frame)) == []


def test_many_classes_are_told_as_well(halves: Halves, check: Check) -> None:
    draws = np.random.default_rng(0)
    y = draws.integers(0, 4, 1_200)
    frame = pd.DataFrame({"x": draws.normal(size=1_200), "hint": (7 * y) % 4, "y": y})
    assert [found.severity for found in check("EKA006", *halves(frame))] == ["critical"]


def test_few_test_rows_of_a_class_are_no_certainty(people: People, halves: Halves, check: Check) -> None:
    frame = people()
    ill = frame["y"] == "ill"
    train, test = halves(pd.concat([frame[ill].iloc[:24], frame[~ill]]).assign(hint=ill))
    assert [found.severity for found in check("EKA006", train, test)] == ["warning"]


def test_classes_that_one_table_lacks_are_not_judged(people: People, check: Check) -> None:
    frame = people()
    ill = frame["y"] == "ill"
    with pytest.raises(NotChecked, match="two classes"):
        check("EKA006", frame[ill], frame[~ill])
