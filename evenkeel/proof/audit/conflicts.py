"""EKA008: rows with equal features and different labels: no model can be right on both."""

from __future__ import annotations

import numpy as np

from evenkeel.proof.audit.finding import NotChecked, Suspicion, Suspicions, counted
from evenkeel.proof.audit.pair import Pair
from evenkeel.proof.audit.twins import digests, groups_of

# share of all rows from which labels are in doubt
NOTICEABLE = 0.01


def check(pair: Pair) -> Suspicions:
    """Groups of equal rows that have more than one label, within train and across the tables."""
    if not pair.telling:
        raise NotChecked("every feature column numbers the rows")
    groups = groups_of(pair, digests(pair, pair.telling))
    if not len(groups.positions):
        return
    labels = pair.labels.codes[groups.positions]
    order = np.lexsort((labels, groups.group))
    starts = np.unique(groups.group[order], return_index=True)[1]
    lowest, highest = np.minimum.reduceat(labels[order], starts), np.maximum.reduceat(labels[order], starts)
    clash = lowest != highest
    if not clash.any():
        return
    rows = groups.positions[clash[groups.group]]
    yield Suspicion(
        "warning" if len(rows) >= NOTICEABLE * len(pair.frame) else "info",
        f"{counted(len(rows), 'row')} in {counted(int(clash.sum()), 'group')} of equal features differ in "
        f"their label; {int((clash & groups.across).sum()):,} of the groups lie across the tables.",
        pair.rows(rows),
    )
