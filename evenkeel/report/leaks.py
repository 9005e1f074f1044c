"""What the page says of an X-ray: the figures of honest work and of each leak, and how much a leak flatters.

A run without an X-ray has no such section.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evenkeel.report.figures import part
from evenkeel.report.numbers import known

Report = Mapping[str, Any]

TITLES = {
    "roc_auc": "ROC AUC",
    "average_precision": "average precision",
    "recall": "recall",
    "precision": "precision",
}


@dataclass(frozen=True)
class Figure:
    """One figure of a line; `outside` says that a leak reports more than any fold of honest work does."""

    value: Any
    low: Any
    high: Any
    too_good: Any
    outside: bool


@dataclass(frozen=True)
class Line:
    """One way to evaluate; `against` is the honest line that a leak is compared with, else empty."""

    name: str
    what: str
    against: str
    figures: list[Figure]


@dataclass(frozen=True)
class Section:
    """All that the section shows."""

    strategy: str
    sentence: str
    rows: Any
    folds: Any
    seeds: Any
    metric: str
    titles: list[str]
    lines: list[Line]


def section(report: Report) -> Section | None:
    """The X-ray of the report, or None where the run has none."""
    found = part(report, "xray")
    lines = found.get("lines") or []
    if not lines:
        return None
    by_name = {line.get("name"): line for line in lines}
    return Section(
        strategy=str(found.get("strategy") or "the strategy"),
        sentence=str(found.get("sentence") or ""),
        rows=found.get("rows"),
        folds=found.get("folds"),
        seeds=found.get("seeds"),
        metric=TITLES.get(found.get("metric"), str(found.get("metric"))),
        titles=list(TITLES.values()),
        lines=[_line(line, by_name.get(line.get("against")) or {}) for line in lines],
    )


def _line(line: Report, honest: Report) -> Line:
    return Line(
        name=str(line.get("name")),
        what=str(line.get("what") or ""),
        against=str(line.get("against") or ""),
        figures=[_figure(line, honest, key) for key in TITLES],
    )


def _figure(line: Report, honest: Report, key: str) -> Figure:
    own = part(line, "figures", key)
    value, top = known(own.get("value")), known(part(honest, "figures", key).get("high"))
    return Figure(
        value=value,
        low=own.get("low"),
        high=own.get("high"),
        too_good=part(line, "too_good").get(key),
        outside=value is not None and top is not None and value > top,
    )
