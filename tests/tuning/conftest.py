"""A small question, and train rows to ask it of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evenkeel.models import MODELS
from evenkeel.preprocessing import PreprocessConfig
from evenkeel.ranges import read_space
from evenkeel.recipe import Recipe, Treatment
from evenkeel.resampling import SAMPLERS
from evenkeel.tables import ROW_ID
from evenkeel.training import ModelSpec
from evenkeel.tuning import Question, space_of

KNOWN = {name: entry.space for table in (MODELS, SAMPLERS) for name, entry in table.items()}


@pytest.fixture(scope="session")
def frame() -> pd.DataFrame:
    """120 rows, a quarter positive, three of each customer."""
    rng = np.random.default_rng(0)
    y = np.repeat([1, 0], [30, 90])
    return pd.DataFrame(
        {
            ROW_ID: [f"r{i}" for i in range(120)],
            "a": rng.normal(size=120) + y,
            "b": rng.normal(size=120) - y,
            "customer": np.arange(120) // 3,
            "y": y.astype(str),
        }
    )


@pytest.fixture
def question() -> Callable[..., Question]:
    """Make a question; what is given replaces the usual."""

    def make(
        kind: str = "logistic",
        chain: tuple[tuple[str, dict[str, Any]], ...] = (),
        params: dict[str, Any] | None = None,
        said: Any = None,
        groups: tuple[str, ...] = (),
        **more: Any,
    ) -> Question:
        spec = ModelSpec(kind=kind, params=params or {})
        treatment = Treatment(chain=chain)
        recipe = Recipe(
            target="y",
            classes=("0", "1"),
            numeric=("a", "b"),
            dates=(),
            categorical=(),
            preprocess=PreprocessConfig(),
            resample_space="native",
            strict=False,
            seed=5,
            groups=groups,
        )
        ranges = {owner: read_space(owner, given) for owner, given in (said or {}).items()}
        usual: dict[str, Any] = {
            "recipe": recipe,
            "treatment": treatment,
            "model": spec,
            "folds": 4,
            "trials": 14,
            "metric": "average_precision",
            "rule": {"maximize": "f2"},
            "alert_share": None,
            "present": 1 / 3,
            "space": space_of(spec, treatment, ranges, KNOWN, binary=True),
        }
        return Question(**{**usual, **more})

    return make
