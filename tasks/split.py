"""Split: train and test, before anything is fitted or balanced."""

from __future__ import annotations

from collections.abc import Mapping

from evenkeel.ledger import Products, Record, Step, perform
from evenkeel.plan import split_parameters
from evenkeel.splitting import split_table
from tasks.stage import Context, Done, one, stage


@stage
def split(context: Context, ingested: Done, validated: Done) -> Mapping[str, Record]:  # noqa: ARG001 - the gate
    """The train and the test table, and what their columns are for."""
    store, parameters = context.store, split_parameters(context.config)

    def work() -> Products:
        made = split_table(store.get_table(ingested.ref("table")), parameters)
        outputs = {"train": store.put_table(made.train, "train"), "test": store.put_table(made.test, "test")}
        return Products(outputs, made.facts)

    step = Step(stage="split", parameters=parameters, inputs={"table": ingested.ref("table")})
    return one(perform(store, step, work))
