"""Below the verdict: every strategy with as many alerts, and the config that does what it says."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
import yaml

from evenkeel.report import render
from evenkeel.report.advice import advice
from evenkeel.saved import as_yaml
from tasks.dashboard import verdict_markdown

CONFIG = {
    "name": "stroke",
    "source": {"kind": "csv", "path": "stroke.csv"},
    "target": {"column": "stroke", "positive": 1},
    "strategies": [{"name": "none"}],
    "baselines": False,
    "operating_point": {"threshold": 0.031},
}


def even(tp: int, value: int, low: float, high: float) -> dict[str, Any]:
    apart = {"value": value, "low": low, "high": high, "all_low": low - 1, "all_high": high + 1}
    return {"threshold": 0.2, "tp": tp, "fp": 1424 - tp, "difference": apart}


@pytest.fixture
def advised(small: dict[str, Any]) -> dict[str, Any]:
    """A report whose verdict tells of another strategy and of a config."""
    report = small["binary"]
    report["recommended"] |= {"at_equal_alerts": {"smote": even(93, 18, 4.2, 30.0)}, "config": CONFIG}
    return report


def test_the_chosen_strategy_comes_first_and_the_others_by_what_they_find(advised: dict[str, Any]) -> None:
    advised["recommended"]["at_equal_alerts"] |= {
        "worst": even(40, 71, 50.0, 90.0),
        "close": even(109, 2, -6.0, 9.0),
    }
    made = advice(advised, advised["strategies"])
    assert made is not None
    assert [row.name for row in made.even] == ["none", "close", "smote", "worst"]
    assert [row.found for row in made.even] == [111, 109, 93, 40]
    assert (made.alerts, made.positives) == (111 + 1313, 157)
    assert [row.real for row in made.even] == [False, False, True, True]
    assert made.even[0].more is None


def test_the_interval_is_the_one_that_holds_for_all_together(advised: dict[str, Any]) -> None:
    made = advice(advised, advised["strategies"])
    assert made is not None
    assert (made.even[1].low, made.even[1].high) == (3.2, 31.0)


def test_the_page_shows_the_config_as_text_that_runs(advised: dict[str, Any]) -> None:
    page = render(advised)
    shown = re.search(r'<pre id="settled" tabindex="0">(.*?)</pre>', page, re.DOTALL)
    assert shown is not None
    assert yaml.safe_load(html.unescape(shown[1])) == CONFIG
    assert "+18" in page
    assert "[+3, +31]" in page


def test_older_runs_have_neither(small: dict[str, Any]) -> None:
    for kind in ("binary", "multiclass"):
        assert advice(small[kind], small[kind]["strategies"]) is None


def test_prefect_gets_the_same_verdict_and_nothing_from_data_is_markup(advised: dict[str, Any]) -> None:
    advised["recommended"]["sentence"] = "Use <b>[x](javascript:1)</b>"
    advised["recommended"]["config"] = {**CONFIG, "drop": ["```", "<script>"]}
    advised["recommended"]["at_equal_alerts"]["a|b`"] = even(1, 110, 90.0, 120.0)
    said = verdict_markdown(advised)
    before, fence, rest = said.partition("````yaml\n")
    assert fence
    assert not re.search(r"[<>`]|\]\(", before.partition("Save this")[0])
    assert "| 93 |" in before
    assert "a&#124;b&#96;" in before
    assert yaml.safe_load(rest.removesuffix("````")) == advised["recommended"]["config"]
    assert as_yaml(advised["recommended"]["config"]) in said
