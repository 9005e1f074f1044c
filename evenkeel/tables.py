"""What the columns of a table are for: row ids, features by kind, labels.

Every table in the store carries the column `ROW_ID`. Nothing relies on a pandas index, because most
samplers drop it.
"""

from __future__ import annotations

import functools
import hashlib
import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evenkeel.errors import DataError
from evenkeel.labels import label_of, label_text

ROW_ID = "__row_id__"
# in tables whose rows lost the target column: predictions, and resampled sets in encoded space
CODE = "__class__"
FOLD = "__fold__"
REST = "rest"
# the same, where the positive class is itself called rest
OTHERS = "(others)"


@dataclass(frozen=True)
class Features:
    """The feature columns by kind, each in the order of the table."""

    numeric: tuple[str, ...]
    dates: tuple[str, ...]
    categorical: tuple[str, ...]

    def __iter__(self) -> Iterator[str]:
        return iter((*self.numeric, *self.dates, *self.categorical))

    def __len__(self) -> int:
        return len(self.numeric) + len(self.dates) + len(self.categorical)


def find_features(
    frame: pd.DataFrame, *, exclude: Collection[str], categorical: Collection[str] = ()
) -> Features:
    """Sort the columns by kind: text, bool and category columns are categorical, and those named so."""
    kinds: dict[str, list[str]] = {"numeric": [], "dates": [], "categorical": []}
    for name in frame.columns:
        if name != ROW_ID and name not in exclude:
            kinds["categorical" if name in categorical else _kind(frame[name])].append(name)
    features = Features(**{kind: tuple(names) for kind, names in kinds.items()})
    if not len(features):
        raise DataError(
            f"Expected at least one feature column, got none: {sorted(exclude)} are not features. "
            f"Next: look at `id`, `drop`, `groups`, `time` and `split.column` in the config."
        )
    return features


def model_input(frame: pd.DataFrame, features: Features) -> pd.DataFrame:
    """The feature columns in the form that preprocessing takes.

    Numbers become float64, dates seconds since 1970 and durations seconds (all with NaN where missing), text
    and bool categories text, and numeric categories stay numbers, so that they keep their order.
    """
    columns: dict[str, Any] = {name: _as_float(frame[name]) for name in features.numeric}
    columns |= {name: _as_seconds(frame[name]) for name in features.dates}
    columns |= {name: _as_category(frame[name]) for name in features.categorical}
    return pd.DataFrame(columns)


@dataclass(frozen=True)
class Labels:
    """Class names in code order, and the code of each row; in a binary task code 1 is positive."""

    classes: tuple[str, ...]
    codes: npt.NDArray[np.int64]

    def counts(self) -> dict[str, int]:
        """How many rows each class has."""
        sizes = np.bincount(self.codes, minlength=len(self.classes))
        return {name: int(size) for name, size in zip(self.classes, sizes, strict=True)}


def class_names(column: pd.Series[Any], positive: object | None) -> tuple[str, ...]:
    """The class names in code order: (the others, positive), or all of them, numbers by value."""
    found = sorted(label_text(column).dropna().unique(), key=_label_order)
    if positive is None:
        return tuple(found)
    others = [name for name in found if name != label_of(positive)]
    rest = OTHERS if label_of(positive) == REST else REST
    return (others[0] if len(others) == 1 else rest, label_of(positive))


def encode_labels(column: pd.Series[Any], classes: Sequence[str]) -> Labels:
    """The code of each row's class; where `REST` is a class, it takes what has no name of its own."""
    codes = pd.Index(classes).get_indexer(pd.Index(label_text(column)))
    rest = OTHERS if OTHERS in classes else REST
    if rest in classes:
        codes = np.where(codes < 0, list(classes).index(rest), codes)
    if (codes < 0).any():
        strange = sorted(set(label_text(column)[codes < 0].fillna("(missing)")))
        raise DataError(f"Expected the classes {list(classes)}, got also {strange}.")
    return Labels(tuple(classes), codes.astype(np.int64))


def row_ids(frame: pd.DataFrame, keys: Sequence[str]) -> pd.Series[Any]:
    """One id per row: the key columns' values, or the digest of the row's content; repeats are numbered.

    The id depends on the row alone, never on its place, so that sorting or appending keeps all ids.
    """
    base = _joined([label_text(frame[key]).fillna("") for key in keys]) if keys else _content_ids(frame)
    repeat = base.groupby(base, sort=False).cumcount()
    return base.where(repeat == 0, base + "#" + (repeat + 1).astype("str")).rename(ROW_ID)


def joined_texts(frame: pd.DataFrame, columns: Sequence[str]) -> pd.Series[Any]:
    """The values of some columns as one text per row, missing where one of them is."""
    return _joined([label_text(frame[name]) for name in columns])


def _joined(texts: Sequence[pd.Series[str]]) -> pd.Series[Any]:
    parts = (_escaped(text, "|#") for text in texts)
    return functools.reduce(lambda left, right: left + "|" + right, parts)


def _content_ids(frame: pd.DataFrame) -> pd.Series[Any]:
    texts = [
        _escaped(label_text(frame[name]), "\x00\x1f").fillna("\x00").to_numpy(dtype=object)
        for name in frame.columns
    ]
    digests = (
        hashlib.sha256("\x1f".join(cells).encode()).hexdigest()[:20] for cells in zip(*texts, strict=True)
    )
    return pd.Series(list(digests), index=frame.index, dtype="str")


def _escaped(texts: pd.Series[str], marks: str) -> pd.Series[str]:
    """Texts in which a mark of ours is never a mark: two different rows have two different ids."""
    for mark in "\\" + marks:
        texts = texts.str.replace(mark, "\\" + mark, regex=False)
    return texts


def _kind(column: pd.Series[Any]) -> str:
    if pd.api.types.is_bool_dtype(column.dtype):
        return "categorical"
    if pd.api.types.is_numeric_dtype(column.dtype):
        return "numeric"
    if getattr(column.dtype, "kind", None) in ("M", "m"):
        return "dates"
    return "categorical"


def _as_float(column: pd.Series[Any]) -> npt.NDArray[np.float64]:
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _as_seconds(column: pd.Series[Any]) -> npt.NDArray[np.float64]:
    if pd.api.types.is_timedelta64_dtype(column.dtype):
        return np.asarray(column.dt.total_seconds(), dtype=np.float64)
    stamps = column.dt.tz_convert("UTC").dt.tz_localize(None) if column.dt.tz is not None else column
    seconds = stamps.to_numpy(dtype="datetime64[us]").astype(np.int64) / 1e6
    return np.where(stamps.isna().to_numpy(), np.nan, seconds)


def _as_category(column: pd.Series[Any]) -> npt.NDArray[np.object_]:
    values = column.cat.categories.dtype if isinstance(column.dtype, pd.CategoricalDtype) else column.dtype
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return np.asarray(column.astype("Float64").to_numpy(dtype=object, na_value=np.nan))
    return np.asarray(column.astype("string").to_numpy(dtype=object, na_value=np.nan))


def _label_order(name: str) -> tuple[int, float, str]:
    try:
        value = float(name)
    except ValueError:
        value = math.nan
    return (1, 0.0, name) if math.isnan(value) else (0, value, name)
