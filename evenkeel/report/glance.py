"""The one chart of the first screen: what each strategy misses, finds and raises, the misses first.

It is a table whose cells hold bars, so that it reads without a script, prints and can be heard.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evenkeel.report import figures
from evenkeel.report.numbers import known

Report = Mapping[str, Any]

# more rows than this and the first screen is no longer one
MOST = 8


@dataclass(frozen=True)
class Bar:
    """A count, and its length as a fraction of the longest one."""

    rows: int
    length: float


@dataclass(frozen=True)
class Line:
    """One strategy: rows missed and found, and false alarms or the worst class.

    `span` is the interval of the misses as fractions of the bar's length, where the report has one.
    """

    name: str
    recommended: bool
    missed: Bar
    found: Bar
    alarms: Bar | None
    hardest: str = ""
    span: tuple[float, float] | None = None


@dataclass(frozen=True)
class Glance:
    """The lines in order, what all bars of misses are of, and how many strategies did not fit."""

    lines: list[Line]
    total: int
    left_out: int
    binary: bool

    @property
    def has_spans(self) -> bool:
        """Whether any line has an interval."""
        return any(line.span for line in self.lines)


def glance(report: Report, strategies: Mapping[str, Any]) -> Glance | None:
    """The chart, or None where no strategy has decisions on the test set."""
    binary = not figures.is_multiclass(report)
    counts = {name: _counts(report, strategy, binary) for name, strategy in strategies.items()}
    judged = {name: found for name, found in counts.items() if found and found[0] + found[1]}
    if not judged:
        return None
    chosen = figures.part(report, "recommended").get("strategy")
    names = _in_order(report, strategies, [*judged])[:MOST]
    total = max(missed + found for missed, found, *_ in judged.values())
    loudest = max(1, *(judged[name][2] or 0 for name in names), 1)
    lines = []
    for name in names:
        missed, found, alarms, hardest = judged[name]
        lines.append(
            Line(
                name=name,
                recommended=name == chosen,
                missed=Bar(missed, missed / total),
                found=Bar(found, found / total),
                alarms=None if alarms is None else Bar(alarms, alarms / loudest),
                hardest=hardest,
                span=_span(strategies[name]) if binary else None,
            )
        )
    return Glance(lines, total, len(judged) - len(lines), binary)


def _counts(report: Report, strategy: Report, binary: bool) -> tuple[int, int, int | None, str] | None:
    if binary:
        at = figures.decisions(figures.part(strategy, "test", "at_operating_point"), "")
        return (at.missed or 0, at.found or 0, at.false_alarms or 0, "") if at else None
    rows = [row for row in figures.class_rows(strategy, figures.classes(report)) if row.total]
    if not rows:
        return None
    worst = max(rows, key=lambda row: row.missed / row.total)
    missed, total = sum(row.missed for row in rows), sum(row.total for row in rows)
    return missed, total - missed, None, f"{worst.label}, {worst.missed} of {worst.total}"


def _span(strategy: Report) -> tuple[float, float] | None:
    """What is missed is what recall leaves: its interval, the other way round."""
    told = figures.part(strategy, "test_intervals", "recall")
    low, high = known(told.get("low")), known(told.get("high"))
    return None if low is None or high is None else (1 - high, 1 - low)


def _in_order(report: Report, strategies: Mapping[str, Any], names: list[str]) -> list[str]:
    """The recommended one, what it is measured against, then the best in cross-validation."""
    usual = "balanced_accuracy" if figures.is_multiclass(report) else "average_precision"
    metric = figures.part(report, "config", "tuning").get("metric") or usual
    chosen = figures.part(report, "recommended").get("strategy")

    def rank(name: str) -> tuple[bool, bool, float]:
        mean = known(figures.part(strategies[name], "cv", metric).get("mean"))
        return name != chosen, name != figures.BASELINE, -(mean if mean is not None else float("-inf"))

    return sorted(names, key=rank)
