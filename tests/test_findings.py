"""Findings: what the report shows is what the steps stored, and nothing of a row."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evenkeel.canonical import json_bytes
from evenkeel.config import RunConfig
from evenkeel.evaluation.metrics import METRICS
from evenkeel.findings import findings, summary
from evenkeel.ledger import Record
from evenkeel.runs import Run
from evenkeel.tables import ROW_ID

STRATEGIES = ["none", "smote", "random-under", "weights"]


@pytest.fixture
def found(finished_run: Run) -> dict[str, Any]:
    config = RunConfig.model_validate_json((finished_run.folder / "config.json").read_text())
    return findings(finished_run.store, config, finished_run.records())


def record(run: Run, label: str) -> Record:
    return next(record for record in run.records() if record.step.label == label)


def test_findings_are_the_report_without_its_claims(finished_run: Run, found: dict[str, Any]) -> None:
    report = json.loads((finished_run.folder / "report.json").read_bytes())
    claims = report.pop("claims")
    assert json.loads(json_bytes(found)) == report
    assert {claim["outcome"] for claim in claims} == {"passed", "not applicable"}


def test_counts_are_those_of_the_tables(finished_run: Run, found: dict[str, Any]) -> None:
    split = record(finished_run, "split")
    for side in ("train", "test"):
        assert sum(found["split"][side].values()) == split.outputs[side].rows
        labels = finished_run.store.get_table(split.outputs[side])["target"].astype(str)
        assert found["split"][side] == labels.value_counts().to_dict()
    assert found["data"]["rows"] == split.outputs["train"].rows + split.outputs["test"].rows


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_strategys_figures_are_those_that_its_steps_stored(
    finished_run: Run, found: dict[str, Any], name: str
) -> None:
    store, shown = finished_run.store, found["strategies"][name]
    figures = store.get_json(record(finished_run, f"evaluate {name}").outputs["figures"])
    decision = store.get_json(record(finished_run, f"decide {name}").outputs["decision"])
    resampled = store.get_table(record(finished_run, f"resample {name}").outputs["resampled"])
    assert (shown["test"], shown["curves"]) == (figures["test"], figures["curves"])
    assert (shown["cv"], shown["per_fold"]) == (decision["cv"], decision["per_fold"])
    assert shown["test"]["at_operating_point"]["threshold"] == decision["threshold"]
    assert shown["train_counts"] == resampled["__class__"].value_counts().to_dict()


def test_a_sampler_makes_synthetic_points_only_where_it_makes_rows(found: dict[str, Any]) -> None:
    synthetic = {
        name: any(point["synthetic"] for point in found["strategies"][name]["scatter"]["after"])
        for name in STRATEGIES
    }
    assert synthetic == {"none": False, "smote": True, "random-under": False, "weights": False}


def test_doing_more_is_more_effort(found: dict[str, Any]) -> None:
    effort = {name: found["strategies"][name]["effort"] for name in STRATEGIES}
    assert effort == {"none": 0, "smote": 1, "random-under": 1, "weights": 1}


def test_the_recommended_strategy_is_one_of_the_run_and_its_sentence_adds_up(found: dict[str, Any]) -> None:
    advice = found["recommended"]
    at = found["strategies"][advice["strategy"]]["test"]["at_operating_point"]
    assert advice["strategy"] in STRATEGIES
    assert f"finds {at['tp']} of {at['tp'] + at['fn']} positives" in advice["sentence"]
    assert f"misses {at['fn']}" in advice["sentence"]
    assert f"raises {at['fp']} false alarms" in advice["sentence"]
    assert at["tp"] + at["fn"] == found["split"]["test"]["1"]


def test_every_metric_is_described(found: dict[str, Any]) -> None:
    assert [metric["key"] for metric in found["metrics"]] == list(METRICS)


def test_no_row_and_no_path_is_in_the_findings(finished_run: Run, found: dict[str, Any]) -> None:
    text = json.dumps(found)
    raw = finished_run.store.get_table(record(finished_run, "ingest").outputs["table"])
    assert not any(name in text for name in raw[ROW_ID])
    assert str(finished_run.store.root) not in text


def test_the_summary_keeps_the_order_of_the_config(found: dict[str, Any]) -> None:
    read_back = json.loads(json_bytes(found))
    assert list(summary(read_back)["strategies"]) == STRATEGIES


def test_the_summary_has_the_figures_that_other_programs_rely_on(found: dict[str, Any]) -> None:
    short = summary(found)
    assert short["recommended"] == found["recommended"]["strategy"]
    for name, strategy in short["strategies"].items():
        assert set(strategy) == {"train_counts", "cv", "test"}
        assert {"at_half", "at_operating_point"} <= set(strategy["test"])
        assert strategy["cv"] == found["strategies"][name]["cv"]
        for figure in strategy["cv"].values():
            assert {"mean", "low", "high"} <= set(figure)
