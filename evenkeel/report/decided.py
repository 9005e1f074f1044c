"""What a decision tells beside its threshold: how sure it is, what its neighbours do, and its calibration.

Runs of 0.2.0 and before tell none of it; their pages have none of these tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evenkeel.report.figures import part
from evenkeel.report.numbers import known

Report = Mapping[str, Any]

# what a method is called, and what it does
METHODS = {
    "prior": (
        "prior correction, exact",
        "undoes what resampling or weights did to the shares of the classes",
    ),
    "sigmoid": ("sigmoid", "fitted on out-of-fold predictions of train"),
    "isotonic": ("isotonic", "a map in steps, fitted on out-of-fold predictions of train"),
}
AS_IS = ("none needed", "the model learned from the classes as they are")
OFF = ("switched off", "the config says `calibrate: none`")
SCORES = {"brier": "Brier score", "log_loss": "log loss"}


@dataclass(frozen=True)
class Pair:
    """A figure before and after; `before` is None where nothing was changed."""

    before: Any
    after: Any
    low: Any = None
    high: Any = None


@dataclass(frozen=True)
class Calibrated:
    """A strategy's method, by name and in words, and each score on test and in cross-validation."""

    name: str
    method: tuple[str, str]
    test: list[Pair]
    cv: list[Pair]


@dataclass(frozen=True)
class Neighbour:
    """Counts on out-of-fold rows at one threshold, and how they differ from those at the chosen one."""

    threshold: Any
    chosen: bool
    times: float | None
    found: int
    missed: int
    alarms: int
    cost: Any
    more_found: int
    more_alarms: int
    more_cost: float | None


@dataclass(frozen=True)
class Point:
    """The operating point of one strategy, its interval and its neighbours, from few to many alerts."""

    name: str
    threshold: Any
    low: Any
    high: Any
    neighbours: list[Neighbour]
    has_cost: bool


def calibrated(report: Report, strategies: Mapping[str, Any]) -> list[Calibrated]:
    """A row for each strategy whose decision says how it calibrates; empty if none does."""
    without = OFF if part(report, "config").get("calibrate") == "none" else AS_IS
    return [
        Calibrated(
            name, method(strategy["decided"].get("calibration"), without), _test(strategy), _cv(strategy)
        )
        for name, strategy in strategies.items()
        if "calibration" in part(strategy, "decided")
    ]


def method(found: Report | None, without: tuple[str, str]) -> tuple[str, str]:
    """What calibrates probabilities, and how, in words; `without` where nothing does."""
    if not found:
        return without
    name = str(found.get("method"))
    return METHODS.get(name, (name, ""))


def points(strategies: Mapping[str, Any]) -> list[Point]:
    """A row for each strategy whose decision has an interval or neighbours."""
    found = []
    for name, strategy in strategies.items():
        limits, rows = part(strategy, "decided", "interval"), part(strategy, "decided", "neighbours") or []
        if limits or rows:
            threshold = part(strategy, "test", "at_operating_point").get("threshold")
            beside = _neighbours(rows)
            costs = any(each.cost is not None for each in beside)
            found.append(Point(name, threshold, limits.get("low"), limits.get("high"), beside, costs))
    return found


def _neighbours(rows: list[Report]) -> list[Neighbour]:
    chosen = next((row for row in rows if row.get("chosen")), None)
    if chosen is None:
        return []
    alerts = chosen["tp"] + chosen["fp"]
    return [
        Neighbour(
            threshold=row.get("threshold"),
            chosen=bool(row.get("chosen")),
            times=(row["tp"] + row["fp"]) / alerts if alerts else None,
            found=row["tp"],
            missed=row["fn"],
            alarms=row["fp"],
            cost=row.get("cost"),
            more_found=row["tp"] - chosen["tp"],
            more_alarms=row["fp"] - chosen["fp"],
            more_cost=_less(row.get("cost"), chosen.get("cost")),
        )
        for row in sorted(rows, key=lambda row: row["tp"] + row["fp"])
    ]


def _less(value: Any, other: Any) -> float | None:
    return None if known(value) is None or known(other) is None else value - other


def _test(strategy: Report) -> list[Pair]:
    before = part(strategy, "test", "uncalibrated")
    return [Pair(before.get(key), part(strategy, "test").get(key)) for key in SCORES]


def _cv(strategy: Report) -> list[Pair]:
    before = part(strategy, "decided", "uncalibrated")
    pairs = []
    for key in SCORES:
        after = part(strategy, "cv", key)
        pairs.append(
            Pair(part(before, key).get("mean"), after.get("mean"), after.get("low"), after.get("high"))
        )
    return pairs
