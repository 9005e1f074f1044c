"""Operating points: the rule that turns scores into decisions, chosen on out-of-fold predictions.

A row is called positive when its score is at or above the threshold. Candidates are the scores that
occur, and one just above the highest, which calls nothing positive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from evenkeel.evaluation.metrics import METRICS, Codes, Counts, Floats

HALF = 0.5


@dataclass(frozen=True)
class Chosen:
    """A threshold, and whether the rule could be kept on the rows that it was chosen on."""

    threshold: float
    kept: bool
    note: str = ""


@dataclass(frozen=True)
class Sweep:
    """Every candidate threshold, falling, with its counts."""

    thresholds: Floats
    counts: Counts

    @property
    def alerts(self) -> Any:
        """Rows called positive at each threshold."""
        return self.counts.tp + self.counts.fp


def sweep(y: Codes, scores: Floats) -> Sweep:
    """The counts at every threshold that makes a difference."""
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    last = np.flatnonzero(np.diff(ranked, append=-np.inf))
    tp = np.concatenate([[0], np.cumsum(y[order] == 1)[last]])
    fp = np.concatenate([[0], np.cumsum(y[order] == 0)[last]])
    thresholds = np.concatenate([[np.nextafter(ranked[0], np.inf)], ranked[last]])
    return Sweep(thresholds, Counts(tn=fp[-1] - fp, fp=fp, fn=tp[-1] - tp, tp=tp))


def decide(probabilities: Floats, threshold: float | None) -> Codes:
    """Class codes: by threshold when there is one, else the class of highest probability."""
    if threshold is None:
        return np.asarray(np.argmax(probabilities, axis=1), dtype=np.int64)
    return np.asarray(probabilities[:, 1] >= threshold, dtype=np.int64)


def choose(y: Codes, scores: Floats, rule: Mapping[str, Any], *, alert_share: float | None = None) -> Chosen:
    """The threshold that `rule` (one key of the config's `operating_point`) asks for.

    `alert_share` is the rule's `alerts` as a share of rows. Of equally good thresholds the highest wins:
    it raises the fewest alerts.
    """
    (name, value), *_ = rule.items()
    if name == "threshold":
        return Chosen(float(value), kept=True)
    found = sweep(y, scores)
    if name == "maximize":
        formula = METRICS[value].formula
        assert formula is not None
        return _best(found, formula(found.counts))
    if name == "cost":
        return _best(found, -(value["fn"] * found.counts.fn + value["fp"] * found.counts.fp))
    if name == "alerts":
        assert alert_share is not None
        return _best(found, _recall(found), allowed=found.alerts <= alert_share * len(y) + 1e-9)
    if name == "recall_at_least":
        enough = _recall(found) >= value
        return _best(found, -np.asarray(found.alerts, dtype=np.float64), allowed=enough)
    return _precise_enough(found, float(value))


def _precise_enough(found: Sweep, wanted: float) -> Chosen:
    formula = METRICS["precision"].formula
    assert formula is not None
    precision = formula(found.counts)
    allowed = (precision >= wanted) & (found.alerts > 0)
    if allowed.any():
        return _best(found, _recall(found), allowed=allowed)
    best = _best(found, precision)
    note = f"no threshold reaches a precision of {wanted:g}; the highest is {precision.max():.3g}"
    return Chosen(best.threshold, kept=False, note=note)


def _recall(found: Sweep) -> Floats:
    formula = METRICS["recall"].formula
    assert formula is not None
    return np.asarray(formula(found.counts), dtype=np.float64)


def _best(found: Sweep, value: Any, *, allowed: Any = True) -> Chosen:
    usable = np.where(allowed, np.asarray(value, dtype=np.float64), -np.inf)
    # equal but for rounding is equal: the first of them, the highest threshold, wins
    first = int(np.argmax(np.isclose(usable, usable.max(), rtol=1e-12, atol=1e-12)))
    return Chosen(float(found.thresholds[first]), kept=bool(np.isfinite(usable[first])))
