"""EKA006: columns that give the label away on their own, by their values or by where they are missing.

Each column is a model of its own, fitted on train and judged on test: a small tree for numbers, the share
of each class per level for the rest.
"""

from __future__ import annotations

import numpy as np

from evenkeel.alone import Alone, Strength
from evenkeel.proof.audit.finding import Floats, NotChecked, Suspicion, Suspicions
from evenkeel.proof.audit.pair import Pair


def check(pair: Pair) -> Suspicions:
    """Columns, and the missing cells of columns, from which the label can be told."""
    sample = Alone(pair.labels.codes, pair.in_test)
    if len(sample.known) < 2:
        raise NotChecked("no two classes have rows enough in both tables to judge a column by")
    for name in pair.features:
        missing = pair.frame[name].isna().to_numpy()
        by_gap = sample.strength(missing.astype(np.float64), levels=False) if 0 < missing.mean() < 1 else None
        if by_gap is not None and (severity := by_gap.severity):
            yield Suspicion(severity, _told(f"Where {name!r} is missing", by_gap))
            continue
        by_value = sample.strength(_values(pair, name), levels=name not in pair.numbers)
        if severity := by_value.severity:
            yield Suspicion(severity, _told(f"Column {name!r} alone", by_value))


def _told(what: str, strength: Strength) -> str:
    return (
        f"{what} tells the label of test rows with a ROC AUC of {strength.auc:.4f} and takes away "
        f"{strength.explained:.1%} of its uncertainty, fitted on train."
    )


def _values(pair: Pair, name: str) -> Floats:
    if name in pair.numbers:
        return pair.numbers[name]
    return pair.codes[name].astype(np.float64)
