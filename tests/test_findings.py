"""Findings: what the report shows is what the steps stored, and of rows nothing but a few examples."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evenkeel.canonical import json_bytes
from evenkeel.config import RunConfig
from evenkeel.evaluation.crossval import simultaneous
from evenkeel.evaluation.metrics import METRICS
from evenkeel.findings import findings, summary
from evenkeel.ledger import Record
from evenkeel.resampling.lineage import PARENTS, SAMPLER
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
    assert shown["per_fold"] == decision["per_fold"]
    assert shown["cv"] == simultaneous(decision["per_fold"], len(STRATEGIES), decision["row_errors"])
    assert shown["test"]["at_operating_point"]["threshold"] == decision["threshold"]
    assert shown["train_counts"] == resampled["target"].astype(str).value_counts().to_dict()
    assert shown["made"] == record(finished_run, f"resample {name}").facts["made"]
    assert shown["made"]["rows"] == len(resampled)
    assert shown["made"]["synthetic"] == resampled[SAMPLER].notna().sum()


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
    assert f"at {at['fp']} false alarms" in advice["sentence"]
    assert at["tp"] + at["fn"] == found["split"]["test"]["1"]


def test_every_metric_is_described(found: dict[str, Any]) -> None:
    assert [metric["key"] for metric in found["metrics"]] == list(METRICS)


def test_of_all_rows_only_examples_and_misses_are_named_and_no_path_is(
    finished_run: Run, found: dict[str, Any]
) -> None:
    text = json.dumps(found)
    split = record(finished_run, "split").outputs
    train, test = (set(finished_run.store.get_table(split[side])[ROW_ID]) for side in ("train", "test"))
    parents = {
        parent
        for strategy in found["strategies"].values()
        for example in strategy["examples"]
        for parent in example["parents"]
    }
    misses = found["explanation"]["missed"]
    missed = {row["row"] for row in misses}
    near = {neighbour["row"] for row in misses for neighbour in row["neighbours"]}
    assert {name for name in train | test if name in text} == parents | missed | near
    assert parents
    assert parents | near <= train
    assert missed <= test
    assert str(finished_run.store.root) not in text


def test_examples_are_rows_of_the_resampled_set(finished_run: Run, found: dict[str, Any]) -> None:
    for name in STRATEGIES:
        resampled = finished_run.store.get_table(
            record(finished_run, f"resample {name}").outputs["resampled"]
        )
        rows = resampled.set_index(ROW_ID)
        shown = found["strategies"][name]["examples"]
        assert len(shown) == (3 if name == "smote" else 0)
        for example in shown:
            row = rows.loc[example["id"]]
            assert [row[parent] for parent in PARENTS] == example["parents"]
            assert {cell["column"]: cell["value"] for cell in example["cells"]} == {
                column: float(f"{row[column]:.6g}") for column in ("x0", "x1")
            }


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


def test_every_strategy_has_intervals_and_is_compared_with_two(found: dict[str, Any]) -> None:
    against = found["differences"]["against"]
    assert set(against) == {"none", found["recommended"]["strategy"]}
    assert set(against["none"]) == set(STRATEGIES) - {"none"}
    for strategy in found["strategies"].values():
        assert set(strategy["test_intervals"]) >= set(METRICS)


def test_power_is_that_of_the_positives_of_the_split(found: dict[str, Any]) -> None:
    assert found["power"]["test"]["positives"] == found["split"]["test"]["1"]
    assert found["power"]["folds"]["positives"] == found["split"]["train"]["1"]


def test_runs_without_a_comparison_have_findings_too(finished_run: Run) -> None:
    config = RunConfig.model_validate_json((finished_run.folder / "config.json").read_text())
    older = [record for record in finished_run.records() if record.step.stage != "compare"]
    made = findings(finished_run.store, config, older)
    assert "differences" not in made
    assert not any("test_intervals" in strategy for strategy in made["strategies"].values())


def test_what_is_silenced_is_set_apart_and_still_there(finished_run: Run, found: dict[str, Any]) -> None:
    config = RunConfig.model_validate_json((finished_run.folder / "config.json").read_bytes())
    told = found["diagnostics"]
    (few,) = [each for each in told["findings"] if each["code"] == "EKD001"]
    rule = {"code": "EKD001", "subject": few["subject"], "because": "a test"}
    quiet = RunConfig.model_validate(config.model_dump() | {"silence": [rule]})
    again = findings(finished_run.store, quiet, finished_run.records())["diagnostics"]
    assert again["silenced"] == [few | {"because": "a test"}]
    assert [each for each in told["findings"] if each != few] == again["findings"]
    assert again["looked"] == told["looked"]
