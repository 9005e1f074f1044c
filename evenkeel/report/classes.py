"""Each class against the rest, the rarest first: what is found of it, and how sure that is.

Only runs of several classes have this, since version 0.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evenkeel.report import figures
from evenkeel.report.figures import part

Report = Mapping[str, Any]
# the figures of a class, and what they are called
SHOWN = {
    "recall": "recall",
    "precision": "precision",
    "f1": "F1",
    "average_precision": "average precision",
    "roc_auc": "ROC AUC",
}


@dataclass(frozen=True)
class Row:
    """One class: rows of it in train and in test, and how many rows of the test set were called it."""

    label: str
    train: Any
    test: Any
    called: Any
    figures: list[Report]


@dataclass(frozen=True)
class Table:
    """The classes by one strategy, the rarest in train first."""

    strategy: str
    recommended: bool
    rows: list[Row]


def tables(report: Report, strategies: Mapping[str, Any]) -> list[Table]:
    """A table for each strategy that has figures of classes, that of the recommended one first."""
    order = figures.by_frequency(report)[::-1]
    chosen = part(report, "recommended").get("strategy")
    train = part(report, "split", "train")
    found = [
        Table(name, name == chosen, [_row(label, train, part(strategy, "classes", label)) for label in order])
        for name, strategy in strategies.items()
        if part(strategy, "classes")
    ]
    return sorted(found, key=lambda table: not table.recommended)


def _row(label: str, train: Report, told: Report) -> Row:
    return Row(
        label, train.get(label), told.get("rows"), told.get("called"), [part(told, key) for key in SHOWN]
    )
