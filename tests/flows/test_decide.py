"""What a decision holds: calibration, a threshold with its interval and neighbours, costs from a column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evenkeel import progress, training
from evenkeel.errors import DataError
from evenkeel.proof import verify
from evenkeel.runs import Run, find
from evenkeel.store import Store
from flows.train import train

CONFIG = """
source: {{kind: csv, path: {table}}}
target: {{column: fraud, positive: 1}}
id: id
model: {{kind: logistic}}
strategies: [none, random-under, smote, {{name: weights, class_weight: balanced}}]
baselines: false
folds: 3
"""


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    draws = np.random.default_rng(0)
    fraud = (draws.random(900) < 0.12).astype(int)
    frame = pd.DataFrame(
        {
            "id": range(900),
            "amount": np.round(draws.exponential(100, 900) * (1 + fraud), 2),
            "hour": draws.normal(12 + 2 * fraud, 3),
            "fraud": fraud,
        }
    )
    path = tmp_path_factory.mktemp("tables") / "fraud.csv"
    frame.to_csv(path, index=False)
    return path


def ran(table: Path, folder: Path, *overrides: str) -> Run:
    config = folder / "fraud.yaml"
    config.write_text(CONFIG.format(table=table), encoding="utf-8")
    done = train.fn(str(config), str(folder / "store"), list(overrides))
    return find(Store(folder / "store"), done["run"])


def of(run: Run, stage: str, strategy: str, output: str) -> Any:
    found = next(r for r in run.records() if r.step.label == f"{stage} {strategy}")
    return run.store.get_json(found.outputs[output])


@pytest.fixture(scope="module")
def by_amount(table: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    rule = "operating_point={cost: {fn: {column: amount}, fp: 20}}"
    return ran(table, tmp_path_factory.mktemp("by_amount"), rule)


def test_what_balancing_does_to_probabilities_is_taken_back(by_amount: Run) -> None:
    maps = {name: of(by_amount, "decide", name, "decision")["calibration"] for name in ("none", "smote")}
    assert maps["none"] is None
    assert maps["smote"]["method"] == "sigmoid"
    raw = of(by_amount, "evaluate", "none", "figures")["test"]
    for name in ("random-under", "smote", "weights"):
        test = of(by_amount, "evaluate", name, "figures")["test"]
        assert test["uncalibrated"]["brier"] > test["brier"] + 0.02
        assert test["brier"] == pytest.approx(raw["brier"], abs=0.01)
        cv = of(by_amount, "decide", name, "decision")
        assert cv["uncalibrated"]["brier"]["mean"] > cv["cv"]["brier"]["mean"] + 0.02


def test_figures_are_those_of_the_calibrated_predictions(by_amount: Run) -> None:
    record = next(r for r in by_amount.records() if r.step.label == "evaluate smote")
    decision = of(by_amount, "decide", "smote", "decision")
    y, p = training.judged(by_amount.store.get_table(record.outputs["predictions"]), ("0", "1"), decision)
    at = of(by_amount, "evaluate", "smote", "figures")["test"]["at_operating_point"]
    alert = p[:, 1] >= decision["threshold"]
    assert (at["tp"], at["fp"]) == ((alert & (y == 1)).sum(), (alert & (y == 0)).sum())
    # what the misses and the false alarms cost, row by row
    rows = by_amount.store.get_table(record.step.inputs["test"])
    amounts = rows["amount"].to_numpy()
    assert at["cost"] == pytest.approx(amounts[~alert & (y == 1)].sum() + 20 * (alert & (y == 0)).sum())


def test_a_threshold_is_within_its_interval_and_cheapest_of_its_neighbours(by_amount: Run) -> None:
    for name in ("none", "random-under", "smote", "weights"):
        decision = of(by_amount, "decide", name, "decision")
        assert decision["interval"]["low"] <= decision["threshold"] <= decision["interval"]["high"]
        costs = {near["threshold"]: near["cost"] for near in decision["neighbours"]}
        assert min(costs.values()) == costs[decision["threshold"]]


def test_a_run_with_costs_by_row_verifies(by_amount: Run) -> None:
    verdict = verify(by_amount)
    assert [claim.code for claim in verdict.claims if claim.outcome == "failed"] == []
    step = next(r.step for r in by_amount.records() if r.step.label == "decide none")
    assert set(step.inputs) == {"out_of_fold", "train"}


def test_a_decision_may_leave_probabilities_as_they_are(table: Path, tmp_path: Path) -> None:
    run = ran(table, tmp_path, "calibrate=none", "strategies=[none, smote]")
    decision = of(run, "decide", "smote", "decision")
    assert decision["calibration"] is None
    assert "uncalibrated" not in decision
    assert "uncalibrated" not in of(run, "evaluate", "smote", "figures")["test"]
    assert verify(run).verified


def test_repeats_deal_the_rows_out_anew_and_can_be_replayed(
    by_amount: Run, table: Path, tmp_path: Path
) -> None:
    rule = "operating_point={cost: {fn: {column: amount}, fp: 20}}"
    run = ran(table, tmp_path, rule, "repeats=2", "strategies=[none, smote]")
    for name in ("none", "smote"):
        once, twice = (held_out(of_run, name) for of_run in (by_amount, run))
        rows = len(once)
        # the first repeat is the only one of a run that has one
        pd.testing.assert_frame_equal(twice[:rows], once)
        assert twice["__row_id__"].tolist() == 2 * once["__row_id__"].tolist()
        assert sorted(twice["__fold__"][rows:].unique()) == [3, 4, 5]
        assert (twice["__fold__"][rows:].to_numpy() - 3 != once["__fold__"].to_numpy()).any()
        one, two = (of(of_run, "decide", name, "decision") for of_run in (by_amount, run))
        assert two["per_fold"]["recall"][:3] == one["per_fold"]["recall"]
        assert len(two["per_fold"]["recall"]) == 6
        assert two["repeats"] == 2
        # counts are those of rows, not of predictions
        assert all(near[key] <= rows for near in two["neighbours"] for key in ("tn", "fp", "fn", "tp"))
        assert two["interval"]["low"] <= two["threshold"] <= two["interval"]["high"]
    assert verify(run).verified


def held_out(run: Run, name: str) -> pd.DataFrame:
    record = next(r for r in run.records() if r.step.label == f"train {name}")
    return run.store.get_table(record.outputs["out_of_fold"])


@pytest.mark.parametrize(
    ("said", "expected"),
    [("amout", "got 'amout'. Did you mean 'amount'"), ("hour", "costs of at least 0 in column 'hour'")],
)
def test_a_column_that_has_no_costs_is_told(table: Path, tmp_path: Path, said: str, expected: str) -> None:
    frame = pd.read_csv(table).assign(hour=lambda rows: rows["hour"] - 20)
    frame.to_csv(tmp_path / "t.csv", index=False)
    begun: list[str] = []

    class Heard(progress.Listener):
        def begin(self, stage: str) -> None:
            begun.append(stage)

    with progress.listening(Heard()), pytest.raises(DataError, match=expected):
        ran(tmp_path / "t.csv", tmp_path, f"operating_point={{cost: {{fn: {{column: {said}}}, fp: 1}}}}")
    # before anything is trained for it
    assert begun[-1] == "split"
