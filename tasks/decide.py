"""Decide: the operating point of every strategy, and its cross-validated figures, from train alone."""

from __future__ import annotations

from collections.abc import Mapping

from evenkeel import units
from evenkeel.ledger import Products, Record, Step
from evenkeel.plan import decide_parameters
from tasks.stage import Context, Done, each, stage


@stage
def decide(context: Context, split: Done, trained: Done) -> Mapping[str, Record]:
    """Thresholds and cross-validated figures; none of it has seen a test row."""
    parameters = decide_parameters(context.config, split.record.facts)
    predicted = {name: record.outputs["out_of_fold"] for name, record in trained.records.items()}
    steps = {
        name: Step(stage="decide", subject=name, parameters=parameters, inputs={"out_of_fold": ref})
        for name, ref in predicted.items()
    }

    def products(results: list[units.Decided]) -> tuple[Products, float]:
        (made,) = results
        return Products({"decision": made.decision}, {"threshold": made.threshold}), made.seconds

    return each(
        context,
        steps,
        lambda name: [(units.decide, (context.root, predicted[name], parameters))],
        products,
        seal=context.seal(split),
    )
