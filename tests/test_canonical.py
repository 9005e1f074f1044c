"""Canonical forms: a digest depends on what a table says, and on nothing else."""

from __future__ import annotations

import datetime
import decimal
import io
import struct

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.canonical import frame_digest, json_bytes, sha256, table_digest
from evenkeel.errors import DataError

WHEN = [datetime.datetime(2024, 2, 29, 12, 30), None, datetime.datetime(1969, 12, 31)]


def mixed() -> pa.Table:
    return pa.table(
        {
            "n": pa.array([1, None, -3], pa.int64()),
            "x": pa.array([0.5, float("nan"), None], pa.float64()),
            "t": pa.array(["a", "ß", None], pa.string()),
            "b": pa.array([True, None, False]),
            "d": pa.array(WHEN, pa.timestamp("us")),
        }
    )


def with_column(name: str, column: pa.Array) -> pa.Table:
    table = mixed()
    return table.set_column(table.column_names.index(name), name, column)


def under_null(values: list[float], junk: float) -> pa.Array:
    """Floats of which the second is missing, with `junk` in the memory under the missing one."""
    data = pa.py_buffer(struct.pack("3d", values[0], junk, values[2]))
    return pa.Array.from_buffers(pa.float64(), 3, [pa.py_buffer(bytes([0b101])), data])


def test_the_digest_of_a_mixed_table_is_pinned() -> None:
    assert table_digest(mixed()) == "1b7c64ce0ac29a3a698dda15949eafc012d11e951d04cf734f12bad67f729779"


SAME = {
    "chunks": lambda: pa.concat_tables([mixed().slice(0, 1), mixed().slice(1, 2)]),
    "a slice of a longer table": lambda: pa.concat_tables([mixed(), mixed()]).combine_chunks().slice(3, 3),
    "dictionary": lambda: with_column("t", pa.array(["a", "ß", None]).dictionary_encode()),
    "an unused dictionary entry": lambda: with_column(
        "t", pa.DictionaryArray.from_arrays(pa.array([2, 0, None], pa.int8()), pa.array(["ß", "unused", "a"]))
    ),
    "large strings": lambda: with_column("t", pa.array(["a", "ß", None], pa.large_string())),
    "string views": lambda: with_column("t", pa.array(["a", "ß", None], pa.string_view())),
    "nanoseconds": lambda: with_column("d", pa.array(WHEN, pa.timestamp("ns"))),
    "seconds": lambda: with_column("d", pa.array(WHEN, pa.timestamp("s"))),
    "metadata": lambda: mixed().replace_schema_metadata({"writer": "another"}),
}


@pytest.mark.parametrize("form", SAME)
def test_how_values_are_encoded_does_not_matter(form: str) -> None:
    assert table_digest(SAME[form]()) == table_digest(mixed())


@pytest.mark.parametrize("codec", ["none", "snappy", "gzip", "zstd"])
@pytest.mark.parametrize("dictionary", [True, False])
def test_how_parquet_was_written_does_not_matter(codec: str, dictionary: bool) -> None:
    sink = io.BytesIO()
    pq.write_table(mixed(), sink, compression=codec, use_dictionary=dictionary, row_group_size=1)
    assert table_digest(pq.read_table(io.BytesIO(sink.getvalue()))) == table_digest(mixed())


@pytest.mark.parametrize("junk", [0.0, 7.25, float("nan"), float("-inf")])
def test_what_lies_under_a_missing_cell_does_not_matter(junk: float) -> None:
    column = under_null([1.0, 0.0, 3.0], junk)
    assert table_digest(pa.table({"x": column})) == table_digest(pa.table({"x": pa.array([1.0, None, 3.0])}))


@pytest.mark.parametrize(
    "bits", [0x7FF8000000000000, 0x7FF8000000000001, 0xFFF8000000000000, 0x7FFFFFFFFFFFFFFF]
)
def test_every_nan_is_one_nan(bits: int) -> None:
    strange = pa.array(np.array([bits], dtype=np.uint64).view(np.float64))
    assert table_digest(pa.table({"x": strange})) == table_digest(pa.table({"x": [float("nan")]}))


@pytest.mark.parametrize("kind", [pa.float32(), pa.float64()])
def test_minus_zero_is_zero(kind: pa.DataType) -> None:
    minus, plus = (pa.table({"x": pa.array([zero], kind)}) for zero in (-0.0, 0.0))
    assert table_digest(minus) == table_digest(plus)


