"""Costs: what a strategy will take is said from trials of the strategy itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from evenkeel.costs import foresee
from evenkeel.preprocessing import PreprocessConfig
from evenkeel.recipe import Recipe, Treatment
from evenkeel.tables import ROW_ID

RECIPE = Recipe(
    target="y",
    classes=("no", "yes"),
    numeric=("a",),
    dates=(),
    categorical=(),
    preprocess=PreprocessConfig(),
    resample_space="native",
    strict=False,
    seed=5,
)


def smote(**params: Any) -> Treatment:
    return Treatment(chain=(("SMOTE", params),))


def plain(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=rows), "y": np.where(np.arange(rows) % 10 == 0, "yes", "no")})
    return frame.assign(**{ROW_ID: [f"r{i}" for i in range(rows)]})


def test_a_small_table_is_its_own_trial() -> None:
    frame = plain(300)
    found = foresee(frame, smote(), RECIPE)
    assert (found.before, found.rows, found.seconds) == (300, 540, None)
    assert found.memory > 540 * 2 * 8


def test_a_small_table_that_is_to_grow_large_is_tried() -> None:
    frame = plain(300)
    found = foresee(frame, smote(sampling_strategy={"yes": 2_000_000}), RECIPE)
    assert found.rows == 2_000_270
    assert found.seconds is not None
    assert found.memory > 2_000_270 * 8 * 2


def test_a_forecast_knows_the_limit_on_rows() -> None:
    frame = plain(300)
    asked = smote().model_copy(update={"max_rows": 100})
    assert foresee(frame, asked, RECIPE).rows == 100
