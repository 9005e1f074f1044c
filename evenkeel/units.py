"""What a worker process is asked to do: read a table from the store, do one unit, hand back the result.

The arguments are small (paths, digests, names), so a pool can take any number of units. What `ready` keeps
serves the next unit too.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from evenkeel import costs, ready, training, tuning, xray
from evenkeel.forecast import Forecast
from evenkeel.models import save_estimator
from evenkeel.recipe import Recipe, Treatment
from evenkeel.store import Ref, Store
from evenkeel.training import ModelSpec, load_preprocessor, one_thread
from evenkeel.treatment import products as treatment_products
from evenkeel.treatment import training_arrays


class FittedPreprocessor(NamedTuple):
    """The stored preprocessor, the names of its columns, and the seconds it took."""

    preprocessor: Ref
    columns: list[str]
    seconds: float


class ResampledSet(NamedTuple):
    """The stored resampled set, scatter and examples, the facts for the record, and the seconds they took."""

    table: Ref
    scatter: Ref
    examples: Ref
    facts: dict[str, Any]
    seconds: float


class FittedModel(NamedTuple):
    """The stored model, and the seconds it took."""

    model: Ref
    seconds: float


class PredictedFold(NamedTuple):
    """Class probabilities of the held-out rows of a fold, and the seconds they took."""

    probabilities: npt.NDArray[np.float64]
    seconds: float


class Decided(NamedTuple):
    """The stored decision, its threshold if it has one, and the seconds it took."""

    decision: Ref
    threshold: float | None
    seconds: float


class XrayedPart(NamedTuple):
    """The predictions of one part of an X-ray, and the seconds they took."""

    scores: xray.Scores
    seconds: float


class TriedFold(NamedTuple):
    """What a trial of a search is worth in one fold, and the seconds it took."""

    score: tuning.Score
    seconds: float


@one_thread
def fit_preprocessor(root: str, train: Ref, recipe: Recipe) -> FittedPreprocessor:
    """Fit preprocessing on the whole train set and store it."""
    started = time.perf_counter()
    fitted = ready.encoded(root, train, recipe).preprocessor
    ref = Store(root).put(save_estimator(fitted.transformer), "model")
    return FittedPreprocessor(ref, fitted.names, time.perf_counter() - started)


@one_thread
def resample_train(root: str, train: Ref, recipe: Recipe, treatment: Treatment) -> ResampledSet:
    """Resample the whole train set and store the result."""
    started = time.perf_counter()
    store, encoded = Store(root), ready.encoded(root, train, recipe)
    made = treatment_products(encoded, treatment, recipe)
    refs = (
        store.put_table(made.frame, "resampled"),
        store.put_json(made.scatter),
        store.put_json(made.examples),
    )
    return ResampledSet(*refs, made.facts, time.perf_counter() - started)


@one_thread
def foresee(root: str, train: Ref, recipe: Recipe, treatment: Treatment) -> Forecast:
    """What it will cost to resample the train set."""
    return costs.foresee(ready.rows(root, train), treatment, recipe)


@one_thread
def predict_fold(
    root: str, train: Ref, recipe: Recipe, treatment: Treatment, spec: ModelSpec, folds: int, number: int
) -> PredictedFold:
    """Out-of-fold probabilities of one fold."""
    started = time.perf_counter()
    fitted, held_out = ready.fold(root, train, recipe, folds, number)
    found = training.predict_fold(fitted, held_out, treatment, spec, recipe)
    return PredictedFold(found, time.perf_counter() - started)


@one_thread
def try_fold(
    root: str, train: Ref, question: tuning.Question, params: dict[str, Any], number: int
) -> TriedFold:
    """What a trial is worth in fold `number`."""
    started = time.perf_counter()
    stops = question.stops(params)
    fold = ready.searched(root, train, question.recipe, question.folds, number, stops)
    return TriedFold(tuning.score(fold, question, params), time.perf_counter() - started)


@one_thread
def xray_part(root: str, train: Ref, question: xray.Question, part: xray.Part) -> XrayedPart:
    """The predictions of one part of an X-ray."""
    started = time.perf_counter()
    scores = xray.part_scores(ready.rows(root, train), question, part)
    return XrayedPart(scores, time.perf_counter() - started)


@one_thread
def fit_final(root: str, resampled: Ref, preprocessor: Ref, recipe: Recipe, spec: ModelSpec) -> FittedModel:
    """Fit the model of a strategy on its resampled set and store it."""
    started = time.perf_counter()
    store = Store(root)
    fitted = load_preprocessor(store.get(preprocessor), recipe)
    X, y = training_arrays(store.get_table(resampled), fitted, recipe)
    return FittedModel(
        store.put(training.fit_final(X, y, spec, recipe), "model"), time.perf_counter() - started
    )


@one_thread
def decide(root: str, out_of_fold: Ref, parameters: Mapping[str, Any], train: Ref | None = None) -> Decided:
    """Choose the operating point of a strategy by its out-of-fold predictions, and store it.

    `train` has the costs of rows, where the rule takes them from a column.
    """
    started = time.perf_counter()
    store = Store(root)
    frame = None if train is None else ready.rows(root, train)
    made = training.decision(store.get_table(out_of_fold), parameters, frame)
    return Decided(store.put_json(made), made["threshold"], time.perf_counter() - started)


def warm_imports() -> dict[str, Any]:
    """The libraries that units use, loaded once in the process that workers are forked from."""
    import imblearn.combine
    import imblearn.over_sampling
    import imblearn.under_sampling
    import xgboost

    return {module.__name__: module for module in (imblearn.combine, xgboost)}


warm_imports()
