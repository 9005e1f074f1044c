"""The batch of replays: one pass over everything, in an order that shares work, whatever fails in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from evenkeel import execution, progress
from evenkeel.errors import EvenkeelError
from evenkeel.proof import batch, verify
from evenkeel.proof.batch import Replays
from evenkeel.runs import Run


class Heard(progress.Listener):
    """What a terminal would show."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def begin(self, stage: str) -> None:
        self.told.append(stage)

    def advance(self, done: int, total: int, what: str) -> None:
        self.told.append((done, total))


def replays(run: Run) -> Replays:
    return Replays(str(run.store.root), run.records(), (run.folder / "config.json").read_bytes())


def test_everything_is_done_in_one_batch(finished_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    batches: list[Sequence[Any]] = []
    original = execution.run

    def run(units: Sequence[Any], labels: Any = None) -> Iterator[Any]:
        batches.append(units)
        return original(units, labels)

    monkeypatch.setattr(execution, "run", run)
    heard = Heard()
    with progress.listening(heard):
        assert verify(finished_run).verified
    (units,) = batches
    # none and weights share a resampled set: 3 of those, 4 times 3 folds and a model, a comparison, an
    # explanation, a diagnosis, and what else there is
    assert len(units) == 1 + 1 + 1 + 3 + 4 * 4 + 4 + 4 + 3
    assert heard.told == ["replay", *((done, len(units)) for done in range(len(units) + 1))]


def test_nothing_is_replayed_that_nobody_asks_for(finished_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "run", lambda *_: pytest.fail("was run"))
    replays(finished_run)
    assert verify(finished_run, replay=False).verified


def test_folds_come_one_after_the_other_so_that_strategies_share_their_encoding(finished_run: Run) -> None:
    found = replays(finished_run)
    jobs = sorted((job for r in found.records for job in found._jobs(r)), key=lambda job: job.rank)
    folds = [job.rank[2] for job in jobs if "fold" in job.label.name]
    assert folds == [0] * 4 + [1] * 4 + [2] * 4


def test_what_takes_long_to_resample_begins_first(finished_run: Run) -> None:
    found = replays(finished_run)
    slow = [
        r.model_copy(update={"seconds": 60.0}) if r.step.label == "resample smote" else r
        for r in found.records
    ]
    other = Replays(found.root, slow, found.config)
    jobs = sorted((job for r in slow for job in other._jobs(r)), key=lambda job: job.rank)
    assert {job.record.step.subject for job in jobs[:6]} == {"smote"}
    assert "smote" not in {job.record.step.subject for job in jobs[7:]}


def test_workers_that_die_fail_what_they_leave_undone_once(
    finished_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def run(units: Sequence[Any], labels: Any = None) -> Iterator[Any]:
        calls.append(1)
        function, arguments = units[0]
        yield 0, function(*arguments)
        raise EvenkeelError("A worker process died.")

    monkeypatch.setattr(batch.execution, "run", run)
    verdict = verify(finished_run)
    failed = {claim.code: claim.explanation for claim in verdict.claims if claim.outcome == "failed"}
    assert set(failed) >= {"EK007", "EK008", "EK009", "EK010", "EK014"}
    assert "cannot be done again: A worker process died." in failed["EK014"]
    assert len(calls) == 1
