"""The table as the built-in checks see it: rows by position, labels as text, twins found once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types
from pydantic import BaseModel, ConfigDict, Field

from evenkeel.labels import label_of, label_text
from evenkeel.twins import find_twins
from evenkeel.validation.results import FIRST_IDS, Outcome, did_you_mean, value_text

Positions = NDArray[np.intp]


class BuiltinRules(BaseModel):
    """What the built-in checks must know about a run; `test_size` is None when a column holds the split.

    `groups` are the columns by which rows stay together, `time` that by which test is the latest part.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: str
    positive: bool | int | float | str | None = None
    keys: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    time: str | None = None
    test_size: float | None = Field(default=None, gt=0, lt=1)
    folds: int = Field(default=5, ge=0)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One observation of a check: what was seen, where (default: the check's column), in which rows."""

    observed: str
    outcome: Outcome = "failed"
    column: str | None = None
    positions: Positions = field(default_factory=lambda: np.empty(0, dtype=np.intp))


def rows_finding(positions: Positions, observed: str) -> Finding:
    """A finding that fails exactly when there are rows to complain of."""
    return Finding(outcome="failed" if len(positions) else "passed", observed=observed, positions=positions)


class Table:
    """A frame, its row ids and the rules; what several checks need is computed once."""

    def __init__(self, *, frame: pd.DataFrame, row_ids: pd.Series[str], rules: BuiltinRules) -> None:
        if len(row_ids) != len(frame):
            raise ValueError(f"Expected one row id per row ({len(frame):,}), got {len(row_ids):,}.")
        # A caller's index may have duplicates; positions cannot.
        self.frame = frame.reset_index(drop=True)
        self.row_ids = row_ids
        self.rules = rules

    @property
    def rest(self) -> str:
        """The name of the class of all other labels when one is positive."""
        return f"not {label_of(self.rules.positive)}"

    @cached_property
    def features(self) -> list[Any]:
        """All columns but target, keys, groups and time."""
        rules = self.rules
        others = {rules.target, *rules.keys, *rules.groups, rules.time}
        return [name for name in self.frame.columns if name not in others]

    @cached_property
    def labels(self) -> pd.Series[str]:
        """The target as text, as stored."""
        return label_text(self.frame[self.rules.target])

    @cached_property
    def classes(self) -> pd.Series[str]:
        """The classes that are learned: the labels, or positive against the rest; missing stays missing."""
        if self.rules.positive is None:
            return self.labels
        positive = label_of(self.rules.positive)
        return self.labels.where(self.labels.isna() | (self.labels == positive), self.rest)

    @cached_property
    def feature_twins(self) -> tuple[Positions, NDArray[np.int64]]:
        """`find_twins` over the features: two checks start from it."""
        return find_twins(self.frame, self.features)

    def column(self, name: Any) -> pd.Series[Any]:
        """One column; only asked for once all names are known to be unique."""
        series: pd.Series[Any] = self.frame[name]
        return series

    def first_ids(self, positions: Positions) -> list[str]:
        """The ids of the first rows among `positions`, in table order."""
        return [str(row_id) for row_id in self.row_ids.iloc[np.sort(positions)[:FIRST_IDS]]]


def is_text(series: pd.Series[Any]) -> bool:
    """Whether the column holds text, however pandas stores it; a category was declared, so it is not text."""
    if series.dtype == object:
        return types.infer_dtype(series, skipna=True) == "string"
    return bool(types.is_string_dtype(series.dtype)) and not isinstance(series.dtype, pd.CategoricalDtype)


def positions_of(mask: pd.Series[Any]) -> Positions:
    """The positions at which `mask` is true."""
    return np.flatnonzero(mask.to_numpy(dtype=bool))


def absent_text(frame: pd.DataFrame, wanted: Sequence[str]) -> str:
    """Which columns are not there, what may have been meant, and what is there."""
    names = [str(name) for name in frame.columns]
    hint = did_you_mean(str(wanted[0]), names)
    return f"no column {value_text(wanted)}.{hint} Available: {value_text(names, items=30)}"
