"""Preprocess: fit imputation, scaling and encoding on the train rows, for the models that are kept."""

from __future__ import annotations

from collections.abc import Mapping

from evenkeel import execution, units
from evenkeel.ledger import Products, Record, Step, find, write
from evenkeel.plan import preprocess_parameters, recipe
from tasks.stage import Context, Done, one, stage


@stage
def preprocess(context: Context, split: Done) -> Mapping[str, Record]:
    """The fitted preprocessor."""
    config, facts = context.config, split.record.facts
    step = Step(
        stage="preprocess",
        parameters=preprocess_parameters(config, facts),
        inputs={"train": split.ref("train")},
    )
    if found := find(context.store, step):
        return one(found)
    unit = (units.fit_preprocessor, (context.root, split.ref("train"), recipe(config, facts)))
    ((_, fitted),) = execution.run([unit])
    products = Products({"preprocessor": fitted.preprocessor}, {"columns": fitted.columns})
    return one(write(context.store, step, products, seconds=fitted.seconds))
