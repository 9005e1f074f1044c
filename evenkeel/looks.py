"""Looks: each evaluation of a model on a test set, written down before it happens, and so counted.

``looks/<table>/000001.json`` and so on are the looks at rows of one table, whichever test set was drawn from
it. A look names the split, the test set, the model and the threshold, which therefore stand before anything
is known of how they do, and the digest of the look before it: one that is changed or taken out breaks the
chain. The records of a run pin its own looks, and with them all earlier ones.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from evenkeel.canonical import json_bytes, sha256
from evenkeel.store import Store

FORMAT = 1
FOLDER = "looks"


class Intent(BaseModel):
    """What is about to be looked at: digests of the table and of its test set, and of all that is fixed.

    `table` and `test` are digests of content, `key` is that of the evaluation; the others are digests of
    bytes, `split` is the key of the split step.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    table: str
    test: str
    split: str
    config: str
    strategy: str
    model: str
    decision: str
    key: str


class Look(BaseModel):
    """A look: what was looked at, the number it has in its table's chain, when, and what came before."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: int = FORMAT
    number: int
    previous: str | None
    at: str
    intent: Intent

    @property
    def data(self) -> bytes:
        """The look as it is stored."""
        return json_bytes(self.model_dump(mode="json"))

    @property
    def digest(self) -> str:
        """The digest that the next look, and the record of this evaluation, name."""
        return sha256(self.data)


class BrokenChain(Exception):
    """Looks are missing, changed, or not in their order; the message says which."""


@dataclass(frozen=True)
class Count:
    """Looks at a test set, and at how many others of the same table there were looks before its own first."""

    test: int
    others: int


def take(store: Store, intent: Intent) -> Look:
    """Write a look down, before the evaluation; asking the same question again is the same look."""
    while True:
        chain = read(store, intent.table)
        if same := next((look for look in chain if look.intent.key == intent.key), None):
            return same
        last = chain[-1] if chain else None
        look = Look(
            number=last.number + 1 if last else 1,
            previous=last.digest if last else None,
            at=f"{datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
            intent=intent,
        )
        # where another run has just taken this number, the next one is tried
        if store.create(name_of(intent.table, look.number), look.data):
            return look


def read(store: Store, table: str) -> list[Look]:
    """All looks at a table, in order, each following from the one before; `BrokenChain` if they do not."""
    looks: list[Look] = []
    for number, path in enumerate(paths(store, table), start=1):
        look = _look(path)
        expected = (number, looks[-1].digest if looks else None, table)
        if (look.number, look.previous, look.intent.table) != expected or path.name != f"{number:06}.json":
            raise BrokenChain(f"look {number} of table {table[:12]} is missing or out of its place")
        looks.append(look)
    return looks


def paths(store: Store, table: str) -> list[Path]:
    """The files of a table's looks, in order."""
    return sorted((store.root / FOLDER / table).glob("[!.]*"))


def name_of(table: str, number: int) -> str:
    """Where a look is stored."""
    return f"{FOLDER}/{table}/{number:06}.json"


def count(chain: Sequence[Look], test: str, last: int) -> Count:
    """How often `test` was looked at up to look number `last`, and how many other test sets before it."""
    so_far = [look for look in chain if look.number <= last]
    first = next((look.number for look in so_far if look.intent.test == test), last)
    others = {look.intent.test for look in so_far if look.number < first}
    return Count(sum(look.intent.test == test for look in so_far), len(others))


def _look(path: Path) -> Look:
    data = path.read_bytes()
    try:
        look = Look.model_validate_json(data)
    except ValidationError as error:
        raise BrokenChain(f"look {path.name} of table {path.parent.name[:12]} cannot be read") from error
    if look.data != data:
        raise BrokenChain(f"look {path.name} of table {path.parent.name[:12]} has been changed")
    return look
