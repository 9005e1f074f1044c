"""EKA011: what levels were replaced by."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import TargetEncoder

from evenkeel.proof.audit.finding import Suspicion

People = Callable[..., pd.DataFrame]
Halves = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]
Check = Callable[..., list[Suspicion]]


def towns(seed: int = 0) -> pd.DataFrame:
    draws = np.random.default_rng(seed)
    town = draws.integers(0, 25, 2_000)
    ill = draws.random(2_000) < 0.1 + town / 100
    return pd.DataFrame(
        {"town": [f"t{i}" for i in town], "x": draws.normal(size=2_000), "y": np.where(ill, "ill", "well")}
    )


def encoded(frame: pd.DataFrame, by: pd.DataFrame, smooth: object) -> pd.DataFrame:
    encoder = TargetEncoder(smooth=smooth).fit(by[["town"]], (by["y"] == "ill").astype(int))
    return frame.assign(town=encoder.transform(frame[["town"]]).ravel())


@pytest.mark.parametrize("smooth", [0.0, "auto", 10.0])
def test_an_encoder_fitted_on_all_rows_is_critical(halves: Halves, check: Check, smooth: object) -> None:
    frame = towns()
    (found,) = check("EKA011", *halves(encoded(frame, frame, smooth)))
    assert found.severity == "critical"
    assert "'town'" in found.evidence


@pytest.mark.parametrize("smooth", [0.0, "auto", 10.0])
@pytest.mark.parametrize("seed", range(3))
def test_an_encoder_fitted_on_train_is_nothing(
    halves: Halves, check: Check, smooth: object, seed: int
) -> None:
    train, test = halves(towns(seed), seed)
    assert check("EKA011", encoded(train, train, smooth), encoded(test, train, smooth)) == []


@pytest.mark.parametrize("normal", [False, True])
def test_numbers_of_rows_are_seen_too(halves: Halves, check: Check, normal: bool) -> None:
    frame = towns()
    number = frame["town"].map(frame["town"].value_counts(normalize=normal))
    (found,) = check("EKA011", *halves(frame.assign(town=number)))
    assert found.severity == "critical"


def test_a_column_of_zeros_and_ones_is_no_encoding(people: People, halves: Halves, check: Check) -> None:
    assert check("EKA011", *halves(people())) == []
