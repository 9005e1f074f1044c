"""The page: template, style, scripts and numbers become one HTML file that loads nothing."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

from evenkeel.report import (
    advice,
    certainty,
    charts,
    classes,
    decided,
    diagnoses,
    figures,
    leaks,
    made,
    numbers,
    reasons,
    searches,
    sides,
)
from evenkeel.report.datasets import json_for_script
from evenkeel.report.glance import glance
from evenkeel.report.lever import lever

FORMAT = 1

STYLES = ("style", "glance", "lever")

# Fractions of recall, of false positives, of thresholds at which the tables behind the curves read them
RECALLS = (0.25, 0.5, 0.75, 0.9)
FALSE_RATES = (0.01, 0.05, 0.1, 0.2)
THRESHOLDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)


def render(report: Mapping[str, Any]) -> str:
    """The report as one self-contained HTML page.

    Takes the dictionary of a run's results (format 1); parts that are missing or empty say so on the page.
    The same dictionary gives the same page. The first call of a process takes about two seconds longer,
    because the chart library is bundled then. Raises ValueError for another format than 1.
    """
    if report.get("format", FORMAT) != FORMAT:
        raise ValueError(
            f"Expected a report of format {FORMAT}, got {report['format']!r}. Next: update evenkeel."
        )
    return str(_environment().get_template("report.html.j2").render(context(report)))


def context(report: Mapping[str, Any]) -> dict[str, Any]:
    """Everything the template shows, computed."""
    strategies = figures.ordered(report.get("strategies") or {})
    built, panels = charts.build(report, strategies)
    slider = lever(report, strategies)
    metrics = list(report.get("metrics") or [])
    concerns, quiet = figures.by_concern(report.get("validation") or [])
    return {
        **{
            part: figures.part(report, part)
            for part in ("data", "split", "looks", "operating_point", "recommended", "scatter")
        },
        **{part: figures.part(report, part) for part in ("environment", "config")},
        "name": report.get("name"),
        "run": report.get("run") or "RUN",
        "claims": report.get("claims") or [],
        "strategies": strategies,
        "metrics": metrics,
        "best": figures.best_by_metric(strategies, metrics),
        "figures": figures,
        "key_figures": figures.key_figures(report),
        "seal": figures.seal(report.get("claims") or []),
        "advice": advice.advice(report, strategies),
        "glance": glance(report, strategies),
        "lever": slider,
        "calibrated": decided.calibrated(report, strategies),
        "points": decided.points(strategies),
        "scores": list(decided.SCORES.values()),
        "multiclass": figures.is_multiclass(report),
        "classes": figures.classes(report),
        "class_colours": charts.class_colours(report),
        "positive": figures.positive_class(report),
        "concerns": concerns,
        "quiet": quiet,
        "panels": panels,
        "made": made.section(report, strategies),
        "xray": leaks.section(report),
        "diagnoses": diagnoses.section(report),
        "certainty": certainty.section(report),
        "by_class": classes.tables(report, strategies),
        "class_figures": list(classes.SHOWN.values()),
        "tuning": searches.section(report, strategies),
        "reasons": reasons.section(report),
        "kept": sides.sentences(figures.part(report, "split")),
        "reading": {"recalls": RECALLS, "false_rates": FALSE_RATES, "thresholds": THRESHOLDS},
        "specs": built.specs,
        **assets(
            built.as_json(),
            json_for_script(slider and slider.data),
            [name for name in ("diagnostics", "xray") if report.get(name)],
        ),
    }


def assets(charts_json: str, lever_json: str, extra: Sequence[str] = ()) -> dict[str, Any]:
    """What goes into the page unescaped, all of it our own or made safe, and the policy that admits it.

    `extra` names the styles of sections that not every page has: the others keep their bytes.
    """
    from markupsafe import Markup

    style = "".join(resource(f"{name}.css") for name in (*STYLES, *extra))
    # the controls first: they must not wait for the chart library, and work where it fails
    scripts = [resource("controls.js"), chart_library(), resource("page.js")]
    return {
        "style": Markup(style),  # noqa: S704 - our own file
        "scripts": [Markup(script) for script in scripts],  # noqa: S704 - our own file and the library
        "lever_json": Markup(lever_json),  # noqa: S704 - `json_for_script` wrote it
        "charts_json": Markup(charts_json),  # noqa: S704 - `json_for_script` wrote it
        "policy": policy(scripts),
    }


def policy(scripts: list[str]) -> str:
    """A content security policy: these scripts by hash, inline style, and nothing from anywhere else."""
    hashes = " ".join(f"'sha256-{sha256_base64(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def sha256_base64(text: str) -> str:
    """The digest of a script as a content security policy writes it."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def resource(name: str) -> str:
    """A file of ``templates/``, also from within a wheel."""
    return (files("evenkeel.report") / "templates" / name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def chart_library() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script that defines ``vegaEmbed``; bundled once a process."""
    import vl_convert

    script = str(vl_convert.javascript_bundle("globalThis.vegaEmbed = vegaEmbed;"))
    # browsers normalize line ends before they hash; and these two would end or confuse a script element
    script = script.replace("\r\n", "\n").replace("\r", "\n")
    return script.replace("</script", r"<\/script").replace("<!--", r"<\!--")


@lru_cache(maxsize=1)
def _environment() -> Any:
    """The template environment: everything is escaped; what a report lacks is empty, never an error."""
    from jinja2 import Environment, PackageLoader

    environment = Environment(
        loader=PackageLoader("evenkeel.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "score": numbers.score,
        "signed": numbers.signed,
        "change": numbers.change,
        "rows": numbers.count,
        "amount": numbers.amount,
        "plus": numbers.plus,
        "plain": numbers.plain,
        "text": numbers.text,
        "threshold": numbers.threshold,
        "as_text": as_text,
    }
    environment.globals["share"] = numbers.share
    return environment


def as_text(value: Any) -> str:
    """A nested value, indented, for reading."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)
