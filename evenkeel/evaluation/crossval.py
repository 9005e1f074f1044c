"""Cross-validated figures from out-of-fold predictions, each with an interval.

A fold's decisions use the threshold chosen on the *other* folds, and its probabilities their calibration:
what is judged on the rows that it was chosen on would look better than it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from evenkeel.evaluation import calibration
from evenkeel.evaluation.metrics import METRICS, Codes, Floats, measure
from evenkeel.evaluation.operating import Amounts, choose, decide

LEVEL = 0.95
Values = dict[str, list[float | None]]


class HeldOut(NamedTuple):
    """What each row is judged by: probabilities, shape (rows, classes), and the class code it is called."""

    probabilities: Floats
    called: Codes


def cross_validated(
    y: Codes,
    probabilities: Floats,
    fold: Codes,
    rule: Mapping[str, Any] | None,
    *,
    alert_share: float | None = None,
    amounts: Amounts | None = None,
    calibrate: Mapping[str, Any] | None = None,
) -> tuple[dict[str, dict[str, float | None]], Values]:
    """Per metric its mean with a 95 % interval, and its value in each fold; see `held_out`.

    The intervals are those that the folds tell of alone; `spread` knows more.
    """
    found = held_out(
        y, probabilities, fold, rule, alert_share=alert_share, amounts=amounts, calibrate=calibrate
    )
    values = measured(y, found, fold)
    return simultaneous(values, 1), values


def held_out(
    y: Codes,
    probabilities: Floats,
    fold: Codes,
    rule: Mapping[str, Any] | None,
    *,
    alert_share: float | None = None,
    amounts: Amounts | None = None,
    calibrate: Mapping[str, Any] | None = None,
) -> HeldOut:
    """Judge every row by what the other folds choose; `rule` None means multi-class.

    `calibrate` asks for a map of the probabilities, see `calibration.fit`: each fold's is that of the others.
    """
    judged, called = np.zeros_like(probabilities, dtype=np.float64), np.zeros_like(y)
    for number in np.unique(fold):
        inside, rest, threshold = fold == number, fold != number, None
        found = calibration.fit(calibrate, y[rest], probabilities[rest]) if calibrate else None
        judged[inside] = calibration.apply(found, probabilities[inside])
        if rule is not None:
            scores = calibration.apply(found, probabilities[rest])[:, 1]
            paid = None if amounts is None else Amounts(*(part[rest] for part in amounts))
            threshold = choose(y[rest], scores, rule, alert_share=alert_share, amounts=paid).threshold
        called[inside] = decide(judged[inside], threshold)
    return HeldOut(judged, called)


def measured(y: Codes, found: HeldOut, fold: Codes) -> Values:
    """Every metric's value in each fold."""
    per_fold = [
        measure(y[inside], found.probabilities[inside], found.called[inside])
        for inside in (fold == number for number in np.unique(fold))
    ]
    return {name: [row[name] for row in per_fold] for name in METRICS}


def _within(found: dict[str, float | None], limits: tuple[float, float]) -> dict[str, float | None]:
    """An interval cut to the values that its metric can take."""
    low, high = limits
    return {name: None if value is None else min(max(value, low), high) for name, value in found.items()}


def simultaneous(
    per_fold: Mapping[str, list[float | None]],
    compared: int,
    errors: Mapping[str, float] | None = None,
    repeats: int = 1,
) -> dict[str, dict[str, float | None]]:
    """Per metric its mean, with intervals that hold for all of `compared` strategies together in 95 %.

    Whoever picks the best of several picks a lucky one: each interval is as wide as all must be for none of
    them to miss (Bonferroni). `errors` are standard errors that the rows tell of, see `spread`.
    """
    level, known = 1 - (1 - LEVEL) / compared, errors or {}
    return {
        name: _within(interval(found, level, known.get(name, 0.0), repeats), METRICS[name].limits)
        for name, found in per_fold.items()
    }


def interval(
    values: list[float | None], level: float = LEVEL, error: float = 0.0, repeats: int = 1
) -> dict[str, float | None]:
    """Mean and interval of the figures of all folds: Student's t with the variance of Nadeau & Bengio.

    The folds' training rows overlap, so the usual variance is too small; "Inference for the generalization
    error", Machine Learning 52 (2003), multiplies it by 1/k + (held-out share / fitted share) for k figures.
    With `repeats` k is that of all folds of all repeats (Bouckaert & Frank, "Evaluating the replicability of
    significance tests for comparing learning algorithms", PAKDD 2004). They count k - 1 degrees of freedom;
    here they stay those of one repeat, because to deal the same rows again tells nothing of other rows.
    Where the rows tell of a larger standard `error` of the mean, that one counts.
    """
    from scipy import stats

    known = np.array([value for value in values if value is not None])
    if len(known) < 2 or len(known) < len(values):
        return {"mean": float(known.mean()) if len(known) else None, "low": None, "high": None}
    k, folds = len(known), len(known) // repeats
    corrected = np.sqrt(known.var(ddof=1) * (1 / k + 1 / (folds - 1)))
    half = stats.t.ppf((1 + level) / 2, folds - 1) * max(corrected, error)
    return {
        "mean": float(known.mean()),
        "low": float(known.mean() - half),
        "high": float(known.mean() + half),
    }
