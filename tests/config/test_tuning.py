"""The `tuning` section: unsaid where older runs never said it; ranges are checked by their owners."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.config import RunConfig, parse
from evenkeel.errors import ConfigError
from evenkeel.ranges import Options, Range

MINIMAL: dict[str, Any] = {
    "source": {"kind": "synthetic", "generator": "moons"},
    "target": {"column": "target", "positive": 1},
    "strategies": ["none", "smote"],
}


def tuned(**tuning: Any) -> RunConfig:
    return parse({**MINIMAL, "tuning": tuning})


def refusal(**tuning: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        tuned(**tuning)
    return str(caught.value)


def test_without_trials_the_config_reads_as_it_always_did() -> None:
    assert parse(MINIMAL).model_dump()["tuning"] == {"trials": 0, "metric": "average_precision"}


def test_ranges_are_kept_under_the_names_of_their_owners() -> None:
    space = {"xgboost": {"max_depth": [2, 8]}, "smote": {"k_neighbors": [3, 5, 9]}}
    found = tuned(trials=3, timeout=60, space=space).tuning
    assert found.timeout == 60
    assert found.space == {
        "xgboost": {"max_depth": Range(low=2, high=8)},
        "SMOTE": {"k_neighbors": Options(options=(3, 5, 9))},
    }


def test_a_config_with_ranges_comes_back_from_its_json() -> None:
    config = tuned(trials=3, space={"xgboost": {"learning_rate": {"low": 0.01, "high": 1, "log": True}}})
    assert RunConfig.model_validate_json(config.model_dump_json()) == config


@pytest.mark.parametrize(
    ("tuning", "said"),
    [
        ({"trials": -1}, "tuning.trials"),
        ({"trials": 2, "timeout": 0}, "tuning.timeout"),
        ({"space": {"xgbost": {}}}, "Did you mean 'xgboost'?"),
        ({"space": {"xgboost": {"max_dept": [2, 8]}}}, "Did you mean 'max_depth'?"),
        ({"space": {"xgboost": {"early_stopping_rounds": [2, 8]}}}, "Expected a parameter of xgboost"),
        ({"space": {"xgboost": {"max_depth": [8, 2]}}}, "Expected a low end below the high one, got [8, 2]"),
        ({"space": {"xgboost": {"max_depth": 3}}}, "Expected [low, high], a list of options"),
        ({"space": {"xgboost": {"max_depth": [3]}}}, "Expected two options or more"),
        ({"space": {"xgboost": [3]}}, "Expected ranges by parameter under xgboost"),
        ({"space": [3]}, "Expected ranges by model or sampler"),
        ({"space": {"smote": {"k_neighbors": [0, 5]}}}, "k_neighbors"),
        ({"space": {"adasyn": {"n_neighbors": [2, 5]}}}, "models and samplers of the strategies"),
        (
            {"space": {"xgboost": {"reg_lambda": {"low": 0, "high": 1, "log": True}}}},
            "Expected a low end above 0",
        ),
    ],
    ids=str,
)
def test_a_mistake_says_what_is_wrong(tuning: dict[str, Any], said: str) -> None:
    assert said in refusal(**tuning)


def test_a_wrong_parameter_says_what_to_do_next() -> None:
    message = refusal(space={"xgboost": {"depth": [2, 8]}})
    assert "Available: " in message
    assert "Next: for example `space: {xgboost: {max_depth: [2, 8]}}`." in message
