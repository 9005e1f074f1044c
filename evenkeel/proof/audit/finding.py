"""What a check says: a finding with its evidence and rows, or why it could not look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Severity = Literal["info", "warning", "critical"]
SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "info")
Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]
Truths = npt.NDArray[np.bool_]

# how many row numbers a finding lists of each table
LISTED = 20


@dataclass(frozen=True)
class Rows:
    """Rows of one table: how many, and the numbers of the first of them; 0 is the first below the header."""

    table: Literal["train", "test"]
    count: int
    numbers: tuple[int, ...]

    @classmethod
    def of(cls, table: Literal["train", "test"], numbers: Positions) -> Rows:
        """The rows with these numbers, in their order."""
        found = np.sort(numbers)
        return cls(table, len(found), tuple(int(number) for number in found[:LISTED]))


@dataclass(frozen=True)
class Suspicion:
    """What a check found, before the table of checks gives it its code and title."""

    severity: Severity
    evidence: str
    rows: tuple[Rows, ...] = ()


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong or worth knowing; `step` says what to do next."""

    code: str
    severity: Severity
    title: str
    evidence: str
    rows: tuple[Rows, ...]
    step: str

    def as_dict(self) -> dict[str, Any]:
        """The form that ``evenkeel audit --json`` promises."""
        rows = [{"table": r.table, "count": r.count, "numbers": list(r.numbers)} for r in self.rows]
        return {
            "code": self.code,
            "severity": self.severity,
            "title": self.title,
            "evidence": self.evidence,
            "rows": rows,
        }


class NotChecked(Exception):
    """A check does not apply to these tables; the message says why."""


Suspicions = Iterator[Suspicion]


def some(names: list[str], most: int = 5) -> str:
    """Names for a sentence: all of few, or the first of many."""
    listed = ", ".join(repr(name) for name in names[:most])
    return listed if len(names) <= most else f"{listed} and {len(names) - most} more"


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """A number with its noun: "1 row", "1,234 rows"."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"
