"""Replays: the products of a step, computed again from its inputs and parameters, and compared.

A signature says who claims something; a replay says that it is so. Nothing here writes to the store, and
nothing raises: a step that cannot be done again is a difference as well.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar

import numpy as np
import pandas as pd

from evenkeel import ready, training
from evenkeel.canonical import sha256
from evenkeel.comparison import compared_again
from evenkeel.config import RunConfig
from evenkeel.diagnosed import diagnosed
from evenkeel.earlier import earlier_tables
from evenkeel.evaluation.operating import decide
from evenkeel.explained import explained
from evenkeel.findings import findings, xrayed
from evenkeel.ledger import Record
from evenkeel.proof.compare import (
    PROBABILITIES,
    Compared,
    compare_json,
    compare_table,
    compare_values,
)
from evenkeel.recipe import Recipe, Treatment
from evenkeel.report import render
from evenkeel.splitting import split_table
from evenkeel.store import Ref, Store
from evenkeel.training import one_thread
from evenkeel.treatment import products

P = ParamSpec("P")
T = TypeVar("T")
Found = list[Compared]


def told(replay: Callable[P, T]) -> Callable[P, T | Found]:
    """Make of an error a difference: one step that cannot be done again must not stop the others."""

    @functools.wraps(replay)
    def safe(*args: P.args, **kwargs: P.kwargs) -> T | Found:
        try:
            return replay(*args, **kwargs)
        except Exception as error:
            said = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
            return [Compared("cannot be done again", "different", said)]

    return safe


@told
def replay_split(root: str, record: Record) -> Found:
    """The split made again from the validated rows."""
    store, inputs = Store(root), record.step.inputs
    earlier = earlier_tables(store, inputs)
    made = split_table(store.get_table(inputs["table"]), record.step.parameters, earlier)
    return [
        compare_table("train", made.train, record.outputs["train"], store),
        compare_table("test", made.test, record.outputs["test"], store),
        *_facts(made.facts, record),
    ]


@told
@one_thread
def replay_resample(root: str, record: Record) -> Found:
    """A resampled set made again from train, parameters and seed."""
    store, recipe = Store(root), recipe_of(record)
    treatment = Treatment.model_validate(record.step.parameters["treatment"])
    made = products(ready.encoded(root, record.step.inputs["train"], recipe), treatment, recipe)
    return [
        compare_table("rows", made.frame, record.outputs["resampled"], store),
        compare_json("scatter", made.scatter, record.outputs["scatter"], store),
        compare_json("examples", made.examples, record.outputs["examples"], store),
        *_facts(made.facts, record),
    ]


@told
def replay_decide(root: str, record: Record) -> Found:
    """The operating point chosen again from the out-of-fold predictions."""
    store, parameters = Store(root), record.step.parameters
    table, train = store.get_table(record.step.inputs["out_of_fold"]), record.step.inputs.get("train")
    frame = None if train is None else ready.rows(root, train)
    made = training.decision(table, parameters, frame)
    recorded = record.outputs["decision"]
    found = compare_json("decision", made, recorded, store)
    if found.likeness == "different" and made["threshold"] is not None and store.intact(recorded):
        found = _same_decisions(made, store.get_json(recorded), table, parameters) or found
    facts = {"threshold": made["threshold"]} if found.likeness == "exact" else {}
    return [found, *_facts(facts, record)]


def _same_decisions(
    made: dict[str, Any], stored: dict[str, Any], table: pd.DataFrame, parameters: Mapping[str, Any]
) -> Compared | None:
    """Close, where another threshold decides all rows alike and nothing else is too far."""
    (_, one), (_, two) = (training.judged(table, parameters["classes"], by) for by in (made, stored))
    alike = np.array_equal(decide(one, made["threshold"]), decide(two, stored["threshold"]))
    others = compare_values("decision", made | {"threshold": None}, stored | {"threshold": None})
    if not alike or others.likeness == "different":
        return None
    said = f"threshold {made['threshold']:.6g} came out, {stored['threshold']:.6g} is recorded"
    return Compared("decision", "close", f"{said}, which decides all rows alike")


@told
@one_thread
def replay_evaluate(root: str, record: Record) -> Found:
    """The test rows predicted again by the stored model, and the figures that the predictions give."""
    store, recipe, inputs = Store(root), recipe_of(record), record.step.inputs
    test, X = test_matrix(root, inputs["test"], inputs["preprocessor"], recipe)
    kind = record.step.parameters["model"]
    table = training.predict_test(test, X, kind, store.get(inputs["model"]), recipe)
    predicted = compare_table("predictions", table, record.outputs["predictions"], store, PROBABILITIES)
    if predicted.likeness == "close":
        # a row on the edge of the threshold must not be decided otherwise
        table = store.get_table(record.outputs["predictions"])
    made = training.figures(table, recipe.classes, store.get_json(inputs["decision"]), test)
    return [predicted, compare_json("figures", made, record.outputs["figures"], store)]


@told
@one_thread
def replay_compare(root: str, record: Record) -> Found:
    """Intervals and differences made again from the stored predictions and decisions."""
    store = Store(root)
    made = compared_again(store, record.step.inputs, record.step.parameters)
    return [
        compare_json("comparison", made, record.outputs["comparison"], store),
        *_facts({"applies": made["applies"]}, record),
    ]


@told
@one_thread
def replay_explain(root: str, record: Record) -> Found:
    """The explanation made again from the stored rows, model and predictions."""
    store, step = Store(root), record.step
    made = explained(store, step.subject, step.inputs, step.parameters)
    return [compare_json("explanation", made, record.outputs["explanation"], store)]


@told
@one_thread
def replay_diagnose(root: str, record: Record) -> Found:
    """The diagnosis made again from the stored rows, models and predictions."""
    store, step = Store(root), record.step
    made = diagnosed(store, step.inputs, step.parameters)
    return [
        compare_json("diagnosis", made, record.outputs["diagnosis"], store),
        compare_values("facts", {"findings": len(made["findings"])}, record.facts),
    ]


@told
def replay_report(root: str, record: Record, config: bytes, records: list[Record]) -> Found:
    """The page drawn again from the config and the records."""
    store = Store(root)
    found = findings(store, RunConfig.model_validate_json(config), records) | xrayed(store, records)
    page = render({**found, "claims": record.step.parameters["claims"]}).encode()
    if sha256(page) == record.outputs["html"].digest:
        return [Compared("report.html", "exact")]
    return [Compared("report.html", "different", "another page came out")]


def recipe_of(record: Record) -> Recipe:
    """The recipe among a step's parameters."""
    return Recipe.model_validate(record.step.parameters["recipe"])


@functools.lru_cache(maxsize=1)
def test_matrix(root: str, test: Ref, preprocessor: Ref, recipe: Recipe) -> tuple[pd.DataFrame, Any]:
    """The test rows, and their matrix by the stored preprocessor."""
    store = Store(root)
    frame = store.get_table(test)
    return frame, training.load_preprocessor(store.get(preprocessor), recipe).transform(frame)


def _facts(made: Mapping[str, Any], record: Record) -> Found:
    return [compare_values(f"fact {name!r}", value, record.facts.get(name)) for name, value in made.items()]
