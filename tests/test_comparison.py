"""Comparison: all strategies on the same test rows, from what evaluation stored."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evenkeel.canonical import json_bytes
from evenkeel.comparison import compared_again, comparison
from evenkeel.errors import DataError
from evenkeel.evaluation.metrics import METRICS
from evenkeel.runs import Run
from evenkeel.tables import CODE, ROW_ID

CLASSES = ["well", "ill"]


def predicted(seed: int, rows: int = 60) -> pd.DataFrame:
    ill = np.arange(rows) % 4 == 0
    p = np.clip(0.2 + 0.4 * ill + np.random.default_rng(seed).normal(0, 0.15, rows), 0.01, 0.99)
    return pd.DataFrame(
        {
            ROW_ID: pd.Series([f"r{i}" for i in range(rows)], dtype="str"),
            CODE: pd.Series(np.where(ill, "ill", "well"), dtype="str"),
            "p(well)": 1 - p,
            "p(ill)": p,
        }
    )


def at(threshold: float) -> dict[str, float]:
    return {"threshold": threshold}


def test_a_finished_run_has_intervals_of_every_figure_and_differences_of_every_pair(
    finished_run: Run,
) -> None:
    record = next(r for r in finished_run.records() if r.step.stage == "compare")
    stored = finished_run.store.get_json(record.outputs["comparison"])
    names = record.step.parameters["strategies"]
    assert set(stored["intervals"]) == set(stored["differences"]) == set(names)
    for name in names:
        figures = finished_run.store.get_json(
            next(r for r in finished_run.records() if r.step.label == f"evaluate {name}").outputs["figures"]
        )["test"]
        for key in METRICS:
            assert stored["intervals"][name][key]["value"] == pytest.approx(figures[key])
        for key in ("tn", "fp", "fn", "tp"):
            assert stored["intervals"][name][key]["value"] == figures["at_operating_point"][key]


def test_the_stored_comparison_comes_out_again(finished_run: Run) -> None:
    record = next(r for r in finished_run.records() if r.step.stage == "compare")
    made = compared_again(finished_run.store, record.step.inputs, record.step.parameters)
    assert json_bytes(made) == finished_run.store.get(record.outputs["comparison"])


def test_the_order_of_test_rows_does_not_matter() -> None:
    tables = {"none": predicted(0), "smote": predicted(1)}
    mixed = {name: table.sample(frac=1, random_state=3) for name, table in tables.items()}
    decisions = {"none": at(0.4), "smote": at(0.5)}
    assert comparison(tables, decisions, "none", CLASSES, 1) == comparison(
        mixed, decisions, "none", CLASSES, 1
    )


def test_strategies_judged_on_other_rows_are_not_compared() -> None:
    other = predicted(1).sample(frac=1, random_state=3)
    with pytest.raises(DataError, match="smote"):
        comparison(
            {"none": predicted(0), "smote": other}, {"none": at(0.4), "smote": at(0.5)}, "none", CLASSES, 1
        )


def test_several_classes_say_that_it_does_not_apply() -> None:
    made = comparison({"none": predicted(0)}, {"none": {}}, "none", ["a", "b", "c"], 1)
    assert not made["applies"]
    assert "3" in made["why"]
