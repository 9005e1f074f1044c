"""Diagnostics of decisions: is a threshold at the edge (EKD008), do probabilities mean something (EKD009)?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from evenkeel.diagnosing.found import Finds, Found, counted
from evenkeel.diagnosing.seen import Codes, Floats

# rows on one side of a threshold below which it rests on a handful
HANDFUL = 5
# expected over observed positives, and slopes, that are told: a fifth too few, a quarter too many (the goals
# that Riley et al. set for new models, 0.9 to 1.1, are for samples that are large enough)
LOW, HIGH = 0.8, 1.25
# how improbable a find must be, over all strategies and both questions; rows of a class that are needed
LEVEL, FEWEST = 0.01, 20
EDGE, STEPS = 1e-12, 50


def at_the_edge(name: str, decision: Mapping[str, Any]) -> Finds:
    """Whether a threshold parts next to nothing from the rest, or keeps not what its rule asks for.

    `decision` has the counts at the threshold on out-of-fold predictions of train, among its `neighbours`.
    """
    (at,) = (each for each in decision["neighbours"] if each["chosen"])
    called, others = at["tp"] + at["fp"], at["fn"] + at["tn"]
    numbers = {"threshold": decision["threshold"], "called": called, "not_called": others}
    if not called or not others:
        yield Found("critical", name, {**numbers, "why": "all" if called else "none"})
    elif not decision["kept"]:
        yield Found("warning", name, {**numbers, "why": "rule"})
    # whoever asks for a few alerts gets them
    elif others < HANDFUL or (called < HANDFUL and "alerts" not in (decision.get("rule") or {})):
        yield Found("warning", name, {**numbers, "why": "handful"})


WHYS = {
    "all": "calls every row positive",
    "none": "calls no row positive",
    "rule": "does not keep its rule on the rows that it was chosen on",
    "handful": "parts a handful of rows from the rest",
}


def tell_edge(found: Found) -> str:
    """EKD008 in a sentence."""
    n = found.numbers
    return (
        f"The threshold of {found.subject}, {n['threshold']:.3g}, {WHYS[n['why']]}: "
        f"{counted(n['called'], 'row')} of train at or above it, {n['not_called']:,} below."
    )


def miscalibrated(name: str, y: Codes, scores: Floats, compared: int) -> Finds:
    """Whether probabilities are too high or too low, or too extreme or too timid.

    `y` are labels of test rows and `scores` the probabilities of the positive class that are used, shape
    (rows,) both; `compared` strategies are looked at in all. Calibration in the large and slope: Cox 1958;
    Van Calster et al., "Calibration: the Achilles heel of predictive analytics", BMC Medicine 17 (2019).
    """
    from scipy import stats

    positives = int(y.sum())
    if min(positives, len(y) - positives) < FEWEST:
        return
    level = LEVEL / (2 * compared)
    expected = float(scores.sum())
    p_large = _count_probability(positives, scores)
    slope, error = _slope(y, scores)
    p_slope = 2 * float(stats.norm.sf(abs(slope - 1) / error)) if error > 0 else 1.0
    wrong_large = p_large < level and not LOW <= expected / positives <= HIGH
    wrong_slope = p_slope < level and not LOW <= slope <= HIGH
    if wrong_large or wrong_slope:
        numbers = {"expected": expected, "observed": positives, "slope": slope, "slope_error": error}
        yield Found(
            "warning",
            name,
            {
                **numbers,
                "why": "both" if wrong_large and wrong_slope else "large" if wrong_large else "slope",
            },
        )


def _count_probability(observed: int, scores: Floats) -> float:
    """How probable a count so far from the expected one is, if each row is positive with its score."""
    from scipy import stats

    deviation = float(np.sqrt((scores * (1 - scores)).sum()))
    # half a row: counts are whole
    far = max(0.0, abs(observed - float(scores.sum())) - 0.5)
    return 2 * float(stats.norm.sf(far / deviation)) if deviation > 0 else float(far == 0)


def _slope(y: Codes, scores: Floats) -> tuple[float, float]:
    """The slope of the labels' log odds on those of the scores, and its standard error; 1, 0 if undefined.

    A logistic regression by Newton's method; where steps do not settle nothing is said.
    """
    from scipy.special import expit, logit

    x = logit(np.clip(scores, EDGE, 1 - EDGE))
    if np.ptp(x) == 0:
        return 1.0, 0.0
    # about its mean, so that the two numbers that are looked for do not disturb each other
    design = np.column_stack([np.ones_like(x), x - x.mean()])
    beta = np.array([float(logit(y.mean())), 0.0])
    for _ in range(STEPS):
        fitted = expit(design @ beta)
        information = design.T @ (design * (fitted * (1 - fitted))[:, None])
        if np.linalg.cond(information) > 1e12:
            return 1.0, 0.0
        step = np.linalg.solve(information, design.T @ (y - fitted))
        beta = beta + step
        if np.abs(step).max() < 1e-8:
            return float(beta[1]), float(np.sqrt(np.linalg.inv(information)[1, 1]))
    return 1.0, 0.0


def tell_miscalibrated(found: Found) -> str:
    """EKD009 in a sentence."""
    n = found.numbers
    extreme = "too extreme" if n["slope"] < 1 else "too timid"
    slope = f"their slope is {n['slope']:.2f} ± {2 * n['slope_error']:.2f} ({extreme})"
    if n["why"] == "slope":
        return f"The probabilities of {found.subject} rank test rows, but do not mean what they say: {slope}."
    large = (
        f"The probabilities of {found.subject} expect {n['expected']:,.1f} positives among the test rows, "
        f"where {n['observed']:,} are"
    )
    return f"{large}; {slope}." if n["why"] == "both" else f"{large}."
