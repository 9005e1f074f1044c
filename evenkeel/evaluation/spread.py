"""How far cross-validated figures would move on other tables: standard errors that the rows tell of.

The folds of one table share most of their rows. A threshold, or a level of the probabilities, that is off by
chance is off in all folds alike, so no fold differs by it (Bengio & Grandvalet, "No unbiased estimator of the
variance of k-fold cross-validation", 2004), and the variance of Nadeau & Bengio knows nothing of it. The rows
do, by another way for each kind of figure:

| figure | standard error |
|---|---|
| figures of decisions | bootstrap of the held-out rows of each fold and class; the rule chooses anew |
| Brier score, log loss | the spread of what each row adds, and of how it moves the level of all others |

Ranks hardly depend on what these are about: ROC AUC and average precision have none. The other tables have as
many rows of each class: how sure the share of positives is, is another question, as it is on the test set.

Rows count as independent. Where they come in groups, which folds keep together, the folds know more; so of
both errors `crossval.interval` takes the larger. ``benchmarks/coverage.py`` measures what that is worth.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from evenkeel.evaluation.crossval import HeldOut, Values, held_out, measured, simultaneous
from evenkeel.evaluation.metrics import METRICS, Codes, Counts, Floats
from evenkeel.evaluation.operating import Amounts, places
from evenkeel.evaluation.several import macro
from evenkeel.evaluation.thresholds import Drawn, Steps, candidates

# a standard error of so many replicates is known to 5 %
REPLICATES = 200
# of more positives every other score, or every tenth, will do as a threshold
MOST_THRESHOLDS = 1_000
# counts that are held at once
MOST_CELLS = 2_000_000
# probabilities of 0 and 1 are moved this far, as scikit-learn's log loss does
EDGE = float(np.finfo(np.float64).eps)


def cross_validated(
    y: Codes,
    probabilities: Floats,
    fold: Codes,
    rule: Mapping[str, Any] | None,
    *,
    seed: int,
    alert_share: float | None = None,
    amounts: Amounts | None = None,
    calibrate: Mapping[str, Any] | None = None,
) -> tuple[dict[str, dict[str, float | None]], Values, dict[str, float]]:
    """As `crossval.cross_validated`; intervals know the rows, whose standard errors are handed back too."""
    found = held_out(
        y, probabilities, fold, rule, alert_share=alert_share, amounts=amounts, calibrate=calibrate
    )
    values, fold = measured(y, found, fold), np.unique(fold, return_inverse=True)[1]
    draws = np.random.default_rng(seed)
    if rule is None or "threshold" in rule:
        errors = _of_calls(y, found.called, fold, probabilities.shape[1], draws)
    else:
        # a calibration keeps ranks, so what the rule chooses is the same before and after it
        errors = _of_choices(y, probabilities[:, 1], fold, rule, alert_share, amounts, draws)
    errors |= _of_losses(y, found, fold)
    return simultaneous(values, 1, errors), values, errors


def _of_choices(
    y: Codes,
    scores: Floats,
    fold: Codes,
    rule: Mapping[str, Any],
    alert_share: float | None,
    amounts: Amounts | None,
    draws: np.random.Generator,
) -> dict[str, float]:
    """Standard errors of decisions by a threshold that each replicate chooses anew, on the other folds."""
    thresholds = candidates(y, scores)
    if len(thresholds) > MOST_THRESHOLDS:
        thresholds = thresholds[np.linspace(0, len(thresholds) - 1, MOST_THRESHOLDS).astype(int)]
    parts = []
    for number in range(fold.max() + 1):
        rows = fold == number
        paid = None if amounts is None else Amounts(*(amount[rows] for amount in amounts))
        parts.append(Steps.of(y[rows], scores[rows], paid, thresholds))
    at_once, found = max(1, MOST_CELLS // (len(parts) * len(thresholds))), []
    for start in range(0, REPLICATES, at_once):
        drawn = [part.resampled(draws, min(at_once, REPLICATES - start)) for part in parts]
        # shape (replicates, folds, thresholds + 1)
        inside = Drawn(*(_stacked(column) for column in zip(*drawn, strict=True)))
        rest = Drawn(*(None if one is None else one.sum(axis=1, keepdims=True) - one for one in inside))
        chosen = places(rest.sweep(thresholds), rule, alert_share=alert_share)[..., None]
        own = inside.sweep(thresholds).counts
        counts = (
            np.take_along_axis(column, chosen, -1)[..., 0] for column in (own.tn, own.fp, own.fn, own.tp)
        )
        found.append(_figures(Counts(*counts)))
    return {name: _spread(np.concatenate([part[name] for part in found])) for name in found[0]}


def _stacked(column: tuple[Any, ...]) -> Any:
    return None if column[0] is None else np.stack(column, axis=1)


def _of_calls(
    y: Codes, called: Codes, fold: Codes, classes: int, draws: np.random.Generator
) -> dict[str, float]:
    """Standard errors of decisions that stand as they are: by a given threshold, or the likeliest class."""
    folds = int(fold.max()) + 1
    # the true class comes before the one that is called
    drawn = np.zeros((folds, classes, classes, REPLICATES))
    for number in range(folds):
        for code in range(classes):
            cells = np.bincount(called[(fold == number) & (y == code)], minlength=classes)
            drawn[number, code] = draws.multinomial(cells.sum(), cells / max(cells.sum(), 1), REPLICATES).T
    if classes == 2:
        (tn, fp), (fn, tp) = np.moveaxis(drawn, (0, 3), (3, 2))
        found = _figures(Counts(tn=tn, fp=fp, fn=fn, tp=tp))
    else:
        of_folds = macro(drawn, (drawn.sum(axis=2) + drawn.sum(axis=1)).sum(axis=-1, keepdims=True) > 0)
        found = {name: values.mean(axis=0) for name, values in of_folds.items()}
    return {name: _spread(values) for name, values in found.items()}


def _of_losses(y: Codes, found: HeldOut, fold: Codes) -> dict[str, float]:
    """Standard errors of the scores that are means over rows, with classes of fixed sizes."""
    inside = np.clip(found.probabilities, EDGE, 1 - EDGE)
    # the mean over folds weighs the rows of a small fold more
    weight = 1 / (len(np.bincount(fold)) * np.bincount(fold)[fold])
    log_loss = -np.log(inside[np.arange(len(y)), y])
    if inside.shape[1] > 2:
        brier = np.sum((inside - np.eye(inside.shape[1])[y]) ** 2, axis=1)
        return {
            "brier": _within_classes(y, brier * weight),
            "log_loss": _within_classes(y, log_loss * weight),
        }
    p, shift = inside[:, 1], level_shifts(y, inside[:, 1])
    slopes = {"brier": 2 * (p - y) * p * (1 - p), "log_loss": p - y}
    return {
        name: _within_classes(y, loss * weight + shift * np.sum(slopes[name] * weight))
        for name, loss in (("brier", (p - y) ** 2), ("log_loss", log_loss))
    }


def level_shifts(y: Codes, p: Floats) -> Floats:
    """How far each row moves the log odds of all rows where a model is fitted on them, to first order.

    Whatever a model learned by, it met it on average: with the weight that positives must have had for their
    sum of residuals to equal that of the negatives. The shift is the influence of a row on the intercept of
    a logistic regression so weighted (Hampel, "The influence curve and its role in robust estimation", 1974).
    For calibrated probabilities the weight is 1, and a log loss does not change by it, to first order.
    """
    positive = y == 1
    weight = np.where(positive, p[~positive].sum() / (1 - p[positive]).sum(), 1.0)
    return np.asarray(weight * (y - p) / np.sum(weight * p * (1 - p)))


def _within_classes(y: Codes, parts: Floats) -> float:
    """The standard error of a sum over rows, of which each class has a fixed number."""
    variance = 0.0
    for code in np.unique(y):
        part = parts[y == code]
        variance += float(np.sum((part - part.mean()) ** 2)) * len(part) / max(1, len(part) - 1)
    return float(np.sqrt(variance))


def _figures(counts: Counts) -> dict[str, Floats]:
    """The mean over folds of every figure of decisions; counts have the shape (replicates, folds)."""
    return {
        name: np.asarray(metric.formula(counts), dtype=np.float64).mean(axis=1)
        for name, metric in METRICS.items()
        if metric.formula is not None
    }


def _spread(values: Floats) -> float:
    return float(values.std(ddof=1))
