"""Diagnostics of resampling: does it hurt (EKD010), and where do new rows stand (EKD011)?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evenkeel.diagnosing.found import Finds, Found
from evenkeel.evaluation.crossval import LEVEL, interval
from evenkeel.evaluation.intervals import wilson
from evenkeel.evaluation.metrics import METRICS

# share of synthetic rows nearer to another class: more than half contradict their label by the nearest row,
# one in five is worth knowing
CONTRADICTED, WORTH_KNOWING = 0.5, 0.2
# synthetic rows from which their share is judged
FEWEST = 20


def hurting(per_fold: Mapping[str, Sequence[float | None]], effort: Mapping[str, int], metric: str) -> Finds:
    """Strategies that are worse in the folds than doing nothing, surely so for all that are compared.

    `per_fold` has the figures of each strategy by fold, in the order of the config, and `effort` says which
    of them does nothing to rows: 0. By the interval that decides ties of the recommendation.
    """
    idle = next((name for name in per_fold if effort[name] == 0), None)
    busy = [name for name in per_fold if effort[name] > 0]
    if idle is None:
        return
    sign = 1 if METRICS[metric].higher_is_better else -1
    for name in busy:
        pairs = zip(per_fold[name], per_fold[idle], strict=True)
        apart = [None if a is None or b is None else sign * (a - b) for a, b in pairs]
        found = interval(apart, 1 - (1 - LEVEL) / len(busy))
        if found["high"] is not None and found["high"] < 0:
            better = interval(list(per_fold[idle]))["mean"]
            numbers = {
                "metric": metric,
                "against": idle,
                "baseline": better,
                "worse_by": -float(found["mean"] or 0),
                "at_least": -float(found["high"]),
            }
            yield Found("warning", name, numbers)


def tell_hurting(found: Found) -> str:
    """EKD010 in a sentence."""
    n: Mapping[str, Any] = found.numbers
    return (
        f"In the folds {found.subject} is worse than {n['against']} by {n['worse_by']:.3f} in "
        f"{METRICS[n['metric']].title} (of {n['baseline']:.3f}), surely by {n['at_least']:.3f}."
    )


def astray(name: str, made: Mapping[str, Any]) -> Finds:
    """Whether the synthetic rows of a strategy stand among rows of another class.

    `made` counts the rows that were `measured`, and those of them in `majority_territory`: nearer to a train
    row of another class than to any of their own.
    """
    measured = made["measured"]
    if measured < FEWEST:
        return
    strayed = made["majority_territory"]
    # by the lower end of the interval, so that a few rows prove nothing
    surely = float(wilson(strayed, measured)[0])
    if surely > WORTH_KNOWING:
        numbers = {
            "synthetic": made["synthetic"],
            "measured": measured,
            "strayed": strayed,
            "share": strayed / measured,
        }
        yield Found("warning" if surely > CONTRADICTED else "info", name, numbers)


def tell_astray(found: Found) -> str:
    """EKD011 in a sentence."""
    n = found.numbers
    return (
        f"{n['strayed']:,} of {n['measured']:,} synthetic rows of {found.subject} ({n['share']:.0%}) are "
        "nearer to a train row of another class than to any of their own."
    )
