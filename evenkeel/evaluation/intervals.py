"""Intervals for the figures of a test set, and for the differences between strategies on the same rows.

| figure | interval |
|---|---|
| recall, specificity and the four counts | Wilson's score interval of a proportion |
| other figures of decisions | expanded percentiles of the smoothed bootstrap (`bootstrap.replicates`) |
| ROC AUC, average precision | expanded percentiles of the plain bootstrap |
| Brier score, log loss | bootstrap-t |
| differences of counts and of figures of decisions | expanded percentiles of the smoothed bootstrap, paired |
| differences of scores | Student's t with the bootstrap's standard error, paired |

Plain percentiles do not serve: with few positives they miss a recall near 1, a skewed loss or a small average
precision too often. What is used instead is measured in ``benchmarks/coverage.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from evenkeel.evaluation.bootstrap import Figures, Sample, plain, replicates
from evenkeel.evaluation.crossval import LEVEL
from evenkeel.evaluation.metrics import METRICS, Counts, Floats

COUNTED = ("tn", "fp", "fn", "tp")
# what decisions give, by name, from counts
DECIDED: Mapping[str, Callable[[Counts], Any]] = {
    **{name: metric.formula for name, metric in METRICS.items() if metric.formula is not None},
    "specificity": lambda c: c.tn / (c.tn + c.fp),
    **{name: lambda c, name=name: getattr(c, name) for name in COUNTED},
}
SCORED = tuple(name for name, metric in METRICS.items() if metric.formula is None)
Found = dict[str, dict[str, float]]


def compared(of: Sample, names: Sequence[str], seed: int) -> dict[str, Any]:
    """The intervals of all strategies, and of the differences of each from each other one.

    `names` are those of the strategies in the order of `of`. `intervals` holds by strategy and figure `value`,
    `low`, `high`; `differences` by reference, strategy and figure `value` (strategy minus reference), `low`
    and `high`, and `all_low` and `all_high`, which hold for all strategies that are compared with the
    reference together.
    """
    here, drawn = plain(of), replicates(of, seed)
    return {
        "level": LEVEL,
        "replicates": int(drawn.counts.tp.shape[1]),
        "rows": {"negatives": of.negatives, "positives": of.positives},
        "intervals": dict(zip(names, intervals(of, here, drawn), strict=True)),
        "differences": {
            reference: differences(of, here, drawn, names, index) for index, reference in enumerate(names)
        },
    }


def intervals(of: Sample, here: Figures, drawn: Figures, level: float = LEVEL) -> list[Found]:
    """One mapping per strategy: figure -> value, low, high."""
    ends = {name: _decided(name, of, here, drawn, level) for name in DECIDED}
    ends |= {name: _scored(name, of, here, drawn, level) for name in SCORED}
    values = _values(here)
    return [
        {name: _row(values[name][i, 0], low[i], high[i]) for name, (low, high) in ends.items()}
        for i in range(len(of.scores))
    ]


def differences(
    of: Sample, here: Figures, drawn: Figures, names: Sequence[str], reference: int
) -> dict[str, Found]:
    """Every other strategy minus the reference: strategy -> figure -> value, low, high, all_low, all_high.

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
    here_values, drawn_values = _values(here), _values(drawn)
    for name, values in drawn_values.items():
        apart = values[others] - values[reference]
        value = (here_values[name][others] - here_values[name][reference])[:, 0]
        # the same predictions and decisions are one strategy under two names: there is nothing to find out
        same = np.array([_same(of, i, reference) for i in others])
        apart[same] = 0.0
        ends = _apart(name, of, value, apart, LEVEL), _apart(name, of, value, apart, together(apart))
        for j, i in enumerate(others):
            (low, high), (all_low, all_high) = ((each[0][j], each[1][j]) for each in ends)
            wide = _row(value[j], min(low, all_low), max(high, all_high))
            row = _row(value[j], low, high)
            found[names[i]][name] = {**row, "all_low": wide["low"], "all_high": wide["high"]}
    return found


def together(apart: Floats) -> float:
    """The level at which the intervals of several differences hold together; shape (differences, replicates)."""
    from scipy import stats

    spread = apart.std(axis=1, keepdims=True)
    moves = apart - apart.mean(axis=1, keepdims=True)
    standardized = np.divide(moves, spread, out=np.zeros_like(moves), where=spread > 0)
    furthest = np.quantile(np.abs(standardized).max(axis=0), LEVEL)
    alone = 1 - LEVEL
    return 1 - float(np.clip(2 * stats.norm.sf(furthest), alone / len(apart), alone))


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
        return expanded(of, np.asarray(DECIDED[name](drawn.counts), dtype=np.float64), level)
    found, rows, scale = proportions[name]
    low, high = wilson(found[:, 0], rows, level)
    return low * scale, high * scale


def wilson(found: Any, rows: Any, level: float = LEVEL) -> tuple[Any, Any]:
    """The score interval of a proportion: Wilson, "Probable inference, the law of succession", 1927."""
    from scipy import stats

    z = stats.norm.ppf((1 + level) / 2)
    middle = (found + z * z / 2) / (rows + z * z)
    half = z / (rows + z * z) * np.sqrt(found * (rows - found) / rows + z * z / 4)
    return middle - half, middle + half


def _scored(name: str, of: Sample, here: Figures, drawn: Figures, level: float) -> tuple[Floats, Floats]:
    value, values = here.scores[name][:, 0], drawn.scores[name]
    if name in here.errors:
        return _bootstrap_t(value, values, here.errors[name][:, 0], drawn.errors[name], level)
    return expanded(of, values, level)


def _bootstrap_t(
    value: Floats, values: Floats, error: Floats, errors: Floats, level: float
) -> tuple[Floats, Floats]:
    """Percentiles of (replicate - value) / its error, turned over: Efron & Tibshirani, chapter 12."""
    moves = values - value[:, None]
    studentized = np.divide(moves, errors, out=np.zeros_like(moves), where=errors > 0)
    low, high = _percentiles(studentized, level)
    return value - high * error, value - low * error


def _apart(name: str, of: Sample, value: Floats, apart: Floats, level: float) -> tuple[Floats, Floats]:
    if name in DECIDED:
        return expanded(of, apart, level)
    half = _student(of, level) * apart.std(axis=1)
    return value - half, value + half


def _student(of: Sample, level: float) -> float:
    """The quantile of Student's t: the rarer class says how much is known."""
    from scipy import stats

    return float(stats.t.ppf((1 + level) / 2, _known(of) - 1))


def _known(of: Sample) -> int:
    """Rows of the rarer class, at least two, without which nothing varies."""
    return max(2, min(of.positives, of.negatives))


def expanded(of: Sample, values: Floats, level: float) -> tuple[Floats, Floats]:
    """Percentiles as far out as n rows ask, whose bootstrap varies too little by the share (n - 1) / n.

    Hesterberg, "What teachers should know about the bootstrap", The American Statistician 69 (2015).
    """
    from scipy import stats

    rows = _known(of)
    outside = float(stats.norm.sf(np.sqrt(rows / (rows - 1)) * _student(of, level)))
    return _percentiles(values, 1 - 2 * outside)


def _percentiles(values: Floats, level: float) -> tuple[Floats, Floats]:
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2], axis=1)
    return low, high


def _same(of: Sample, one: int, two: int) -> bool:
    alike = np.array_equal(of.scores[one], of.scores[two])
    return alike and np.array_equal(of.decided[one], of.decided[two])


def _row(value: float, low: float, high: float) -> dict[str, float]:
    """An interval that holds its value."""
    value = float(value)
    return {"value": value, "low": min(float(low), value), "high": max(float(high), value)}