DIFFERENT = {
    "a value": lambda: with_column("n", pa.array([2, None, -3])),
    "a text": lambda: with_column("t", pa.array(["a", "ss", None])),
    "a bool": lambda: with_column("b", pa.array([True, None, True])),
    "a time": lambda: with_column(
        "d", pa.array([*WHEN[:2], datetime.datetime(1970, 1, 1)], pa.timestamp("us"))
    ),
    "a time zone": lambda: with_column("d", pa.array(WHEN, pa.timestamp("us", "UTC"))),
    "a missing cell": lambda: with_column("n", pa.array([1, 0, -3])),
    "NaN where missing": lambda: with_column("x", pa.array([0.5, None, None])),
    "empty where missing": lambda: with_column("t", pa.array(["a", "ß", ""])),
    "an integer's width": lambda: with_column("n", pa.array([1, None, -3], pa.int32())),
    "a kind of number": lambda: with_column("n", pa.array([1.0, None, -3.0])),
    "a name": lambda: mixed().rename_columns(["m", "x", "t", "b", "d"]),
    "the order of columns": lambda: mixed().select(["x", "n", "t", "b", "d"]),
    "the order of rows": lambda: mixed().take([1, 0, 2]),
    "a row less": lambda: mixed().slice(0, 2),
    "a column less": lambda: mixed().drop_columns(["b"]),
}


@pytest.mark.parametrize("change", DIFFERENT)
def test_what_a_table_says_does_matter(change: str) -> None:
    assert table_digest(DIFFERENT[change]()) != table_digest(mixed())


def test_where_one_text_ends_and_the_next_begins_matters() -> None:
    assert table_digest(pa.table({"t": ["ab", "c"]})) != table_digest(pa.table({"t": ["a", "bc"]}))


def test_where_one_column_ends_and_the_next_begins_matters() -> None:
    one = pa.table({"a": pa.array([1, 2], pa.int64())})
    assert table_digest(one) != table_digest(pa.table({"a": [1], "b": [2]}))


def test_empty_tables_are_told_apart_by_their_columns() -> None:
    empty = [
        pa.table({}),
        pa.table({"a": pa.array([], pa.int64())}),
        pa.table({"a": pa.array([], pa.string())}),
    ]
    assert len({table_digest(table) for table in empty}) == 3


def test_the_index_of_a_frame_does_not_matter() -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    assert frame_digest(frame.set_index(pd.Index([7, 7]))) == frame_digest(frame)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([datetime.date(2024, 1, 2), None], id="date"),
        pytest.param([datetime.timedelta(days=1), None], id="duration"),
        pytest.param([decimal.Decimal("1.50"), None], id="decimal"),
        pytest.param([datetime.time(1, 2), None], id="time"),
    ],
)
def test_a_rarer_type_has_one_digest_too(values: list[object]) -> None:
    table = pa.table({"v": pa.array(values)})
    first = table_digest(table)
    # takes the memory that the first digest has given back, so that the second must use another
    held = table["v"].combine_chunks().to_numpy(zero_copy_only=False)
    assert table_digest(table) == first
    assert len(held) == 2


@pytest.mark.parametrize("values", [[b"\x00", None], [[1, 2], None]], ids=["binary", "list"])
def test_a_type_without_a_canonical_form_is_refused(values: list[object]) -> None:
    with pytest.raises(DataError, match=r"Expected columns of numbers.*got one of type.*Next: "):
        table_digest(pa.table({"v": pa.array(values)}))


def test_times_finer_than_a_microsecond_have_a_digest() -> None:
    fine, other = (pa.table({"d": pa.array([n], pa.timestamp("ns"))}) for n in (1, 2))
    assert table_digest(fine) != table_digest(other)


cells = st.lists(st.one_of(st.none(), st.floats(width=64)), max_size=12)


@settings(max_examples=40, deadline=None)
@given(cells=cells, cut=st.integers(0, 12))
def test_no_cut_into_chunks_matters(cells: list[float | None], cut: int) -> None:
    whole = pa.table({"x": pa.array(cells, pa.float64())})
    pieces = pa.concat_tables([whole.slice(0, cut), whole.slice(cut)])
    assert table_digest(pieces) == table_digest(whole)


@settings(max_examples=40, deadline=None)
@given(
    one=st.lists(st.one_of(st.none(), st.text(max_size=3))),
    two=st.lists(st.one_of(st.none(), st.text(max_size=3))),
)
def test_two_columns_of_text_share_a_digest_only_when_equal(
    one: list[str | None], two: list[str | None]
) -> None:
    tables = [pa.table({"t": pa.array(values, pa.string())}) for values in (one, two)]
    assert (table_digest(tables[0]) == table_digest(tables[1])) == (one == two)


def test_json_does_not_depend_on_the_order_of_keys() -> None:
    assert (
        json_bytes({"b": 1, "a": [1, "ß"]})
        == json_bytes({"a": [1, "ß"], "b": 1})
        == '{"a":[1,"ß"],"b":1}\n'.encode()
    )


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_json_refuses_what_is_no_number(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        json_bytes({"x": number})


def test_sha256_is_the_standard_one() -> None:
    assert sha256(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
