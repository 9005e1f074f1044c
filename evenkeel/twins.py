"""Rows that equal one another in some columns, found exactly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Positions = npt.NDArray[np.intp]
Codes = npt.NDArray[np.int64]


def find_twins(
    frame: pd.DataFrame, columns: Sequence[Any], *, within: tuple[Positions, Codes] | None = None
) -> tuple[Positions, Codes]:
    """Positions of all rows that equal another row in `columns`, and the number of the group each is in.

    Exact: values are numbered, not hashed, and two missing values are equal. `within` starts from the twins
    of other columns. Rows that are already alone are dropped column by column, so most tables cost little.
    """
    positions, groups = within or (np.arange(len(frame)), np.zeros(len(frame), dtype=np.int64))
    for column in columns:
        if not len(positions):
            break
        codes, values = pd.factorize(_hashable(frame[column].iloc[positions]))
        groups = pd.factorize(groups * (len(values) + 1) + codes + 1)[0]
        keep = np.bincount(groups)[groups] > 1
        positions, groups = positions[keep], groups[keep]
    return positions, groups


def _hashable(series: pd.Series[Any]) -> pd.Series[Any]:
    # Object cells may be lists; and 1, 1.0 and True would be one value.
    return series.map(repr, na_action="ignore") if series.dtype == object else series
