"""Train rows made ready for units of work: read from the store, encoded, parted into folds.

A process keeps the last of each for its next unit: strategies of one fold come one after the other.
"""

from __future__ import annotations

import functools

import pandas as pd

from evenkeel.recipe import Encoded, Recipe, encode, fold_positions
from evenkeel.splitting import Positions
from evenkeel.store import Ref, Store
from evenkeel.tuning import Fold, fold_of


@functools.lru_cache(maxsize=1)
def rows(root: str, train: Ref) -> pd.DataFrame:
    """The train rows."""
    return Store(root).get_table(train)


@functools.lru_cache(maxsize=1)
def encoded(root: str, train: Ref, recipe: Recipe) -> Encoded:
    """All of train with preprocessing fitted on it."""
    return encode(rows(root, train), recipe)


@functools.lru_cache(maxsize=1)
def _folds(
    root: str, train: Ref, recipe: Recipe, folds: int, repeat: int
) -> list[tuple[Positions, Positions]]:
    return fold_positions(rows(root, train), recipe, folds, repeat)


@functools.lru_cache(maxsize=1)
def fold(root: str, train: Ref, recipe: Recipe, folds: int, number: int) -> tuple[Encoded, pd.DataFrame]:
    """The other folds with preprocessing fitted on them, and the rows of fold `number`.

    From `folds` on, numbers are those of the folds of further repeats.
    """
    frame, (repeat, place) = rows(root, train), divmod(number, folds)
    inside, outside = _folds(root, train, recipe, folds, repeat)[place]
    return encode(frame.iloc[inside], recipe), frame.iloc[outside]


@functools.lru_cache(maxsize=1)
def searched(root: str, train: Ref, recipe: Recipe, folds: int, number: int, stops: bool) -> Fold:
    """The rows of fold `number` for trials of a search; `stops` cuts off what models stop early by."""
    return fold_of(rows(root, train), recipe, folds, number, stops=stops)
