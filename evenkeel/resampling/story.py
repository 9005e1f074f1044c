"""What a person wants to know of a resampled set: how many rows are new, where they stand, a few examples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evenkeel.resampling.lineage import NOWHERE, PARENTS, SAMPLER, TO_OTHER, TO_OWN, WEIGHT, Lineage
from evenkeel.tables import ROW_ID

Positions = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

MOST_EXAMPLES = 3
# of the numbers that are shown
DIGITS = 6


def story(
    features: pd.DataFrame, origin: Positions, synthetic: Mask, to_own: Floats, to_other: Floats
) -> dict[str, Any]:
    """Counts of a resampled set with the feature columns `features`; the other arguments have shape (rows,).

    `origin` and the distances are those of `lineage.resampled_table`. ``majority_territory`` counts the
    synthetic rows that are nearer to a train row of another class than to any of their own, among the
    ``measured``; None where nothing was measured.
    """
    copied = origin[origin != NOWHERE]
    measured = int((~np.isnan(to_own)).sum())
    return {
        "rows": len(features),
        "copies": len(copied) - len(np.unique(copied)),
        "synthetic": int(synthetic.sum()),
        "majority_territory": int((to_other < to_own).sum()) if measured else None,
        "measured": measured,
        "duplicates": _duplicates(features, origin, synthetic),
    }


def _duplicates(features: pd.DataFrame, origin: Positions, synthetic: Mask) -> int:
    """Rows that were added and equal in every feature one that was there before, copies among them."""
    copies = (origin != NOWHERE) & pd.Series(origin).duplicated().to_numpy()
    added = synthetic | copies
    # train rows come first, and what train itself holds twice does not count
    order = np.argsort(added, kind="stable")
    again = features.iloc[order].duplicated().to_numpy()
    return int((again & added[order]).sum())


def examples(
    train: pd.DataFrame,
    table: pd.DataFrame,
    lineage: Lineage,
    labels: Sequence[str],
    features: Sequence[str],
    seed: int,
) -> list[dict[str, Any]]:
    """Up to three synthetic rows of `table` beside their parents in `train`, drawn by the seed.

    `table` is a `resampled_table`, `labels` the class name of each of its rows, `features` the columns that
    are shown. All values are JSON: numbers to six digits, other values as texts, None where missing.
    """
    synthetic = np.flatnonzero(lineage.origin == NOWHERE)
    drawn = np.random.default_rng(seed).permutation(synthetic)[:MOST_EXAMPLES]
    return [_example(train, table, lineage, labels[i], features, int(i)) for i in np.sort(drawn)]


def _example(
    train: pd.DataFrame,
    table: pd.DataFrame,
    lineage: Lineage,
    label: str,
    features: Sequence[str],
    position: int,
) -> dict[str, Any]:
    row = table.iloc[position]
    parents = [int(parent[position]) for parent in (lineage.first, lineage.second)]
    return {
        "sampler": row[SAMPLER],
        "label": label,
        "id": row[ROW_ID],
        "weight": _plain(row[WEIGHT]),
        "parents": [_plain(row[name]) for name in PARENTS],
        "to_own": _plain(row[TO_OWN]),
        "to_other": _plain(row[TO_OTHER]),
        "cells": [
            {
                "column": name,
                "parents": [
                    None if parent == NOWHERE else _plain(train[name].iloc[parent]) for parent in parents
                ],
                "value": _plain(table[name].iloc[position]),
            }
            for name in features
        ],
    }


def _plain(value: Any) -> Any:
    """The value as JSON has it."""
    if pd.isna(value):
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else str(value)
    return str(value)
