"""A run with `tuning.trials`: a search per strategy, the same for all, that a verifier can follow."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from evenkeel import execution
from evenkeel.ledger import Record
from evenkeel.proof import verify
from evenkeel.proof.case import Case
from evenkeel.runs import Run, find
from evenkeel.store import Store
from flows.train import train

TUNED = ["strategies=[none, smote, {name: weights, class_weight: balanced}]", "tuning.trials=10", "folds=4"]


def of(run: Run, stage: str) -> dict[str, Record]:
    return {str(r.step.subject): r for r in run.records() if r.step.stage == stage}


def trials(run: Run, name: str) -> list[dict[str, Any]]:
    return list(run.store.get_json(of(run, "tune")[name].outputs["trials"])["trials"])


def run_in(root: Path, config: Path, *more: str) -> Run:
    return find(Store(root), train.fn(str(config), str(root), [*TUNED, *more])["run"])


@pytest.fixture(scope="module")
def tuned(small_config: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run_in(tmp_path_factory.mktemp("tuned"), small_config)


def test_every_strategy_has_the_same_budget_folds_and_ranges(tuned: Run) -> None:
    steps = of(tuned, "tune")
    assert set(steps) == {"none", "smote", "weights"}
    assert {len(trials(tuned, name)) for name in steps} == {10}
    asked = [record.step.parameters for record in steps.values()]
    for key in ("recipe", "folds", "trials", "metric", "rule"):
        assert len({json.dumps(each[key], sort_keys=True) for each in asked}) == 1
    assert all(each["space"]["model.C"] == {"low": 1e-4, "high": 100.0, "log": True} for each in asked)


def test_its_folds_are_not_those_of_the_predictions(tuned: Run) -> None:
    searched, predicted = (
        next(iter(of(tuned, stage).values())).step.parameters["recipe"]["seed"] for stage in ("tune", "train")
    )
    assert searched != predicted


def test_what_it_found_is_what_is_resampled_and_trained(tuned: Run) -> None:
    for name, record in of(tuned, "tune").items():
        asked = of(tuned, "train")[name].step
        assert asked.parameters["model"]["params"] == record.facts["model"]
        assert [list(link) for link in asked.parameters["treatment"]["chain"]] == record.facts["chain"]
        assert asked.inputs["trials"] == record.outputs["trials"]


def test_the_best_is_no_worse_than_the_config(tuned: Run) -> None:
    for name, record in of(tuned, "tune").items():
        assert record.facts["value"] >= record.facts["own"]
        assert trials(tuned, name)[0]["params"] == {}


def test_a_tuned_run_verifies(tuned: Run) -> None:
    verdict = verify(tuned)
    assert verdict.verified
    claim = next(claim for claim in verdict.claims if claim.code == "EK022")
    assert claim.outcome == "passed"
    assert claim.explanation.startswith("3 of 3 came out the same: 30 trials follow")


def test_without_trials_there_is_no_search_and_every_key_is_as_before(
    finished_run: Run, small_config: Path, tmp_path: Path
) -> None:
    result = train.fn(str(small_config), str(tmp_path), ["tuning.trials=0"])
    run = find(Store(tmp_path), result["run"])
    before = finished_run.records()
    assert [r.step.parameters for r in run.records()][:-1] == [r.step.parameters for r in before][:-1]
    # files of preprocessors are not stable to the byte, and what reads them has other keys
    fixed = ("ingest", "validate", "split", "preprocess", "resample")
    keys = [[r.key for r in records if r.step.stage in fixed] for records in (run.records(), before)]
    assert keys[0] == keys[1]
    assert not of(run, "tune")
    assert "optuna" not in run.records()[0].environment["packages"]
    assert "EK022" not in {claim["code"] for claim in run.certificate()["claims"]}
    assert "tuning" not in json.loads((run.folder / "report.json").read_bytes())
    assert 'id="tuning"' not in (run.folder / "report.html").read_text(encoding="utf-8")


def test_any_number_of_workers_finds_the_same(
    tuned: Run, small_config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENKEEL_WORKERS", "2")
    try:
        other = run_in(tmp_path, small_config)
    finally:
        execution.stop()
    same = [record.outputs for record in of(other, "tune").values()]
    assert same == [record.outputs for record in of(tuned, "tune").values()]


def test_a_search_that_is_stopped_goes_on_where_it_was(
    tuned: Run, small_config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: Counter[str] = Counter()
    run = execution.run

    def stopping(units: Any, *more: Any, **named: Any) -> Iterator[Any]:
        for found in run(units, *more, **named):
            done[units[found[0]][0].__name__] += 1
            if most is not None and done["try_fold"] > most:
                raise KeyboardInterrupt
            yield found

    monkeypatch.setattr(execution, "run", stopping)
    # in the middle of the second batch of three strategies, each of four trials in four folds
    most: int | None = 3 * 16 + 5
    with pytest.raises(KeyboardInterrupt):
        run_in(tmp_path, small_config)
    assert len(list((tmp_path / "searches").glob("*.db"))) == 3
    done.clear()
    most = None
    resumed = run_in(tmp_path, small_config)
    # some trials are given up
    assert done["try_fold"] <= 3 * 4 * (10 - 4)
    assert [r.outputs for r in of(resumed, "tune").values()] == [
        r.outputs for r in of(tuned, "tune").values()
    ]


def test_the_report_shows_the_search(tuned: Run) -> None:
    page = (tuned.folder / "report.html").read_text(encoding="utf-8")
    shown = json.loads((tuned.folder / "report.json").read_bytes())["tuning"]
    assert 'id="tuning"' in page
    assert 'data-chart="tuning"' in page
    assert set(shown["strategies"]) == {"none", "smote", "weights"}
    assert "model.C" in shown["strategies"]["smote"]["best"]
    assert shown["strategies"]["smote"]["best"]["1.SMOTE.k_neighbors"]["range"] == "2 to 15"
    assert "flattered" in page


def test_a_timeout_is_a_recorded_number_of_trials(small_config: Path, tmp_path: Path) -> None:
    run = run_in(tmp_path, small_config, "strategies=[none]", "tuning.timeout=0.001")
    assert of(run, "tune")["none"].facts["trials"] == 4
    assert verify(run).verified


@pytest.fixture
def search_of(tuned: Run) -> Callable[[Callable[[list[dict[str, Any]]], None]], str]:
    """What is said of the search of a strategy whose stored trials were changed."""

    def said(change: Callable[[list[dict[str, Any]]], None]) -> str:
        record = of(tuned, "tune")["smote"]
        stored = tuned.store.get_json(record.outputs["trials"])
        change(stored["trials"])
        forged = record.model_copy(update={"outputs": {"trials": tuned.store.put_json(stored)}})
        case = Case(tuned.store, [forged], tuned, replay=True)
        return "; ".join(map(str, (c for c in case.replays.of(forged) if c.likeness == "different")))

    return said


def test_nothing_is_said_of_a_search_that_is_as_it_was(search_of: Any) -> None:
    assert search_of(lambda trials: None) == ""


def test_a_value_of_the_best_trial_that_is_edited_is_found_by_a_fit(tuned: Run, search_of: Any) -> None:
    best = of(tuned, "tune")["smote"].facts["best"]

    def better(found: list[dict[str, Any]]) -> None:
        found[best]["values"] = [value + 0.01 for value in found[best]["values"]]

    assert "best trial, fold 1" in search_of(better)


def test_a_value_of_another_trial_that_is_edited_leads_elsewhere(search_of: Any) -> None:
    def worse(found: list[dict[str, Any]]) -> None:
        found[0]["values"] = [0.0] * 4

    assert "trials" in search_of(worse)


def test_parameters_that_nobody_suggested_are_found(search_of: Any) -> None:
    def other(found: list[dict[str, Any]]) -> None:
        found[1]["params"]["model.C"] = 0.5

    assert "trials" in search_of(other)
