"""What is told of one fitted model: importances, misses and segments, from its predictions for test rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from evenkeel.evaluation.metrics import Codes, Floats
from evenkeel.evaluation.operating import decide
from evenkeel.explaining import importance, missed, segments
from evenkeel.models import load_model, probabilities
from evenkeel.preprocessing import Preprocessor
from evenkeel.recipe import Recipe
from evenkeel.tables import ROW_ID, encode_labels
from evenkeel.training import judged

# the trees that tell what each column adds
TREES = "xgboost"


def explain(
    train: pd.DataFrame,
    test: pd.DataFrame,
    predictions: pd.DataFrame,
    decision: Mapping[str, Any],
    preprocessor: Preprocessor,
    model: bytes,
    kind: str,
    recipe: Recipe,
    *,
    per_class: bool = False,
) -> dict[str, Any]:
    """{importance: {method, columns: [{column, value}]}, missed, segments}, JSON-able.

    `predictions` are those of the model for `test`, in its order, and `decision` says how they are calibrated
    and decided. Misses and segments are of a positive class; without one they are None. With `per_class`
    misses are then those of the class with the fewest train rows, `missed_class`, among those that the test
    rows have, and each tells as which class it was `given`.
    """
    y, calibrated = judged(predictions, recipe.classes, decision)
    fitted = load_model(kind, model)
    columns = list(dict.fromkeys(preprocessor.sources))

    def predict(frame: pd.DataFrame) -> Floats:
        return probabilities(fitted, preprocessor.transform(frame))

    X = preprocessor.transform(test)
    by_row = importance.contributions(fitted, X, preprocessor.sources) if kind == TREES else None
    if by_row:
        method, ranked = importance.CONTRIBUTION, importance.by_contribution(*by_row)
    else:
        method = importance.PERMUTATION
        ranked = importance.by_permutation(predict, test, y, columns, recipe.seed)
    told: dict[str, Any] = {
        "importance": {"method": method, "columns": ranked},
        "missed": None,
        "segments": None,
    }
    threshold = decision["threshold"]
    if threshold is None and not per_class:
        return told
    if threshold is None:
        # several classes, or two of equal standing: a row is missed where another class is more probable
        code, called = _rarest(train, y, recipe), decide(calibrated, None)
        places = missed.worst_given_away(y, calibrated, called, code)
        told["missed_class"] = recipe.classes[code]
    else:
        code, called = 1, decide(calibrated, threshold)
        places = missed.worst_misses(y, calibrated[:, code], threshold)
        told["segments"] = segments.segments(test[columns], y, called, calibrated[:, code])
    rows = test.iloc[places]
    pushes = _added(by_row[1][places], code) if by_row else _pushes(predict, train, rows, columns, code)
    known, ids = _known(train, preprocessor, recipe), rows[ROW_ID].tolist()
    told["missed"] = missed.missed(rows, ids, calibrated[places, code], X[places], pushes, columns, known)
    if threshold is None:
        given = [recipe.classes[place] for place in called[places]]
        told["missed"] = [row | {"given": name} for row, name in zip(told["missed"], given, strict=True)]
    return told


def _rarest(train: pd.DataFrame, y: Codes, recipe: Recipe) -> int:
    """The code of the class with the fewest train rows among those of the test rows."""
    rows = np.bincount(
        encode_labels(train[recipe.target], recipe.classes).codes, minlength=len(recipe.classes)
    )
    return int(min(np.unique(y), key=lambda code: rows[code]))


def _added(found: Floats, code: int) -> Floats:
    """What columns add to the score of one class: of two, the trees tell it of the second alone."""
    if found.ndim == 3:
        return found[:, :, code]
    return found if code else -found


def _pushes(
    predict: importance.Predict, train: pd.DataFrame, rows: pd.DataFrame, columns: list[str], code: int
) -> Floats:
    if rows.empty:
        return np.empty((0, len(columns)))
    return importance.by_replacement(predict, rows, columns, importance.usual_values(train, columns), code)


def _known(train: pd.DataFrame, preprocessor: Preprocessor, recipe: Recipe) -> missed.Known:
    labels = train[recipe.target].astype(str).tolist()
    return missed.Known(train[ROW_ID].tolist(), labels, preprocessor.transform(train))
