"""Honest tables, the two halves of a split, and one check alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import train_test_split

from evenkeel.proof.audit import AUDITS
from evenkeel.proof.audit.finding import Suspicion
from evenkeel.proof.audit.pair import Pair

Halves = tuple[pd.DataFrame, pd.DataFrame]


def _people(rows: int = 1_500, seed: int = 0) -> pd.DataFrame:
    draws = np.random.default_rng(seed)
    ill = draws.random(rows) < 0.125
    return pd.DataFrame(
        {
            "person_id": draws.permutation(rows) + 1_000,
            "glucose": draws.normal(100, 20, rows) + 15 * ill,
            "pressure": draws.lognormal(1, 0.4, rows) + 0.3 * ill,
            "bmi": (draws.normal(25, 4, rows) + ill).round(1),
            "age": draws.integers(18, 90, rows) + 3 * ill,
            "smokes": draws.integers(0, 2, rows),
            "city": draws.choice(["Graz", "Linz", "Wien", "Wels"], rows),
            "y": np.where(ill, "ill", "well"),
        }
    )


def _halves(frame: pd.DataFrame, seed: int = 0, target: str = "y") -> Halves:
    train, test = train_test_split(frame, test_size=0.25, random_state=seed, stratify=frame[target])
    return train.reset_index(drop=True), test.reset_index(drop=True)


def _check(code: str, train: pd.DataFrame, test: pd.DataFrame, **options: str) -> list[Suspicion]:
    pair = Pair.of(train, test, **{"target": "y", **options})  # type: ignore[arg-type]
    return list(next(entry for entry in AUDITS if entry.code == code).check(pair))


@pytest.fixture(scope="session")
def people() -> Callable[..., pd.DataFrame]:
    """An honest table: floats, decimals, whole numbers, categories, an id; one row in eight is ill."""
    return _people


@pytest.fixture(scope="session")
def halves() -> Callable[..., Halves]:
    """A stratified random split, a quarter of the rows in test."""
    return _halves


@pytest.fixture(scope="session")
def check() -> Callable[..., list[Suspicion]]:
    """What one check alone suspects; `NotChecked` if it does not apply."""
    return _check
