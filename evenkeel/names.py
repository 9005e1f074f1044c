"""Which columns only name a row or an entity, judged by their values and by what they are called."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

# the last word of a column that numbers something
NUMBERING = {"id", "ids", "uid", "uuid", "guid", "nbr", "nr", "no", "num", "number", "key", "index"}
# rows below which distinct values are no wonder, and the share of distinct ones from which they are ids
FEWEST_ROWS, DISTINCT = 30, 0.98
# unnamed whole numbers are ids when they are no sparser than this
SPARSE = 3


def is_named_id(name: str) -> bool:
    """Whether the column's name ends in a word like id, nbr or key: patient_nbr, customerID, RowId."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)
    return bool(words) and words[-1].lower() in NUMBERING


def is_row_id(column: pd.Series[Any]) -> bool:
    """Whether (nearly) every row has a value of its own that is a whole number or a word, and no measure."""
    if len(column) < FEWEST_ROWS or not can_name(column):
        return False
    if column.isna().any() or column.nunique() < DISTINCT * len(column):
        return False
    if not pd.api.types.is_numeric_dtype(column.dtype) or is_named_id(str(column.name)):
        return True
    return bool(column.max() - column.min() < SPARSE * len(column))


def can_name(column: pd.Series[Any]) -> bool:
    """Whether the values are whole numbers or single words, as names of things are."""
    kept = column.dropna()
    if not len(kept) or pd.api.types.is_bool_dtype(column.dtype):
        return False
    if pd.api.types.is_numeric_dtype(column.dtype):
        values = kept.to_numpy(dtype=np.float64)
        return bool(np.isfinite(values).all() and (values == np.rint(values)).all())
    if getattr(column.dtype, "kind", "") in ("M", "m"):
        return False
    texts = kept.astype("str")
    # decimal numbers and dates as texts are measures
    spaced = texts.str.contains(r"\s", regex=True) | texts.str.fullmatch(r"-?\d*\.\d+|\d+[-/:]\d+[-/:].*")
    return bool(spaced.mean() < 0.02 and texts.str.len().mean() <= 40)
