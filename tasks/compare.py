"""Compare: how sure the figures on the test set are, and which differences between strategies are real."""

from __future__ import annotations

from collections.abc import Mapping

from evenkeel.comparison import compare_inputs, compared_again
from evenkeel.ledger import Products, Record, Step, perform
from evenkeel.plan import compare_parameters
from evenkeel.training import one_thread
from tasks.stage import Context, Done, one, stage


@stage
def compare(context: Context, split: Done, decided: Done, judged: Done) -> Mapping[str, Record]:
    """Intervals and paired differences of all strategies, from their predictions for the test rows."""
    store = context.store
    step = Step(
        stage="compare",
        parameters=compare_parameters(context.config, split.record.facts),
        inputs=compare_inputs(
            {name: record.outputs["predictions"] for name, record in judged.records.items()},
            {name: record.outputs["decision"] for name, record in decided.records.items()},
        ),
    )

    @one_thread
    def work() -> Products:
        made = compared_again(store, step.inputs, step.parameters)
        return Products({"comparison": store.put_json(made)}, {"applies": made["applies"]})

    return one(perform(store, step, work))
