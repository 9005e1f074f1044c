"""Folds of train: every row is held out once, and rows that belong together are held out together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedKFold

from evenkeel.errors import DataError
from evenkeel.splitting.sides import Codes, Positions

Folds = list[tuple[Positions, Positions]]
Floats = npt.NDArray[np.float64]

# bundles of several rare classes may need another order before every fold has each class
ATTEMPTS = 20


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
    cells = np.bincount(bundle * len(classes) + codes, minlength=len(sizes) * len(classes))
    counts = cells.reshape(len(sizes), len(classes))
    _check_bundles(counts, folds, classes)
    rng = np.random.default_rng(seed)
    for attempt in range(ATTEMPTS):
        mixed = rng.permutation(len(sizes))
        order = mixed if attempt else mixed[np.argsort(-sizes[mixed], kind="stable")]
        number = _dealt(counts, order, folds)
        if _complete(counts, number, folds):
            return [
                (np.flatnonzero(number[bundle] != fold), np.flatnonzero(number[bundle] == fold))
                for fold in range(folds)
            ]
    raise _too_few("each", folds, f"no way to deal them out in {ATTEMPTS} attempts")


def _dealt(counts: Codes, order: Codes, folds: int) -> Codes:
    """The fold of each bundle; `counts` are its rows of each class, shape (bundles, classes)."""
    number = np.empty(len(counts), dtype=np.int64)
    filled = np.zeros((folds, counts.shape[1]), dtype=np.int64)
    rarity = 1 / np.maximum((counts > 0).sum(axis=0), 1)
    totals, several = np.maximum(counts.sum(axis=0), 1), counts.sum(axis=1)[order] > 1
    for one in order[several]:
        number[one] = _emptiest(filled, counts[one], totals, rarity)
        filled[number[one]] += counts[one]
    alone = order[~several]
    of_class = counts[alone].argmax(axis=1)
    for code in np.unique(of_class):
        mine = alone[of_class == code]
        number[mine] = _levelled(filled[:, code], len(mine))
    return number


def _emptiest(filled: Codes, row: Codes, totals: Codes, rarity: Floats) -> int:
    """The fold that lacks classes of the bundle, rare ones above all, then that has the least share."""
    lacks = ((filled == 0) & (row > 0)) @ rarity
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


def _complete(counts: Codes, number: Codes, folds: int) -> bool:
    """Whether every class is in every fold; of two and more folds it is then in the rest as well."""
    here = counts.sum(axis=0) > 0
    return all((counts[number == fold].sum(axis=0)[here] > 0).all() for fold in range(folds))


def _check_bundles(counts: Codes, folds: int, classes: Sequence[str]) -> None:
    for name, have in zip(classes, (counts > 0).sum(axis=0).tolist(), strict=True):
        if 0 < have < folds:
            raise _too_few(repr(name), folds, f"{have}")


def _too_few(name: str, folds: int, got: str) -> DataError:
    return DataError(
        f"Expected train rows of class {name} in at least {folds} bundles of rows that belong together, "
        f"one per fold, got {got}. Next: fewer `folds`, other `groups`, or `split.duplicates: apart`."
    )
