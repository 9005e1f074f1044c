"""EKA007: columns that number the rows, which are no features, and whether the numbers tell the label."""

from __future__ import annotations

import numpy as np
from scipy.stats import mannwhitneyu

from evenkeel.proof.audit.finding import Suspicion, Suspicions
from evenkeel.proof.audit.pair import Pair

# how far from 0.5 the ROC AUC of a number is, and how improbable, when rows are numbered by their label
AUC, PROBABILITY = 0.1, 1e-9


def check(pair: Pair) -> Suspicions:
    """Each column of ids; a warning where rows are numbered by class."""
    for name in pair.ids:
        auc = _telling(pair, name)
        if auc is None:
            yield Suspicion(
                "info", f"Nearly every row has a value of its own in {name!r}: it can be no feature."
            )
        else:
            yield Suspicion(
                "warning",
                f"{name!r} numbers the rows, and by class: its order tells the label with a ROC AUC of "
                f"{max(auc, 1 - auc):.3f}.",
            )


def _telling(pair: Pair, name: str) -> float | None:
    """The ROC AUC of a number for the class that it tells best, None where it tells none."""
    if name not in pair.numbers:
        return None
    values, best = pair.numbers[name], None
    for code in range(len(pair.labels.classes)):
        of_class = pair.labels.codes == code
        if not 1 < of_class.sum() < len(values) - 1:
            continue
        found = mannwhitneyu(values[of_class], values[~of_class])
        auc = float(found.statistic / (of_class.sum() * (~of_class).sum()))
        # one test for each class
        if abs(auc - 0.5) >= AUC and found.pvalue < PROBABILITY / len(pair.labels.classes):
            best = max(best or auc, auc, key=lambda each: abs(each - 0.5))
    return best if best is None else float(np.clip(best, 0, 1))
