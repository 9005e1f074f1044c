"""Bundles: rows that belong together, because they share a group or equal one another in all features.

Whole chains: where a row has the features of a second one, and the second one the group of a third, all
three are one bundle. A row to which nothing is tied is a bundle of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from evenkeel.splitting.sides import Codes
from evenkeel.tables import joined_texts
from evenkeel.twins import find_twins

ALONE = -1


def group_names(frame: pd.DataFrame, columns: Sequence[str]) -> pd.Series[Any]:
    """The group of each row as text, missing where one of its columns is: such a row is its own group."""
    return joined_texts(frame, columns)


def set_codes(names: pd.Series[Any]) -> Codes:
    """The number of each row's set, `ALONE` where its name is missing."""
    return np.asarray(pd.factorize(names)[0], dtype=np.int64)


def twin_codes(frame: pd.DataFrame, features: Sequence[str]) -> Codes:
    """The number of the set of rows with equal features, `ALONE` for a row without an equal."""
    positions, sets = find_twins(frame, features)
    codes = np.full(len(frame), ALONE, dtype=np.int64)
    codes[positions] = sets
    return codes


def find_bundles(links: Sequence[Codes], rows: int) -> Codes:
    """The number of each row's bundle, 0 and up; each of `links` ties the rows that have one set in it."""
    tied = [np.flatnonzero(codes != ALONE) for codes in links]
    if not any(map(len, tied)):
        return np.arange(rows, dtype=np.int64)
    starts = rows + np.cumsum([0, *(codes.max(initial=ALONE) + 1 for codes in links)])
    sets = np.concatenate([codes[at] + start for codes, at, start in zip(links, tied, starts, strict=False)])
    members = np.concatenate(tied)
    size = int(starts[-1])
    edges = coo_array((np.ones(len(sets), dtype=np.int8), (members, sets)), shape=(size, size))
    found = connected_components(edges, directed=False)[1][:rows]
    return np.asarray(np.unique(found, return_inverse=True)[1], dtype=np.int64)


def bundle_names(names: Sequence[str], bundle: Codes) -> list[str]:
    """A name for each bundle: the least of its rows' names, so that no order of rows can change it."""
    sizes = np.bincount(bundle)
    alone = sizes[bundle] == 1
    found = np.empty(len(sizes), dtype=object)
    of_row = np.array(names, dtype=object)
    found[bundle[alone]] = of_row[alone]
    if not alone.all():
        codes, texts = pd.factorize(of_row[~alone])
        order = np.argsort(texts)
        least = np.full(len(sizes), len(texts), dtype=np.int64)
        np.minimum.at(least, bundle[~alone], np.argsort(order)[codes])
        larger = sizes > 1
        found[larger] = texts[order][least[larger]]
    return list(found)
