"""Train: per strategy the out-of-fold predictions of train, and the model fitted on its resampled set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evenkeel import units
from evenkeel.execution import Label, Unit
from evenkeel.ledger import Products, Record, Step
from evenkeel.plan import model_spec, recipe, train_parameters, treatment
from evenkeel.training import out_of_fold
from tasks.stage import Context, Done, each, stage
from tasks.tune import tuned_facts, tuned_inputs

# resampling that takes longer than this decides the order of work more than the encoding of a fold does
SLOW_SECONDS = 2.0


@stage
def train(
    context: Context, split: Done, preprocessed: Done, resampled: Done, tuned: Done | None = None
) -> Mapping[str, Record]:
    """Every strategy's model, and its predictions for train rows by models that did not see them."""
    config, store, root = context.config, context.store, context.root
    shared, train_ref = recipe(config, split.record.facts), split.ref("train")
    strategies = {strategy.name: strategy for strategy in config.strategies}
    found = {name: tuned_facts(tuned, name) for name in strategies}
    specs = {name: model_spec(config, strategy, found[name]) for name, strategy in strategies.items()}
    treatments = {name: treatment(config, strategy, found[name]) for name, strategy in strategies.items()}
    sets = {name: record.outputs["resampled"] for name, record in resampled.records.items()}
    preprocessor = preprocessed.ref("preprocessor")
    steps = {
        name: Step(
            stage="train",
            subject=name,
            parameters=train_parameters(config, split.record.facts, strategy, found[name]),
            inputs={
                "train": train_ref,
                "resampled": sets[name],
                "preprocessor": preprocessor,
                **tuned_inputs(tuned, name),
            },
        )
        for name, strategy in strategies.items()
    }
    frame = store.get_table(train_ref)

    def unit_list(name: str) -> list[Unit]:
        in_fold = (root, train_ref, shared, treatments[name], specs[name], config.folds)
        final: Unit = (units.fit_final, (root, sets[name], preprocessor, shared, specs[name]))
        held_out = range(config.folds * config.repeats)
        return [final, *((units.predict_fold, (*in_fold, number)) for number in held_out)]

    def products(results: list[Any]) -> tuple[Products, float]:
        final, *parts = results
        table = out_of_fold(frame, shared, [part.probabilities for part in parts], config.folds)
        outputs = {"model": final.model, "out_of_fold": store.put_table(table, "train")}
        return Products(outputs, {"folds": config.folds}), sum(result.seconds for result in results)

    def order(name: str, index: int) -> tuple[float, int]:
        # the longest first, so that no core waits at the end; the rest fold by fold, which share an encoding
        return (min(0.0, SLOW_SECONDS - resampled.records[name].seconds), index)

    def label(name: str, index: int) -> Label:
        # the first unit is the model for all of train, which is resampled already
        return Label(f"{name}, fold {index}") if index else Label(name)

    return each(context, steps, unit_list, products, order, label, context.seal(split))
