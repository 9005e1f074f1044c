"""EKA009: what a scaler was fitted on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from evenkeel.proof.audit.finding import NotChecked, Suspicion

People = Callable[..., pd.DataFrame]
Halves = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]
Check = Callable[..., list[Suspicion]]


NUMBERS = ["glucose", "pressure", "bmi", "age"]
SCALERS = {"standard": StandardScaler, "min-max": MinMaxScaler, "robust": RobustScaler}


def scaled(frame: pd.DataFrame, by: pd.DataFrame, kind: str) -> pd.DataFrame:
    return frame.assign(
        **dict(zip(NUMBERS, SCALERS[kind]().fit(by[NUMBERS]).transform(frame[NUMBERS]).T, strict=True))
    )


@pytest.mark.parametrize("kind", SCALERS)
def test_a_scaler_fitted_on_all_rows_is_critical(
    people: People, halves: Halves, check: Check, kind: str
) -> None:
    frame = people()
    (found,) = check("EKA009", *halves(scaled(frame, frame, kind)))
    assert found.severity == "critical"
    assert f"the {kind} scaler was fitted on all rows" in found.evidence


@pytest.mark.parametrize("kind", SCALERS)
@pytest.mark.parametrize("seed", range(3))
def test_a_scaler_fitted_on_train_is_nothing(
    people: People, halves: Halves, check: Check, kind: str, seed: int
) -> None:
    train, test = halves(people(seed=seed), seed)
    assert check("EKA009", scaled(train, train, kind), scaled(test, train, kind)) == []


@pytest.mark.parametrize("kind", ["standard", "min-max"])
def test_a_scaler_for_each_table_is_critical(people: People, halves: Halves, check: Check, kind: str) -> None:
    train, test = halves(people())
    (found,) = check("EKA009", scaled(train, train, kind), scaled(test, test, kind))
    assert found.severity == "critical"
    assert "by its own values" in found.evidence


def test_missing_cells_do_not_hide_it(people: People, halves: Halves, check: Check) -> None:
    frame = people()
    frame.loc[::7, "bmi"] = np.nan
    assert check("EKA009", *halves(scaled(frame, frame, "standard")))[0].severity == "critical"


def test_pandas_deviation_of_a_sample_counts_as_well(people: People, halves: Halves, check: Check) -> None:
    frame = people()
    frame[NUMBERS] = (frame[NUMBERS] - frame[NUMBERS].mean()) / frame[NUMBERS].std()
    assert check("EKA009", *halves(frame))[0].severity == "critical"


def test_a_table_that_was_published_scaled_and_rounded_is_a_warning(
    people: People, halves: Halves, check: Check
) -> None:
    frame = people()
    assert check("EKA009", *halves(scaled(frame, frame, "standard").round(8)))[0].severity == "warning"


def test_a_test_set_that_was_not_scaled_is_a_warning(people: People, halves: Halves, check: Check) -> None:
    train, test = halves(people())
    (found,) = check("EKA009", scaled(train, train, "standard"), test)
    assert found.severity == "warning"
    assert "lies elsewhere" in found.evidence


def test_two_shares_that_run_from_0_to_1_by_nature_are_not_accused(halves: Halves, check: Check) -> None:
    draws = np.random.default_rng(0)
    frame = pd.DataFrame({"a": draws.random(400), "b": draws.random(400), "c": draws.normal(size=400)})
    frame.loc[0, ["a", "b"]], frame.loc[1, ["a", "b"]] = 0.0, 1.0
    frame["y"] = np.arange(400) % 2
    assert check("EKA009", frame[2:], frame[:100]) == []


def test_coarse_numbers_are_not_checked(halves: Halves, check: Check) -> None:
    frame = pd.DataFrame({"a": np.arange(100), "b": np.arange(100) / 10, "y": np.arange(100) % 2})
    with pytest.raises(NotChecked, match="precision"):
        check("EKA009", *halves(frame))
