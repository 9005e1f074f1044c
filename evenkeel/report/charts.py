"""Which charts a report gets, each with its specification and the names of its data sets."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evenkeel.report import datasets, figures, leaks, plots, searches

Report = Mapping[str, Any]

# The metric that the comparison shows first, if the report has it
FIRST_METRICS = {"binary": "average_precision", "multiclass": "balanced_accuracy"}


@dataclass
class Charts:
    """Specifications by chart id, and the data sets that they name: what the page's script needs."""

    specs: dict[str, plots.Spec] = field(default_factory=dict)
    data: dict[str, list[datasets.Group]] = field(default_factory=dict)

    def as_json(self) -> str:
        """All of it, safe inside a script element."""
        return datasets.json_for_script({"config": plots.CONFIG, "specs": self.specs, "data": self.data})


@dataclass(frozen=True)
class Panel:
    """One scatter of the page: its chart's id, or None and the reason why there is nothing to draw."""

    title: str
    chart: str | None
    why_not: str = ""


def build(report: Report, strategies: Mapping[str, Any]) -> tuple[Charts, list[Panel]]:
    """All charts that the report has data for, and the scatter panels in order."""
    charts = Charts()
    add_comparison(charts, report, strategies)
    add_curves(charts, report, strategies)
    add_sweep(charts, report, strategies)
    add_counts(charts, report, strategies)
    add_tuning(charts, report, strategies)
    add_xray(charts, report)
    return charts, add_scatters(charts, report, strategies)


def add_comparison(charts: Charts, report: Report, strategies: Mapping[str, Any]) -> None:
    """The metrics that have values, the usual first one up front."""
    metrics = report.get("metrics") or []
    rows = datasets.comparison(strategies, metrics)
    titles = list(dict.fromkeys(group["same"]["metric"] for group in rows))
    if not titles:
        return
    wanted = FIRST_METRICS.get(str(report.get("task")))
    start = next((m["title"] for m in metrics if m["key"] == wanted and m["title"] in titles), titles[0])
    charts.data["comparison"] = rows
    charts.specs["comparison"] = plots.comparison(titles, start, list(strategies))


def add_curves(charts: Charts, report: Report, strategies: Mapping[str, Any]) -> None:
    """Precision-recall, ROC and calibration."""
    names, classes = list(strategies), figures.classes(report)
    recommended = figures.part(report, "recommended").get("strategy")
    strong = [n for n in names if n in (figures.BASELINE, recommended)]
    rarest = figures.by_frequency(report)[-1] if figures.is_multiclass(report) and classes else None
    for kind, draw in (("pr", plots.pr), ("roc", plots.roc), ("calibration", plots.calibration)):
        groups = datasets.curves(strategies, kind)
        if not groups:
            continue
        charts.data[kind] = groups
        top = (calibration_top(groups),) if kind == "calibration" else ()
        charts.specs[kind] = draw(names, strong, classes, rarest, *top)
    add_calibrated(charts, strategies, recommended, rarest)
    test = figures.part(report, "split", "test")
    charts.data["prevalence"] = datasets.prevalence(test, figures.positive_class(report), classes)


def add_calibrated(
    charts: Charts, strategies: Mapping[str, Any], recommended: str, rarest: str | None
) -> None:
    """Calibration before and after, if any strategy calibrates what its model gave."""
    before = datasets.curves(strategies, "uncalibrated")
    names = list(dict.fromkeys(group["same"]["strategy"] for group in before))
    after = [group for group in charts.data.get("calibration", []) if group["same"]["strategy"] in names]
    if not after:
        return
    groups = [
        {**group, "same": {**group["same"], "when": when}}
        for when, found in (("after", after), ("before", before))
        for group in found
    ]
    charts.data["calibrated"] = groups
    start = recommended if recommended in names else names[0]
    classes = list(dict.fromkeys(g["same"]["label"] for g in groups)) if rarest is not None else []
    charts.specs["calibrated"] = plots.calibrated(names, start, classes, rarest, calibration_top(groups))


def calibration_top(groups: Sequence[datasets.Group]) -> float:
    """Where the calibration axes end: just above the largest probability or frequency seen."""
    columns = [group["columns"][f] for group in groups for f in ("predicted", "observed")]
    return (
        min(1.0, 1.05 * max((v for column in columns for v in column if v is not None), default=1.0)) or 1.0
    )


