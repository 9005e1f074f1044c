"""The recommended config: what is saved and run again is the strategy, its operating point, and no search."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from evenkeel import plan
from evenkeel.config import RunConfig, load, parse
from evenkeel.config.settled import settled
from evenkeel.runs import Run
from evenkeel.saved import ORDER, as_yaml, with_path
from evenkeel.terminal import settled_text

FACTS = {
    "classes": ["no", "yes"],
    "numeric": ["a"],
    "dates": [],
    "categorical": [],
    "train": {"no": 90, "yes": 10},
    "test": {"no": 45, "yes": 5},
}
RAW = {
    "name": "cards",
    "source": {"kind": "csv", "path": "cards.csv", "separator": ";"},
    "target": {"column": "fraud", "positive": "yes"},
    "id": "number",
    "split": {"test_size": 0.3, "seed": 7},
    "model": {"kind": "xgboost", "params": {"n_estimators": 30}},
    "strategies": ["none", {"name": "half", "resample": {"sampler": "smote", "params": {"k_neighbors": 3}}}],
    "tuning": {"trials": 5, "metric": "roc_auc"},
    "operating_point": {"cost": {"fn": 100, "fp": 3}},
    "folds": 3,
    "seed": 9,
}


def saved(config: RunConfig, name: str, threshold: float | None, tuned: Any = None) -> RunConfig:
    said = settled(config, plan.strategy_named(config, name), threshold, tuned)
    return parse(yaml.safe_load(as_yaml(with_path(said, "cards.csv"))))


@pytest.mark.parametrize("name", ["none", "random-over", "half"])
def test_the_saved_config_plans_this_strategy_with_this_threshold_and_nothing_else(name: str) -> None:
    config = parse(RAW)
    found = saved(config, name, 0.0514)
    assert [strategy.name for strategy in found.strategies] == [name]
    assert (found.tuning.trials, found.baselines) == (0, False)
    assert plan.operating_rule(found, FACTS)["rule"] == {"threshold": 0.0514}
    mine, new = plan.strategy_named(config, name), plan.strategy_named(found, name)
    assert plan.train_parameters(found, FACTS, new) == plan.train_parameters(config, FACTS, mine)
    for same in ("ingest", "split", "validate"):
        planned = {
            "ingest": lambda c: plan.ingest_parameters(c, "0"),
            "split": plan.split_parameters,
            "validate": plan.validate_parameters,
        }[same]
        assert planned(found) == planned(config)


@pytest.mark.parametrize("name", ["none", "half"])
def test_what_a_search_found_is_written_down(name: str) -> None:
    config = parse(RAW)
    chain = [["SMOTE", {"k_neighbors": 2, "sampling_strategy": 0.4}]] if name == "half" else []
    facts = {"model": {"n_estimators": 71, "max_depth": 2}, "chain": chain}
    found = saved(config, name, 0.1, facts)
    mine, new = plan.strategy_named(config, name), plan.strategy_named(found, name)
    assert plan.train_parameters(found, FACTS, new) == plan.train_parameters(config, FACTS, mine, facts)
    assert found.tuning.metric == "roc_auc"


def test_several_classes_have_no_operating_point_to_save() -> None:
    raw = {**RAW, "target": {"column": "kind"}, "operating_point": {"maximize": "f2"}}
    assert "operating_point" not in settled(parse(raw), plan.strategy_named(parse(raw), "none"), None)


def test_the_order_of_keys_is_that_of_the_config_and_not_that_of_the_mapping() -> None:
    assert set(RunConfig.model_fields) <= set(ORDER)
    said = settled(parse(RAW), parse(RAW).strategies[0], 0.1)
    assert as_yaml(said) == as_yaml(dict(sorted(said.items()))) == as_yaml(json.loads(json.dumps(said)))
    assert as_yaml(said).startswith("name: cards\nsource:\n  kind: csv\n")


@pytest.mark.parametrize("name", ["yes", "1", "a: b", "`", "two\nlines", "\u2028", "#no", "- x"])
def test_names_from_data_come_back_from_yaml(name: str) -> None:
    said = {"target": {"column": name}, "drop": [name]}
    assert yaml.safe_load(as_yaml(said)) == said


def test_a_finished_run_says_the_config_that_does_what_its_verdict_says(
    finished_run: Run, tmp_path: Path
) -> None:
    (tmp_path / "best.yaml").write_text(settled_text(finished_run), encoding="utf-8")
    found = load(tmp_path / "best.yaml")
    report = json.loads((finished_run.folder / "report.json").read_bytes())
    chosen = report["recommended"]["strategy"]
    at = report["strategies"][chosen]["test"]["at_operating_point"]
    assert [strategy.name for strategy in found.strategies] == [chosen]
    assert found.operating_point.threshold == at["threshold"]
    records = {record.step.label: record for record in finished_run.records()}
    facts = records["split"].facts
    assert plan.split_parameters(found) == records["split"].step.parameters
    planned = plan.train_parameters(found, facts, found.strategies[0])
    assert json.loads(json.dumps(planned)) == records[f"train {chosen}"].step.parameters
