"""What the page says of certainty: how much the test set can tell, and which differences are real.

Runs of 0.2.0 and before have no such section.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evenkeel.report.figures import is_multiclass, part
from evenkeel.report.numbers import known

Report = Mapping[str, Any]
# figures whose differences are shown: what they are called, and whether they are counts of rows
SHOWN = {
    "tp": ("found", True),
    "fp": ("false alarms", True),
    "recall": ("recall", False),
    "precision": ("precision", False),
    "average_precision": ("average precision", False),
    "brier": ("Brier score", False),
}
# with several classes, means over them
OVER_CLASSES = {
    "recall": ("macro recall", False),
    "precision": ("macro precision", False),
    "f1": ("macro F1", False),
    "roc_auc": ("macro ROC AUC", False),
    "average_precision": ("macro average precision", False),
    "brier": ("Brier score", False),
}


@dataclass(frozen=True)
class Difference:
    """A strategy minus the reference; `real` says that the interval leaves zero out."""

    value: Any
    low: Any
    high: Any
    real: bool


@dataclass(frozen=True)
class Table:
    """The differences of all other strategies from one."""

    reference: str
    rows: list[tuple[str, list[Difference]]]


@dataclass(frozen=True)
class Section:
    """All that the section shows; `columns` are titles, each with whether its figures are counts."""

    weak: bool
    sentence: str
    why_not: str
    replicates: Any
    columns: list[tuple[str, bool]]
    tables: list[Table]


def section(report: Report) -> Section | None:
    """How certain the figures of the report are, or None where nothing was said of that."""
    power, found = part(report, "power"), part(report, "differences")
    if not (power or found):
        return None
    shown = OVER_CLASSES if is_multiclass(report) else SHOWN
    return Section(
        weak=bool(power.get("weak")),
        sentence=str(power.get("sentence") or ""),
        why_not="" if found.get("applies", True) else str(found.get("why") or ""),
        replicates=found.get("replicates"),
        columns=list(shown.values()),
        tables=list(_tables(found.get("against") or {}, shown)),
    )


def _tables(against: Report, shown: Iterable[str]) -> Iterator[Table]:
    for reference, others in against.items():
        if others:
            rows = [
                (name, [_difference(figures.get(key) or {}) for key in shown])
                for name, figures in others.items()
            ]
            yield Table(str(reference), rows)


def _difference(found: Report) -> Difference:
    low, high = known(found.get("all_low")), known(found.get("all_high"))
    real = low is not None and high is not None and not low <= 0 <= high
    return Difference(found.get("value"), low, high, real)
