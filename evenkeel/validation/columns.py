"""Checks of the feature columns; each conspicuous column is a finding of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from evenkeel.validation.results import value_text
from evenkeel.validation.table import Finding, Table, is_text, positions_of

# An integer or text column of fewer rows is all-distinct by chance too often to be called an id.
ID_LIKE_ROWS = 20
NUMBERS_SHARE = 0.95
SAMPLE = 1000


def columns_vary(table: Table) -> Iterator[Finding]:
    """The features that cannot tell any two rows apart."""
    names = [name for name in table.features if _is_constant(table.column(name))]
    for name in names:
        value = value_text(table.column(name).iloc[0])
        yield Finding(observed=f"all {len(table.frame):,} rows: {value}", column=str(name))
    if not names:
        yield Finding(outcome="passed", observed=f"{len(table.features):,} feature columns")


def _is_constant(series: pd.Series[Any]) -> bool:
    # repr, because a cell may be a list; and a short look spares most columns the long one.
    texts = series.map(repr) if series.dtype == object else series
    return texts.head(SAMPLE).nunique(dropna=False) == 1 and texts.nunique(dropna=False) == 1


def numbers_are_finite(table: Table) -> Iterator[Finding]:
    """The features that hold an infinity: nothing can be scaled, measured or fitted on it."""
    names = [name for name in table.features if types.is_float_dtype(table.column(name).dtype)]
    found = False
    for name in names:
        infinite = np.isinf(table.column(name).to_numpy(dtype=np.float64, na_value=np.nan))
        if infinite.any():
            found = True
            observed = f"{infinite.sum():,} infinite values. Next: mend them, or leave them empty"
            yield Finding(observed=observed, column=str(name), positions=np.flatnonzero(infinite))
    if not found:
        yield Finding(outcome="passed", observed=f"{len(names):,} features of floating point numbers")


def columns_not_ids(table: Table) -> Iterator[Finding]:
    """The features that tell every row from every other: models learn rows by heart from them."""
    names = [name for name in table.features if _is_id_like(table.column(name))]
    for name in names:
        observed = "all values are distinct: it looks like an id. Next: name it under `id` or `drop`"
        yield Finding(observed=observed, column=str(name))
    if not names:
        yield Finding(outcome="passed", observed=f"{len(table.features):,} feature columns")


def _is_id_like(series: pd.Series[Any]) -> bool:
    if not (types.is_integer_dtype(series.dtype) or is_text(series)):
        return False
    present = series.dropna()
    return len(present) > ID_LIKE_ROWS and present.head(SAMPLE).is_unique and present.is_unique


def numbers_are_numeric(table: Table) -> Iterator[Finding]:
    """The text features that are numbers but for padding and blanks; `rows` are those that are not."""
    texts = [name for name in table.features if is_text(table.column(name))]
    findings = [finding for name in texts if (finding := _numbers_as_text(table.column(name), str(name)))]
    yield from findings or [Finding(outcome="passed", observed=f"{len(texts):,} text features")]


def _numbers_as_text(series: pd.Series[Any], name: str) -> Finding | None:
    values = pd.Series(series.dropna().unique(), dtype="str")
    blank = values.str.strip() == ""
    numeric = pd.to_numeric(values.str.strip(), errors="coerce").notna()
    numbers, blanks = series.isin(values[numeric]), series.isin(values[blank])
    filled = int(series.notna().sum() - blanks.sum())
    if not filled or numbers.sum() <= NUMBERS_SHARE * filled:
        return None
    others = positions_of(series.notna() & ~numbers)
    examples = f"; others: {value_text(list(values[~numeric]), items=3)}" if len(others) else ""
    observed = f"{numbers.sum():,} of {filled:,} non-blank values are numbers stored as text{examples}"
    return Finding(observed=f"{observed}. Next: store them as numbers", column=name, positions=others)
