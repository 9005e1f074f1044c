"""What a diagnostic says: a finding as numbers, or why it could not look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["critical", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "info")


@dataclass(frozen=True)
class Found:
    """Something to know of `subject`: a column, a class, a strategy, a fold; None is the whole table.

    `numbers` are what it rests on, JSON-able; sentences are made of them where they are shown.
    """

    severity: Severity
    subject: str | None
    numbers: Mapping[str, Any]


Finds = Iterator[Found]


class NotLooked(Exception):
    """A diagnostic does not apply here; the message says why."""


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """A number with its noun: "1 row", "1,234 rows"."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"
