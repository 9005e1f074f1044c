"""Folds of train: every row is held out once, and rows that belong together are held out together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.model_selection import StratifiedKFold

from evenkeel.errors import DataError
from evenkeel.splitting.sides import Codes, Positions

Folds = list[tuple[Positions, Positions]]


def stratified_folds(codes: Codes, folds: int, seed: int) -> Folds:
    """Pairs of (fit, held out) positions within train, by scikit-learn's shuffled `StratifiedKFold`."""
    kfold = StratifiedKFold(n_splits=folds, shuffle=True, random_state=seed)
    return list(kfold.split(np.zeros((len(codes), 1)), codes))


def bundled_folds(codes: Codes, bundle: Codes, folds: int, seed: int, classes: Sequence[str]) -> Folds:
    """Pairs of (fit, held out) positions that tear no bundle, with every class in every fold.

    As `StratifiedGroupKFold` of scikit-learn the larger bundles are dealt first, each to the fold that has
    least of its classes; rows alone then even the folds out, which takes no time where bundles are many.
    Rows that are all alone get `stratified_folds`. `DataError` where a class is in too few bundles.
    """
    sizes = np.bincount(bundle)
    if len(sizes) == len(codes):
        return stratified_folds(codes, folds, seed)
    _check_bundles(codes, bundle, folds, classes)
    rng = np.random.default_rng(seed)
    number = np.empty(len(sizes), dtype=np.int64)
    cells = np.bincount(bundle * len(classes) + codes, minlength=len(sizes) * len(classes))
    counts = cells.reshape(len(sizes), len(classes))
    filled = np.zeros((folds, len(classes)), dtype=np.int64)
    mixed = rng.permutation(len(sizes))
    order = mixed[np.argsort(-sizes[mixed], kind="stable")]
    totals = np.maximum(counts.sum(axis=0), 1)
    for one in order[sizes[order] > 1]:
        number[one] = _emptiest(filled, counts[one], totals)
        filled[number[one]] += counts[one]
    alone = order[sizes[order] == 1]
    of_class = counts[alone].argmax(axis=1)
    for code in np.unique(of_class):
        mine = alone[of_class == code]
        number[mine] = _levelled(filled[:, code], len(mine))
    return _pairs(number[bundle], codes, folds, classes)


def _emptiest(filled: Codes, row: Codes, totals: Codes) -> int:
    """The fold that lacks most classes of the bundle, then that has the least share of them."""
    has = row > 0
    lacks = ((filled == 0) & has).sum(axis=1)
    shares = (filled / totals) @ row
    return int(np.lexsort((filled.sum(axis=1), shares, -lacks))[0])


def _levelled(filled: Codes, rows: int) -> Codes:
    """Fold numbers for so many rows alone, that make the folds as even as they can be."""
    steps = np.sort(filled)
    # the level to which these rows raise the lowest folds
    room = np.arange(1, len(steps) + 1) * steps - np.cumsum(steps)
    lowest = int(np.flatnonzero(room <= rows)[-1]) + 1
    level = -(-(rows + int(steps[:lowest].sum())) // lowest)
    gives = np.maximum(level - filled, 0)
    surplus = int(gives.sum()) - rows
    takers = np.flatnonzero(gives > 0)
    gives[takers[len(takers) - surplus :]] -= 1
    return np.repeat(np.arange(len(filled)), gives)


def _pairs(number: Codes, codes: Codes, folds: int, classes: Sequence[str]) -> Folds:
    pairs = [(np.flatnonzero(number != fold), np.flatnonzero(number == fold)) for fold in range(folds)]
    for inside, outside in pairs:
        for code in np.unique(codes):
            if code not in codes[inside] or code not in codes[outside]:
                raise _too_few(classes[code], folds, "no way found to deal them out")
    return pairs


def _check_bundles(codes: Codes, bundle: Codes, folds: int, classes: Sequence[str]) -> None:
    for code in np.unique(codes):
        have = len(np.unique(bundle[codes == code]))
        if have < folds:
            raise _too_few(classes[code], folds, f"{have}")
    return


def _too_few(name: str, folds: int, got: str) -> DataError:
    return DataError(
        f"Expected train rows of class {name!r} in at least {folds} bundles of rows that belong together, "
        f"one per fold, got {got}. Next: fewer `folds`, other `groups`, or `split.duplicates: apart`."
    )
