"""The X-ray's section: there where a run has one, whatever it says, and nowhere else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import altair
import pytest

from evenkeel.report import charts, figures, leaks, render

Report = dict[str, Any]
Xrayed = Callable[..., Report]
HOSTILE = "</script><img src=x onerror=alert(1)>"


@pytest.fixture
def page(small: dict[str, Report], xrayed: Xrayed) -> str:
    return render(xrayed(small["binary"]))


def section_of(page: str) -> str:
    return page.split('<section id="xray">')[1].split("</section>")[0]


def test_the_section_shows_every_line_with_its_difference(page: str) -> None:
    section = section_of(page)
    assert '<a href="#xray">' in page
    assert "smote is 0.143 too good." in section
    assert "34,720 train rows" in section
    assert "The test set itself is not looked at." in section
    assert re.findall(r'<th scope="row">([\w-]+)', section) == [
        "honest",
        "resample-before-split",
        "scale-before-split",
    ]
    assert "+0.143" in section and "+0.001" in section


def test_only_what_no_honest_fold_reaches_stands_out(small: dict[str, Report], xrayed: Xrayed) -> None:
    section = leaks.section(xrayed(small["binary"]))
    assert section is not None
    assert [entry.figures[0].outside for entry in section.lines] == [False, True, False]


def test_the_first_screen_and_the_other_sections_are_those_of_a_page_without_it(
    small: dict[str, Report], page: str
) -> None:
    plain = render(small["binary"])
    assert "xray" not in plain.lower().split("<script")[0]
    assert "too good" not in page.split("<main", 1)[0]
    for name in ("comparison", "matrices", "proof"):
        parts = [p.split(f'<section id="{name}">')[1].split("</section>")[0] for p in (plain, page)]
        assert parts[0] == parts[1]


def test_its_chart_follows_the_schema_and_names_no_field_from_data(
    small: dict[str, Report], xrayed: Xrayed
) -> None:
    report = xrayed(small["binary"], strategy=HOSTILE)
    built, _ = charts.build(report, figures.ordered(report["strategies"]))
    spec = built.specs["xray"]
    altair.Chart.from_dict(spec)
    fields = set(re.findall(r'"field": "([^"]*)"', json.dumps(spec)))
    assert fields == {"line", "value", "low", "high", "kind"}
    assert {group["same"]["kind"] for group in built.data["xray"]} == {"honest", "leak"}
    assert "description" in spec


def test_names_stay_text(small: dict[str, Report], xrayed: Xrayed) -> None:
    section = section_of(render(xrayed(small["binary"], strategy=HOSTILE)))
    assert "<img" not in section and "&lt;img" in section


def test_what_was_not_measured_is_a_dash(small: dict[str, Report], xrayed: Xrayed) -> None:
    section = section_of(render(xrayed(small["multiclass"], auc=None)))
    assert "None" not in section and "–" in section


@pytest.mark.parametrize("key", ["strategy", "sentence", "rows", "folds", "seeds", "metric", "lines"])
def test_any_part_may_be_missing(small: dict[str, Report], xrayed: Xrayed, key: str) -> None:
    report = xrayed(small["binary"])
    report["xray"][key] = None
    assert "</html>" in render(report)


@pytest.mark.parametrize("key", ["name", "what", "against", "figures", "too_good"])
def test_any_part_of_a_line_may_be_missing(small: dict[str, Report], xrayed: Xrayed, key: str) -> None:
    report = xrayed(small["binary"])
    for found in report["xray"]["lines"]:
        found[key] = None
    assert "</html>" in render(report)
