"""All replays of a run as one batch of units: no core waits for one claim before it works for the next.

Strategies that ask the same and say the same answer are replayed once. Nothing is done before the first
claim asks.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from evenkeel import execution, progress, xray
from evenkeel.canonical import json_bytes
from evenkeel.errors import EvenkeelError
from evenkeel.execution import Label, Unit
from evenkeel.ledger import Record
from evenkeel.proof import refit, replay, searched
from evenkeel.proof.compare import Compared
from evenkeel.proof.environments import same_evenkeel
from evenkeel.proof.replay import Found
from evenkeel.store import Ref

# strategies that took longer than this to resample begin first, so that no core waits for them at the end
SLOW_SECONDS = 2.0
# in which order the units of the stages begin: first what is long and alone of its kind, last what is short
PLACES = {
    "report": -2,
    "split": -1,
    "preprocess": 0,
    "train": 1,
    "resample": 2,
    "evaluate": 3,
    "decide": 4,
    "compare": 5,
    "explain": 6,
    "diagnose": 7,
    "xray": 8,
    "tune": 9,
}
SINGLE = {
    "split": replay.replay_split,
    "resample": replay.replay_resample,
    "evaluate": replay.replay_evaluate,
    "decide": replay.replay_decide,
    "compare": replay.replay_compare,
    "explain": replay.replay_explain,
    "diagnose": replay.replay_diagnose,
    "tune": searched.replay_search,
}


class Job(NamedTuple):
    """One unit of the replay of a record; the lowest rank begins first."""

    record: Record
    unit: Unit
    label: Label
    rank: tuple[bool, int, int, float]


@dataclass(frozen=True)
class Replays:
    """What the replays of a run's records found; `config` is the content of its config.json."""

    root: str
    records: Sequence[Record]
    config: bytes

    def of(self, record: Record) -> Found:
        """What the replay of a record found; nothing where there is none for its stage."""
        return self._found.get(_answer(record), [])

    @cached_property
    def _found(self) -> dict[bytes, Found]:
        distinct = {_answer(record): record for record in self.records}
        jobs = sorted((job for r in distinct.values() for job in self._jobs(r)), key=lambda job: job.rank)
        results: dict[bytes, list[Any]] = {_answer(job.record): [] for job in jobs}
        for position, result in sorted(_done(jobs)):
            results[_answer(jobs[position].record)].append(result)
        return {answer: self._assembled(distinct[answer], made) for answer, made in results.items()}

    def _jobs(self, record: Record) -> Iterator[Job]:
        stage, name, test = record.step.stage, record.step.label, self._test
        place, seconds = PLACES.get(stage, 0), self._seconds(record)

        def job(function: Any, *more: Any, called: str = name, index: int = 0) -> Job:
            rank = (seconds < SLOW_SECONDS, place, index, -seconds)
            return Job(record, (function, (self.root, record, *more)), Label(called), rank)

        if stage in SINGLE:
            yield job(SINGLE[stage])
        elif stage == "preprocess":
            yield job(refit.replay_preprocess, test)
        elif stage == "train":
            yield job(refit.replay_model, test, index=-1)
        elif stage == "report" and same_evenkeel(record):
            yield job(replay.replay_report, self.config, list(self.records))
        for index, (function, part, called) in enumerate(_parts(record)):
            yield job(function, part, called=f"{name}, {called}", index=index)

    def _seconds(self, record: Record) -> float:
        """How long the strategy of a record took to resample."""
        mine = (r for r in self.records if r.step.stage == "resample")
        return max((r.seconds for r in mine if r.step.subject == record.step.subject), default=0.0)

    @cached_property
    def _test(self) -> Ref | None:
        split = next((record for record in self.records if record.step.stage == "split"), None)
        return split.outputs["test"] if split else None

    def _assembled(self, record: Record, results: Sequence[Any]) -> Found:
        """The findings of all units of a record; folds are compared as the one table that they make."""
        found = [compared for result in results if isinstance(result, list) for compared in result]
        parts = [result for result in results if not isinstance(result, list)]
        # but one, which is the model, unless a fold could not be predicted again
        if record.step.stage == "train" and len(parts) == len(results) - 1:
            found += replay.told(refit.compare_out_of_fold)(self.root, record, parts)
        if record.step.stage == "tune" and len(parts) == len(results) - 1:
            found += replay.told(searched.compare_search)(self.root, record, parts)
        if record.step.stage == "xray" and len(parts) == len(results):
            found += replay.told(refit.compare_xray)(self.root, record, parts)
        return found


def _parts(record: Record) -> Iterator[tuple[Any, Any, str]]:
    """What is fitted again piece by piece, and what each piece is called."""
    said = record.step.parameters
    if record.step.stage == "train":
        # fold by fold, which share an encoding
        held_out = range(int(said["folds"]) * int(said.get("repeats", 1)))
        yield from ((refit.refit_fold, number, f"fold {number + 1}") for number in held_out)
    elif record.step.stage == "tune":
        folds = int(said["folds"])
        yield from ((searched.refit_trial, number, f"fold {number + 1}") for number in range(folds))
    elif record.step.stage == "xray":
        parts = xray.parts(xray.Question.model_validate(said))
        yield from ((refit.refit_xray, part, f"{part.kind} {part.number + 1}") for part in parts)


def _done(jobs: Sequence[Job]) -> Iterator[tuple[int, Any]]:
    """Do all jobs; where workers die, what they leave undone is a difference too."""
    began = time.perf_counter()
    progress.begin("replay")
    left = set(range(len(jobs)))
    progress.advance(0, len(jobs), "")
    try:
        done = execution.run([job.unit for job in jobs], [job.label for job in jobs])
        for position, result in done:
            left.remove(position)
            progress.advance(len(jobs) - len(left), len(jobs), jobs[position].record.step.label)
            yield position, result
    except EvenkeelError as error:
        undone = [Compared("cannot be done again", "different", str(error))]
        yield from ((position, undone) for position in sorted(left))
    progress.end("replay", steps=len(jobs), reused=0, seconds=time.perf_counter() - began)


def _answer(record: Record) -> bytes:
    """A question with its answer, by content: records that agree in both need one replay."""
    step = record.step
    refs = [
        {name: ref.model_dump(mode="json") for name, ref in r.items()} for r in (step.inputs, record.outputs)
    ]
    return json_bytes([step.stage, step.parameters, *refs, record.facts])
