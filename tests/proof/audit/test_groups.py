"""EKA004: entities on both sides, named or found."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from evenkeel.proof.audit.finding import NotChecked, Suspicion

People = Callable[..., pd.DataFrame]
Halves = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]
Check = Callable[..., list[Suspicion]]


def visits(patients: int = 400, seed: int = 0) -> pd.DataFrame:
    draws = np.random.default_rng(seed)
    who = np.repeat(np.arange(patients), draws.integers(1, 5, patients))
    born = draws.choice(["north", "south", "west"], patients)
    return pd.DataFrame(
        {
            "patient_nbr": 7 * who + 10_000,
            "born": born[who],
            "value": draws.normal(size=len(who)),
            "count": draws.integers(0, 9, len(who)),
            "y": draws.integers(0, 2, len(who)),
        }
    )


def by_patient(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    late = frame["patient_nbr"] % 5 == 0
    return frame[~late], frame[late]


def test_a_named_group_column_with_shared_values_is_critical(halves: Halves, check: Check) -> None:
    train, test = halves(visits())
    (found,) = check("EKA004", train, test, groups="patient_nbr")
    shared = set(train["patient_nbr"]) & set(test["patient_nbr"])
    assert found.severity == "critical"
    assert f"{len(shared)} values" in found.evidence
    assert found.rows[1].count == int(test["patient_nbr"].isin(shared).sum())


@pytest.mark.parametrize("name", ["patient_nbr", "who", "customerID"])
def test_an_entity_is_found_by_its_rows_or_its_name(halves: Halves, check: Check, name: str) -> None:
    found = check("EKA004", *halves(visits().rename(columns={"patient_nbr": name})))
    assert [suspicion.severity for suspicion in found] == ["warning"]
    assert repr(name) in found[0].evidence


def test_a_split_by_patient_is_quiet(check: Check) -> None:
    train, test = by_patient(visits())
    assert check("EKA004", train, test) == check("EKA004", train, test, groups="patient_nbr") == []


def test_rows_numbered_anew_in_each_file_are_no_entities(
    people: People, halves: Halves, check: Check
) -> None:
    train, test = (half.assign(person_id=range(len(half))) for half in halves(people()))
    (found,) = check("EKA004", train, test)
    assert found.severity == "info"
    assert "numbered anew" in found.evidence


def test_an_amount_is_no_entity(halves: Halves, check: Check) -> None:
    draws = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"income": draws.integers(1_000, 1_400, 2_000), "c": draws.choice(list("abc"), 2_000)}
    )
    assert check("EKA004", *halves(frame.assign(y=np.arange(2_000) % 2))) == []


def test_without_a_candidate_it_is_not_checked(halves: Halves, check: Check) -> None:
    frame = pd.DataFrame({"x": np.random.default_rng(0).normal(size=90), "y": np.arange(90) % 2})
    with pytest.raises(NotChecked, match="--groups"):
        check("EKA004", *halves(frame))
