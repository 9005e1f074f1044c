"""Intervals for the figures of a test set, and for the differences between strategies on the same rows.

| figure | interval |
|---|---|
| recall, specificity and the four counts | Wilson's score interval of a proportion |
| other figures of decisions | expanded percentiles of the smoothed bootstrap (`bootstrap.replicates`) |
| ROC AUC, average precision | expanded percentiles or Student's t on the logit scale: the wider |
| Brier score, log loss | bootstrap-t |
| differences of counts and of figures of decisions | expanded percentiles of the smoothed bootstrap, paired |
| differences of scores | Student's t with the bootstrap's standard error, paired |

Plain percentiles do not serve: with few positives they miss a recall near 1, a skewed loss or a small average
precision too often. What is used instead is measured in ``benchmarks/coverage.py``.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from evenkeel.evaluation.bootstrap import Figures, Sample, plain, replicates
from evenkeel.evaluation.crossval import LEVEL
from evenkeel.evaluation.metrics import METRICS, Codes, Counts, Floats

COUNTED = ("tn", "fp", "fn", "tp")
# what decisions give, by name, from counts
DECIDED: Mapping[str, Callable[[Counts], Any]] = {
    **{name: metric.formula for name, metric in METRICS.items() if metric.formula is not None},
    "specificity": lambda c: c.tn / (c.tn + c.fp),
    **{name: operator.attrgetter(name) for name in COUNTED},
}
SCORED = tuple(name for name, metric in METRICS.items() if metric.formula is None)
Found = dict[str, dict[str, float]]


class Judged(Protocol):
    """What a comparison asks of test rows: see `Sample`."""

    @property
    def scores(self) -> Floats:
        """Probabilities: the first axis is that of the strategies."""

    @property
    def decided(self) -> Codes:
        """Decisions, shape (strategies, rows)."""

    @property
    def known(self) -> float:
        """Rows that say how much is known of decisions."""

    @property
    def seen(self) -> float:
        """Rows that say how much is known of scores."""


def compared(of: Sample, names: Sequence[str], seed: int) -> dict[str, Any]:
    """The intervals of all strategies, and of the differences of each from each other one.

    `names` are those of the strategies in the order of `of`. `intervals` holds by strategy and figure
    `value`, `low`, `high`; `differences` by reference, strategy and figure `value` (strategy minus
    reference), `low` and `high`, and `all_low` and `all_high`, which hold for all strategies that are
    compared with the reference together.
    """
    here, drawn = plain(of), replicates(of, seed)
    return {
        "level": LEVEL,
        "replicates": int(drawn.counts.tp.shape[1]),
        "rows": {"negatives": of.negatives, "positives": of.positives},
        "intervals": dict(zip(names, intervals(of, here, drawn), strict=True)),
        "differences": {
            reference: differences(of, _values(here), _values(drawn), names, index)
            for index, reference in enumerate(names)
        },
    }


def intervals(of: Sample, here: Figures, drawn: Figures, level: float = LEVEL) -> list[Found]:
    """One mapping per strategy: figure -> value, low, high."""
    ends = {name: _decided(name, of, here, drawn, level) for name in DECIDED}
    ends |= {name: _scored(name, of, here, drawn, level) for name in SCORED}
    values = _values(here)
    return [
        {
            name: row(values[name][i, 0], *np.clip((low[i], high[i]), *limits(name)))
            for name, (low, high) in ends.items()
        }
        for i in range(len(of.scores))
    ]


def differences(
    of: Judged,
    here: Mapping[str, Floats],
    drawn: Mapping[str, Floats],
    names: Sequence[str],
    reference: int,
) -> dict[str, Found]:
    """Every other strategy minus the reference: strategy -> figure -> value, low, high, all_low, all_high.

    `here` and `drawn` are figures by name, of the rows as they are, shape (strategies, 1), and of replicates.

    Whoever looks at K - 1 differences sees the luckiest of them. `all_low` and `all_high` are those of the
    level at which all K - 1 intervals hold together in 95 % of the replicates: that of the largest of their
    standardized deviations (Westfall & Young, "Resampling-based multiple testing", 1993; Romano & Wolf,
    "Exact and approximate stepdown methods for multiple hypothesis testing", 2005). Bonferroni's level, which
    knows nothing of how alike strategies are, is the widest that it can be.
    """
    others = [i for i in range(len(names)) if i != reference]
    found: dict[str, Found] = {names[i]: {} for i in others}
    if not others:
        return found
    for name, values in drawn.items():
        apart = values[others] - values[reference]
        value = (here[name][others] - here[name][reference])[:, 0]
        # the same predictions and decisions are one strategy under two names: there is nothing to find out
        same = np.array([_same(of, i, reference) for i in others])
        apart[same] = 0.0
        ends = _apart(name, of, value, apart, LEVEL), _apart(name, of, value, apart, together(apart))
        for j, i in enumerate(others):
            (low, high), (all_low, all_high) = ((each[0][j], each[1][j]) for each in ends)
            wide = row(value[j], min(low, all_low), max(high, all_high))
            alone = row(value[j], low, high)
            found[names[i]][name] = {**alone, "all_low": wide["low"], "all_high": wide["high"]}
    return found


def together(apart: Floats) -> float:
    """The level at which intervals of several differences hold together; shape (differences, replicates)."""
    from scipy import stats

    spread = apart.std(axis=1, keepdims=True)
    moves = apart - apart.mean(axis=1, keepdims=True)
    standardized = np.divide(moves, spread, out=np.zeros_like(moves), where=spread > 0)
    furthest = np.quantile(np.abs(standardized).max(axis=0), LEVEL)
    alone = 1 - LEVEL
    return 1 - float(np.clip(2 * stats.norm.sf(furthest), alone / len(apart), alone))


def limits(name: str) -> tuple[float, float]:
    """The values that a figure can take."""
    if name in METRICS:
        return METRICS[name].limits
    return (0.0, float("inf")) if name in COUNTED else (0.0, 1.0)


def _values(figures: Figures) -> dict[str, Floats]:
    """All figures by name, shape (strategies, replicates)."""
    decided = {
        name: np.asarray(formula(figures.counts), dtype=np.float64) for name, formula in DECIDED.items()
    }
    return {**decided, **{name: figures.scores[name] for name in SCORED}}


def _decided(name: str, of: Sample, here: Figures, drawn: Figures, level: float) -> tuple[Floats, Floats]:
    counts, positives, negatives = here.counts, of.positives, of.negatives
    proportions = {
        "recall": (counts.tp, positives, 1),
        "tp": (counts.tp, positives, positives),
        "fn": (counts.fn, positives, positives),
        "specificity": (counts.tn, negatives, 1),
        "tn": (counts.tn, negatives, negatives),
        "fp": (counts.fp, negatives, negatives),
    }
    if name not in proportions:
        return expanded(of.known, np.asarray(DECIDED[name](drawn.counts), dtype=np.float64), level)
    found, rows, scale = proportions[name]
    low, high = wilson(found[:, 0], rows, level)
    return low * scale, high * scale


def wilson(found: Any, rows: Any, level: float = LEVEL) -> tuple[Any, Any]:
    """The score interval of a proportion: Wilson, "Probable inference, the law of succession", 1927."""
    from scipy import stats

    z = stats.norm.ppf((1 + level) / 2)
    middle = (found + z * z / 2) / (rows + z * z)
    half = z / (rows + z * z) * np.sqrt(found * (rows - found) / rows + z * z / 4)
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)


def _scored(name: str, of: Sample, here: Figures, drawn: Figures, level: float) -> tuple[Floats, Floats]:
    value, values = here.scores[name][:, 0], drawn.scores[name]
    if name in here.errors:
        return bootstrap_t(value, values, here.errors[name][:, 0], drawn.errors[name], level)
    return ranking(of.known, 1 / (2 * of.positives * of.negatives), value, values, level)


def ranking(
    known: float, least: float, value: Floats, values: Floats, level: float = LEVEL
) -> tuple[Floats, Floats]:
    """The interval of an area under a curve, which is told from 0 and 1 by at least `least`.

    The percentiles see how skewed a small average precision is, the logit how near to 1 a large AUC is.
    """
    low, high = expanded(known, values, level)
    middle, replicated = (_logit(np.clip(each, least, 1 - least)) for each in (value, values))
    half = _student(known, level) * replicated.std(axis=1)
    return np.minimum(low, _expit(middle - half)), np.maximum(high, _expit(middle + half))


def bootstrap_t(
    value: Floats, values: Floats, error: Floats, errors: Floats, level: float
) -> tuple[Floats, Floats]:
    """Percentiles of (replicate - value) / its error, turned over: Efron & Tibshirani, chapter 12."""
    moves = values - value[:, None]
    studentized = np.divide(moves, errors, out=np.zeros_like(moves), where=errors > 0)
    low, high = _percentiles(studentized, level)
    return value - high * error, value - low * error


def _apart(name: str, of: Judged, value: Floats, apart: Floats, level: float) -> tuple[Floats, Floats]:
    if name in DECIDED:
        return expanded(of.known, apart, level)
    half = _student(of.seen, level) * apart.std(axis=1)
    return value - half, value + half


def _student(known: float, level: float) -> float:
    """The quantile of Student's t: the rarer class says how much is known."""
    from scipy import stats

    return float(stats.t.ppf((1 + level) / 2, known - 1))


def expanded(known: float, values: Floats, level: float) -> tuple[Floats, Floats]:
    """Percentiles as far out as n known rows ask: their bootstrap varies too little by the share (n - 1) / n.

    Hesterberg, "What teachers should know about the bootstrap", The American Statistician 69 (2015).
    """
    from scipy import stats

    outside = float(stats.norm.sf(np.sqrt(known / (known - 1)) * _student(known, level)))
    return _percentiles(values, 1 - 2 * outside)


def _percentiles(values: Floats, level: float) -> tuple[Floats, Floats]:
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2], axis=1)
    return low, high


def _logit(p: Floats) -> Floats:
    return np.asarray(np.log(p / (1 - p)), dtype=np.float64)


def _expit(x: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-x)), dtype=np.float64)


def _same(of: Judged, one: int, two: int) -> bool:
    alike = np.array_equal(of.scores[one], of.scores[two])
    return alike and np.array_equal(of.decided[one], of.decided[two])


def row(value: float, low: float, high: float) -> dict[str, float]:
    """An interval that holds its value."""
    value = float(value)
    return {"value": value, "low": min(float(low), value), "high": max(float(high), value)}
