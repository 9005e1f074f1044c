"""What all tasks share: the context of a run, the form of a result, and `stage`, which makes the task."""

from __future__ import annotations

import functools
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from prefect import Task
from prefect.cache_policies import NO_CACHE
from prefect.context import FlowRunContext
from pydantic import BaseModel, ConfigDict

from evenkeel import execution, progress, signing
from evenkeel.config import RunConfig
from evenkeel.execution import Label, Seal, Unit
from evenkeel.ledger import Products, Record, Step, find, write
from evenkeel.store import Ref, Store

P = ParamSpec("P")
R = TypeVar("R")


class Context(BaseModel):
    """What every task of a run needs: the config and the place of the store."""

    model_config = ConfigDict(frozen=True)
    config: RunConfig
    root: str

    @property
    def store(self) -> Store:
        """The store of this run."""
        return Store(self.root)

    def seal(self, split: Done) -> Seal:
        """What a step that fits anything must not open: raw and test rows, their source, the signing key."""
        sealed = self.store.seal(split.record.refs())
        path = getattr(self.config.source, "path", None)
        outside = [signing.key_path(), *([path] if path is not None else [])]
        return (*sealed, *(str(Path(path).resolve()) for path in outside))


class Done(BaseModel):
    """The result of a stage: one record per strategy, or a single one under the stage's own name."""

    model_config = ConfigDict(frozen=True)
    stage: str
    records: dict[str, Record]
    seconds: float

    @property
    def record(self) -> Record:
        """The record of a stage that has just one."""
        (record,) = self.records.values()
        return record

    def ref(self, name: str) -> Ref:
        """A product of a stage that has just one record."""
        return self.record.outputs[name]


class StageTask(Task[P, R]):
    """A Prefect task inside a flow run, and a plain function anywhere else.

    So `evenkeel run` needs no Prefect server: without one the same stages run, unwatched. Prefect's own
    result cache stays off, because the ledger knows better what has changed.
    """

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:  # type: ignore[override]
        """Run the stage, as a task or plainly."""
        if FlowRunContext.get() is None:
            return self.fn(*args, **kwargs)
        return super().__call__(*args, **kwargs)


def stage(
    work: Callable[Concatenate[Context, P], Mapping[str, Record]],
) -> StageTask[Concatenate[Context, P], Done]:
    """Make a task of a function from the context and earlier results to records by subject."""
    name = work.__name__

    @functools.wraps(work)
    def timed(context: Context, *args: P.args, **kwargs: P.kwargs) -> Done:
        started = time.perf_counter()
        progress.begin(name)
        records = work(context, *args, **kwargs)
        reused = sum(record.reused for record in records.values())
        seconds = round(time.perf_counter() - started, 3)
        progress.end(name, steps=len(records), reused=reused, seconds=seconds)
        return Done(stage=name, records=dict(records), seconds=seconds)

    return as_task(timed)


def as_task(work: Callable[P, R]) -> StageTask[P, R]:
    """A task under the function's own name; its result stays in memory, and would be JSON elsewhere."""
    return StageTask(
        work, name=work.__name__, cache_policy=NO_CACHE, persist_result=False, result_serializer="json"
    )


def each(
    context: Context,
    steps: Mapping[str, Step],
    units: Callable[[str], Sequence[Unit]],
    products: Callable[[list[Any]], tuple[Products, float]],
    order: Callable[[str, int], Any] = lambda name, index: 0,  # noqa: ARG005 - named for the reader
    label: Callable[[str, int], Label] = lambda name, index: Label(name),  # noqa: ARG005
    seal: Seal = (),
) -> dict[str, Record]:
    """Perform one step per strategy, all their units side by side; what was done before is not done again.

    `products` makes the products of a strategy, and the seconds they took, from the results of its
    `units`; `order` ranks the unit of a strategy by its index: the lowest begins first; `label` is what a
    person calls it while it runs; `seal` is what they must not open. A record is written as soon as the last
    unit is done, so that a run that is stopped keeps what it has finished. Strategies that ask the same thing
    share one answer.
    """
    records = {name: record for name, step in steps.items() if (record := find(context.store, step))}
    asking = {step.key: name for name, step in reversed(list(steps.items())) if name not in records}.values()
    jobs = [(name, index, unit) for name in steps if name in asking for index, unit in enumerate(units(name))]
    jobs.sort(key=lambda job: order(job[0], job[1]))
    waiting = Counter(name for name, _, _ in jobs)
    results: dict[str, dict[int, Any]] = {name: {} for name in asking}
    labels = [label(name, index) for name, index, _ in jobs]
    if jobs:
        progress.advance(0, len(jobs), "")
    isolation = execution.isolation(seal) if jobs else None
    finished = execution.run([unit for *_, unit in jobs], labels, seal=seal)
    for done, (position, result) in enumerate(finished, start=1):
        name, index, _ = jobs[position]
        results[name][index] = result
        progress.advance(done, len(jobs), name)
        if len(results[name]) == waiting[name]:
            made, seconds = products([result for _, result in sorted(results.pop(name).items())])
            made = replace(made, isolation=isolation)
            records[name] = write(context.store, steps[name], made, seconds=seconds)
    return {name: records.get(name) or shared(context, step) for name, step in steps.items()}


def shared(context: Context, step: Step) -> Record:
    """The answer of a strategy that asks the same thing."""
    record = find(context.store, step)
    assert record is not None, f"{step.label} was answered by a strategy that asks the same"
    return record


def one(record: Record) -> dict[str, Record]:
    """The result of a stage with a single step."""
    return {record.step.stage: record}
