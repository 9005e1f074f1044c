"""How like the recorded product is what was made again: exact, close or different, and how far, as data.

Exact is to the bit. Close is within a tolerance that the rounding of other libraries or another processor can
use up and a leak cannot; whether close is good enough is not decided here.
"""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from evenkeel.canonical import frame_columns, frame_digest, json_bytes, sha256
from evenkeel.errors import StoreError
from evenkeel.store import Ref, Store

Likeness = Literal["exact", "close", "different"]
Floats = npt.NDArray[np.float64]
# of differences in one product, those that are told
MOST_TOLD = 3


class Tolerance(NamedTuple):
    """How far a number may be from the recorded one: a share of it, and a number that is added."""

    relative: float
    absolute: float


NUMBERS = Tolerance(1e-6, 1e-9)
PROBABILITIES = Tolerance(0.0, 1e-4)
FIGURES = Tolerance(0.0, 1e-4)


@dataclass(frozen=True)
class Compared:
    """What was compared, how like the two are and, where they are not exactly alike, how far apart."""

    what: str
    likeness: Likeness
    how: str = ""

    def __str__(self) -> str:
        return ": ".join(filter(None, [self.what, self.how]))


class Apart(NamedTuple):
    """A place in which two values differ, and what to say of it; `close` says that it is within tolerance."""

    close: bool
    how: str


def compare_table(
    what: str, made: pd.DataFrame, recorded: Ref, store: Store, within: Tolerance = NUMBERS
) -> Compared:
    """A table against the stored one: exact by the digest of its content."""
    again = frame_digest(made)
    if again == recorded.content:
        return Compared(what, "exact")
    with contextlib.suppress(StoreError):
        stored = store.get_table(recorded)
        if frame_digest(stored) == recorded.content:
            return compare_frames(what, made, stored, within)
    return _by_digest(what, again, recorded.content)


def compare_frames(
    what: str, made: pd.DataFrame, stored: pd.DataFrame, within: Tolerance = NUMBERS
) -> Compared:
    """A frame against another: the same columns, types and rows in the same order; numbers by tolerance."""
    one, two = frame_columns(made), frame_columns(stored)
    if [(name, column.type) for name, column in one] != [(name, column.type) for name, column in two]:
        return Compared(what, "different", "the columns or their types are not the recorded ones")
    if len(made) != len(stored):
        return Compared(what, "different", f"{len(made):,} rows came out, {len(stored):,} are recorded")
    pairs = zip(one, two, strict=True)
    return _judged(what, [apart for (n, a), (_, b) in pairs if (apart := _columns_apart(n, a, b, within))])


def compare_matrices(what: str, made: Floats, stored: Floats, within: Tolerance) -> Compared:
    """A matrix against another."""
    if made.shape != stored.shape:
        return Compared(what, "different", f"shape {made.shape} came out, {stored.shape} is recorded")
    apart = _numbers_apart("", made, stored, within)
    return _judged(what, [apart] if apart else [])


def compare_json(what: str, made: Any, recorded: Ref, store: Store) -> Compared:
    """A value against the stored one: exact by the digest of its canonical bytes."""
    again = sha256(json_bytes(made))
    if again == recorded.digest:
        return Compared(what, "exact")
    with contextlib.suppress(StoreError):
        found = compare_values(what, made, store.get_json(recorded))
        if found.likeness != "exact":
            return found
    return _by_digest(what, again, recorded.digest)


def compare_values(what: str, made: Any, stored: Any, *, common: bool = False) -> Compared:
    """A value as it comes back from JSON against another; with `common`, in the keys that both have alone."""
    return _judged(what, list(_values_apart("", json.loads(json_bytes(made)), stored, common)))


def _by_digest(what: str, again: str, recorded: str | None) -> Compared:
    said = f"{again[:12]} came out, {(recorded or 'nothing')[:12]} is recorded"
    return Compared(what, "different", said)


def _judged(what: str, found: Sequence[Apart]) -> Compared:
    if not found:
        return Compared(what, "exact")
    # what is too far comes first
    told = sorted(found, key=lambda apart: apart.close)
    more = f", and {len(told) - MOST_TOLD} more" if len(told) > MOST_TOLD else ""
    how = ", ".join(apart.how for apart in told[:MOST_TOLD]) + more
    return Compared(what, "close" if told[0].close else "different", how)


def _columns_apart(name: str, made: pa.Array, stored: pa.Array, within: Tolerance) -> Apart | None:
    if made.equals(stored):
        return None
    gaps = made.is_null().equals(stored.is_null())
    if gaps and pa.types.is_floating(made.type):
        one, two = (column.fill_null(0.0).to_numpy(zero_copy_only=False) for column in (made, stored))
        return _numbers_apart(name, one, two, within)
    pairs = zip(made.to_pylist(), stored.to_pylist(), strict=True)
    rows = sum(one != two for one, two in pairs)
    return Apart(False, f"{name} differs in {rows:,} of {len(made):,} rows")


def _numbers_apart(name: str, made: Floats, stored: Floats, within: Tolerance) -> Apart | None:
    """How far numbers are apart; a number and none, or another infinity, are never close."""
    unlike = ~((made == stored) | (np.isnan(made) & np.isnan(stored)))
    if not unlike.any():
        return None
    one, two = made[unlike], stored[unlike]
    distance = np.abs(one - two)
    far = float(np.max(np.nan_to_num(distance, nan=np.inf)))
    near = np.isfinite(distance) & (distance <= within.absolute + within.relative * np.abs(two))
    rows = np.count_nonzero(unlike.reshape(len(unlike), -1).any(axis=1))
    said = f"{rows:,} of {len(made):,} rows differ, by up to {far:.3g}"
    return Apart(bool(near.all()), f"{name}: {said}" if name else said)


def _values_apart(path: str, made: Any, stored: Any, common: bool) -> Iterator[Apart]:
    if common:
        made, stored = _by_key(made), _by_key(stored)
    if isinstance(made, dict) and isinstance(stored, dict):
        if not common and made.keys() != stored.keys():
            unlike = ", ".join(sorted(made.keys() ^ stored.keys()))
            yield Apart(False, f"{path or 'the value'} has other keys ({unlike})")
        for key in sorted(made.keys() & stored.keys()):
            yield from _values_apart(f"{path}.{key}" if path else key, made[key], stored[key], common)
    elif isinstance(made, list) and isinstance(stored, list) and len(made) == len(stored):
        for place, (one, two) in enumerate(zip(made, stored, strict=True)):
            yield from _values_apart(f"{path}[{place}]", one, two, common)
    elif type(made) is not type(stored) or made != stored:
        yield Apart(_close(made, stored), f"{path} {_short(made)} came out, {_short(stored)} is recorded")


def _by_key(value: Any) -> Any:
    """Entries of a table that a later version may have more of, by what they are called."""
    named = isinstance(value, list) and value and all(isinstance(v, dict) and "key" in v for v in value)
    return {str(entry["key"]): entry for entry in value} if named else value


def _close(made: Any, stored: Any) -> bool:
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in (made, stored))
    return numbers and math.isclose(made, stored, rel_tol=FIGURES.relative, abs_tol=FIGURES.absolute)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:37]}..."
