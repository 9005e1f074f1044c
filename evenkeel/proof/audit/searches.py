"""Nearest rows for the checks: numbers on one scale, searched in cells, in memory linear in the rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.linalg import qr
from scipy.spatial import cKDTree

from evenkeel.proof.audit.finding import Floats, Positions
from evenkeel.proof.audit.pair import Pair
from evenkeel.proof.audit.twins import digests
from evenkeel.resampling.fast.rounded import Cells, Singles, parts

# a column with fewer values measures nothing that rows could be near in
FEWEST_VALUES = 20
# neighbours among which a row's nearest of its own categories is sought, and cells that are looked through
CANDIDATES, CELLS = 4, 2
# rows of other categories are moved apart by so many standard deviations: more would cost single precision
APART = 20.0
# columns up to which a tree is quick, and exact
TREE_COLUMNS = 5
# rows by which columns are found that follow from others
ROWS_OF_RANK = 2_000


def distinct_rows(pair: Pair, names: Sequence[str]) -> Positions:
    """Positions of the rows that have no twin in these columns, in either table."""
    _, first, sizes = np.unique(digests(pair, names), return_index=True, return_counts=True)
    return np.sort(first[sizes == 1]).astype(np.intp)


def scaled(columns: Sequence[Floats], rows: Positions) -> Floats:
    """The rows of some columns with mean 0 and deviation 1, the mean where missing, (rows, columns)."""
    found = np.empty((len(rows), len(columns)))
    for place, values in enumerate(columns):
        some = values[rows]
        known = np.isfinite(some)
        mean = some[known].mean() if known.any() else 0.0
        deviation = some[known].std() if known.any() else 0.0
        found[:, place] = np.where(known, (some - mean) / (deviation or 1.0), 0.0)
    return found


def mutual_pairs(pair: Pair, rows: Positions) -> tuple[npt.NDArray[np.intp], Floats, float] | None:
    """Pairs of rows that are each other's nearest, with equal categories; their distances; the usual one.

    The distance is Euclidean over the columns that measure something. None where no column does, or rows
    have no distance to their nearest as a rule.
    """
    measures = [n for n in pair.telling if n in pair.numbers and pair.codes[n].max() >= FEWEST_VALUES]
    if not measures:
        return None
    X = scaled([pair.numbers[name] for name in measures], rows)
    others = [name for name in pair.telling if name not in measures]
    apart = _apart(digests(pair, others)[rows]) if others else np.empty((len(rows), 0))
    found = _candidates(np.column_stack([X, apart]), len(measures))
    nearest, distance = _nearest_other(X, apart, found)
    known = nearest >= 0
    usual = float(np.median(distance[known])) if known.any() else 0.0
    if not usual > 0:
        return None
    own = np.arange(len(rows))
    mutual = known & (nearest[nearest] == own) & (own < nearest)
    return np.stack([rows[own[mutual]], rows[nearest[mutual]]], axis=1), distance[mutual], usual


def neighbours(Z: Singles, k: int, asked: Singles | None = None, cells: int = CELLS) -> Positions:
    """Positions of about the k nearest rows of `Z` for each asked row, (asked, k); -1 where none was found.

    Those of the cells next to a row alone are looked through: near ones are hardly ever missed.
    """
    Z = np.ascontiguousarray(Z)
    asked = Z if asked is None else np.ascontiguousarray(asked)
    index = Cells(Z)
    found = [index.nearest(asked[part], k, cells)[1] for part in parts(len(asked), 32_768)]
    return np.concatenate(found).astype(np.intp)


def independent(X: Floats) -> Positions:
    """Which columns do not follow from the others by a linear law, judged by some rows (pivoted QR)."""
    some = X[:: max(1, len(X) // ROWS_OF_RANK)]
    _, R, order = qr(some - some.mean(axis=0), mode="economic", pivoting=True)
    size = np.abs(np.diag(R))
    return np.sort(order[: len(size)][size > 1e-6 * max(size.max(initial=0.0), 1e-300)]).astype(np.intp)


def _candidates(Z: Floats, measures: int) -> Positions:
    if measures > TREE_COLUMNS:
        return neighbours(Z.astype(np.float32), CANDIDATES)
    tree = cKDTree(Z)
    k = min(CANDIDATES, len(Z))
    found = [tree.query(Z[part], k=k)[1] for part in parts(len(Z), 32_768)]
    return np.concatenate(found).reshape(len(Z), k).astype(np.intp)


def _apart(keys: npt.NDArray[np.uint64]) -> Floats:
    """Two coordinates that are equal for equal keys alone."""
    _, codes = np.unique(keys, return_inverse=True)
    draws = np.random.default_rng(0).normal(size=(int(codes.max()) + 1, 2))
    return np.asarray(APART * draws[codes])


def _nearest_other(X: Floats, apart: Floats, found: Positions) -> tuple[Positions, Floats]:
    """The nearest of the candidates with the same categories, -1 for none, by distances in float64."""
    nearest = np.full(len(X), -1, dtype=np.intp)
    distance = np.full(len(X), np.inf)
    own = np.arange(len(X))
    for place in found.T:
        usable = (place >= 0) & (place != own) & (apart[place] == apart).all(axis=1)
        length = np.full(len(X), np.inf)
        for part in parts(len(X)):
            length[part] = np.linalg.norm(X[place[part]] - X[part], axis=1)
        closer = usable & (length < distance)
        nearest[closer], distance[closer] = place[closer], length[closer]
    return nearest, distance
