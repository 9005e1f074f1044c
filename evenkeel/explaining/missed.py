"""The positives that a model misses, one by one: what spoke against each, and which train rows are alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from evenkeel.evaluation.metrics import Codes, Floats
from evenkeel.preprocessing import Matrix

# misses that are shown, reasons and neighbours of each
MOST_MISSES, REASONS, NEIGHBOURS = 20, 3, 3


class Known(NamedTuple):
    """Train rows: their ids and the names of their classes, shape (rows,), and their matrix."""

    ids: Sequence[str]
    labels: Sequence[str]
    X: Matrix


def worst_misses(y: Codes, scores: Floats, threshold: float) -> npt.NDArray[np.intp]:
    """Places of the positives below the threshold, the farthest below first; a few at the most."""
    places = np.flatnonzero((y == 1) & (scores < threshold))
    return places[np.argsort(scores[places], kind="stable")][:MOST_MISSES]


def worst_given_away(y: Codes, probabilities: Floats, called: Codes, code: int) -> npt.NDArray[np.intp]:
    """Places of the rows of a class that were given to another, the least probable first; a few at the most.

    `y` and `called` are class codes, shape (rows,), `probabilities` has shape (rows, classes).
    """
    places = np.flatnonzero((y == code) & (called != code))
    return places[np.argsort(probabilities[places, code], kind="stable")][:MOST_MISSES]


def missed(
    frame: pd.DataFrame,
    ids: Sequence[str],
    scores: Floats,
    X: Matrix,
    pushes: Floats,
    columns: Sequence[str],
    known: Known,
) -> list[dict[str, Any]]:
    """What there is to say of each missed row: {row, probability, reasons, neighbours}.

    `frame` has the missed rows, `pushes` what each of `columns` adds to their log odds, (rows, columns).
    Reasons are the columns that push hardest towards no: {column, value, push}. Neighbours are the train rows
    nearest to it in the matrix that the model reads: {row, label, distance}.
    """
    near = _nearest(X, known)
    return [
        {
            "row": str(ids[place]),
            "probability": float(scores[place]),
            "reasons": _reasons(frame.iloc[place], pushes[place], columns),
            "neighbours": near[place],
        }
        for place in range(len(frame))
    ]


def _reasons(row: pd.Series, pushes: Floats, columns: Sequence[str]) -> list[dict[str, Any]]:
    order = np.argsort(pushes, kind="stable")[:REASONS]
    return [
        {"column": columns[place], "value": _text(row[columns[place]]), "push": float(pushes[place])}
        for place in order
        if pushes[place] < 0
    ]


def _nearest(X: Matrix, known: Known) -> list[list[dict[str, Any]]]:
    from sklearn.metrics import pairwise_distances

    if not len(X):
        return []
    # a model may take gaps; a distance is then one over the columns that both rows have
    gaps = bool(np.isnan(X).any() or np.isnan(known.X).any())
    distances = pairwise_distances(X, known.X, metric="nan_euclidean" if gaps else "euclidean")
    return [
        [_told(row, at, known) for at in np.argsort(row, kind="stable")[:NEIGHBOURS]] for row in distances
    ]


def _told(distances: Floats, at: int, known: Known) -> dict[str, Any]:
    return {"row": str(known.ids[at]), "label": str(known.labels[at]), "distance": float(distances[at])}


def _text(value: Any) -> str:
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)) or value is pd.NA:
        return "missing"
    return f"{value:.6g}" if isinstance(value, float | np.floating) else str(value)
