"""The published vectors: our code gives them, and so does a second one, written from docs/certificate.md.

The second implementation uses neither Arrow nor numpy: whoever cannot run ours can write one like it.
"""

from __future__ import annotations

import base64
import decimal
import hashlib
import json
import re
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evenkeel.canonical import json_bytes, table_digest
from evenkeel.signing import SigningKey, pre_authentication

VECTORS = json.loads((Path(__file__).parents[1] / "docs" / "certificate_vectors.json").read_text("utf-8"))
TABLES = {vector["what"]: vector for vector in VECTORS["tables"]}
SPECIAL = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


# the second implementation

NUMBERS = {
    "int8": "b",
    "int16": "h",
    "int32": "i",
    "int64": "q",
    "uint8": "B",
    "uint16": "H",
    "uint32": "I",
    "uint64": "Q",
    "halffloat": "e",
    "float": "f",
    "double": "d",
    "date32[day]": "i",
    "date64[ms]": "q",
    "time32[s]": "i",
    "time32[ms]": "i",
    "time64[us]": "q",
    "time64[ns]": "q",
}
ONE_NAN = {
    "e": bytes.fromhex("007e"),
    "f": bytes.fromhex("0000c07f"),
    "d": bytes.fromhex("000000000000f87f"),
}
PER_MICROSECOND = {"s": (10**6, 1), "ms": (10**3, 1), "us": (1, 1), "ns": (1, 10**3)}


def second_hashed(columns: Sequence[dict[str, Any]]) -> bytes:
    """The bytes of which the digest is the SHA-256."""
    rows = len(columns[0]["values"]) if columns else 0
    parts = [b"evenkeel-table-1\n", b"%d\n" % rows]
    for column in columns:
        kind, values = second_plain(column["type"], column["values"])
        header = json.dumps([column["name"], kind], ensure_ascii=False, separators=(",", ":"))
        parts += [header.encode("utf-8"), b"\n", bits([value is not None for value in values])]
        parts += [second_values(kind, values)]
    return b"".join(parts)


def second_plain(kind: str, values: list[Any]) -> tuple[str, list[Any]]:
    if kind in ("string", "string_view"):
        return "large_string", values
    if found := re.fullmatch(r"(timestamp|duration)\[(s|ms|us|ns)(, tz=.*)?\]", kind):
        times, over = PER_MICROSECOND[found[2]]
        whole = [value is None or value * times % over == 0 for value in values]
        finer = [None if value is None else value * times // over for value in values]
        if all(whole) and all(value is None or -(2**63) <= value < 2**63 for value in finer):
            return f"{found[1]}[us{found[3] or ''}]", finer
    return kind, values


def second_values(kind: str, values: list[Any]) -> bytes:
    if kind == "null":
        return b""
    if kind == "bool":
        return bits([bool(value) for value in values])
    if kind == "large_string" or kind.startswith("decimal"):
        texts = [b"" if value is None else value.encode("utf-8") for value in values]
        return b"".join(struct.pack("<q", len(text)) for text in texts) + b"".join(texts)
    return b"".join(second_number(NUMBERS.get(kind, "q"), value) for value in values)


def second_number(form: str, value: Any) -> bytes:
    value = SPECIAL.get(value, value) or 0
    return ONE_NAN[form] if value != value else struct.pack(f"<{form}", value)


def bits(truths: Sequence[bool]) -> bytes:
    """The first is the highest bit of the first byte; what is left of the last byte is zero."""
    packed = bytearray((len(truths) + 7) // 8)
    for place, truth in enumerate(truths):
        packed[place // 8] |= truth << (7 - place % 8)
    return bytes(packed)


# the vectors as Arrow tables, for ours


def arrow_type(kind: str) -> pa.DataType:
    if found := re.fullmatch(r"timestamp\[(\w+)(?:, tz=(.*))?\]", kind):
        return pa.timestamp(found[1], found[2])
    if found := re.fullmatch(r"decimal(32|64|128|256)\((-?\d+), (-?\d+)\)", kind):
        return getattr(pa, f"decimal{found[1]}")(int(found[2]), int(found[3]))
    return pa.type_for_alias(kind)


def arrow_array(column: dict[str, Any]) -> pa.Array:
    kind = arrow_type(column["type"])
    values = column["values"]
    if pa.types.is_floating(kind):
        values = [SPECIAL.get(value, value) for value in values]
    if pa.types.is_decimal(kind):
        values = [None if value is None else decimal.Decimal(value) for value in values]
    return pa.array(values, kind, from_pandas=False)


def arrow(columns: Sequence[dict[str, Any]]) -> pa.Table:
    return pa.table([arrow_array(c) for c in columns], names=[c["name"] for c in columns])


@pytest.mark.parametrize("what", TABLES)
def test_our_digest_of_a_table_is_the_published_one(what: str) -> None:
    assert table_digest(arrow(TABLES[what]["columns"])) == TABLES[what]["digest"]


@pytest.mark.parametrize("what", TABLES)
def test_a_second_implementation_gives_the_same_bytes_and_digest(what: str) -> None:
    hashed = second_hashed(TABLES[what]["columns"])
    assert hashed.hex() == TABLES[what]["hashed"]
    assert hashlib.sha256(hashed).hexdigest() == TABLES[what]["digest"]


@pytest.mark.parametrize("form", ["chunks", "dictionary"])
@pytest.mark.parametrize("what", TABLES)
def test_how_arrow_holds_a_table_does_not_matter(what: str, form: str) -> None:
    table = arrow(TABLES[what]["columns"])
    if form == "chunks":
        table = pa.concat_tables([table.slice(0, 1), table.slice(1)])
    else:
        plain = [column.combine_chunks() for column in table.columns]
        # pyarrow can make no dictionary of these
        keep = [pa.types.is_null(c.type) or pa.types.is_float16(c.type) for c in plain]
        made = [c if kept else c.dictionary_encode() for c, kept in zip(plain, keep, strict=True)]
        table = pa.table(made, names=table.column_names)
    assert table_digest(table) == TABLES[what]["digest"]


def test_the_vectors_hold_every_kind_of_column_that_has_a_form() -> None:
    kinds = {column["type"].partition("[")[0] for v in TABLES.values() for column in v["columns"]}
    kinds = {kind.partition("(")[0] for kind in kinds}
    numbers = {name.partition("[")[0] for name in NUMBERS}
    assert kinds >= numbers | {
        "null",
        "bool",
        "string",
        "large_string",
        "timestamp",
        "duration",
        "decimal128",
    }


@pytest.mark.parametrize("vector", VECTORS["json"], ids=lambda vector: vector["what"])
def test_canonical_json_is_the_published_one(vector: dict[str, Any]) -> None:
    assert json_bytes(vector["value"]).decode() == vector["text"]


def test_the_envelope_is_the_published_one() -> None:
    vector = VECTORS["envelope"]
    key = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(vector["seed"])))
    payload = vector["payload"].encode()
    assert key.public.pem.decode() == vector["public"]
    assert key.public.keyid == vector["keyid"]
    assert pre_authentication(vector["payloadType"], payload).decode() == vector["signed"]
    assert key.envelope(payload).decode() == vector["envelope"]
    assert base64.b64decode(json.loads(vector["envelope"])["payload"]) == payload
