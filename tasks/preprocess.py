"""Preprocess: fit imputation, scaling and encoding on the train rows, for the models that are kept."""

from __future__ import annotations

from collections.abc import Mapping

from evenkeel import execution, units
from evenkeel.config import RunConfig
from evenkeel.ledger import Products, Record, Step, find, write
from evenkeel.training import Recipe
from tasks.stage import Context, Done, one, stage


@stage
def preprocess(context: Context, split: Done) -> Mapping[str, Record]:
    """The fitted preprocessor."""
    made_for = recipe(context.config, split)
    step = Step(
        stage="preprocess",
        parameters={"recipe": made_for.model_dump(mode="json")},
        inputs={"train": split.ref("train")},
    )
    if found := find(context.store, step):
        return one(found)
    unit = (units.fit_preprocessor, (context.root, split.ref("train"), made_for))
    ((_, fitted),) = execution.run([unit])
    products = Products({"preprocessor": fitted.preprocessor}, {"columns": fitted.columns})
    return one(write(context.store, step, products, seconds=fitted.seconds))


def recipe(config: RunConfig, split: Done) -> Recipe:
    """What all units of the run have in common, from the config and the split's record."""
    facts = split.record.facts
    return Recipe(
        target=config.target.column,
        classes=facts["classes"],
        numeric=facts["numeric"],
        dates=facts["dates"],
        categorical=facts["categorical"],
        preprocess=config.preprocess,
        seed=config.seed,
    )
