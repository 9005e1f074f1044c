"""Resample: one resampled set per strategy, from the train ref and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from evenkeel import execution, forecast, memory, progress, units
from evenkeel.config import RunConfig
from evenkeel.execution import Label, Seal
from evenkeel.forecast import Forecast
from evenkeel.ledger import Products, Record, Step, find
from evenkeel.plan import recipe, resample_parameters, treatment
from evenkeel.recipe import Recipe, Treatment
from evenkeel.treatment import check_treatment
from tasks import dashboard
from tasks.stage import Context, Done, each, stage
from tasks.tune import tuned_facts, tuned_inputs


@stage
def resample(context: Context, split: Done, tuned: Done | None = None) -> Mapping[str, Record]:
    """The resampled set of every strategy, with the counts before and after each sampler."""
    shared, train = recipe(context.config, split.record.facts), split.ref("train")
    strategies = {strategy.name: strategy for strategy in context.config.strategies}
    treatments = {
        name: treatment(context.config, strategy, tuned_facts(tuned, name))
        for name, strategy in strategies.items()
    }
    _check_rows(context.config, split, shared, treatments.values())
    steps = {
        name: Step(
            stage="resample",
            subject=name,
            parameters=resample_parameters(
                context.config, split.record.facts, strategy, tuned_facts(tuned, name)
            ),
            inputs={"train": train, **tuned_inputs(tuned, name)},
        )
        for name, strategy in strategies.items()
    }

    expected = _check_costs(
        context, steps, lambda name: (context.root, train, shared, treatments[name]), context.seal(split)
    )

    def products(results: list[units.ResampledSet]) -> tuple[Products, float]:
        (made,) = results
        outputs = {"resampled": made.table, "scatter": made.scatter, "examples": made.examples}
        return Products(outputs, made.facts), made.seconds

    records = each(
        context,
        steps,
        lambda name: [(units.resample_train, (context.root, train, shared, treatments[name]))],
        products,
        label=lambda name, _: Label(name, _note(expected.get(name))),
        seal=context.seal(split),
    )
    dashboard.show_counts(split.record.facts["train"], records)
    return records


def _check_costs(
    context: Context, steps: Mapping[str, Step], arguments: Callable[[str], tuple[Any, ...]], seal: Seal
) -> dict[str, Forecast]:
    """Say before anything is resampled what it will cost, and stop if it would not fit in memory."""
    new = [
        name for name, step in steps.items() if arguments(name)[-1].chain and not find(context.store, step)
    ]
    work = [(units.foresee, arguments(name)) for name in new]
    found = execution.run(work, [Label(name) for name in new], seal=seal)
    forecasts = {new[position]: made for position, made in sorted(found)}
    for line in forecast.lines(forecasts):
        progress.say(f"forecast    {line}")
    forecast.check(forecasts, at_once=execution.workers(), limit=memory.limit())
    return forecasts


def _note(expected: Forecast | None) -> str:
    if expected is None or expected.seconds is None:
        return ""
    return f"{forecast.duration(expected.seconds)} expected"


def _check_rows(config: RunConfig, split: Done, shared: Recipe, treatments: Iterable[Treatment]) -> None:
    """Before anything is fitted: can every sampler find its neighbours in the smallest training fold?"""
    sizes = np.array(list(split.record.facts["train"].values()), dtype=np.int64)
    smallest = sizes - -(-sizes // config.folds)
    for each_treatment in treatments:
        check_treatment(each_treatment, smallest, shared)
