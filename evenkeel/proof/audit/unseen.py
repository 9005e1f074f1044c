"""EKA013: categories that test has and train has not: no model can have learnt them."""

from __future__ import annotations

import numpy as np

from evenkeel.proof.audit.finding import NotChecked, Positions, Suspicion, Suspicions, some
from evenkeel.proof.audit.pair import Pair

# share of test rows from which it matters to the figures
NOTICEABLE = 0.05
# distinct values for each row from which a column of texts has no levels
TEXT = 0.5


def check(pair: Pair) -> Suspicions:
    """Columns of categories with levels of test's own."""
    names = [name for name in pair.features.categorical if _has_levels(pair, name)]
    if not names:
        raise NotChecked("no column of categories")
    new = {name: rows for name in names if len(rows := _unseen(pair, name))}
    if not new:
        return
    rows = np.unique(np.concatenate(list(new.values())))
    yield Suspicion(
        "warning" if len(rows) >= NOTICEABLE * pair.test_rows else "info",
        f"{len(rows):,} test rows ({len(rows) / pair.test_rows:.1%}) have a category that train never has, "
        f"in {some(list(new))}.",
        pair.rows(rows),
    )


def _has_levels(pair: Pair, name: str) -> bool:
    return name not in pair.ids and pair.codes[name].max() + 1 <= TEXT * len(pair.frame)


def _unseen(pair: Pair, name: str) -> Positions:
    codes = pair.codes[name]
    fresh = ~np.isin(codes, codes[: pair.train_rows]) & pair.in_test
    return np.flatnonzero(fresh)
