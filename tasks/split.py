"""Split: train and test, before anything is fitted or balanced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evenkeel import progress
from evenkeel.config import RunConfig
from evenkeel.earlier import earlier_tables, find_earlier
from evenkeel.errors import DataError
from evenkeel.findings import power_of
from evenkeel.ledger import Products, Record, Step, perform
from evenkeel.plan import costs_by_row, split_parameters
from evenkeel.splitting import split_table
from evenkeel.training import amounts_of
from tasks.stage import Context, Done, one, stage


@stage
def split(context: Context, ingested: Done, validated: Done) -> Mapping[str, Record]:  # noqa: ARG001 - the gate
    """The train and the test table, and what their columns are for."""
    store, earlier = context.store, find_earlier(context.store, context.config)
    if costs_by_row(context.config):
        # a column without costs is told now, not when all is trained
        rule = context.config.operating_point.model_dump(exclude_none=True)
        amounts_of(rule, store.get_table(ingested.ref("table")))
    parameters = split_parameters(context.config, earlier.run if earlier else None)
    inputs = {"table": ingested.ref("table"), **(earlier.inputs if earlier else {})}
    step = Step(stage="split", parameters=parameters, inputs=inputs)

    def work() -> Products:
        made = split_table(
            store.get_table(ingested.ref("table")), parameters, earlier_tables(store, step.inputs)
        )
        outputs = {"train": store.put_table(made.train, "train"), "test": store.put_table(made.test, "test")}
        return Products(outputs, made.facts)

    record = perform(store, step, work)
    _check_sides(record.facts, context.config.folds)
    _tell(record.facts, context.config)
    return one(record)


def _tell(facts: Mapping[str, Any], config: RunConfig) -> None:
    """How much this test set can tell, before anything is trained for it."""
    if (found := power_of(facts, config)) is not None:
        progress.say(f"{'WEAK TEST SET. ' * found['weak']}{found['sentence']}")


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
    for name, bundles in facts.get("bundles", {"train": {}})["train"].items():
        if bundles < folds:
            raise DataError(
                f"Expected train rows of class {name!r} in at least {folds} bundles of rows that belong "
                f"together (one per fold), got {bundles} ({facts['method']}). Next: fewer folds, other "
                f"`groups`, or `split.duplicates: apart`."
            )
