"""New rows in the table's own columns, types and units.

A new row lies between a base row and one of its neighbours (SMOTE, Chawla et al. 2002): numbers and dates
are interpolated, categories are voted on by the base row's neighbours (SMOTE-NC, section 6.1 there), and
every other column is the base row's. A missing cell is never filled in: where the base row's is missing, the
new one is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evenkeel.resampling.columns import Floats, Positions, at, between, category_codes
from evenkeel.tables import Features


def copy_rows(frame: pd.DataFrame, positions: Positions) -> pd.DataFrame:
    """The rows at `positions`, which may repeat, with the frame's types and a fresh index."""
    return frame.take(positions).reset_index(drop=True)


def interpolate(
    frame: pd.DataFrame,
    base: Positions,
    neighbour: Positions,
    weight: Floats | float,
    votes: Positions,
    features: Features,
    *,
    reach: Floats | float = 1.0,
) -> pd.DataFrame:
    """New rows at base + weight × reach × (neighbour - base), with exactly the columns and types of `frame`.

    `base` and `neighbour` are positions in `frame`, shape (new,), `weight` and `reach` one number or shape
    (new,), and `votes` the positions of each base row's k ≥ 1 nearest neighbours, nearest first, shape
    (new, k).

    - Floats are ``a + w * (r * (b - a))`` in float64, bit for bit, cast back to the column's type. With
      weights in [0, 1] they cannot leave the observed range (but for the last bit). Other weights ask to
      leave it, and may, but not past a bound: an extreme that more than one row has, or 0 where nothing
      observed is below it; there they stop at the observed extreme. Where a value is not finite the base
      row's is kept.
    - Integers are rounded half to even and kept in the observed range, whatever the weight.
    - Dates and durations are integers of their resolution: whole days where all observed are midnights (of
      their own time zone), whole seconds where all are, else the column's unit.
    - All else is voted on: the most frequent value among `votes`; if tied, the base row's own, else the
      tied value of the nearest neighbour. Missing values have no vote.
    - A missing cell stays missing. Where only the neighbour's or all votes are missing, the base row's value
      is kept.
    """
    weights, reaches = (
        np.broadcast_to(np.asarray(factor, dtype=np.float64), base.shape) for factor in (weight, reach)
    )
    rows: dict[Any, pd.Series[Any]] = {}
    for name, column in frame.items():
        if is_voted(column, features):
            rows[name] = at(column, _elected(column, base, votes))
        elif is_measured(column, features):
            rows[name] = between(column, base, neighbour, weights, reaches)
        else:
            rows[name] = at(column, base)
    # the index is given for a frame without columns
    return pd.DataFrame(rows, index=pd.RangeIndex(len(base)), columns=frame.columns)


def elect(frame: pd.DataFrame, names: Sequence[str], base: Positions, votes: Positions) -> pd.DataFrame:
    """New rows whose columns in `names` are all voted on, numbers and dates too; the others are the base's.

    `votes` are positions in `frame`, shape (new, k), the base row among them. The most frequent value wins,
    of several the smallest, as in SMOTEN. Missing values have no vote; a base row's missing cell stays one.
    """
    rows = {name: at(column, base) for name, column in frame.items()}
    for name in names:
        codes = category_codes(frame[name])
        missing = codes == codes.max() if frame[name].isna().any() else np.zeros(len(frame), dtype=np.bool_)
        rows[name] = at(frame[name], np.where(missing[base], base, _smallest_mode(codes, missing, votes)))
    return pd.DataFrame(rows, index=pd.RangeIndex(len(base)), columns=frame.columns)


def is_voted(column: pd.Series[Any], features: Features) -> bool:
    """Whether a feature has no values between two others: categories, and truths named as numbers."""
    return column.name in features.categorical or (
        is_measured(column, features) and pd.api.types.is_bool_dtype(column.dtype)
    )


def is_measured(column: pd.Series[Any], features: Features) -> bool:
    """Whether a column is a number or a date among the features."""
    return column.name in features.numeric or column.name in features.dates


def _elected(column: pd.Series[Any], base: Positions, votes: Positions) -> Positions:
    """For each new row the position of a row that holds the elected value, shape (new,)."""
    codes = pd.factorize(column)[0]
    ballots, own = codes[votes], codes[base]
    counts = np.zeros(ballots.shape, dtype=np.int32)
    for voter in range(ballots.shape[1]):
        counts += ballots == ballots[:, [voter]]
    counts[ballots < 0] = 0
    most = counts.max(axis=1)
    tied = counts == most[:, None]
    keeps = (own < 0) | (most == 0) | (tied & (ballots == own[:, None])).any(axis=1)
    first = votes[np.arange(len(base)), tied.argmax(axis=1)]
    return np.where(keeps, base, first)


def _smallest_mode(
    codes: npt.NDArray[np.int64], missing: npt.NDArray[np.bool_], votes: Positions
) -> Positions:
    """For each row of votes the position of a voter with the most frequent code, ties to the smallest one."""
    ballots = codes[votes]
    score = np.zeros(ballots.shape, dtype=np.int64)
    for voter in range(ballots.shape[1]):
        score += ballots == ballots[:, [voter]]
    score[missing[votes]] = 0
    best = np.lexsort((ballots, -score), axis=1)[:, 0]
    return votes[np.arange(len(votes)), best]
