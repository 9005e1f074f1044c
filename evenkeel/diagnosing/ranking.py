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
    positive = y == 1
    m, n = int(positive.sum()), int((~positive).sum())
    if min(m, n) < FEWEST:
        return None
    ranks = stats.rankdata(scores)
    above = (ranks[positive] - stats.rankdata(scores[positive])) / n
    below = 1 - (ranks[~positive] - stats.rankdata(scores[~positive])) / m
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
