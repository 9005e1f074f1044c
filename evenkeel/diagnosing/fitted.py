"""Diagnostics of fits: does a fold stand out (EKD006), and is what was learned known by heart (EKD007)?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from evenkeel.diagnosing.found import Finds, Found, NotLooked
from evenkeel.diagnosing.ranking import FEWEST, Ranking, by_fold, mean_ranking, ranking
from evenkeel.diagnosing.seen import Codes, Floats, Positions

# how improbable a find must be, over all folds or strategies together, and the difference in ROC AUC that is
# worth telling: a positive is ranked below five more of a hundred negatives
LEVEL, WORTH = 0.01, 0.05
# share of what a model seems to know of train that other rows do not bear out: half, or nearly all
LOST, ALL_LOST = 0.5, 0.9
# bags of full trees give back the rows that they were fitted on, whatever they have learned (Breiman 2001)
BY_HEART = ("random_forest", "balanced_random_forest", "balanced_bagging")
TOO_FEW = f"some fold has fewer than {FEWEST} rows of a class, too few to judge a fold by"


def standing_out(y: Codes, scores: Floats, fold: Codes) -> Finds:
    """Folds in which rows are ranked otherwise than in the others, by more than their rows explain.

    `scores` are those of the positive class by models that did not see the row, shape (rows,) as the labels
    `y` and the number of each row's `fold`. The fold that stands out most is told and left out, and the rest
    are looked at again: beside a bad fold good ones seem to stand out too.
    """
    from scipy import stats

    found = by_fold(y, scores, fold)
    if found is None or len(found) < 3:
        raise NotLooked(TOO_FEW if found is None else "of two folds none can stand out")
    left = dict(enumerate(found, start=1))
    while len(left) >= 3:
        number, own, others, deviation = max(_against_the_others(left), key=_distance)
        apart = abs(own.auc - others.auc)
        if 2 * float(stats.norm.sf(apart / deviation)) * len(left) >= LEVEL or apart < WORTH:
            return
        numbers = {"roc_auc": own.auc, "others": others.auc, "deviation": deviation}
        yield Found("warning", f"fold {number}", numbers)
        del left[number]


class _Apart(NamedTuple):
    """A fold, the mean of the others, and the deviation of the difference."""

    number: int
    own: Ranking
    others: Ranking
    deviation: float


def _distance(apart: _Apart) -> float:
    return abs(apart.own.auc - apart.others.auc) / apart.deviation


def _against_the_others(found: Mapping[int, Ranking]) -> Iterator[_Apart]:
    usual = float(np.mean([each.variance for each in found.values()]))
    for number, own in found.items():
        others = mean_ranking([each for other, each in found.items() if other != number])
        # a fold that has hardly any errors seems to vary less than it does
        deviation = float(np.sqrt(max(own.variance, usual) + others.variance))
        yield _Apart(number, own, others, deviation)


def tell_standing_out(found: Found) -> str:
    """EKD006 in a sentence."""
    n = found.numbers
    return (
        f"In {found.subject} the recommended strategy ranks with a ROC AUC of {n['roc_auc']:.3f}, in the "
        f"others with {n['others']:.3f} on average; chance alone makes about ±{2 * n['deviation']:.3f}."
    )


def by_heart(name: str, kind: str, y: Codes, on_train: Floats, of_train: Positions, folds: Ranking) -> Finds:
    """Whether a model knows the rows that it was fitted on much better than others.

    `y` are the labels of train and `on_train` the model's scores for the rows `of_train`; `folds` is the
    ranking of all train rows by models that did not see them. Of what the model seems to know, which is its
    AUC above one half, a share is lost on rows that it has not seen.
    """
    known = ranking(y[of_train], on_train)
    if kind in BY_HEART or known is None or known.auc <= 0.5:
        return
    lost, surely = (
        (known.auc - auc) / (known.auc - 0.5)
        for auc in (folds.auc, folds.auc + 2 * float(np.sqrt(folds.variance)))
    )
    if surely >= LOST:
        numbers = {"what": "train", "train": known.auc, "folds": folds.auc, "lost": lost}
        yield Found("critical" if lost >= ALL_LOST else "warning", name, numbers)


def unconfirmed(name: str, y: Codes, on_test: Floats, folds: Ranking, compared: int) -> Finds:
    """Whether the test set falls short of what the folds promise, `compared` strategies in all."""
    from scipy import stats

    there = ranking(y, on_test)
    if there is None or folds.auc - there.auc < WORTH:
        return
    deviation = float(np.sqrt(folds.variance + there.variance))
    if stats.norm.sf((folds.auc - there.auc) / deviation) * compared < LEVEL:
        numbers = {"what": "test", "folds": folds.auc, "test": there.auc, "deviation": deviation}
        yield Found("warning", name, numbers)


def tell_gap(found: Found) -> str:
    """EKD007 in a sentence."""
    n = found.numbers
    if n["what"] == "train":
        return (
            f"{found.subject} ranks the train rows it was fitted on with a ROC AUC of {n['train']:.3f}, and "
            f"rows that it has not seen with {n['folds']:.3f}: {n['lost']:.0%} of what it seems to know is "
            "lost."
        )
    return (
        f"The folds of train promise {found.subject} a ROC AUC of {n['folds']:.3f}, the test set gives "
        f"{n['test']:.3f}; chance alone makes about ±{2 * n['deviation']:.3f}."
    )
