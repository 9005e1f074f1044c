"""The ROC AUC with its variance, by how many rows of the other class each row is ranked above."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from evenkeel.diagnosing.seen import Codes, Floats

# positives, and negatives, from which the normal law serves for an AUC
FEWEST = 10


class Ranking(NamedTuple):
    """An ROC AUC and the variance of its estimate."""

    auc: float
    variance: float


def ranking(y: Codes, scores: Floats) -> Ranking | None:
    """That of some rows, shape (rows,) both; None where one class has too few.

    The variance is that of DeLong, DeLong & Clarke-Pearson (Biometrics 44, 1988), and not less than that of
    an AUC without any errors among one row more.
    """
    return None if _few(y) else _ranking(*_placements(y, scores))


def apart(y: Codes, scores: Floats, others: Floats) -> Ranking | None:
    """The ROC AUC of `scores` less that of `others` for the same rows, and the variance of the difference."""
    if _few(y):
        return None
    here, there = _placements(y, scores), _placements(y, others)
    return _ranking(here[0] - there[0], here[1] - there[1])


def _few(y: Codes) -> bool:
    positives = int((y == 1).sum())
    return min(positives, len(y) - positives) < FEWEST


def _placements(y: Codes, scores: Floats) -> tuple[Floats, Floats]:
    """The share of negatives that each positive is ranked above, and of positives above each negative."""
    positive = y == 1
    m, n = int(positive.sum()), int((~positive).sum())
    ranks = stats.rankdata(scores)
    above = (ranks[positive] - stats.rankdata(scores[positive])) / n
    below = 1 - (ranks[~positive] - stats.rankdata(scores[~positive])) / m
    return above, below


def _ranking(above: Floats, below: Floats) -> Ranking:
    m, n = len(above), len(below)
    variance = above.var(ddof=1) / m + below.var(ddof=1) / n
    return Ranking(float(above.mean()), max(float(variance), 1 / (12 * m * n)))


def mean_ranking(found: Sequence[Ranking]) -> Ranking:
    """The mean of several that were found on different rows."""
    return Ranking(
        float(np.mean([each.auc for each in found])),
        float(np.sum([each.variance for each in found])) / len(found) ** 2,
    )


def by_fold(y: Codes, scores: Floats, fold: Codes) -> list[Ranking] | None:
    """Those of all folds in their order; None where one of them has too few rows of a class."""
    found = [ranking(y[fold == number], scores[fold == number]) for number in np.unique(fold)]
    return None if any(each is None for each in found) else [each for each in found if each]
