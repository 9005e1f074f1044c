"""The answer of one check, and the text that explains why a run stopped."""

from __future__ import annotations

import difflib
import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

Severity = Literal["critical", "warning", "info"]
Outcome = Literal["passed", "failed", "error", "not applicable"]

FIRST_IDS = 10
LINE_WIDTH = 110
SHOWN_STOPS = 20


class CheckResult(BaseModel):
    """What one check asked, what it saw, and how many rows it concerns."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    check: str
    column: str | None = None
    severity: Severity
    outcome: Outcome
    expected: str
    observed: str
    rows: int = Field(default=0, ge=0)
    first_row_ids: list[str] = Field(default_factory=list, max_length=FIRST_IDS)
    origin: Literal["built-in", "suite"]

    @property
    def stops(self) -> bool:
        """Whether a run must not go on: a critical check that failed, or that could not be evaluated."""
        return self.severity == "critical" and self.outcome in ("failed", "error")


def explain_stops(results: Iterable[CheckResult]) -> str:
    """Readable text, several aligned lines per result, of the results that stop a run."""
    stops = [result for result in results if result.stops]
    if not stops:
        return "No check stops this run."
    head = "1 check stops this run:" if len(stops) == 1 else f"{len(stops)} checks stop this run:"
    blocks = [_block(number, result) for number, result in enumerate(stops[:SHOWN_STOPS], start=1)]
    if len(stops) > SHOWN_STOPS:
        blocks.append(f"and {len(stops) - SHOWN_STOPS} more")
    return "\n\n".join([head, *blocks])


def _block(number: int, result: CheckResult) -> str:
    fields = {
        "column": result.column,
        "expected": result.expected,
        "observed": f"(the check itself broke) {result.observed}"
        if result.outcome == "error"
        else result.observed,
        "rows": _rows_text(result),
    }
    lines = [f"{number}. {one_line(result.check, LINE_WIDTH - 20)} ({result.origin})"]
    return "\n".join(lines + [_field(name, text) for name, text in fields.items() if text])


def _field(name: str, text: str) -> str:
    # Four lines hold the advice at the end of a message; a list of 500 columns is cut.
    lines = textwrap.wrap(one_line(text, 1000), LINE_WIDTH - 13, max_lines=4, placeholder=" ..")
    return f"   {name:<9} " + f"\n{'':<13}".join(lines)


def _rows_text(result: CheckResult) -> str:
    if not result.first_row_ids:
        return f"{result.rows:,}" if result.rows else ""
    # Long ids (content hashes) would push the later ones off the line.
    ids = ", ".join(one_line(row_id, 24) for row_id in result.first_row_ids)
    return f"{result.rows:,}, first: {ids}"


def one_line(text: str, width: int) -> str:
    """`text` on one line of at most `width` characters, with control characters escaped."""
    # Cells and column names are foreign text: a line break or terminal code in them must not shape output.
    safe = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[: width + 1])
    return safe if len(safe) <= width else safe[: width - 2] + ".."


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """A hint, with a space before it, at the word that may have been meant; empty if none is close."""
    by_lower = {known.lower(): known for known in words}
    close = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return f" Did you mean {by_lower[close[0]]!r}?" if close else ""


def value_text(value: Any, *, items: int = 8) -> str:
    """Any cell or argument as short plain text; text is quoted, so that '1' and 1 can be told apart."""
    if isinstance(value, np.ndarray | AbstractSet):
        value = list(value)
    if isinstance(value, Mapping):
        return _joined([f"{key}: {value_text(item)}" for key, item in value.items()], items)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return _joined([value_text(item) for item in value], items)
    return _scalar_text(value)


def _joined(texts: list[str], items: int) -> str:
    more = [f"and {len(texts) - items} more"] if len(texts) > items else []
    return ", ".join(texts[:items] + more)


def _scalar_text(value: Any) -> str:
    if value is None or value is pd.NA or value is pd.NaT:
        return "missing"
    if isinstance(value, np.generic):
        # .item() of a nanosecond date is a bare integer.
        value = pd.Timestamp(value) if isinstance(value, np.datetime64) else value.item()
    if isinstance(value, float):
        return "missing" if math.isnan(value) else f"{value:.10g}"
    if isinstance(value, str):
        return repr(one_line(value, 60))
    return one_line(str(value), 60)