def add_sweep(charts: Charts, report: Report, strategies: Mapping[str, Any]) -> None:
    """The threshold sweep, which multi-class reports do not have."""
    groups = datasets.curves(strategies, "sweep")
    if not groups:
        return
    names = [group["same"]["strategy"] for group in groups]
    recommended = figures.part(report, "recommended").get("strategy")
    start = recommended if recommended in names else names[0]
    charts.data |= {"sweep": groups, "thresholds": datasets.thresholds(strategies)}
    charts.specs["sweep"] = plots.sweep(names, start, sum(figures.part(report, "split", "test").values()))


def class_colours(report: Report) -> dict[str, str]:
    """A colour for each class: the calmest for the most frequent."""
    order = figures.by_frequency(report)
    return dict(zip(order, plots.cycle(plots.CLASS_COLOURS, len(order)), strict=True))


def add_counts(charts: Charts, report: Report, strategies: Mapping[str, Any]) -> None:
    """Class counts as split and after each strategy."""
    train, colours = figures.part(report, "split", "train"), class_colours(report)
    bars = {"train, as split": train, **{n: figures.part(s, "train_counts") for n, s in strategies.items()}}
    bars = {name: rows for name, rows in bars.items() if rows}
    if not bars or not colours:
        return
    charts.data["counts"] = datasets.counts(bars, list(colours))
    charts.specs["counts"] = plots.counts(list(bars), list(colours), list(colours.values()))


def add_tuning(charts: Charts, report: Report, strategies: Mapping[str, Any]) -> None:
    """The history of the searches, if the run has them."""
    found = searches.history(report, strategies)
    if not found:
        return
    fields = ("trial", "value", "best")
    charts.data["tuning"] = [datasets.group(points, fields, strategy=name) for name, points in found.items()]
    tuning = figures.part(report, "tuning")
    charts.specs["tuning"] = plots.history(list(found), str(tuning.get("title") or tuning.get("metric")))


def add_xray(charts: Charts, report: Report) -> None:
    """The X-ray, if the run has one."""
    lines = figures.part(report, "xray", "lines") or []
    groups = datasets.xray(lines, leaks.TITLES)
    shown = list(dict.fromkeys(group["same"]["metric"] for group in groups))
    if not shown:
        return
    charts.data["xray"] = groups
    charts.specs["xray"] = plots.xray(shown, [str(line.get("name")) for line in lines])


def add_scatters(charts: Charts, report: Report, strategies: Mapping[str, Any]) -> list[Panel]:
    """The train rows before, once where all strategies share them, and after each strategy."""
    panels, points = scatter_panels(strategies)
    order = list(class_colours(report))
    titles = (
        str(figures.part(report, "scatter").get("x") or "x"),
        str(figures.part(report, "scatter").get("y") or "y"),
    )
    extents = (datasets.extent(points.values(), "x"), datasets.extent(points.values(), "y"))
    charts.data |= datasets.scatters(points, order)
    for panel in panels:
        if panel.chart:
            about = f"Train rows, {panel.title}."
            charts.specs[panel.chart] = plots.scatter(panel.chart, kinds(report), titles, extents, about)
    return panels


def kinds(report: Report) -> dict[str, str]:
    """The colour of each kind of mark: of two classes, synthetic rows get a colour of their own."""
    colours = list(class_colours(report).values())
    synthetic = colours if len(colours) > 2 else ["var(--synthetic)"] * len(colours)
    made = {f"s{i}": colour for i, colour in enumerate(synthetic)}
    return {**{str(i): colour for i, colour in enumerate(colours)}, **made}


def scatter_panels(strategies: Mapping[str, Any]) -> tuple[list[Panel], dict[str, datasets.Points]]:
    """The panels in order, and the points of those that can be drawn, by chart id."""
    panels: list[Panel] = []
    points: dict[str, datasets.Points] = {}
    seen: dict[str, str] = {}

    def draw(title: str, rows: datasets.Points) -> None:
        chart = f"scatter-{len(points)}"
        points[chart] = rows
        panels.append(Panel(title, chart))

    for name, strategy in strategies.items():
        scatter = strategy.get("scatter") or {}
        before, after = scatter.get("before") or [], scatter.get("after") or []
        key = json.dumps(before, sort_keys=True, default=str)
        if before and key not in seen:
            seen[key] = name
            draw("before resampling" if len(seen) == 1 else f"before {name}", before)
        if after:
            draw(f"after {name}", after)
        else:
            panels.append(Panel(name, None, why_no_scatter(strategy)))
    return panels, points


def why_no_scatter(strategy: Report) -> str:
    """The reason why a strategy has no scatter, as far as the report tells."""
    kept = not strategy.get("links")
    return "it keeps the train rows as they are" if kept else "no scatter was recorded for it"
