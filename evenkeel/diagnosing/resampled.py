"""Diagnostics of resampling: does it hurt (EKD010), and where do new rows stand (EKD011)?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from evenkeel.diagnosing.found import Finds, Found
from evenkeel.diagnosing.ranking import apart, mean_ranking, ranking
from evenkeel.diagnosing.seen import Codes, Floats
from evenkeel.evaluation.crossval import LEVEL, interval
from evenkeel.evaluation.intervals import wilson
from evenkeel.evaluation.metrics import METRICS

# share of synthetic rows nearer to another class: more than half contradict their label by the nearest row,
# one in five is worth knowing
CONTRADICTED, WORTH_KNOWING = 0.5, 0.2
# how improbable a worse ranking must be, and the loss of ROC AUC that is worth telling
SURE, WORTH = 0.01, 0.01
# synthetic rows from which their share is judged
FEWEST = 20


class Ranked(NamedTuple):
    """Labels and folds of train rows, and each strategy's scores by models that did not see them: (rows,)."""

    y: Codes
    fold: Codes
    scores: Mapping[str, Floats]


def hurting(
    per_fold: Mapping[str, Sequence[float | None]],
    effort: Mapping[str, int],
    metric: str,
    ranked: Ranked | None = None,
) -> Finds:
    """Strategies that are worse in the folds than doing nothing, surely so for all that are compared.

    `per_fold` has the figures of each strategy by fold, in the order of the config, and `effort` says which
    of them does nothing to rows: 0. Worse by the interval that decides ties of the recommendation, or, where
    there is a positive class, because in every fold rows are `ranked` worse by more than chance.
    """
    idle = next((name for name in per_fold if effort[name] == 0), None)
    busy = [name for name in per_fold if effort[name] > 0]
    for name in busy if idle is not None else []:
        assert idle is not None
        numbers = _by_figures(per_fold[name], per_fold[idle], metric, len(busy))
        if numbers is None and ranked is not None:
            numbers = _by_ranks(ranked, name, idle, len(busy))
        if numbers is not None:
            yield Found("warning", name, {"against": idle, **numbers})


def _by_figures(
    values: Sequence[float | None], idle: Sequence[float | None], metric: str, compared: int
) -> dict[str, Any] | None:
    sign = 1 if METRICS[metric].higher_is_better else -1
    pairs = zip(values, idle, strict=True)
    differences = [None if a is None or b is None else sign * (a - b) for a, b in pairs]
    found = interval(differences, 1 - (1 - LEVEL) / compared)
    mean, high = found["mean"], found["high"]
    if mean is None or high is None or high >= 0:
        return None
    return {"metric": metric, "baseline": interval(list(idle))["mean"], "worse_by": -mean, "at_least": -high}


def _by_ranks(ranked: Ranked, name: str, idle: str, compared: int) -> dict[str, Any] | None:
    """By ROC AUCs of the same rows (DeLong et al. 1988); models vary too, so every fold must agree."""
    from scipy import stats

    of_folds = [ranked.fold == number for number in np.unique(ranked.fold)]
    y, mine, other = ranked.y, ranked.scores[name], ranked.scores[idle]
    found = [apart(y[rows], mine[rows], other[rows]) for rows in of_folds]
    own = [ranking(y[rows], other[rows]) for rows in of_folds]
    known, usual = [each for each in found if each], [each for each in own if each]
    if len(known) < len(of_folds) or any(each.auc >= 0 for each in known):
        return None
    mean = mean_ranking(known)
    high = mean.auc + float(stats.norm.isf(SURE / compared) * np.sqrt(mean.variance))
    if high >= 0 or -mean.auc < WORTH:
        return None
    baseline = mean_ranking(usual).auc
    return {"metric": "roc_auc", "baseline": baseline, "worse_by": -mean.auc, "at_least": -high}


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
