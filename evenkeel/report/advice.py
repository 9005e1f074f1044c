"""What stands below the verdict: every strategy with as many alerts, and the config that does what it says.

Runs before version 0.3 have neither; with several classes there are no alerts to be as many as.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evenkeel.report.figures import decisions, part
from evenkeel.report.numbers import known
from evenkeel.saved import as_yaml

Report = Mapping[str, Any]


@dataclass(frozen=True)
class Even:
    """One strategy with as many alerts; what the chosen one finds more than it, None for that one itself.

    `low` and `high` hold for all strategies together; `real` says that they leave zero out.
    """

    name: str
    found: int
    alarms: int
    more: Any = None
    low: Any = None
    high: Any = None
    real: bool = False


@dataclass(frozen=True)
class Advice:
    """The chosen strategy first, the others by what they find; `config` is YAML, or empty."""

    chosen: str
    even: list[Even]
    alerts: int
    positives: int
    config: str


def advice(report: Report, strategies: Mapping[str, Any]) -> Advice | None:
    """What there is to say below the verdict, or None for nothing."""
    recommended = part(report, "recommended")
    chosen, config = str(recommended.get("strategy")), part(recommended, "config")
    at = decisions(part(strategies.get(chosen) or {}, "test", "at_operating_point"), "")
    others = part(recommended, "at_equal_alerts") if at else {}
    if not (config or others):
        return None
    even, alerts, positives = [], 0, 0
    if at and others:
        alerts, positives = (at.found or 0) + (at.false_alarms or 0), at.positives
        rest = [_even(name, told) for name, told in others.items()]
        even = [Even(chosen, at.found or 0, at.false_alarms or 0)]
        even += sorted(rest, key=lambda row: (-row.found, row.alarms, row.name))
    return Advice(chosen, even, alerts, positives, as_yaml(config) if config else "")


def _even(name: str, told: Report) -> Even:
    apart = part(told, "difference")
    low, high = known(apart.get("all_low")), known(apart.get("all_high"))
    real = low is not None and high is not None and not low <= 0 <= high
    return Even(name, told.get("tp") or 0, told.get("fp") or 0, apart.get("value"), low, high, real)
