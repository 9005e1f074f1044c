"""Replays of what is fitted: preprocessors, models and out-of-fold predictions, fitted and predicted again.

skops files are not stable to the byte, so fitted parts are compared by what they do: to train rows, and to
test rows as well. Something that does the same to train can have learned from test all the same, for example
what fills gaps that train does not have; what it does to test gives it away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evenkeel import ready, training, xray
from evenkeel.ledger import Record
from evenkeel.models import find_model, load_model, probabilities
from evenkeel.preprocessing import Matrix, Preprocessor
from evenkeel.proof.compare import (
    NUMBERS,
    PROBABILITIES,
    Compared,
    compare_frames,
    compare_json,
    compare_matrices,
    compare_table,
    compare_values,
)
from evenkeel.proof.replay import Found, recipe_of, test_matrix, told
from evenkeel.recipe import Recipe, Treatment
from evenkeel.store import Ref, Store
from evenkeel.tables import FOLD
from evenkeel.training import ModelSpec, load_preprocessor, one_thread
from evenkeel.treatment import training_arrays

Probabilities = npt.NDArray[np.float64]


@told
@one_thread
def replay_preprocess(root: str, record: Record, test: Ref) -> Found:
    """The preprocessor fitted again on train: the same names, the same numbers for train and for test."""
    recipe, train = recipe_of(record), record.step.inputs["train"]
    stored = _stored_preprocessor(root, record.outputs["preprocessor"], recipe)
    made = ready.encoded(root, train, recipe)
    rows, names = Store(root).get_table(test), made.preprocessor.names
    return [
        compare_values("columns", names, stored.names),
        compare_values("fact 'columns'", names, record.facts.get("columns")),
        compare_matrices("train", made.X, stored.transform(made.frame), NUMBERS),
        compare_matrices("test", made.preprocessor.transform(rows), stored.transform(rows), NUMBERS),
    ]


@told
@one_thread
def refit_fold(root: str, record: Record, number: int) -> Probabilities:
    """Out-of-fold probabilities of one fold, by a model fitted again on the others."""
    said, recipe = record.step.parameters, recipe_of(record)
    fitted, held_out = ready.fold(root, record.step.inputs["train"], recipe, said["folds"], number)
    treatment, spec = Treatment.model_validate(said["treatment"]), ModelSpec.model_validate(said["model"])
    return training.predict_fold(fitted, held_out, treatment, spec, recipe)


@told
@one_thread
def replay_model(root: str, record: Record, test: Ref) -> Found:
    """The model of a strategy fitted again on its stored resampled set."""
    store, recipe, inputs = Store(root), recipe_of(record), record.step.inputs
    spec = ModelSpec.model_validate(record.step.parameters["model"])
    preprocessor = _stored_preprocessor(root, inputs["preprocessor"], recipe)
    X, y = training_arrays(store.get_table(inputs["resampled"]), preprocessor, recipe)
    made, stored = training.fit_final(X, y, spec, recipe), store.get(record.outputs["model"])
    if made == stored:
        return [Compared("model", "exact")]
    known = preprocessor.transform(ready.rows(root, inputs["train"]))
    unseen = test_matrix(root, test, inputs["preprocessor"], recipe)[1]
    rows = {"resampled set": X, "train": known, "test": unseen}
    return list(_models_compared(spec.kind, made, stored, rows))


def _models_compared(kind: str, made: bytes, stored: bytes, rows: dict[str, Matrix]) -> Iterator[Compared]:
    """Two models by their predictions; where the format is stable to the byte, other bytes are not exact."""
    if find_model(kind).format == "ubj":
        yield Compared("model", "close", "other bytes came out")
    again, then = load_model(kind, made), load_model(kind, stored)
    for name, X in rows.items():
        found = probabilities(again, X), probabilities(then, X)
        yield compare_matrices(f"model on {name}", *found, PROBABILITIES)


def compare_out_of_fold(root: str, record: Record, parts: Sequence[Any]) -> Found:
    """The predictions of all folds against the stored table; where they differ, fold by fold."""
    store, recipe = Store(root), recipe_of(record)
    train, folds = ready.rows(root, record.step.inputs["train"]), record.step.parameters["folds"]
    table = training.out_of_fold(train, recipe, parts, folds)
    recorded = record.outputs["out_of_fold"]
    whole = compare_table("out-of-fold predictions", table, recorded, store, PROBABILITIES)
    if whole.likeness == "exact":
        return [whole]
    folds = _folds_compared(table, store.get_table(recorded), len(parts))
    # rows in another order, for example, differ in no fold
    return folds if any(found.likeness == whole.likeness for found in folds) else [whole]


@told
@one_thread
def refit_xray(root: str, record: Record, part: xray.Part) -> xray.Scores:
    """The predictions of one part of an X-ray, by models fitted again."""
    question = xray.Question.model_validate(record.step.parameters)
    return xray.part_scores(ready.rows(root, record.step.inputs["train"]), question, part)


def compare_xray(root: str, record: Record, parts: Sequence[Any]) -> Found:
    """The figures that all parts give against the stored ones."""
    question = xray.Question.model_validate(record.step.parameters)
    made = xray.findings(ready.rows(root, record.step.inputs["train"]), question, parts)
    return [
        compare_json("figures", made, record.outputs["xray"], Store(root)),
        compare_values("facts", question.size, record.facts),
    ]


def _folds_compared(made: pd.DataFrame, stored: pd.DataFrame, folds: int) -> Found:
    """The folds in which predictions differ."""
    if FOLD not in stored:
        return []
    found = (
        compare_frames(f"fold {number + 1}", made[made[FOLD] == number], theirs, PROBABILITIES)
        for number in range(folds)
        if len(theirs := stored[stored[FOLD] == number])
    )
    return [compared for compared in found if compared.likeness != "exact"]


def _stored_preprocessor(root: str, ref: Ref, recipe: Recipe) -> Preprocessor:
    return load_preprocessor(Store(root).get(ref), recipe)
