"""Evaluate: the one stage that reads the test set."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from evenkeel.ledger import Products, Record, Step, perform
from evenkeel.models import load_estimator, load_model, probabilities
from evenkeel.plan import evaluate_parameters, recipe
from evenkeel.preprocessing import Preprocessor
from evenkeel.store import Store
from evenkeel.training import Recipe, figures, one_thread, predictions_frame
from tasks.stage import Context, Done, stage


@stage
def evaluate(
    context: Context, split: Done, preprocessed: Done, trained: Done, decided: Done
) -> Mapping[str, Record]:
    """Every strategy's predictions for the test rows, and its figures on them."""
    shared = recipe(context.config, split.record.facts)
    parameters = evaluate_parameters(context.config, split.record.facts)
    encoded = functools.cache(lambda: _encoded(context.store, split, preprocessed, shared))
    steps = {
        name: Step(
            stage="evaluate",
            subject=name,
            parameters=parameters,
            inputs={
                "test": split.ref("test"),
                "preprocessor": preprocessed.ref("preprocessor"),
                "model": record.outputs["model"],
                "decision": decided.records[name].outputs["decision"],
            },
        )
        for name, record in trained.records.items()
    }
    return {
        name: perform(context.store, step, lambda step=step: _work(context, step, shared, encoded))  # type: ignore[misc]
        for name, step in steps.items()
    }


def _encoded(store: Store, split: Done, preprocessed: Done, shared: Recipe) -> tuple[Any, Any]:
    test = store.get_table(split.ref("test"))
    transformer = load_estimator(store.get(preprocessed.ref("preprocessor")))
    return test, Preprocessor(shared.features, transformer).transform(test)


@one_thread
def _work(context: Context, step: Step, shared: Recipe, encoded: Any) -> Products:
    store = context.store
    test, X = encoded()
    model = load_model(step.parameters["model"], store.get(step.inputs["model"]))
    table = predictions_frame(test, shared, probabilities(model, X))
    threshold = store.get_json(step.inputs["decision"])["threshold"]
    outputs = {
        "predictions": store.put_table(table, "test"),
        "figures": store.put_json(figures(table, shared.classes, threshold)),
    }
    return Products(outputs, {"rows": len(table)})
