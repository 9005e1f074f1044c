"""Preprocess: fit imputation, scaling and encoding on the train rows, for the models that are kept."""

from __future__ import annotations

from collections.abc import Mapping

from evenkeel import progress, units
from evenkeel.ledger import Products, Record, Step
from evenkeel.plan import preprocess_parameters, recipe
from tasks.stage import Context, Done, each, stage


@stage
def preprocess(context: Context, split: Done) -> Mapping[str, Record]:
    """The fitted preprocessor."""
    config, facts = context.config, split.record.facts
    step = Step(
        stage="preprocess",
        parameters=preprocess_parameters(config, facts),
        inputs={"train": split.ref("train")},
    )

    def products(results: list[units.FittedPreprocessor]) -> tuple[Products, float]:
        (fitted,) = results
        return Products({"preprocessor": fitted.preprocessor}, {"columns": fitted.columns}), fitted.seconds

    unit = (units.fit_preprocessor, (context.root, split.ref("train"), recipe(config, facts)))
    records = each(context, {"preprocess": step}, lambda _: [unit], products, seal=context.seal(split))
    if records["preprocess"].isolation == "none" and not records["preprocess"].reused:
        progress.say(
            "warning     no isolation: nothing but care keeps test rows from the steps that fit (it takes "
            "Linux 5.13 with Landlock, and EVENKEEL_WORKERS other than 0)"
        )
    return records
