"""The threshold slider: the stops it has for each strategy, with the counts of the test set at each.

A sweep tells recall and alerts; with the positives and the rows of the test set these are counts. The chosen
operating point and 0.5 were measured as they are, and are stops of their own.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evenkeel.report import figures
from evenkeel.report.numbers import compact, known

Report = Mapping[str, Any]

# the stops are as far apart as the square roots of their alerts: most of them where alerts are few
STEPS = 100
CHOSEN, HALF = "chosen", "half"


@dataclass(frozen=True)
class Lever:
    """What the slider starts with, and the data of all strategies for the page's script."""

    strategies: list[str]
    start: str
    positives: int
    rows: int
    data: dict[str, Any]

    @property
    def cost(self) -> float | None:
        """What the decisions at that operating point cost; None where the config names no costs."""
        if (said := self.data["cost"]) is None:
            return None
        return float(said["fn"] * (self.at.missed or 0) + said["fp"] * (self.at.false_alarms or 0))

    @property
    def at(self) -> figures.Decisions:
        """The counts at the operating point of the strategy that is shown first."""
        track = self.data["tracks"][self.strategies.index(self.start)]
        place = track["chosen"]
        tp, fp = track["tp"][place], track["fp"][place]
        rest = self.rows - self.positives - fp
        return figures.Decisions(str(track["thresholds"][place]), self.positives - tp, tp, fp, rest)


def lever(report: Report, strategies: Mapping[str, Any]) -> Lever | None:
    """The slider, or None where no strategy has both a sweep and an operating point."""
    test = figures.part(report, "split", "test")
    positives, rows = test.get(str(figures.positive_class(report))) or 0, sum(test.values())
    if figures.is_multiclass(report) or not 0 < positives < rows:
        return None
    tracks = {name: track(strategy, positives, rows) for name, strategy in strategies.items()}
    usable = {name: found for name, found in tracks.items() if found}
    if not usable:
        return None
    wanted = figures.part(report, "recommended").get("strategy")
    start = wanted if wanted in usable else next(iter(usable))
    data = {
        "positives": positives,
        "rows": rows,
        "names": [*usable],
        "tracks": [*usable.values()],
        "cost": costs(report),
    }
    return Lever([*usable], start, positives, rows, data)


def costs(report: Report) -> dict[str, float] | None:
    """What one miss and one false alarm cost by the config's rule; None where rows cost their own."""
    said = figures.part(report, "config", "operating_point", "cost")
    found = {name: known(said.get(name)) for name in ("fn", "fp")}
    both = [value for value in found.values() if value is not None]
    return {"fn": both[0], "fp": both[1]} if len(both) == 2 else None


def track(strategy: Report, positives: int, rows: int) -> dict[str, Any] | None:
    """The stops of one strategy by column, thresholds falling; and which of them are marked."""
    stops = [
        (point["threshold"], round(point["recall"] * positives), point["alerts"], "")
        for point in figures.part(strategy, "curves", "sweep") or []
        if all(known(point.get(field)) is not None for field in ("threshold", "recall", "alerts"))
    ]
    measured = [*_measured(strategy, "at_operating_point", CHOSEN), *_measured(strategy, "at_half", HALF)]
    if not stops or not measured or measured[0][3] != CHOSEN:
        return None
    kept = _spread(sorted(stops, key=lambda stop: (stop[2], -stop[0])), rows)
    # thresholds that call the same rows: the one that was measured stands for both
    counted = {stop[1:3] for stop in measured}
    kept = sorted(
        [*(stop for stop in kept if stop[1:3] not in counted), *measured],
        key=lambda stop: (-stop[0], stop[2]),
    )
    falling = [stop[0] for stop in kept]
    limits = figures.part(strategy, "decided", "interval")
    return {
        "thresholds": [compact(value) for value in falling],
        "tp": [min(stop[1], positives) for stop in kept],
        "fp": [min(max(0, stop[2] - stop[1]), rows - positives) for stop in kept],
        "chosen": next(i for i, stop in enumerate(kept) if stop[3] == CHOSEN),
        "half": next((i for i, stop in enumerate(kept) if stop[3] == HALF), None),
        "interval": _places(falling, limits),
    }


def _measured(strategy: Report, cell: str, mark: str) -> list[tuple[float, int, int, str]]:
    found = figures.part(strategy, "test", cell)
    threshold = 0.5 if mark == HALF else known(found.get("threshold"))
    if threshold is None or figures.decisions(found, "") is None:
        return []
    return [(threshold, found["tp"], found["tp"] + found["fp"], mark)]


def _spread(stops: Sequence[Any], rows: int) -> list[Any]:
    """At most `STEPS` of the stops, even in the square root of their alerts, both ends among them."""
    alerts = [stop[2] for stop in stops]
    wanted = [bisect_left(alerts, rows * (step / STEPS) ** 2) for step in range(STEPS + 1)]
    return [stops[place] for place in sorted({min(place, len(stops) - 1) for place in [0, *wanted]})]


def _places(falling: Sequence[float], limits: Report) -> list[float] | None:
    """Where the limits of the threshold lie between the stops: the high one comes first."""
    low, high = known(limits.get("low")), known(limits.get("high"))
    if low is None or high is None:
        return None
    return [_place(falling, high), _place(falling, low)]


def _place(falling: Sequence[float], wanted: float) -> float:
    after = bisect_left([-value for value in falling], -wanted)
    if after == 0 or after == len(falling):
        return float(min(after, len(falling) - 1))
    above, below = falling[after - 1], falling[after]
    return round(after - 1 + (above - wanted) / ((above - below) or 1), 2)
