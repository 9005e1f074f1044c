"""The lines: on noise honest work finds nothing and leaks find something; the same seed, the same figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evenkeel.canonical import json_bytes
from evenkeel.tables import ROW_ID
from evenkeel.training import ModelSpec
from evenkeel.xray import Question
from evenkeel.xray.lines import SHOWN, _best

Ask = Callable[..., Question]
Answer = Callable[[pd.DataFrame, Question], dict[str, Any]]

NAMES = [
    "honest",
    "resample-before-split",
    "scale-before-split",
    "pick-the-best-seed",
    "honest-tuning",
    "tune-on-test",
]


def by_name(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {line["name"]: line for line in found["lines"]}


def value(line: dict[str, Any], metric: str = "roc_auc") -> float:
    return float(line["figures"][metric]["value"])


def test_on_noise_honest_work_finds_nothing_and_resampling_before_the_split_almost_all(
    noise: pd.DataFrame, ask: Ask, answer: Answer
) -> None:
    lines = by_name(answer(noise, ask()))
    assert list(lines) == NAMES
    assert 0.38 < value(lines["honest"]) < 0.62
    assert 0.38 < value(lines["scale-before-split"]) < 0.62
    assert value(lines["resample-before-split"]) > 0.95
    assert value(lines["resample-before-split"], "average_precision") > 0.95
    assert lines["resample-before-split"]["too_good"]["roc_auc"] > 0.3


def test_what_is_picked_is_never_worse_than_what_it_was_picked_from(
    noise: pd.DataFrame, ask: Ask, answer: Answer
) -> None:
    lines = by_name(answer(noise, ask()))
    seed = lines["pick-the-best-seed"]["figures"]["average_precision"]
    assert seed["value"] == seed["high"] > seed["low"]
    assert lines["tune-on-test"]["against"] == "honest-tuning"
    assert lines["tune-on-test"]["too_good"]["average_precision"] >= 0
    assert value(lines["tune-on-test"], "average_precision") >= value(lines["honest"], "average_precision")


@pytest.mark.parametrize("metric", ["brier", "f2"])
def test_any_metric_can_pick(noise: pd.DataFrame, ask: Ask, answer: Answer, metric: str) -> None:
    found = answer(noise, ask(metric=metric, folds=2, seeds=(1, 2)))
    assert found["metric"] == metric
    assert list(by_name(found)) == NAMES


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    noise: pd.DataFrame, ask: Ask, answer: Answer
) -> None:
    one, same, other = (answer(noise, ask("SMOTE", seed=seed, folds=2, seeds=(1, 2))) for seed in (5, 5, 6))
    assert json_bytes(one) == json_bytes(same) != json_bytes(other)


def test_differences_are_those_of_the_figures(noise: pd.DataFrame, ask: Ask, answer: Answer) -> None:
    lines = by_name(answer(noise, ask(model=ModelSpec(kind="logistic", params={}))))
    for line in lines.values():
        for key in SHOWN:
            assert line["figures"][key]["low"] <= value(line, key) <= line["figures"][key]["high"]
            if line["against"]:
                difference = value(line, key) - value(lines[line["against"]], key)
                assert line["too_good"][key] == pytest.approx(difference, abs=1e-6)
        assert bool(line["against"]) == (line["too_good"] is not None)


def test_several_classes_have_no_threshold(ask: Ask, answer: Answer) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(240, 3)), columns=["a", "b", "c"])
    frame["ill"] = np.array(["no", "mild", "severe"])[rng.choice(3, 240, p=[0.7, 0.2, 0.1])]
    frame.insert(0, ROW_ID, [f"r{i}" for i in range(240)])
    lines = by_name(answer(frame, ask(classes=("mild", "no", "severe"), rule=None, folds=2, seeds=(1, 2))))
    assert value(lines["resample-before-split"]) > value(lines["honest"]) + 0.2


def test_the_best_is_the_first_of_equals_and_an_undefined_one_never_wins() -> None:
    assert _best([0.2, 0.5, None, 0.5], "roc_auc") == 1
    assert _best([0.2, 0.5, None, 0.1], "brier") == 3
    assert _best([None, 0.1], "roc_auc") == 1
