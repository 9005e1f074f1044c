"""The numbers behind the charts, compact: a group states what its rows share once, the rest by column.

A group is ``{"same": {field: value}, "columns": {field: [values]}}``; the page's script expands groups into
rows and numbers them in a field ``i``. Field names are fixed here; text from data appears as values only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evenkeel.report.numbers import compact

Group = dict[str, Any]
Points = Sequence[Mapping[str, Any]]

# Multi-class reports draw a curve per class and strategy: past this many points, each curve is thinned
CURVE_POINTS = 24_000
# More marks than this make a page slow to scroll
SCATTER_POINTS = 30_000

CURVES = {
    "pr": ("recall", "precision"),
    "roc": ("fpr", "tpr"),
    "calibration": ("predicted", "observed", "rows"),
    "uncalibrated": ("predicted", "observed", "rows"),
    "sweep": ("threshold", "recall", "precision", "f2", "alerts"),
}


def group(points: Points, fields: Sequence[str], **same: Any) -> Group:
    """One group: the `fields` of all points by column."""
    return {"same": same, "columns": {f: [compact(p.get(f)) for p in points] for f in fields}}


def thin(points: Points, limit: int) -> Points:
    """At most `limit` of the points, evenly chosen, the first and the last among them."""
    if len(points) <= limit:
        return points
    last = len(points) - 1
    return [points[round(i * last / (limit - 1))] for i in range(max(limit, 2))]


def by_class(points: Iterable[Mapping[str, Any]]) -> dict[str | None, list[Mapping[str, Any]]]:
    """The points of each class; one entry under None where the curve is of no class in particular."""
    classes: dict[str | None, list[Mapping[str, Any]]] = {}
    for point in points:
        label = point.get("class")
        classes.setdefault(None if label is None else str(label), []).append(point)
    return classes


def curves(strategies: Mapping[str, Mapping[str, Any]], kind: str) -> list[Group]:
    """The curves of one kind (see `CURVES`), a group for each strategy and class."""
    found = [
        (name, label, points)
        for name, strategy in strategies.items()
        for label, points in by_class((strategy.get("curves") or {}).get(kind) or []).items()
    ]
    limit = max(30, CURVE_POINTS // max(1, len(found)))
    return [group(thin(p, limit), CURVES[kind], strategy=n, label=c) for n, c, p in found]


def comparison(
    strategies: Mapping[str, Mapping[str, Any]], metrics: Iterable[Mapping[str, Any]]
) -> list[Group]:
    """Test value and cross-validated mean, low, high: a group for each metric and strategy that has any."""
    found = []
    for metric in metrics:
        for name, strategy in strategies.items():
            cv = (strategy.get("cv") or {}).get(metric["key"]) or {}
            point = {**cv, "test": (strategy.get("test") or {}).get(metric["key"])}
            made = group([point], ("test", "mean", "low", "high"), metric=metric["title"], strategy=name)
            if any(column[0] is not None for column in made["columns"].values()):
                found.append(made)
    return found


def xray(lines: Iterable[Mapping[str, Any]], titles: Mapping[str, str]) -> list[Group]:
    """Value, low and high of each line of an X-ray: a group for each metric and line that has a value."""
    found = []
    for line in lines:
        for key, title in titles.items():
            point = (line.get("figures") or {}).get(key) or {}
            kind = "leak" if line.get("against") else "honest"
            made = group([point], ("value", "low", "high"), metric=title, line=line.get("name"), kind=kind)
            if made["columns"]["value"][0] is not None:
                found.append(made)
    return found


def counts(rows: Mapping[str, Mapping[str, int]], classes: Sequence[str]) -> list[Group]:
    """Rows of each class, a group for each bar (a strategy, or the train set as it was split)."""
    return [
        {
            "same": {"bar": bar},
            "columns": {"label": list(classes), "rows": [compact(found.get(c)) or 0 for c in classes]},
        }
        for bar, found in rows.items()
    ]


def thresholds(strategies: Mapping[str, Mapping[str, Any]]) -> list[Group]:
    """The chosen operating point of each strategy that has one."""
    chosen = {n: ((s.get("test") or {}).get("at_operating_point") or {}) for n, s in strategies.items()}
    return [group([point], ("threshold",), strategy=n) for n, point in chosen.items() if "threshold" in point]


def prevalence(test: Mapping[str, int], positive: str | None, classes: Sequence[str]) -> list[Group]:
    """The share of each class in the test set: what a precision-recall curve does without any skill."""
    total = sum(test.values()) or 1
    shown = {None: positive} if positive is not None else {c: c for c in classes}
    return [
        group([{"base": test.get(str(c), 0) / total}], ("base",), label=label) for label, c in shown.items()
    ]


def scatters(panels: Mapping[str, Points], classes: Sequence[str]) -> dict[str, list[Group]]:
    """Each panel's points by class, in the order of `classes`: what comes last lies on top."""
    limit = max(200, SCATTER_POINTS // max(1, len(panels)))
    return {panel: scatter(thin(points, limit), classes) for panel, points in panels.items()}


def scatter(points: Points, classes: Sequence[str]) -> list[Group]:
    """One panel: a group for each class (kinds ``0``, ``1``, ..) and its synthetic rows (``s0``, ..)."""
    found = []
    for synthetic in (False, True):
        for i, label in enumerate(classes):
            own = [p for p in points if str(p["label"]) == label and bool(p.get("synthetic")) is synthetic]
            found += [group(own, ("x", "y"), kind=f"{'s' * synthetic}{i}")] if own else []
    return found


def extent(panels: Iterable[Points], field: str) -> list[float] | None:
    """The smallest and largest value of a field over all panels, a little widened; None without any."""
    values = [v for points in panels for p in points if (v := compact(p.get(field))) is not None]
    if not values:
        return None
    low, high = min(values), max(values)
    margin = 0.03 * (high - low) or 0.5
    return [low - margin, high + margin]


def json_for_script(value: Any) -> str:
    """JSON that nothing in it can end a script element: what HTML could read is written as escapes."""
    plain = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return plain.replace("&", r"\u0026").replace("<", r"\u003c").replace(">", r"\u003e")
