"""Resample: one resampled set per strategy, from the train ref and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from evenkeel import units
from evenkeel.config import RunConfig
from evenkeel.ledger import Products, Record, Step
from evenkeel.plan import chain, recipe, resample_parameters
from evenkeel.training import Recipe, check_chain
from tasks import dashboard
from tasks.stage import Context, Done, each, stage


@stage
def resample(context: Context, split: Done) -> Mapping[str, Record]:
    """The resampled set of every strategy, with the counts before and after each sampler."""
    shared, train = recipe(context.config, split.record.facts), split.ref("train")
    strategies = {strategy.name: strategy for strategy in context.config.strategies}
    _check_rows(context.config, split, shared)
    steps = {
        name: Step(
            stage="resample",
            subject=name,
            parameters=resample_parameters(context.config, split.record.facts, strategy),
            inputs={"train": train},
        )
        for name, strategy in strategies.items()
    }

    def products(results: list[units.ResampledSet]) -> tuple[Products, float]:
        (made,) = results
        return Products({"resampled": made.table, "scatter": made.scatter}, made.facts), made.seconds

    records = each(
        context,
        steps,
        lambda name: [(units.resample_train, (context.root, train, shared, chain(strategies[name])))],
        products,
    )
    dashboard.show_counts(split.record.facts["train"], records)
    return records


def _check_rows(config: RunConfig, split: Done, shared: Recipe) -> None:
    """Before anything is fitted: can every sampler find its neighbours in the smallest training fold?"""
    sizes = np.array(list(split.record.facts["train"].values()), dtype=np.int64)
    smallest = sizes - -(-sizes // config.folds)
    for strategy in config.strategies:
        check_chain(chain(strategy), smallest, shared)
