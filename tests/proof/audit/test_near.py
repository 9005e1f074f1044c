"""EKA002: copies that were changed a little, and pairs that are near by nature."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from evenkeel.proof.audit.finding import NotChecked, Suspicion

People = Callable[..., pd.DataFrame]
Halves = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]
Check = Callable[..., list[Suspicion]]


def noisy(rows: pd.DataFrame, size: float, seed: int = 0) -> pd.DataFrame:
    draws = np.random.default_rng(seed)
    kept = {name: rows[name] * (1 + size * draws.normal(size=len(rows))) for name in ("glucose", "pressure")}
    return rows.assign(**kept)


@pytest.mark.parametrize("size", [1e-9, 1e-5, 1e-3])
def test_copies_with_a_little_noise_are_critical(
    people: People, halves: Halves, check: Check, size: float
) -> None:
    train, test = halves(people())
    copies = noisy(test.iloc[:60], size)
    found = check("EKA002", pd.concat([train, copies]), test)
    assert [suspicion.severity for suspicion in found] == ["critical"]
    assert found[0].rows[1].table == "test"
    assert set(found[0].rows[1].numbers) <= set(range(60))


@pytest.mark.parametrize("column", ["city", "age", "glucose"])
def test_copies_that_differ_in_one_column_are_critical(
    people: People, halves: Halves, check: Check, column: str
) -> None:
    train, test = halves(people())
    copies = test.iloc[:60].copy()
    copies[column] = copies[column].sample(frac=1, random_state=2).to_numpy()
    found = check("EKA002", pd.concat([train, copies]), test)
    assert "critical" in [suspicion.severity for suspicion in found]


@pytest.mark.parametrize("seed", range(4))
def test_twins_by_nature_are_not_accused(people: People, halves: Halves, check: Check, seed: int) -> None:
    frame = people(seed=seed)
    twins = noisy(frame.sample(50, random_state=seed), 1e-5, seed)
    assert check("EKA002", *halves(pd.concat([frame, twins]), seed)) == []


def test_a_table_full_of_noisy_copies_before_the_split_is_a_warning(
    people: People, halves: Halves, check: Check
) -> None:
    frame = people(800)
    copies = noisy(frame.sample(200, random_state=0), 1e-6)
    found = check("EKA002", *halves(pd.concat([frame, copies])))
    assert [suspicion.severity for suspicion in found] == ["warning"]


@pytest.mark.parametrize("values", [2, 5, 30])
def test_grids_are_not_accused(halves: Halves, check: Check, values: int) -> None:
    draws = np.random.default_rng(values)
    frame = pd.DataFrame({name: draws.integers(0, values, 1_500) for name in "abcd"})
    frame["y"] = draws.integers(0, 2, 1_500)
    assert check("EKA002", *halves(frame)) == []


def test_two_columns_are_too_few(halves: Halves, check: Check) -> None:
    frame = pd.DataFrame({"a": np.arange(90) % 7, "b": np.arange(90) % 5, "y": np.arange(90) % 2})
    with pytest.raises(NotChecked, match="fewer than three"):
        check("EKA002", *halves(frame))
