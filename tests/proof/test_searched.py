"""Forged searches, in which no file contradicts another: each is found by the claim that is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from evenkeel.runs import find
from evenkeel.store import Store
from flows.train import train

if TYPE_CHECKING:
    from tests.proof.conftest import Forger


@pytest.fixture
def tuned(small_config: Path, tmp_path: Path, forger_of: Callable[..., Forger]) -> Forger:
    """A forger of a run with one small search."""
    asked = ["strategies=[smote]", "tuning.trials=5", "folds=2"]
    return forger_of(find(Store(tmp_path), train.fn(str(small_config), str(tmp_path), asked)["run"]))


def better(told: dict[str, Any], number: int) -> dict[str, Any]:
    """Another trial than the best is said to be better than all."""
    told["trials"][number] |= {"values": [0.99, 0.99], "value": 0.99}
    return told


def test_a_forger_who_changes_nothing_is_believed(tuned: Forger) -> None:
    assert tuned.failed() == set()


def test_a_value_that_is_edited_fails_the_search(tuned: Forger) -> None:
    best = tuned.record("tune smote").facts["best"]
    tuned.swap_json("tune smote", "trials", lambda told: better(told, (best + 1) % 5))
    assert tuned.failed() == {"EK022"}


def test_a_value_that_is_edited_with_all_that_follows_fails_the_fit(tuned: Forger) -> None:
    record = tuned.record("tune smote")
    best = record.facts["best"]
    tuned.swap_json("tune smote", "trials", lambda told: better(told, best))
    tuned.replace("tune smote", facts=record.facts | {"value": 0.99} | ({"own": 0.99} if best == 0 else {}))
    verdict = tuned.verdict()
    (failed,) = (claim for claim in verdict.claims if claim.outcome == "failed")
    assert failed.code == "EK022"
    assert "best trial, fold 1" in failed.explanation


def test_parameters_that_the_search_did_not_find_fail_the_plan(tuned: Forger) -> None:
    step = tuned.record("train smote").step
    model = step.parameters["model"] | {"params": {"C": 7.0}}
    tuned.restep("train smote", parameters=step.parameters | {"model": model})
    assert "EK011" in tuned.failed()


def test_a_search_that_was_left_out_fails_the_plan(tuned: Forger) -> None:
    trials = tuned.record("tune smote").outputs["trials"]
    tuned.records = [record for record in tuned.records if record.step.stage != "tune"]
    for label in ("resample smote", "train smote"):
        inputs = {n: r for n, r in tuned.record(label).step.inputs.items() if r.digest != trials.digest}
        tuned.restep(label, inputs=inputs)
    assert "EK011" in tuned.failed()
