"""EKA001: copies are found, and a table that repeats itself is not accused."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from evenkeel.proof.audit.finding import NotChecked, Suspicion

People = Callable[..., pd.DataFrame]
Halves = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]
Check = Callable[..., list[Suspicion]]


def severities(found: list[Suspicion]) -> list[str]:
    return [suspicion.severity for suspicion in found]


@pytest.mark.parametrize("copies", [8, 40])
def test_test_rows_that_were_copied_to_train_are_critical(
    people: People, halves: Halves, check: Check, copies: int
) -> None:
    train, test = halves(people())
    train = pd.concat([train, test.sample(copies, random_state=1)], ignore_index=True)
    (found,) = check("EKA001", train, test)
    assert found.severity == "critical"
    assert [(rows.table, rows.count) for rows in found.rows] == [("train", copies), ("test", copies)]
    assert found.rows[0].numbers[0] >= len(train) - copies
    assert f"{copies} test rows" in found.evidence


def test_copies_are_seen_under_new_ids_and_new_labels(people: People, halves: Halves, check: Check) -> None:
    train, test = halves(people())
    copies = test.iloc[:20].assign(person_id=range(9_000, 9_020), y="well")
    (found,) = check("EKA001", pd.concat([train, copies]), test)
    same = int((test.iloc[:20]["y"] == "well").sum())
    assert found.severity == "critical"
    assert f"{same} of them with the same label" in found.evidence


@pytest.mark.parametrize("seed", range(5))
def test_a_table_of_few_values_repeats_itself_by_nature(halves: Halves, check: Check, seed: int) -> None:
    draws = np.random.default_rng(seed)
    frame = pd.DataFrame({name: draws.integers(0, 4, 2_000) for name in "abcdef"})
    frame["y"] = draws.integers(0, 2, 2_000)
    assert "critical" not in severities(check("EKA001", *halves(frame, seed)))


def test_copies_are_found_even_in_a_table_of_few_values(halves: Halves, check: Check) -> None:
    draws = np.random.default_rng(0)
    frame = pd.DataFrame({name: draws.integers(0, 6, 2_000) for name in "abcdef"})
    frame["y"] = draws.integers(0, 2, 2_000)
    train, test = halves(frame)
    assert severities(check("EKA001", train, test)) == ["warning"]
    assert severities(check("EKA001", pd.concat([train, test.iloc[:150]]), test)) == ["critical"]


@pytest.mark.parametrize("share", [0.4, 1.0])
def test_random_oversampling_before_the_split_is_critical(
    people: People, halves: Halves, check: Check, share: float
) -> None:
    from imblearn.over_sampling import RandomOverSampler

    frame = people()
    X, y = RandomOverSampler(sampling_strategy=share, random_state=0).fit_resample(
        frame.drop(columns="y"), frame["y"]
    )
    (found,) = check("EKA001", *halves(X.assign(y=y)))
    assert found.severity == "critical"
    assert "class ill" in found.evidence


def test_random_oversampling_after_the_split_is_nothing(people: People, halves: Halves, check: Check) -> None:
    from imblearn.over_sampling import RandomOverSampler

    train, test = halves(people())
    X, y = RandomOverSampler(random_state=0).fit_resample(train.drop(columns="y"), train["y"])
    assert check("EKA001", X.assign(y=y), test) == []


def test_a_few_rows_that_are_many_times_in_one_class_are_no_oversampling(
    people: People, halves: Halves, check: Check
) -> None:
    frame = people()
    ill = frame[frame["y"] == "ill"]
    often = pd.concat([ill.iloc[:3]] * 60)
    found = check("EKA001", *halves(pd.concat([frame, often])))
    assert severities(found) == ["warning"]


def test_rows_that_only_an_id_tells_apart_are_not_judged(halves: Halves, check: Check) -> None:
    frame = pd.DataFrame({"id": range(200), "y": [0, 1] * 100})
    with pytest.raises(NotChecked, match="numbers the rows"):
        check("EKA001", *halves(frame))
