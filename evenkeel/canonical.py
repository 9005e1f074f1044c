"""Canonical forms: the same content always gives the same bytes, and so the same digest.

Two forms exist. JSON: sorted keys, no blanks, no NaN. Tables: the digest of their content, which unlike
the digest of a Parquet file does not depend on the writer's version, chunking, codec or metadata.
`docs/certificate.md` specifies both, so that others can write them again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from evenkeel.errors import DataError

FORM = b"evenkeel-table-1\n"


def sha256(data: bytes) -> str:
    """The SHA-256 of `data`, in lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def json_bytes(value: Any) -> bytes:
    """`value` as canonical JSON: UTF-8, sorted keys, no blanks; NaN and infinities are refused."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode() + b"\n"


def table_digest(table: pa.Table) -> str:
    """The digest of a table's names, types, missing cells and values, in order, and of nothing else."""
    digest = hashlib.sha256(FORM + b"%d\n" % table.num_rows)
    for name, column in _plain_columns(table):
        digest.update(json_bytes([name, str(column.type)]))
        digest.update(np.packbits(_as_numpy(column.is_valid())).tobytes())
        digest.update(_value_bytes(column))
    return digest.hexdigest()


def frame_digest(frame: pd.DataFrame) -> str:
    """`table_digest` of a pandas frame; its index is not part of it."""
    return table_digest(pa.Table.from_pandas(frame, preserve_index=False, nthreads=1))


def frame_columns(frame: pd.DataFrame) -> list[tuple[str, pa.Array]]:
    """Names and values as they enter `frame_digest`: one type per meaning."""
    return list(_plain_columns(pa.Table.from_pandas(frame, preserve_index=False, nthreads=1)))


def _plain_columns(table: pa.Table) -> Iterator[tuple[str, pa.Array]]:
    # by position: two columns may share a name
    for name, chunks in zip(table.column_names, table.columns, strict=True):
        yield name, _plain(chunks)


def _plain(column: pa.Array) -> pa.Array:
    """One type per meaning: how a writer chose to encode a value must not show in its digest."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_string_view(kind):
        return column.cast(pa.large_string())
    if pa.types.is_timestamp(kind):
        return _microseconds(column, pa.timestamp("us", kind.tz))
    if pa.types.is_duration(kind):
        return _microseconds(column, pa.duration("us"))
    return column


def _microseconds(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    try:
        return column.cast(wanted)
    except pa.ArrowInvalid:
        # finer than a microsecond: nothing may be lost, so it keeps its unit
        return column


def _value_bytes(column: pa.Array) -> bytes:
    """The values with missing cells zeroed, so that what lies under a missing cell cannot matter."""
    kind = column.type
    if pa.types.is_null(kind):
        return b""
    if pa.types.is_large_string(kind):
        filled = column.fill_null("")
        lengths = pc.binary_length(filled).cast(pa.int64())
        return _bytes(lengths) + _text_bytes(filled)
    if pa.types.is_boolean(kind):
        return np.packbits(_as_numpy(column.fill_null(False))).tobytes()
    if pa.types.is_decimal(kind):
        return _value_bytes(column.cast(pa.string()).cast(pa.large_string()))
    if pa.types.is_temporal(kind) and not pa.types.is_interval(kind):
        whole = pa.int32() if kind.bit_width == 32 else pa.int64()
        return _bytes(column.cast(whole).fill_null(0))
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        raise DataError(
            f"Expected columns of numbers, texts, bools, dates or times, got one of type {kind}. "
            f"Next: leave it out of the table, or turn it into columns of those types."
        )
    return _bytes(column.fill_null(pa.scalar(0, kind)))


def _bytes(column: pa.Array) -> bytes:
    """Numbers, none of them missing, in little-endian order on every machine."""
    values = _as_numpy(column)
    if values.dtype.kind == "f":
        # one NaN, one zero: their bit patterns differ between libraries, their meaning does not
        values = np.where(np.isnan(values), np.array(np.nan, values.dtype), values + values.dtype.type(0))
    return values.astype(values.dtype.newbyteorder("<")).tobytes()


def _text_bytes(column: pa.Array) -> bytes:
    """The texts one after the other, as they lie in memory: a slice shares it with what it is a slice of."""
    _, offsets, data = column.buffers()
    if not len(column) or data is None:
        return b""
    ends = np.frombuffer(offsets, np.int64)[column.offset :]
    return memoryview(data)[ends[0] : ends[len(column)]].tobytes()


def _as_numpy(column: pa.Array) -> np.ndarray[Any, Any]:
    return np.asarray(column.to_numpy(zero_copy_only=False))
