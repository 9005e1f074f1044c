"""Figures on the test set, at one half and at the operating point."""

from __future__ import annotations

from typing import Any

from evenkeel.evaluation.metrics import METRICS, Codes, Floats, confusion_matrix, count, measure
from evenkeel.evaluation.operating import HALF, decide


def judge(y: Codes, probabilities: Floats, threshold: float | None) -> dict[str, Any]:
    """Every metric at the operating point, and the confusion matrices there and at one half.

    `threshold` None means multi-class: the class of highest probability, and a full matrix.
    """
    at_half = decide(probabilities, None if threshold is None else HALF)
    decided = decide(probabilities, threshold)
    return {
        **measure(y, probabilities, decided),
        "at_half": {**_confusion(y, at_half, probabilities), **_decision_figures(y, probabilities, at_half)},
        "at_operating_point": {"threshold": threshold, **_confusion(y, decided, probabilities)},
    }


def _confusion(y: Codes, decided: Codes, probabilities: Floats) -> dict[str, Any]:
    classes = probabilities.shape[1]
    if classes == 2:
        return dict(count(y, decided).as_dict())
    return {"matrix": confusion_matrix(y, decided, classes)}


def _decision_figures(y: Codes, probabilities: Floats, decided: Codes) -> dict[str, float | None]:
    figures = measure(y, probabilities, decided)
    return {name: figures[name] for name, metric in METRICS.items() if metric.needs_threshold}
