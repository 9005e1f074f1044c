"""Questions to ask of small tables, and all their parts at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evenkeel.preprocessing import PreprocessConfig
from evenkeel.recipe import Recipe, Treatment
from evenkeel.tables import ROW_ID
from evenkeel.training import ModelSpec
from evenkeel.xray import Question, findings, grid, part_scores, parts

Ask = Callable[..., Question]
Answer = Callable[[pd.DataFrame, Question], dict[str, Any]]

RECIPE = Recipe(
    target="ill",
    classes=("no", "yes"),
    numeric=("a", "b", "c"),
    dates=(),
    categorical=(),
    preprocess=PreprocessConfig(),
    resample_space="native",
    strict=False,
    seed=5,
)
# memorizes what it was fitted on
TREES = ModelSpec(kind="xgboost", params={"n_estimators": 20, "max_depth": 8, "learning_rate": 0.5})


@pytest.fixture
def noise() -> pd.DataFrame:
    """Rows of which one in eight is ill, for no reason that the columns could tell."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(400, 3)), columns=["a", "b", "c"])
    frame["ill"] = np.where(np.arange(400) % 8 == 0, "yes", "no")
    frame.insert(0, ROW_ID, [f"r{i}" for i in range(400)])
    return frame


@pytest.fixture
def ask() -> Ask:
    """A question about `noise`; keywords replace parts of it, or of its recipe."""

    def question(sampler: str = "RandomOverSampler", model: ModelSpec = TREES, **changes: Any) -> Question:
        said = {key: changes.pop(key) for key in list(changes) if key in Recipe.model_fields}
        asked: dict[str, Any] = {
            "recipe": RECIPE.model_copy(update=said),
            "treatment": Treatment(chain=((sampler, {}),)),
            "model": model,
            "grid": tuple(grid(model.kind, model.params)[:3]),
            "folds": 3,
            "seeds": (5, 6, 7, 8),
            "metric": "average_precision",
            "rule": {"maximize": "f2"},
            "alert_share": None,
        }
        return Question(**{**asked, **changes})

    return question


@pytest.fixture
def answer() -> Answer:
    """The findings, with every part done here."""

    def made(frame: pd.DataFrame, question: Question) -> dict[str, Any]:
        return findings(frame, question, [part_scores(frame, question, part) for part in parts(question)])

    return made
