"""Replays: the products of a step, computed again from its inputs and parameters, compared by content.

A signature says who claims something; a replay says that it is so. Nothing here writes to the store.
"""

from __future__ import annotations

import functools
from typing import Any

import pandas as pd

from evenkeel import training
from evenkeel.canonical import frame_digest, json_bytes, sha256
from evenkeel.earlier import earlier_tables
from evenkeel.ledger import Record
from evenkeel.recipe import Encoded, Recipe, Treatment, encode
from evenkeel.splitting import split_table
from evenkeel.store import Ref, Store
from evenkeel.training import one_thread
from evenkeel.treatment import products


def replay_split(root: str, record: Record) -> list[str]:
    """What differs when the split is made again from the validated rows."""
    store, inputs = Store(root), record.step.inputs
    made = split_table(
        store.get_table(inputs["table"]), record.step.parameters, earlier_tables(store, inputs)
    )
    differences = [f"train: {text}" for text in _same_table(made.train, record.outputs["train"])]
    differences += [f"test: {text}" for text in _same_table(made.test, record.outputs["test"])]
    return differences + _other_facts(made.facts, record)


@one_thread
def replay_resample(root: str, record: Record) -> list[str]:
    """What differs when a resampled set is made again from train, parameters and seed."""
    recipe = Recipe.model_validate(record.step.parameters["recipe"])
    encoded = _encoded(root, record.step.inputs["train"], recipe)
    treatment = Treatment.model_validate(record.step.parameters["treatment"])
    made = products(encoded, treatment, recipe)
    differences = _same_table(made.frame, record.outputs["resampled"])
    differences += [f"scatter: {text}" for text in _same_json(made.scatter, record.outputs["scatter"])]
    differences += [f"examples: {text}" for text in _same_json(made.examples, record.outputs["examples"])]
    return differences + _other_facts(made.facts, record)


def replay_decide(root: str, record: Record) -> list[str]:
    """What differs when the operating point is chosen again from the out-of-fold predictions."""
    table = Store(root).get_table(record.step.inputs["out_of_fold"])
    made = training.decision(table, record.step.parameters)
    return _same_json(made, record.outputs["decision"])


@one_thread
def replay_evaluate(root: str, record: Record) -> list[str]:
    """What differs when the model predicts the test rows again and is judged again."""
    store, recipe = Store(root), Recipe.model_validate(record.step.parameters["recipe"])
    test, X = _test_matrix(root, record.step.inputs["test"], record.step.inputs["preprocessor"], recipe)
    model = store.get(record.step.inputs["model"])
    table = training.predict_test(test, X, record.step.parameters["model"], model, recipe)
    threshold = store.get_json(record.step.inputs["decision"])["threshold"]
    differences = [f"predictions: {text}" for text in _same_table(table, record.outputs["predictions"])]
    made = training.figures(table, recipe.classes, threshold)
    return differences + [f"figures: {text}" for text in _same_json(made, record.outputs["figures"])]


def _same_table(made: pd.DataFrame, recorded: Ref) -> list[str]:
    again = frame_digest(made)
    return [] if again == recorded.content else [_differ(again, recorded.content)]


def _same_json(made: Any, recorded: Ref) -> list[str]:
    again = sha256(json_bytes(made))
    return [] if again == recorded.digest else [_differ(again, recorded.digest)]


def _other_facts(made: dict[str, Any], record: Record) -> list[str]:
    return [f"fact {name!r} differs" for name, value in made.items() if record.facts.get(name) != value]


def _differ(again: str, recorded: str | None) -> str:
    return f"{again[:12]} came out, {(recorded or 'nothing')[:12]} is recorded"


@functools.lru_cache(maxsize=1)
def _encoded(root: str, train: Ref, recipe: Recipe) -> Encoded:
    return encode(Store(root).get_table(train), recipe)


@functools.lru_cache(maxsize=1)
def _test_matrix(root: str, test: Ref, preprocessor: Ref, recipe: Recipe) -> tuple[pd.DataFrame, Any]:
    store = Store(root)
    frame = store.get_table(test)
    return frame, training.load_preprocessor(store.get(preprocessor), recipe).transform(frame)
