"""Split: train and test, before anything is fitted or balanced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evenkeel.errors import DataError
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
    record = perform(store, step, work)
    _check_sides(record.facts, context.config.folds)
    return one(record)


def _check_sides(facts: Mapping[str, Any], folds: int) -> None:
    """A split that did not ask the classes may leave one without rows: no figure would mean anything then."""
    for name, rows in facts["train"].items():
        held_out = facts["test"][name]
        if rows < folds or held_out < 1:
            raise DataError(
                f"Expected at least {folds} train rows (one per fold) and 1 test row of class {name!r}, got "
                f"{rows} and {held_out} ({facts['method']}). Next: a stratified split, fewer folds, or a "
                f"split column that leaves rows of every class on both sides."
            )
