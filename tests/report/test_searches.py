"""The section on tuning: what was best, how it was found, and what a hostile name may not do."""

from __future__ import annotations

from typing import Any

import altair
import pytest

from evenkeel.report import charts, figures, render, searches

Report = dict[str, Any]
HOSTILE = "</script><b onmouseover=alert(1)>"


def trial(number: int, value: float | None, state: str = "complete", note: str = "") -> Report:
    return {"number": number, "state": state, "value": value, "note": note}


@pytest.fixture
def tuned(small: dict[str, Report]) -> Report:
    """A report with a search for each of its strategies."""
    report = small["binary"]
    search = {
        "number": 2,
        "value": 0.75,
        "own": 0.5,
        "importance": {"model.C": 1.0},
        "best": {"model.C": {"value": 0.31, "range": "0.0001 to 100, by factors"}},
        "trials": [
            trial(0, 0.5),
            trial(1, None, "pruned"),
            trial(2, 0.75),
            trial(3, None, "failed", HOSTILE),
            trial(4, 0.6),
        ],
    }
    return report | {
        "tuning": {
            "metric": "average_precision",
            "title": "average precision",
            "higher_is_better": True,
            "wanted": 5,
            "timeout": None,
            "folds": 5,
            "strategies": dict.fromkeys(report["strategies"], search),
        }
    }


def test_a_row_says_what_was_won_and_what_was_not_fitted(tuned: Report) -> None:
    section = searches.section(tuned, tuned["strategies"])
    assert section is not None
    row = section.rows[0]
    assert (row.trials, row.pruned, row.failed, row.gain, row.best) == (5, 1, 1, 0.25, 2)
    assert [(s.name, s.value, s.importance) for s in row.settings] == [("model.C", 0.31, 1.0)]
    assert section.even


def test_the_history_keeps_the_best_so_far(tuned: Report) -> None:
    points = next(iter(searches.history(tuned, tuned["strategies"]).values()))
    assert [(p["trial"], p["best"]) for p in points] == [(0, 0.5), (2, 0.75), (4, 0.75)]
    tuned["tuning"]["higher_is_better"] = False
    points = next(iter(searches.history(tuned, tuned["strategies"]).values()))
    assert [p["best"] for p in points] == [0.5, 0.5, 0.5]


def test_the_chart_is_a_valid_specification(tuned: Report) -> None:
    built, _ = charts.build(tuned, figures.ordered(tuned["strategies"]))
    altair.Chart.from_dict(built.specs["tuning"])
    assert {tuple(group["columns"]) for group in built.data["tuning"]} == {("trial", "value", "best")}


def test_the_page_has_the_section_and_escapes_what_it_is_told(tuned: Report) -> None:
    page = render(tuned)
    assert '<a href="#tuning">' in page
    assert "the same 5 trials" in page
    assert HOSTILE not in page.split('<section id="tuning">')[1].split("</section>")[0]


def test_fewer_trials_by_a_timeout_are_told(tuned: Report) -> None:
    name = next(iter(tuned["strategies"]))
    one = tuned["tuning"]["strategies"][name]
    tuned["tuning"]["strategies"][name] = one | {"trials": one["trials"][:2]}
    tuned["tuning"]["timeout"] = 60.0
    assert "up to 5 trials, and fewer where its 60 seconds were over" in render(tuned)


def test_a_run_without_a_search_has_no_such_section(small: dict[str, Report]) -> None:
    assert searches.section(small["binary"], small["binary"]["strategies"]) is None
    assert "#tuning" not in render(small["binary"])
