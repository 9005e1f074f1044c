"""Evaluate: the one stage that reads the test set."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from evenkeel import looks
from evenkeel.canonical import sha256
from evenkeel.ledger import Products, Record, Step, perform
from evenkeel.plan import evaluate_parameters, recipe
from evenkeel.recipe import Recipe
from evenkeel.runs import config_bytes
from evenkeel.store import Store
from evenkeel.training import figures, load_preprocessor, one_thread, predict_test
from tasks.stage import Context, Done, stage


@stage
def evaluate(
    context: Context, split: Done, preprocessed: Done, trained: Done, decided: Done
) -> Mapping[str, Record]:
    """Every strategy's predictions for the test rows, and its figures on them; each is a counted look."""
    shared = recipe(context.config, split.record.facts)
    strategies = {strategy.name: strategy for strategy in context.config.strategies}
    encoded = functools.cache(lambda: _encoded(context.store, split, preprocessed, shared))
    steps = {
        name: Step(
            stage="evaluate",
            subject=name,
            parameters=evaluate_parameters(context.config, split.record.facts, strategies[name]),
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
        name: perform(
            context.store,
            step,
            lambda step=step: _work(context, step, _intent(context, split, step), shared, encoded),  # type: ignore[misc]
        )
        for name, step in steps.items()
    }


def _intent(context: Context, split: Done, step: Step) -> looks.Intent:
    return looks.Intent(
        table=str(split.record.step.inputs["table"].content),
        test=str(step.inputs["test"].content),
        split=split.record.key,
        config=sha256(config_bytes(context.config)),
        strategy=step.subject or "",
        model=step.inputs["model"].digest,
        decision=step.inputs["decision"].digest,
        key=step.key,
    )


def _encoded(store: Store, split: Done, preprocessed: Done, shared: Recipe) -> tuple[Any, Any]:
    test = store.get_table(split.ref("test"))
    return test, load_preprocessor(store.get(preprocessed.ref("preprocessor")), shared).transform(test)


@one_thread
def _work(context: Context, step: Step, intent: looks.Intent, shared: Recipe, encoded: Any) -> Products:
    store = context.store
    # before anything is known of how the model does
    look = looks.take(store, intent)
    test, X = encoded()
    table = predict_test(test, X, step.parameters["model"], store.get(step.inputs["model"]), shared)
    decided = store.get_json(step.inputs["decision"])
    outputs = {
        "predictions": store.put_table(table, "test"),
        "figures": store.put_json(figures(table, shared.classes, decided, test)),
    }
    facts = {"rows": len(table), "look": {"number": look.number, "digest": look.digest}}
    return Products(outputs, facts)
