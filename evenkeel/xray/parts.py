"""The fits of an X-ray, in parts that can be done side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from evenkeel import progress
from evenkeel.evaluation.metrics import Codes, Floats
from evenkeel.models import probabilities
from evenkeel.recipe import encode, fold_positions
from evenkeel.splitting import stratified_folds
from evenkeel.tables import encode_labels
from evenkeel.training import fit, predict_fold, predict_fold_by
from evenkeel.treatment import treat
from evenkeel.xray.question import Question

Kind = Literal["resampled", "fold", "scaled", "seed"]
Positions = npt.NDArray[np.intp]


class Part(NamedTuple):
    """One piece of the work: its kind, and the number of the fold or of the seed."""

    kind: Kind
    number: int


class Scores(NamedTuple):
    """Predictions for rows that were held out.

    `y` are their class codes and `fold` the numbers of their folds, both of shape (rows,); `probabilities`
    has one array of shape (rows, classes) per model.
    """

    y: Codes
    fold: Codes
    probabilities: tuple[Floats, ...]


def parts(question: Question) -> list[Part]:
    """All parts of the work, the longest first."""
    return [
        Part("resampled", 0),
        *(Part("fold", number) for number in range(question.folds)),
        *(Part("scaled", number) for number in range(question.folds)),
        *(Part("seed", number) for number in range(len(question.seeds))),
    ]


def part_scores(frame: pd.DataFrame, question: Question, part: Part) -> Scores:
    """The predictions of one part; `frame` are the train rows. Raises `DataError` where a fit does."""
    return _WORK[part.kind](frame, question, part.number)


def split_rows(frame: pd.DataFrame, question: Question, part: Part) -> tuple[Positions, Positions]:
    """The positions in `frame` that a part fits on, and those that it holds out."""
    seed, number = question.recipe.seed, part.number
    if part.kind == "seed":
        # a single split, as large as a fold
        seed, number = question.seeds[part.number], 0
    recipe = question.recipe.model_copy(update={"seed": seed})
    return fold_positions(frame, recipe, question.folds)[number]


def _fold(frame: pd.DataFrame, question: Question, number: int) -> Scores:
    """Honest: whatever is fitted is fitted on the other folds; once per model of the grid."""
    inside, outside = split_rows(frame, question, Part("fold", number))
    fitted, held_out = encode(frame.iloc[inside], question.recipe), frame.iloc[outside]
    found = predict_fold_by(fitted, held_out, question.treatment, question.specs, question.recipe)
    return _scores(frame, question, outside, number, *found)


def _scaled(frame: pd.DataFrame, question: Question, number: int) -> Scores:
    """Imputation, scaling and encoding know the held-out rows; nothing else does."""
    inside, outside = split_rows(frame, question, Part("scaled", number))
    whole = encode(frame, question.recipe)
    fitted = replace(whole, frame=frame.iloc[inside], X=whole.X[inside], y=whole.y[inside])
    found = predict_fold(fitted, frame.iloc[outside], question.treatment, question.model, question.recipe)
    return _scores(frame, question, outside, number, found)


def _resampled(frame: pd.DataFrame, question: Question, number: int) -> Scores:  # noqa: ARG001 - as all parts
    """Preprocessing and samplers see all rows; what they made is split, and judged as if it were real."""
    recipe, spec = question.recipe, question.model
    made = treat(encode(frame, recipe), question.treatment, recipe)
    fold, found = np.zeros_like(made.y), np.zeros((len(made.y), len(recipe.classes)))
    split = stratified_folds(made.y, question.folds, recipe.seed)
    for k, (inside, outside) in enumerate(progress.tracked(split, len(split), "folds")):
        model = fit(made.X[inside], made.y[inside], spec, recipe)
        fold[outside], found[outside] = k, probabilities(model, made.X[outside])
    return Scores(made.y, fold, (found,))


def _seed(frame: pd.DataFrame, question: Question, number: int) -> Scores:
    """Honest on one split."""
    inside, outside = split_rows(frame, question, Part("seed", number))
    fitted, held_out = encode(frame.iloc[inside], question.recipe), frame.iloc[outside]
    found = predict_fold(fitted, held_out, question.treatment, question.model, question.recipe)
    return _scores(frame, question, outside, number, found)


_WORK: Mapping[Kind, Callable[[pd.DataFrame, Question, int], Scores]] = {
    "resampled": _resampled,
    "fold": _fold,
    "scaled": _scaled,
    "seed": _seed,
}


def _scores(
    frame: pd.DataFrame, question: Question, outside: Positions, number: int, *found: Floats
) -> Scores:
    return Scores(_codes(frame, question)[outside], np.full(len(outside), number, dtype=np.int64), found)


def _codes(frame: pd.DataFrame, question: Question) -> Codes:
    return encode_labels(frame[question.recipe.target], question.recipe.classes).codes
