"""What the page says of why: the columns that matter, the positives that were missed, and where.

Runs before 0.3.0, and those that were told not to explain, have no such section.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evenkeel.report.figures import class_rows, classes, part
from evenkeel.report.numbers import known

Report = Mapping[str, Any]
MOST_COLUMNS, MOST_SEGMENTS = 15, 12
METHODS = {
    "contribution": "What each column adds to the log odds of a test row, by size, on average, as the trees "
    "themselves tell it.",
    "permutation": "What the average precision on the test set loses when a column is shuffled.",
}


@dataclass(frozen=True)
class Bar:
    """A column with its importance, and that as a share of the greatest."""

    column: str
    value: float
    share: float


@dataclass(frozen=True)
class Section:
    """All that the section shows; `misses` and `segments` are None where they do not apply.

    With several classes, misses are those of `missed_class`, which has `of_class` rows in the test set.
    """

    strategy: str
    method: str
    bars: list[Bar]
    rest: int
    misses: list[Report] | None
    missed: int
    segments: list[Report] | None
    standing_out: int
    missed_class: str | None = None
    of_class: int = 0


def section(report: Report) -> Section | None:
    """Why the recommended strategy decides as it does, or None where that was not asked."""
    found = part(report, "explanation")
    if not found:
        return None
    ranked = part(found, "importance").get("columns") or []
    strategy = str(part(report, "recommended").get("strategy"))
    at = part(report, "strategies", strategy, "test", "at_operating_point")
    segments, rarest = found.get("segments"), found.get("missed_class")
    of_class, missed = 0, int(at.get("fn") or 0)
    if rarest is not None:
        of_class, missed = _of_class(report, strategy, str(rarest))
    return Section(
        strategy=strategy,
        method=METHODS.get(part(found, "importance").get("method"), ""),
        bars=_bars(ranked[:MOST_COLUMNS]),
        rest=max(0, len(ranked) - MOST_COLUMNS),
        misses=found.get("missed"),
        missed=missed,
        segments=None if segments is None else segments[:MOST_SEGMENTS],
        standing_out=sum(bool(told.get("stands_out")) for told in segments or []),
        missed_class=rarest,
        of_class=of_class,
    )


def _of_class(report: Report, strategy: str, label: str) -> tuple[int, int]:
    """Test rows of a class, and how many of them were given to another."""
    rows = class_rows(part(report, "strategies", strategy), classes(report))
    mine = next((row for row in rows if row.label == label), None)
    return (mine.total, mine.missed) if mine else (0, 0)


def _bars(ranked: list[Report]) -> list[Bar]:
    values = [known(told.get("value")) or 0.0 for told in ranked]
    greatest = max([abs(value) for value in values], default=0.0) or 1.0
    return [
        Bar(str(told.get("column")), value, max(0.0, value) / greatest)
        for told, value in zip(ranked, values, strict=True)
    ]
