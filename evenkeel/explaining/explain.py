"""What is told of one fitted model: importances, misses and segments, from its predictions for test rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from evenkeel.evaluation.metrics import Floats
from evenkeel.evaluation.operating import decide
from evenkeel.explaining import importance, missed, segments
from evenkeel.models import load_model, probabilities
from evenkeel.preprocessing import Preprocessor
from evenkeel.recipe import Recipe
from evenkeel.tables import ROW_ID
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
) -> dict[str, Any]:
    """{importance: {method, columns: [{column, value}]}, missed, segments}, JSON-able.

    `predictions` are those of the model for `test`, in its order, and `decision` says how they are calibrated
    and decided. Misses and segments are of a positive class; without one they are None.
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
    if decision["threshold"] is None:
        # several classes, or two of equal standing: none of them is missed
        return told
    scores = calibrated[:, 1]
    told["segments"] = segments.segments(test[columns], y, decide(calibrated, decision["threshold"]), scores)
    places = missed.worst_misses(y, scores, decision["threshold"])
    pushes = by_row[1][places] if by_row else _pushes(predict, train, test.iloc[places], columns)
    told["missed"] = missed.missed(
        test.iloc[places],
        test[ROW_ID].iloc[places].tolist(),
        scores[places],
        X[places],
        pushes,
        columns,
        _known(train, preprocessor, recipe),
    )
    return told


def _pushes(
    predict: importance.Predict, train: pd.DataFrame, rows: pd.DataFrame, columns: list[str]
) -> Floats:
    if rows.empty:
        return np.empty((0, len(columns)))
    return importance.by_replacement(predict, rows, columns, importance.usual_values(train, columns))


def _known(train: pd.DataFrame, preprocessor: Preprocessor, recipe: Recipe) -> missed.Known:
    labels = train[recipe.target].astype(str).tolist()
    return missed.Known(train[ROW_ID].tolist(), labels, preprocessor.transform(train))
