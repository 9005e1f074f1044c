"""The rows behind the report's charts: precision-recall, ROC, calibration and the threshold sweep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from evenkeel.evaluation.metrics import METRICS, Codes, Floats
from evenkeel.evaluation.operating import sweep

MOST_POINTS = 200
BINS = 10

Rows = list[dict[str, Any]]


def curves(y: Codes, probabilities: Floats, classes: Sequence[str]) -> dict[str, Rows]:
    """Rows of every curve; binary ones have `class` None, multi-class ones are one class against the rest."""
    drawn: dict[str, Rows] = {"pr": [], "roc": [], "calibration": [], "sweep": []}
    for name, truth, score in _against_the_rest(y, probabilities, classes):
        drawn["pr"] += _precision_recall(truth, score, name)
        drawn["roc"] += _roc(truth, score, name)
        drawn["calibration"] += _calibration(truth, score, name)
    if len(classes) == 2:
        drawn["sweep"] = _sweep(y, probabilities[:, 1])
    return drawn


def calibration_curves(y: Codes, probabilities: Floats, classes: Sequence[str]) -> Rows:
    """The rows of the calibration curve alone."""
    found = _against_the_rest(y, probabilities, classes)
    return [row for name, truth, score in found for row in _calibration(truth, score, name)]


def _against_the_rest(
    y: Codes, probabilities: Floats, classes: Sequence[str]
) -> Iterator[tuple[str | None, Codes, Floats]]:
    """Truth and score of each class that occurs beside others; of two classes the second alone, unnamed."""
    for code, name in [(1, None)] if len(classes) == 2 else enumerate(classes):
        truth = (y == code).astype(np.int64)
        if 0 < truth.sum() < len(truth):
            yield name, truth, probabilities[:, code]


def _precision_recall(y: Codes, scores: Floats, name: str | None) -> Rows:
    counts = sweep(y, scores).counts
    recall, precision = _figure("recall", counts), _figure("precision", counts)
    precision[0] = precision[1]
    return _rows({"recall": recall, "precision": precision}, name)


def _roc(y: Codes, scores: Floats, name: str | None) -> Rows:
    counts = sweep(y, scores).counts
    return _rows({"fpr": counts.fp / counts.fp[-1], "tpr": counts.tp / counts.tp[-1]}, name)


def _calibration(y: Codes, scores: Floats, name: str | None) -> Rows:
    """Mean score and share of positives in ten bins of equal size."""
    order = np.argsort(scores, kind="stable")
    parts = [part for part in np.array_split(order, BINS) if len(part)]
    return [
        {
            "predicted": float(scores[part].mean()),
            "observed": float(y[part].mean()),
            "rows": len(part),
            "class": name,
        }
        for part in parts
    ]


def _sweep(y: Codes, scores: Floats) -> Rows:
    found = sweep(y, scores)
    columns = {name: _figure(name, found.counts) for name in ("recall", "precision", "f2")}
    # the first threshold stands above every score, and may stand above one: nothing to show there
    picked = _pick(len(found.thresholds) - 1) + 1
    return [
        {
            "threshold": float(found.thresholds[i]),
            **{name: float(values[i]) for name, values in columns.items()},
            "alerts": int(found.alerts[i]),
        }
        for i in picked
    ]


def _figure(name: str, counts: Any) -> Floats:
    formula = METRICS[name].formula
    assert formula is not None
    return np.asarray(formula(counts), dtype=np.float64)


def _rows(columns: dict[str, Floats], name: str | None) -> Rows:
    picked = _pick(len(next(iter(columns.values()))))
    return [{**{key: float(values[i]) for key, values in columns.items()}, "class": name} for i in picked]


def _pick(size: int) -> Any:
    return np.unique(np.linspace(0, size - 1, min(size, MOST_POINTS)).round().astype(np.int64))
