"""Which bundles are test, so that the test rows of every class come as near to its quota as bundles allow.

First come, first served: in the order of their ranks bundles go to test where they fit. Where bundles of
several rows leave a gap, single moves and swaps of two bundles close it for as long as one helps. Rows
alone fill every quota exactly, and then nothing is moved.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from evenkeel.splitting.sides import Codes, Mask

Counts = npt.NDArray[np.int64]

FREE, TRAIN, TEST = -1, 0, 1
# cells that are looked at together when swaps are compared
MOST_CELLS = 4_000_000


def fill(counts: Counts, side: Codes, quotas: Counts) -> Mask:
    """Whether each bundle is test, shape (bundles,).

    `counts` are the rows of each class in each bundle, shape (bundles, classes), by rank; `side` is `TRAIN`
    or `TEST` where it is given already, else `FREE`; `quotas` are the test rows wanted of each class.
    """
    chosen = _first_come(counts, side, quotas)
    return _settled(chosen, counts, side, quotas)


def _first_come(counts: Counts, side: Codes, quotas: Counts) -> Mask:
    chosen: Mask = side == TEST
    left = (quotas - counts[chosen].sum(axis=0)).tolist()
    alone = np.where(counts.sum(axis=1) == 1, counts.argmax(axis=1), -1).tolist()
    for place in np.flatnonzero(side == FREE).tolist():
        code = alone[place]
        needs = [(code, 1)] if code >= 0 else [(c, n) for c, n in enumerate(counts[place].tolist()) if n]
        if all(left[c] >= n for c, n in needs):
            chosen[place] = True
            for c, n in needs:
                left[c] -= n
    return chosen


def _settled(chosen: Mask, counts: Counts, side: Codes, quotas: Counts) -> Mask:
    """The choice after every move and swap that brings it nearer to the quotas."""
    totals, free = counts.sum(axis=0), side == FREE
    have = counts[chosen].sum(axis=0)
    now = int(_cost(have, quotas, totals))
    if now == 0 or not free.any():
        return chosen
    kinds, kind = np.unique(counts, axis=0, return_inverse=True)
    kind = kind.reshape(-1)
    while now > 0:
        comes = _nothing_and(np.unique(kind[free & ~chosen]))
        goes = _nothing_and(np.unique(kind[free & chosen]))
        best, comer, goer = _best_swap(have, kinds, comes, goes, quotas, totals)
        if best >= now:
            break
        # of bundles that are alike the first in rank comes, and the last goes
        if comer >= 0:
            chosen[np.flatnonzero(free & ~chosen & (kind == comer))[0]] = True
        if goer >= 0:
            chosen[np.flatnonzero(free & chosen & (kind == goer))[-1]] = False
        have, now = counts[chosen].sum(axis=0), best
    return chosen


def _best_swap(
    have: Counts, kinds: Counts, comes: Codes, goes: Codes, quotas: Counts, totals: Counts
) -> tuple[int, int, int]:
    """The least cost that one kind of bundle coming and one going can give, and the two kinds."""
    rows = np.vstack([kinds, np.zeros_like(totals)])
    best = (np.iinfo(np.int64).max, -1, -1)
    step = max(1, MOST_CELLS // (len(goes) * len(totals)))
    for start in range(0, len(comes), step):
        some = comes[start : start + step]
        after = have + rows[some][:, None, :] - rows[goes][None, :, :]
        costs = _cost(after, quotas, totals)
        come, go = np.unravel_index(int(costs.argmin()), costs.shape)
        best = min(best, (int(costs[come, go]), int(some[come]), int(goes[go])), key=lambda found: found[0])
    return best


def _cost(have: Counts, quotas: Counts, totals: Counts) -> Counts:
    """Rows off the quotas; a class that one side lacks, though it could have some, costs more than any."""
    lacking = ((have <= 0) & (quotas > 0)) | ((have >= totals) & (quotas < totals))
    return np.asarray(np.abs(have - quotas).sum(axis=-1) + totals.sum() * lacking.sum(axis=-1))


def _nothing_and(kinds: Codes) -> Codes:
    """Kinds of bundles, with -1 before them for none: of moves that are equally good the smaller wins."""
    return np.concatenate([[-1], kinds]).astype(np.int64)
