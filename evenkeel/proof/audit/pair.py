"""Two tables made ready to be compared: one pool of rows, train first, with the same types in both.

Every check reads the pool by position; `Pair.rows` gives positions back as rows of train and of test.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from evenkeel.errors import DataError, suggest
from evenkeel.labels import label_text
from evenkeel.names import is_row_id
from evenkeel.proof.audit.finding import Floats, Positions, Rows, Truths
from evenkeel.resampling.fast.rounded import LARGEST
from evenkeel.tables import Features, Labels, class_names, encode_labels, find_features, model_input

Codes = npt.NDArray[np.int32]
MOST_CLASSES = 100


@dataclass(frozen=True)
class Pair:
    """The pooled features and labels of train and test.

    `frame` has the features of both, shape (train + test rows, features); `groups` and `time` name columns
    of it, if any.
    """

    frame: pd.DataFrame
    features: Features
    labels: Labels
    train_rows: int
    target: str
    groups: str | None = None
    time: str | None = None

    @classmethod
    def of(
        cls,
        train: pd.DataFrame,
        test: pd.DataFrame,
        *,
        target: str,
        groups: str | None = None,
        time: str | None = None,
        ignore: Collection[str] = (),
    ) -> Pair:
        """Pool two tables; `DataError` when they do not fit together, or a name is in neither."""
        train, test = train.rename(columns=str), test.rename(columns=str)
        _same_columns(train, test)
        named = [("target", target), ("groups", groups), ("time", time), *(("ignore", n) for n in ignore)]
        for role, name in named:
            _must_be_a_column(role, name, train)
        if target in (groups, time):
            raise DataError(f"Expected another column than the target for groups and time, got {target!r}.")
        labels = _labels(train[target], test[target])
        dropped = {target, *ignore} - {groups, time}
        kept = [name for name in train.columns if name not in dropped]
        if not kept:
            raise DataError("Expected at least one feature column, got none. Next: ignore fewer columns.")
        frame = pd.DataFrame({name: _pooled(train[name], test[name]) for name in kept})
        return cls(frame, find_features(frame, exclude=()), labels, len(train), target, groups, time)

    @property
    def test_rows(self) -> int:
        """How many rows the test table has."""
        return len(self.frame) - self.train_rows

    @functools.cached_property
    def in_test(self) -> Truths:
        """Which rows of the pool are test rows."""
        return np.arange(len(self.frame)) >= self.train_rows

    @functools.cached_property
    def codes(self) -> dict[str, Codes]:
        """For each feature the number of each row's value, from 0; a missing cell is a value too."""
        return {name: _codes(self.frame[name]) for name in self.features}

    @functools.cached_property
    def numbers(self) -> dict[str, Floats]:
        """The numeric features as float64, NaN where missing, infinite or too large to measure."""
        kept = Features(self.features.numeric, (), ())
        found = model_input(self.frame, kept) if kept.numeric else pd.DataFrame()
        return {name: _finite(found[name].to_numpy()) for name in kept.numeric}

    @functools.cached_property
    def grains(self) -> dict[str, float]:
        """For each numeric feature the power of ten of which all its values are multiples, 0 for none."""
        return {name: grain(values) for name, values in self.numbers.items()}

    @functools.cached_property
    def ids(self) -> tuple[str, ...]:
        """Features that only name a row: see `names.is_row_id`."""
        return tuple(name for name in self.features if is_row_id(self.frame[name].iloc[: self.train_rows]))

    @functools.cached_property
    def telling(self) -> tuple[str, ...]:
        """The features that say something of a row, in the order of the table."""
        return tuple(name for name in self.frame.columns if name not in self.ids)

    @functools.cached_property
    def is_balanced_apart(self) -> bool:
        """Whether the classes' shares differ so much that one of the tables was resampled on its own."""
        from evenkeel.proof.audit.prevalence import differ

        return differ(self)

    def rows(self, positions: Positions) -> tuple[Rows, ...]:
        """Positions in the pool as rows of the two tables."""
        positions = np.asarray(positions, dtype=np.intp)
        test = self.in_test[positions]
        sides: list[tuple[Literal["train", "test"], Positions]] = [
            ("train", positions[~test]),
            ("test", positions[test] - self.train_rows),
        ]
        return tuple(Rows.of(name, found) for name, found in sides if len(found))

    def counts(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """How many rows each class has in train and in test."""
        size = len(self.labels.classes)
        codes = self.labels.codes
        train = np.bincount(codes[: self.train_rows], minlength=size).astype(np.int64)
        return train, np.bincount(codes[self.train_rows :], minlength=size).astype(np.int64)


def grain(values: Floats) -> float:
    """The largest of 1, 0.1, .. 1e-8 of which all values are multiples; 0.0 where there is none."""
    values = values[np.isfinite(values)]
    for places in range(9):
        for part in (values[:500], values):
            moved = part * 10.0**places
            # a decimal number is off by half a unit in its last place, and so is the product
            if not (np.abs(moved - np.rint(moved)) <= 2.0**-51 * np.abs(moved)).all():
                break
        else:
            return float(10.0**-places)
    return 0.0


def _finite(values: Floats) -> Floats:
    return np.where(np.abs(values) < LARGEST, values, np.nan)


def _codes(column: pd.Series[Any]) -> Codes:
    codes, values = pd.factorize(column)
    return np.where(codes < 0, len(values), codes).astype(np.int32)


def _pooled(train: pd.Series[Any], test: pd.Series[Any]) -> pd.Series[Any]:
    """Both columns one below the other; texts where one of them has texts and the other numbers."""
    if train.dtype == test.dtype and train.dtype.kind in ("M", "m", "b"):
        return pd.concat([train, test], ignore_index=True)
    if all(pd.api.types.is_numeric_dtype(column.dtype) for column in (train, test)):
        # bool beside numbers is 0 and 1
        return pd.concat([_numeric(train), _numeric(test)], ignore_index=True)
    return pd.concat([label_text(train), label_text(test)], ignore_index=True)


def _numeric(column: pd.Series[Any]) -> pd.Series[Any]:
    return column.astype("Int8") if pd.api.types.is_bool_dtype(column.dtype) else column


def _labels(train: pd.Series[Any], test: pd.Series[Any]) -> Labels:
    for side, column in (("train", train), ("test", test)):
        if missing := int(column.isna().sum()):
            raise DataError(
                f"Expected a label in every row of {side}, got {missing:,} rows without. "
                f"Next: drop these rows from {side}."
            )
    pooled = pd.concat([label_text(train), label_text(test)], ignore_index=True)
    classes = class_names(pooled, None)
    if not 2 <= len(classes) <= MOST_CLASSES:
        raise DataError(
            f"Expected 2 to {MOST_CLASSES} classes in the target {train.name!r}, got {len(classes):,}. "
            f"Next: name the column of the labels as target."
        )
    return encode_labels(pooled, classes)


def _same_columns(train: pd.DataFrame, test: pd.DataFrame) -> None:
    for side, frame in (("train", train), ("test", test)):
        if frame.empty:
            raise DataError(f"Expected rows in {side}, got none.")
        if not frame.columns.is_unique:
            repeated = sorted(frame.columns[frame.columns.duplicated()])
            raise DataError(f"Expected distinct column names in {side}, got {repeated} twice.")
    sides: Sequence[tuple[str, pd.DataFrame, str, pd.DataFrame]] = (
        ("train", train, "test", test),
        ("test", test, "train", train),
    )
    said = [
        f"only {one} has {', '.join(repr(c) for c in alone)}"
        for one, here, _, there in sides
        if (alone := [c for c in here.columns if c not in there.columns])
    ]
    if said:
        raise DataError(
            f"Expected the same columns in both tables, got others: {'; '.join(said)}. "
            f"Available in both: {', '.join(c for c in train.columns if c in test.columns) or 'nothing'}. "
            f"Next: drop or rename them in the files."
        )


def _must_be_a_column(role: str, name: str | None, train: pd.DataFrame) -> None:
    if name is not None and name not in train.columns:
        raise DataError(
            f"Expected a column of the tables for {role}, got {name!r}. {suggest(name, train.columns)} "
            f"Next: name one of these."
        )
