"""The stratified split: exact counts per class, decided by row ids or group values and a seed.

The bundles are ranked by a keyed digest, and the first ones are test, as many as each class may have; the
order of the source file does not matter.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from evenkeel.splitting.bundles import bundle_names
from evenkeel.splitting.filling import fill
from evenkeel.splitting.sides import Codes, Split, keyed, split_of
from evenkeel.splitting.ties import Ties, free_ties


def stratified_split(
    ids: Sequence[str], codes: Codes, test_size: float, seed: int, ties: Ties | None = None
) -> Split:
    """Counts per class as exact as `ties` allow; both sides come in the order of the rows' own ranking.

    `ids` and `codes` are the row ids and class codes, shape (rows,). Without ties the counts are exact.
    """
    ties = ties or free_ties(ids)
    classes, bundles = int(codes.max()) + 1, len(ties.side)
    own, names = keyed(ids, seed), bundle_names(ties.names, ties.bundle)
    order = np.argsort(own if names == list(ids) else keyed(names, seed), kind="stable")
    cells = np.bincount(ties.bundle * classes + codes, minlength=bundles * classes)
    counts = cells.reshape(bundles, classes)[order]
    chosen = np.empty(bundles, dtype=bool)
    chosen[order] = fill(counts, ties.side[order], test_quotas(np.bincount(codes), test_size))
    method = f"stratified by class, {ties.words}ranked by {ties.rank}"
    return split_of(own, chosen[ties.bundle], method)


def test_quotas(counts: npt.NDArray[np.int64], test_size: float) -> npt.NDArray[np.int64]:
    """Test rows per class: ceil(test_size x rows) in all, shared out by largest remainder."""
    exact = counts * test_size
    quotas: npt.NDArray[np.int64] = np.floor(exact + 1e-9).astype(np.int64)
    missing = math.ceil(test_size * counts.sum() - 1e-9) - int(quotas.sum())
    # the largest remainder first; of equal ones the smaller class, which needs the row more
    by_need = sorted(range(len(counts)), key=lambda c: (-(exact[c] - quotas[c]), counts[c], c))
    quotas[by_need[:missing]] += 1
    return quotas
