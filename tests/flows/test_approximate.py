"""A run with approximate neighbours: it is made again by a replay, and whoever reads of it is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from evenkeel import terminal
from evenkeel.canonical import json_bytes
from evenkeel.findings import summary
from evenkeel.ledger import Record
from evenkeel.proof import verify
from evenkeel.proof.replay import replay_resample
from evenkeel.resampling.approximate import neighbors
from evenkeel.runs import Run
from flows.resample import resample

MARK = "neighbours approximate: recall "
STRATEGIES = "strategies=[none, random-over, smote, smote-enn, random-under]"


@pytest.fixture(scope="module", autouse=True)
def _everywhere() -> Iterator[None]:
    """No table is too small or too narrow for a graph."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbors, "FEWEST_ROWS", 0)
        patch.setattr(neighbors, "FEWEST_COLUMNS", 0)
        yield


@pytest.fixture(scope="module", params=["native", "encoded"])
def run(
    request: pytest.FixtureRequest,
    typed_table: pd.DataFrame,
    typed_run_of: Callable[..., Run],
    tmp_path_factory: pytest.TempPathFactory,
) -> Run:
    folder = tmp_path_factory.mktemp("approximate") / "run"
    return typed_run_of(
        typed_table, folder, STRATEGIES, "neighbors=approximate", f"resample_space={request.param}"
    )


def record(run: Run, name: str) -> Record:
    return next(record for record in run.records() if record.step.label == f"resample {name}")


def unlike(run: Run, record: Record) -> list[str]:
    found = replay_resample(str(run.store.root), record)
    return [compared.what for compared in found if compared.likeness == "different"]


def explanation(run: Run, *, replay: bool = True) -> str:
    return next(claim for claim in verify(run, replay=replay).claims if claim.code == "EK008").explanation


def test_it_verifies_and_the_replay_says_that_neighbours_were_approximate(run: Run) -> None:
    assert not [claim for claim in verify(run).claims if claim.outcome == "failed"]
    assert "5 of 5 came out the same; neighbours approximate: smote recall " in explanation(run)
    assert "neighbours approximate: smote recall " in explanation(run, replay=False)


def test_recall_is_in_the_record_of_the_strategies_that_looked_for_neighbours(run: Run) -> None:
    for name, searched in {"none": [], "smote": [True], "smote-enn": [True], "random-under": [False]}.items():
        links = record(run, name).facts["links"]
        assert ["recall" in link for link in links] == searched
        assert [any(MARK in note for note in link["notes"]) for link in links] == searched
        assert all(0 < link.get("recall", 1.0) <= 1 for link in links)


def test_certificate_summary_report_and_command_line_are_marked(run: Run) -> None:
    recalls = {name: record(run, name).facts["links"][0]["recall"] for name in ("smote", "smote-enn")}
    assert run.about["approximate_neighbors"] == recalls
    said = {claim["code"]: claim["explanation"] for claim in run.certificate()["claims"]}
    assert "neighbours approximate: smote recall " in said["EK008"]
    page = (run.folder / "report.html").read_text(encoding="utf-8")
    assert page.count(MARK) >= 2
    assert "neighbours approximate: smote recall " in page
    assert "neighbours approximate: smote recall " in terminal.show_text(terminal.shown(run))
    told = {"report": "r", "certificate": "c", "run": run.name, **run.about}
    assert "neighbours approximate: smote recall " in terminal.run_text(told, "data/store")


def test_a_record_that_hides_or_embellishes_its_recall_is_found_out(run: Run) -> None:
    for changed in ({"recall": 0.5}, {"recall": None}):
        found = record(run, "smote")
        facts = {**found.facts, "links": [{**found.facts["links"][0], **changed}]}
        altered = found.model_copy(update={"facts": facts})
        assert unlike(run, altered) == ["fact 'links'"]


def test_a_record_that_passes_for_exact_is_found_out(run: Run) -> None:
    found = record(run, "smote-enn")
    treatment = {**found.step.parameters["treatment"], "neighbors": "exact"}
    step = found.step.model_copy(update={"parameters": {**found.step.parameters, "treatment": treatment}})
    assert "fact 'links'" in unlike(run, found.model_copy(update={"step": step}))


def test_an_exact_run_carries_no_mark(typed_run: Run) -> None:
    assert "approximate" not in json_bytes(typed_run.about).decode()
    for path in typed_run.folder.rglob("*.json"):
        if path.name != "report.json":
            assert b"approximate" not in path.read_bytes(), path.name
    assert MARK not in (typed_run.folder / "report.html").read_text(encoding="utf-8")
    assert "approximate" not in explanation(typed_run)
    found = json.loads((typed_run.folder / "report.json").read_bytes())
    assert "approximate_neighbors" not in summary(found)


def test_a_set_written_for_training_elsewhere_is_marked(run: Run, tmp_path: Path) -> None:
    config = next(run.store.root.parent.glob("*.yaml"))
    result = resample.fn(
        str(config), "smote", str(tmp_path / "out.csv"), str(tmp_path / "store"), ["neighbors=approximate"]
    )
    assert 0 < result["links"][0]["recall"] <= 1
    assert f"SMOTE: {MARK}" in terminal.resampled_text(result)
