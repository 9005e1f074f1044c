"""The plan: what a config gives each step, strategy by strategy."""

from __future__ import annotations

from typing import Any

from evenkeel.config import parse
from evenkeel.plan import evaluate_parameters, model_spec, train_parameters

CONFIG = parse(
    {
        "source": {"kind": "csv", "path": "t.csv"},
        "target": {"column": "y", "positive": 1},
        "model": {"kind": "logistic", "params": {"C": 2.0}},
        "strategies": [
            "none",
            {"name": "weights", "class_weight": "balanced"},
            {"name": "positives", "scale_pos_weight": 3},
            {"model": {"kind": "easy_ensemble", "params": {"n_estimators": 2}}},
        ],
    }
)
FACTS = {"classes": ["0", "1"], "numeric": ["a"], "dates": [], "categorical": []}


def of_each(key: str) -> list[Any]:
    return [getattr(model_spec(CONFIG, strategy), key) for strategy in CONFIG.strategies]


def test_a_strategy_has_its_own_model_or_the_runs_and_its_own_weights() -> None:
    assert of_each("kind") == ["logistic", "logistic", "logistic", "easy_ensemble"]
    assert of_each("params") == [{"C": 2.0}, {"C": 2.0}, {"C": 2.0}, {"n_estimators": 2}]
    assert of_each("class_weight") == [None, "balanced", None, None]
    assert of_each("scale_pos_weight") == [None, None, 3.0, None]


def test_training_and_evaluation_name_the_same_kind() -> None:
    for strategy in CONFIG.strategies:
        trained = train_parameters(CONFIG, FACTS, strategy)["model"]["kind"]
        assert evaluate_parameters(CONFIG, FACTS, strategy)["model"] == trained
