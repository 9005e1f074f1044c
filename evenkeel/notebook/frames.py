"""From what pandas can hold to what a file can hold, so that a frame gives what its file would give."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from evenkeel.errors import SourceError
from evenkeel.labels import label_of
from evenkeel.sources import check_distinct


@dataclass(frozen=True)
class Tidy:
    """A frame of plain columns, which of them are categories of numbers, and what a person should know."""

    frame: pd.DataFrame
    categorical: tuple[str, ...]
    notes: tuple[str, ...]


def tidy(data: Any) -> Tidy:
    """The rows of a frame in their order, without its index; the frame itself is not changed.

    Column names become texts. Categories that are not texts or numbers become texts, periods times, sparse
    columns dense ones; all else is as it was. Takes a pandas frame, or anything with `to_pandas` (polars,
    Arrow). `SourceError` for anything else, an empty frame, two columns of one name, or columns of lists.
    """
    given = _as_pandas(data)
    frame = given.reset_index(drop=True).rename(columns=str)
    check_distinct(frame.columns, "the frame")
    if frame.empty:
        raise SourceError(f"Expected rows in the frame, got {len(frame)} rows and {frame.shape[1]} columns.")
    # what hangs on a frame is no part of its rows, and would change the digest of its file
    frame.attrs = {}
    numbers = tuple(name for name in frame.columns if _is_category_of_numbers(frame[name]))
    plain = pd.DataFrame({name: _plain(frame[name]) for name in frame.columns})
    return Tidy(plain, numbers, _about_index(given))


def parquet(frame: pd.DataFrame) -> bytes:
    """A tidy frame as a Parquet file: the same rows give the same bytes with the same libraries."""
    try:
        table = pa.Table.from_pandas(frame, preserve_index=False, nthreads=1)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        name = next(name for name in frame.columns if not _storable(frame[name]))
        raise SourceError(_unlike(frame, name)) from None
    for field in table.schema:
        if any(unlike(field.type) for unlike in (pa.types.is_nested, pa.types.is_binary)):
            raise SourceError(_unlike(frame, field.name))
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def _as_pandas(data: Any) -> pd.DataFrame:
    frame = data
    if not isinstance(data, pd.DataFrame) and callable(convert := getattr(data, "to_pandas", None)):
        frame = convert()
    if not isinstance(frame, pd.DataFrame):
        raise SourceError(
            f"Expected a DataFrame, got {type(data).__name__}. Next: pandas.read_csv(..) makes one of a "
            f"file, pandas.DataFrame(X).assign(y=y) of arrays; `evenkeel run` takes files as they are."
        )
    if frame.columns.nlevels > 1:
        raise SourceError(
            f"Expected one level of column names, got {frame.columns.nlevels}. Next: join them, for example "
            f"df.columns = df.columns.map('_'.join)."
        )
    return frame


def _about_index(frame: pd.DataFrame) -> tuple[str, ...]:
    """An index is left out, which matters where it says something: then it is said."""
    names = [str(name) for name in frame.index.names if name is not None]
    counts = isinstance(frame.index, pd.RangeIndex) or pd.api.types.is_integer_dtype(frame.index.dtype)
    if not names and counts:
        return ()
    called = f"the index {', '.join(map(repr, names))}" if names else "the index"
    return (f"{called} is left out, all rows are kept: df.reset_index() makes a column of it",)


def _is_category_of_numbers(column: pd.Series[Any]) -> bool:
    """A file keeps that texts are categories, but of a category of numbers only the numbers."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return False
    values = column.cat.categories.dtype
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _plain(column: pd.Series[Any]) -> pd.Series[Any]:
    plain = next((make for kind, make in PLAIN.items() if isinstance(column.dtype, kind)), None)
    return column if plain is None else plain(column)


def _plain_category(column: pd.Series[Any]) -> pd.Series[Any]:
    values = column.cat.categories
    if _is_category_of_numbers(column):
        return column.astype(np.float64 if column.isna().any() else values.dtype)
    # unused ones are no part of the rows
    used = column.cat.remove_unused_categories()
    return used if values.dtype == "str" else used.map(label_of, na_action="ignore").astype("category")


# pandas' own kinds of columns that files do not keep, or not as what they are
PLAIN: dict[type[Any], Callable[[Any], Any]] = {
    pd.CategoricalDtype: _plain_category,
    pd.IntervalDtype: lambda column: column.map(str, na_action="ignore").astype("str"),
    pd.PeriodDtype: lambda column: column.dt.to_timestamp(),
    pd.SparseDtype: lambda column: column.sparse.to_dense(),
    pd.ArrowDtype: lambda column: pa.array(column).to_pandas().set_axis(column.index),
}


def _storable(column: pd.Series[Any]) -> bool:
    try:
        pa.Table.from_pandas(column.to_frame(), preserve_index=False, nthreads=1)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return False
    return True


def _unlike(frame: pd.DataFrame, name: str) -> str:
    column = frame[name]
    kinds = sorted({type(value).__name__ for value in column.dropna()}) or [str(column.dtype)]
    one = len(kinds) == 1
    return (
        f"Expected columns of numbers, texts, bools, dates or times, got {name!r} with values of type "
        f"{', '.join(kinds[:4])}. Next: "
        + ("leave it out (df.drop(columns=..)), or make plain columns of it." if one else "")
        + ("" if one else f"make them one type, for example df[{name!r}].astype(str).")
    )
