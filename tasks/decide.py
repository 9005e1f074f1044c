"""Decide: the operating point of every strategy, and its cross-validated figures, from train alone."""

from __future__ import annotations

from collections.abc import Mapping

from evenkeel import units
from evenkeel.ledger import Products, Record, Step
from evenkeel.plan import costs_by_row, decide_parameters
from tasks.stage import Context, Done, each, stage


@stage
def decide(context: Context, split: Done, resampled: Done, trained: Done) -> Mapping[str, Record]:
    """Calibrations, thresholds and cross-validated figures; none of it has seen a test row."""
    config = context.config
    predicted = {name: record.outputs["out_of_fold"] for name, record in trained.records.items()}
    # costs that each row has of its own are in train
    train = split.ref("train") if costs_by_row(config) else None
    steps = {
        strategy.name: Step(
            stage="decide",
            subject=strategy.name,
            parameters=decide_parameters(
                config, split.record.facts, strategy, resampled.records[strategy.name].facts
            ),
            inputs={"out_of_fold": predicted[strategy.name]} | ({} if train is None else {"train": train}),
        )
        for strategy in config.strategies
    }

    def products(results: list[units.Decided]) -> tuple[Products, float]:
        (made,) = results
        return Products({"decision": made.decision}, {"threshold": made.threshold}), made.seconds

    return each(
        context,
        steps,
        lambda name: [(units.decide, (context.root, predicted[name], steps[name].parameters, train))],
        products,
        seal=context.seal(split),
    )
