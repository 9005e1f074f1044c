"""One trial in one fold: fitted on the other folds, stopped early by a part of them, judged on the fold.

Preprocessing and resampling happen inside. The part that stops a model early is cut off before either, with
the rows that belong together, and like the held-out rows it reaches no fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from evenkeel.errors import DataError
from evenkeel.evaluation.metrics import METRICS, Codes, Floats, measure
from evenkeel.evaluation.operating import choose, decide
from evenkeel.models import probabilities, rounds
from evenkeel.recipe import Encoded, Recipe, encode, fold_positions
from evenkeel.splitting import Positions
from evenkeel.tables import encode_labels
from evenkeel.training import Watched, fit
from evenkeel.treatment import in_part, treat
from evenkeel.tuning.question import Params, Question

# one in so many rows of the other folds stops a model early; more where a class has fewer rows than that
PARTS = 5


class Parts(NamedTuple):
    """Positions of train rows in one fold: to fit on, to stop early by (none if empty), and held out."""

    fitted: Positions
    watched: Positions
    held_out: Positions


@dataclass(frozen=True)
class Fold:
    """The rows of one fold made ready: encoded by what is fitted on `fitted` alone."""

    fitted: Encoded
    watched: pd.DataFrame
    held_out: pd.DataFrame


class Score(NamedTuple):
    """What a trial is worth in a fold, with the rounds of early stopping; or None, and why."""

    value: float | None
    rounds: int | None = None
    note: str = ""


def parts_of(frame: pd.DataFrame, recipe: Recipe, folds: int, number: int, *, stops: bool) -> Parts:
    """Which train rows `frame` do what in a fold; `stops` cuts off the part for early stopping."""
    inside, outside = fold_positions(frame, recipe, folds)[number]
    if not stops:
        return Parts(inside, np.empty(0, dtype=inside.dtype), outside)
    kept, cut = _cut(frame.iloc[inside], recipe)
    return Parts(inside[kept], inside[cut], outside)


def _cut(frame: pd.DataFrame, recipe: Recipe) -> tuple[Positions, Positions]:
    """Rows to fit on and rows to stop early by: a fold of these rows, larger where a class is rare."""
    rarest = int(np.bincount(_codes(frame, recipe), minlength=len(recipe.classes)).min())
    for parts in range(min(PARTS, rarest), 1, -1):
        try:
            return fold_positions(frame, recipe, parts)[0]
        except DataError:
            # a class in fewer bundles of rows that belong together than in rows
            continue
    raise DataError(
        f"Expected rows of every class to stop models early by, beside those to fit on; the rarest has "
        f"{rarest} in a fold. Next: fewer `folds`, or a range for the number of rounds in `tuning.space`."
    )


def fold_of(frame: pd.DataFrame, recipe: Recipe, folds: int, number: int, *, stops: bool) -> Fold:
    """The rows of a fold, ready for any number of trials."""
    parts = parts_of(frame, recipe, folds, number, stops=stops)
    return Fold(
        encode(frame.iloc[parts.fitted], recipe), frame.iloc[parts.watched], frame.iloc[parts.held_out]
    )


def score(fold: Fold, question: Question, params: Params) -> Score:
    """The value of a trial in a fold.

    What cannot be fitted is no error but an answer: some parameters do not go with some rows.
    """
    try:
        return _score(fold, question, params)
    except DataError as error:
        return Score(None, note=" ".join(str(error).split())[:200])


def _score(fold: Fold, question: Question, params: Params) -> Score:
    recipe, fitted = question.recipe, fold.fitted
    spec, treatment = question.asked(params)
    rest = [_codes(part, recipe) for part in (fold.watched, fold.held_out)]
    made = treat(fitted, in_part(treatment, fitted.y, np.concatenate([fitted.y, *rest]), recipe), recipe)
    watched = None
    if len(fold.watched) and params:
        watched = Watched(fitted.preprocessor.transform(fold.watched), rest[0])
    model = fit(made.X, made.y, spec, recipe, watched)
    found = probabilities(model, fitted.preprocessor.transform(fold.held_out))
    value = valued(question, rest[1], found)
    if value is None:
        return Score(None, note=f"{METRICS[question.metric].title} is undefined in a fold")
    return Score(value, rounds(model) if watched else None)


def valued(question: Question, y: Codes, found: Floats) -> float | None:
    """The metric of held-out rows; `y` are class codes, `found` probabilities of shape (rows, classes).

    A metric of decisions is taken at the threshold that the rule chooses on these rows themselves: that
    flatters every trial alike, and is shown to nobody as a result.
    """
    threshold = None
    if question.rule is not None:
        threshold = choose(y, found[:, 1], question.rule, alert_share=question.alert_share).threshold
    return measure(y, found, decide(found, threshold))[question.metric]


def _codes(frame: pd.DataFrame, recipe: Recipe) -> Codes:
    return encode_labels(frame[recipe.target], recipe.classes).codes
