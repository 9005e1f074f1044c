"""EKA010: what gaps were filled with."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from evenkeel.proof.audit.finding import NotChecked, Suspicion

People = Callable[..., pd.DataFrame]
Halves = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]
Check = Callable[..., list[Suspicion]]


def gappy(frame: pd.DataFrame, share: float = 0.1) -> pd.DataFrame:
    return frame.mask(np.random.default_rng(0).random(frame.shape) < share).assign(y=frame["y"])


def filled(frame: pd.DataFrame, by: pd.DataFrame, how: str) -> pd.DataFrame:
    return frame.fillna({"glucose": getattr(by["glucose"], how)()})


@pytest.mark.parametrize("how", ["mean", "median"])
def test_gaps_filled_from_all_rows_are_critical(
    people: People, halves: Halves, check: Check, how: str
) -> None:
    frame = gappy(people())
    (found,) = check("EKA010", *halves(filled(frame, frame, how)))
    assert found.severity == "critical"
    assert f"the {how} of all" in found.evidence
    # the middle row itself cannot be told from the filled ones
    assert sum(rows.count for rows in found.rows) - int(frame["glucose"].isna().sum()) in (0, 1)


@pytest.mark.parametrize("how", ["mean", "median"])
@pytest.mark.parametrize("seed", range(4))
def test_gaps_filled_from_train_are_nothing(
    people: People, halves: Halves, check: Check, how: str, seed: int
) -> None:
    train, test = halves(gappy(people(seed=seed)), seed)
    assert check("EKA010", filled(train, train, how), filled(test, train, how)) == []


@pytest.mark.parametrize("seed", range(4))
def test_a_value_that_is_frequent_by_nature_is_nothing(
    people: People, halves: Halves, check: Check, seed: int
) -> None:
    frame = people(seed=seed)
    frame.loc[frame.index % 4 == 0, "glucose"] = 100.0
    assert check("EKA010", *halves(frame, seed)) == []


def test_a_table_without_measures_is_not_checked(halves: Halves, check: Check) -> None:
    frame = pd.DataFrame({"a": np.arange(100) % 3, "y": np.arange(100) % 2})
    with pytest.raises(NotChecked, match="filled with a mean"):
        check("EKA010", *halves(frame))
