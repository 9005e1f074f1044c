"""Operating points: the rule that turns scores into decisions, chosen on out-of-fold predictions.

A row is called positive when its score is at or above the threshold. Candidates are the scores that
occur, and one just above the highest, which calls nothing positive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from evenkeel.evaluation.metrics import METRICS, Codes, Counts, Floats

HALF = 0.5


@dataclass(frozen=True)
class Chosen:
    """A threshold, and whether the rule could be kept on the rows that it was chosen on."""

    threshold: float
    kept: bool
    note: str = ""


class Amounts(NamedTuple):
    """What each row costs, shape (rows,) each: a positive one if it is missed, another if it is an alert."""

    fn: Floats
    fp: Floats


@dataclass(frozen=True)
class Sweep:
    """Every candidate threshold, falling, with its counts, and what it costs where rows have amounts."""

    thresholds: Floats
    counts: Counts
    cost: Floats | None = None

    @property
    def alerts(self) -> Any:
        """Rows called positive at each threshold."""
        return self.counts.tp + self.counts.fp


def sweep(y: Codes, scores: Floats, amounts: Amounts | None = None) -> Sweep:
    """The counts, and the cost by `amounts`, at every threshold that makes a difference."""
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    last = np.flatnonzero(np.diff(ranked, append=-np.inf))
    tp = np.concatenate([[0], np.cumsum(y[order] == 1)[last]])
    fp = np.concatenate([[0], np.cumsum(y[order] == 0)[last]])
    thresholds = np.concatenate([[np.nextafter(ranked[0], np.inf)], ranked[last]])
    counts = Counts(tn=fp[-1] - fp, fp=fp, fn=tp[-1] - tp, tp=tp)
    if amounts is None:
        return Sweep(thresholds, counts)
    found = np.concatenate([[0.0], np.cumsum(np.where(y == 1, amounts.fn, 0.0)[order])[last]])
    raised = np.concatenate([[0.0], np.cumsum(np.where(y == 0, amounts.fp, 0.0)[order])[last]])
    return Sweep(thresholds, counts, found[-1] - found + raised)


def decide(probabilities: Floats, threshold: float | None) -> Codes:
    """Class codes: by threshold when there is one, else the class of highest probability."""
    if threshold is None:
        return np.asarray(np.argmax(probabilities, axis=1), dtype=np.int64)
    return np.asarray(probabilities[:, 1] >= threshold, dtype=np.int64)


def choose(
    y: Codes,
    scores: Floats,
    rule: Mapping[str, Any],
    *,
    alert_share: float | None = None,
    amounts: Amounts | None = None,
) -> Chosen:
    """The threshold that `rule` (one key of the config's `operating_point`) asks for.

    `alert_share` is the rule's `alerts` as a share of rows; `amounts` are the costs of rows where the rule
    takes them from a column. Of equally good thresholds the highest wins: it raises the fewest alerts.
    """
    if "threshold" in rule:
        return Chosen(float(rule["threshold"]), kept=True)
    return best(sweep(y, scores, amounts), rule, alert_share=alert_share)


def best(found: Sweep, rule: Mapping[str, Any], *, alert_share: float | None = None) -> Chosen:
    """The threshold of a sweep that `rule` asks for, which names no threshold itself."""
    value, allowed, kept = _worth(found, rule, alert_share)
    first = int(_first(value, allowed))
    note = ""
    if "precision_at_least" in rule and not kept.all():
        wanted, most = rule["precision_at_least"], value.max()
        note = f"no threshold reaches a precision of {wanted:g}; the highest is {most:.3g}"
    return Chosen(float(found.thresholds[first]), kept=bool(kept.all()), note=note)


def places(found: Sweep, rule: Mapping[str, Any], *, alert_share: float | None = None) -> Any:
    """The places of the thresholds that `best` would choose in many sweeps at once.

    Counts, and costs, have the shape (..., thresholds); the result has their shape without the last axis.
    """
    value, allowed, _ = _worth(found, rule, alert_share)
    return _first(value, allowed)


def _worth(found: Sweep, rule: Mapping[str, Any], alert_share: float | None) -> tuple[Any, Any, Any]:
    """What each threshold is worth by a rule, which ones it allows, and whether they keep it."""
    (name, value), *_ = rule.items()
    can = np.True_
    if name == "maximize":
        return _figure(found, value), can, can
    if name == "cost":
        paid = found.cost
        if paid is None:
            paid = value["fn"] * found.counts.fn + value["fp"] * found.counts.fp
        return -np.asarray(paid, dtype=np.float64), can, can
    if name == "alerts":
        assert alert_share is not None
        rows = found.alerts + found.counts.fn + found.counts.tn
        return _figure(found, "recall"), found.alerts <= alert_share * rows + 1e-9, can
    if name == "recall_at_least":
        allowed = _figure(found, "recall") >= value
        return -np.asarray(found.alerts, dtype=np.float64), allowed, allowed.any(axis=-1, keepdims=True)
    precision = _figure(found, "precision")
    allowed = (precision >= float(value)) & (found.alerts > 0)
    kept = allowed.any(axis=-1, keepdims=True)
    # where none is precise enough, the most precise one is as near as can be
    return np.where(kept, _figure(found, "recall"), precision), allowed | ~kept, kept


def _figure(found: Sweep, name: str) -> Floats:
    formula = METRICS[name].formula
    assert formula is not None
    return np.asarray(formula(found.counts), dtype=np.float64)


def _first(value: Any, allowed: Any) -> Any:
    usable = np.where(allowed, value, -np.inf)
    # equal but for rounding is equal: the first of them, the highest threshold, wins
    return np.argmax(np.isclose(usable, usable.max(axis=-1, keepdims=True), rtol=1e-12, atol=1e-12), axis=-1)
