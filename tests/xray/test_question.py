"""What an X-ray asks survives its record, and every model has a grid that it takes."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from evenkeel.models import MODELS, check_model
from evenkeel.xray import GRIDS, Question, grid


@pytest.mark.parametrize("kind", MODELS)
def test_every_model_has_a_grid_of_parameters_that_it_takes(kind: str) -> None:
    made = grid(kind, {})
    assert made[0] == {}
    assert len(made) >= 3
    for params in made:
        check_model(kind, params)


def test_there_is_no_grid_for_a_model_that_is_not_there() -> None:
    assert set(GRIDS) == set(MODELS)


def test_a_grid_keeps_what_the_config_says_and_repeats_nothing() -> None:
    made = grid("xgboost", {"n_estimators": 50, "subsample": 0.5})
    assert made[0] == {"n_estimators": 50, "subsample": 0.5}
    assert all(params["subsample"] == 0.5 for params in made)
    assert all(made.count(params) == 1 for params in made)
    assert len(made) == len(GRIDS["xgboost"])


def test_a_question_comes_back_from_its_record(ask: Callable[..., Question]) -> None:
    asked = ask(rule={"cost": {"fn": 20.0, "fp": 1.0}})
    assert Question.model_validate(json.loads(json.dumps(asked.model_dump(mode="json")))) == asked
    assert [spec.params for spec in asked.specs] == list(asked.grid)
