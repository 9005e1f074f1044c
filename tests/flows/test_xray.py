"""`evenkeel xray`: a run like any other, with one section more, from train rows alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenkeel.canonical import json_bytes
from evenkeel.config import RunConfig, load
from evenkeel.errors import ConfigError
from evenkeel.evaluation.crossval import interval
from evenkeel.findings import findings, xrayed
from evenkeel.ledger import Record, answer_name
from evenkeel.plan import xray_strategy
from evenkeel.proof import CLAIMS, verify
from evenkeel.proof.case import Case
from evenkeel.proof.refit import compare_xray, refit_xray
from evenkeel.runs import Run, find
from evenkeel.store import Store
from evenkeel.xray import Question, parts
from flows.xray import xray
from tasks.stage import Context, Done
from tasks.xray import xray as xray_train


def the_step(run: Run) -> Record:
    return next(record for record in run.records() if record.step.stage == "xray")


def read(run: Run, name: str) -> dict[str, Any]:
    return dict(json.loads((run.folder / name).read_bytes()))


def config_of(run: Run) -> RunConfig:
    return RunConfig.model_validate_json((run.folder / "config.json").read_bytes())


def test_it_is_the_run_without_it_and_one_step_more(finished_run: Run, xrayed_run: Run) -> None:
    new = {record.step.label for record in xrayed_run.records() if not record.reused}
    assert new == {"xray smote", "report"}
    without = [record for record in xrayed_run.records() if record.step.stage not in ("xray", "report")]
    before = [record for record in finished_run.records() if record.step.stage != "report"]
    assert [record.outputs for record in without] == [record.outputs for record in before]


def test_what_leaks_report_is_in_no_finding_no_summary_and_no_certificate(
    finished_run: Run, xrayed_run: Run
) -> None:
    config = config_of(xrayed_run)
    plain, with_xray = (findings(run.store, config, run.records()) for run in (finished_run, xrayed_run))
    assert json_bytes(plain) == json_bytes(with_xray)
    shown = read(xrayed_run, "report.json")
    leaky = json.dumps(shown.pop("xray"))
    shown.pop("claims")
    assert shown == json.loads(json_bytes(plain))
    assert xrayed_run.about["recommended"] == finished_run.about["recommended"]
    assert "too_good" in leaky
    for name in ("run.json", "config.json"):
        assert "too_good" not in (xrayed_run.folder / name).read_text(encoding="utf-8")
    assert "too_good" not in json.dumps(xrayed_run.certificate())


def test_the_honest_line_is_the_runs_own_cross_validation(xrayed_run: Run) -> None:
    shown = read(xrayed_run, "report.json")
    honest = shown["xray"]["lines"][0]["figures"]
    for metric in ("roc_auc", "average_precision", "recall", "precision"):
        mean = interval(shown["strategies"]["smote"]["per_fold"][metric])["mean"]
        assert honest[metric]["value"] == pytest.approx(mean, abs=1e-6)


def test_an_xrayed_run_verifies_and_its_claim_is_replayed(xrayed_run: Run) -> None:
    verdict = verify(xrayed_run)
    assert verdict.verified
    assert {claim.code: claim.outcome for claim in verdict.claims}["EK020"] == "passed"
    assert {claim.code: claim.explanation for claim in verdict.claims}["EK020"] == "1 of 1 came out the same"
    unreplayed = verify(xrayed_run, replay=False)
    assert unreplayed.verified
    assert {claim.code: claim.outcome for claim in unreplayed.claims}["EK020"] == "not applicable"


def test_the_claim_is_not_made_of_a_run_without_an_xray(finished_run: Run) -> None:
    codes = [claim.code for claim in verify(finished_run, replay=False).claims]
    assert codes == [claim.code for claim in CLAIMS if claim.stage not in ("tune", "xray")]
    assert "EK020" not in codes


def test_other_figures_than_those_that_come_out_are_found(xrayed_run: Run) -> None:
    record, root = the_step(xrayed_run), str(xrayed_run.store.root)
    question = Question.model_validate(record.step.parameters)
    scores = [refit_xray(root, record, part) for part in parts(question)]
    assert {found.likeness for found in compare_xray(root, record, scores)} == {"exact"}
    flattering = [s._replace(probabilities=tuple(1 - p for p in s.probabilities)) for s in scores]
    figures, _ = compare_xray(root, record, flattering)
    assert figures.likeness == "different"
    assert "lines[0].figures" in figures.how
    other = record.model_copy(update={"facts": record.facts | {"seeds": 1}})
    assert [found.likeness for found in compare_xray(root, other, scores)] == ["exact", "different"]


def test_an_xray_with_other_seeds_than_the_configs_is_found(xrayed_run: Run) -> None:
    claims = {claim.code: claim for claim in CLAIMS}
    record = the_step(xrayed_run)
    step = record.step.model_copy(update={"parameters": record.step.parameters | {"seeds": [1, 2]}})
    records = [
        record.model_copy(update={"step": step}) if other.step.stage == "xray" else other
        for other in xrayed_run.records()
    ]
    case = Case(xrayed_run.store, records, xrayed_run, replay=False)
    with pytest.raises(Exception, match="xray smote: its parameters do not follow from config"):
        claims["EK011"].check(case)


def test_a_second_call_fits_nothing(xrayed_run: Run, small_config: Path, tmp_path: Path) -> None:
    root = tmp_path / "store"
    shutil.copytree(xrayed_run.store.root, root)
    again = xray.fn(str(small_config), "smote", str(root))
    assert all(record.reused for record in find(Store(root), again["run"]).records())


def test_the_stage_needs_neither_the_test_set_nor_the_whole_table(xrayed_run: Run, tmp_path: Path) -> None:
    root = tmp_path / "store"
    shutil.copytree(xrayed_run.store.root, root)
    store, records = Store(root), {record.step.stage: record for record in xrayed_run.records()}
    for ref in (records["split"].outputs["test"], records["ingest"].outputs["table"]):
        store.object_path(ref.digest).unlink()
    # nothing is remembered of it either: it is done anew
    (root / answer_name(records["xray"].key)).unlink()
    config = config_of(xrayed_run)
    parted = Done(stage="split", records={"split": records["split"]}, seconds=0)
    done = xray_train(Context(config=config, root=str(root)), parted, xray_strategy(config, None))
    assert not done.record.reused
    assert done.record.outputs == records["xray"].outputs


def test_its_record_says_that_it_fits_and_read_train_alone(xrayed_run: Run) -> None:
    record = the_step(xrayed_run)
    assert {name: ref.role for name, ref in record.step.inputs.items()} == {"train": "train"}
    assert record in Case(xrayed_run.store, xrayed_run.records(), xrayed_run, replay=False).fitting()
    # facts stand in the folder of the run: there are no figures among them
    assert set(record.facts) == {"folds", "seeds", "models"}


def test_which_strategy_is_xrayed(small_config: Path) -> None:
    config = load(small_config)
    assert xray_strategy(config, None).name == "smote"
    assert xray_strategy(config, "random-under").resample[0].sampler == "RandomUnderSampler"
    assert xray_strategy(config, "adasyn").resample[0].sampler == "ADASYN"
    assert xray_strategy(load(small_config, ["strategies=[none]"]), None).name == "smote"
    with pytest.raises(ConfigError, match=r"got 'weights'.*Available: smote, random-under"):
        xray_strategy(config, "weights")
    with pytest.raises(ConfigError, match="Did you mean 'smote'"):
        xray_strategy(config, "smotee")


def test_the_sentence_says_what_is_in_the_table(xrayed_run: Run) -> None:
    shown = xrayed(xrayed_run.store, xrayed_run.records())["xray"]
    leak, honest = (shown["lines"][i]["figures"]["roc_auc"]["value"] for i in (1, 0))
    assert f"ROC AUC {leak:.3f}; honestly it is {honest:.3f}" in shown["sentence"]
    assert np.sign(leak - honest) == 1
    assert "too good" in shown["sentence"]
