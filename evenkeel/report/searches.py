"""What the page says of the search over parameters: what was best, how it was found, what mattered.

A run without a search has no such section.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evenkeel.report.figures import part
from evenkeel.report.numbers import known

Report = Mapping[str, Any]


@dataclass(frozen=True)
class Setting:
    """One parameter that was searched: its best value, its range, and its share of what mattered."""

    name: str
    value: Any
    within: str
    importance: Any


@dataclass(frozen=True)
class Row:
    """The search of one strategy; `own` is the value of the config's parameters, `gain` what was won."""

    strategy: str
    trials: int
    pruned: int
    failed: int
    own: Any
    value: Any
    gain: Any
    best: Any
    settings: list[Setting]
    failures: list[str]


@dataclass(frozen=True)
class Section:
    """All that the section shows; `even` says that every strategy had the same number of trials."""

    metric: str
    wanted: Any
    folds: Any
    timeout: Any
    even: bool
    rows: list[Row]


def section(report: Report, strategies: Mapping[str, Any]) -> Section | None:
    """The searches of the report in the order of its strategies, or None where the run has none."""
    found = part(report, "tuning")
    searches = part(found, "strategies")
    if not searches:
        return None
    rows = [_row(name, searches[name]) for name in strategies if name in searches]
    return Section(
        metric=str(found.get("title") or found.get("metric")),
        wanted=found.get("wanted"),
        folds=found.get("folds"),
        timeout=found.get("timeout"),
        even=len({row.trials for row in rows}) < 2,
        rows=rows,
    )


def _row(name: str, search: Report) -> Row:
    trials = search.get("trials") or []
    states = [trial.get("state") for trial in trials]
    own, value = known(search.get("own")), known(search.get("value"))
    mattered = part(search, "importance")
    settings = [
        Setting(key, setting.get("value"), str(setting.get("range") or ""), mattered.get(key))
        for key, setting in part(search, "best").items()
    ]
    return Row(
        strategy=name,
        trials=len(trials),
        pruned=states.count("pruned"),
        failed=states.count("failed"),
        own=own,
        value=value,
        gain=None if own is None or value is None else value - own,
        best=search.get("number"),
        settings=settings,
        failures=list(dict.fromkeys(str(t["note"]) for t in trials if t.get("note"))),
    )


def history(report: Report, strategies: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The points of the history by strategy: number and value of each whole trial, and the best so far."""
    found = part(report, "tuning")
    better = max if found.get("higher_is_better", True) else min
    searches = part(found, "strategies")
    shown = {}
    for name in strategies:
        points: list[dict[str, Any]] = []
        for trial in part(searches, name).get("trials") or []:
            if (value := known(trial.get("value"))) is not None:
                best = better(value, points[-1]["best"]) if points else value
                points.append({"trial": trial.get("number"), "value": value, "best": best})
        if points:
            shown[name] = points
    return shown
