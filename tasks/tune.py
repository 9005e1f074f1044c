"""Tune: a search over the parameters of every strategy, with the same budget, folds and ranges."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evenkeel import execution, progress, units
from evenkeel.execution import Label
from evenkeel.landlock import Isolation
from evenkeel.ledger import Products, Record, Step, find, write
from evenkeel.plan import tune_parameters
from evenkeel.store import Ref
from evenkeel.tuning import Question, Search, answer
from evenkeel.tuning.studies import Kept
from tasks.stage import Context, Done, shared, stage

# searches that were stopped go on from here; the folder may be deleted at any time
FOLDER = "searches"


@stage
def tune(context: Context, split: Done) -> Mapping[str, Record]:
    """The trials of every strategy, and the parameters that were best in the folds of train."""
    train, facts = split.ref("train"), split.record.facts
    steps = {
        strategy.name: Step(
            stage="tune",
            subject=strategy.name,
            parameters=tune_parameters(context.config, facts, strategy),
            inputs={"train": train},
        )
        for strategy in context.config.strategies
    }
    records = {name: record for name, step in steps.items() if (record := find(context.store, step))}
    # strategies that ask the same thing share one answer
    asking = {step.key: name for name, step in reversed(list(steps.items())) if name not in records}.values()
    new = {name: step for name, step in steps.items() if name in asking}
    if new:
        records |= _search(context, split, new)
    return {name: records.get(name) or shared(context, step) for name, step in steps.items()}


def _search(context: Context, split: Done, steps: Mapping[str, Step]) -> dict[str, Record]:
    """Do all searches side by side, batch by batch: the fits of a batch know nothing of one another."""
    seal, train = context.seal(split), split.ref("train")
    questions = {name: Question.model_validate(step.parameters) for name, step in steps.items()}
    files = {name: Kept(_file(context, step), questions[name]) for name, step in steps.items()}
    searches = {name: Search(questions[name], known=files[name].read()) for name in steps}
    _announce(context, searches)
    isolation = execution.isolation(seal)
    while jobs := [(name, job) for name, search in searches.items() for job in search.jobs()]:
        _show(searches)
        # fold by fold, which share an encoding
        jobs.sort(key=lambda each: each[1].fold)
        work = [
            (units.try_fold, (context.root, train, questions[name], job.params, job.fold))
            for name, job in jobs
        ]
        labels = [Label(f"{name}, trial {job.number}, fold {job.fold + 1}") for name, job in jobs]
        for position, tried in execution.run(work, labels, seal=seal):
            name, job = jobs[position]
            searches[name].add(job, *tried)
            _show(searches)
        for name in dict.fromkeys(name for name, _ in jobs):
            before = len(searches[name].trials)
            searches[name].jobs()
            files[name].add(searches[name].kept(before))
    _show(searches)
    return {name: _written(context, steps[name], search, isolation) for name, search in searches.items()}


def _written(context: Context, step: Step, search: Search, isolation: Isolation) -> Record:
    told, facts = answer(search.question, search.trials)
    made = Products({"trials": context.store.put_json(told)}, facts, isolation)
    return write(context.store, step, made, seconds=search.seconds)


def _announce(context: Context, searches: Mapping[str, Search]) -> None:
    known = sum(len(search.known) for search in searches.values())
    tuning, folds = context.config.tuning, context.config.folds
    resumed = f"; {known} trials of a stopped search are kept" if known else ""
    progress.say(
        f"tuning      {tuning.trials} trials for each of {len(searches)} strategies in {folds} folds{resumed}"
    )


def _show(searches: Mapping[str, Search]) -> None:
    done = sum(search.done for search in searches.values())
    total = sum(len(search.trials) if search.finished else search.size for search in searches.values())
    progress.advance(done, total, "trials")


def _file(context: Context, step: Step) -> Path:
    return Path(context.root) / FOLDER / f"{step.key}.db"


def tuned_inputs(tuned: Done | None, name: str) -> dict[str, Ref]:
    """What a step of a strategy reads because it takes its parameters from a search."""
    return {} if tuned is None else {"trials": tuned.records[name].outputs["trials"]}


def tuned_facts(tuned: Done | None, name: str) -> dict[str, Any] | None:
    """The facts of the search of a strategy, if there was one."""
    return None if tuned is None else tuned.records[name].facts
