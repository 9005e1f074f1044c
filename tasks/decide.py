"""Decide: the operating point of every strategy, and its cross-validated figures, from train alone."""

from __future__ import annotations

from collections.abc import Mapping

from evenkeel.ledger import Products, Record, Step, perform
from evenkeel.plan import decide_parameters
from evenkeel.training import decision
from tasks.stage import Context, Done, stage


@stage
def decide(context: Context, split: Done, trained: Done) -> Mapping[str, Record]:
    """Thresholds and cross-validated figures; none of it has seen a test row."""
    parameters = decide_parameters(context.config, split.record.facts)
    return {
        name: perform(
            context.store,
            step := Step(
                stage="decide",
                subject=name,
                parameters=parameters,
                inputs={"out_of_fold": record.outputs["out_of_fold"]},
            ),
            lambda step=step: _work(context, step),  # type: ignore[misc]
        )
        for name, record in trained.records.items()
    }


def _work(context: Context, step: Step) -> Products:
    made = decision(context.store.get_table(step.inputs["out_of_fold"]), step.parameters)
    return Products({"decision": context.store.put_json(made)}, {"threshold": made["threshold"]})
