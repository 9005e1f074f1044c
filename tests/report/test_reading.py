"""What the page says first, what its tables hold behind charts and slider, and who can read it."""

import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from evenkeel.report import decided as decisions
from evenkeel.report import figures, render
from evenkeel.report.glance import MOST, glance
from evenkeel.report.lever import lever, track

TEMPLATES = Path(decisions.__file__).parent / "templates"
# a paper on which text lies, and the colours of text on it (WCAG 2.2: 4.5), and of marks (3)
PAPERS = ("paper", "card", "tint")
TEXTS = ("ink", "muted", "accent", "bad", "good", "warn", "found-ink")
MARKS = ("missed-fill", "synthetic", *(f"s{i}" for i in range(10)), *(f"k{i}" for i in range(1, 8)))


def section(page, name):
    return page.split(f'<section id="{name}">')[1].split("</section>")[0]


def colours(mode):
    """The variables of style.css in a mode: those of dark stand over those of light."""
    blocks = re.findall(r":root \{(.*?)\}", (TEMPLATES / "style.css").read_text(encoding="utf-8"), re.DOTALL)
    told = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in blocks]
    return told[0] if mode == "light" else told[0] | told[1]


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_what_wcag_says():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_and_marks_stand_out_from_every_paper(mode):
    found = colours(mode)
    for paper in PAPERS:
        assert {t: c for t in TEXTS if (c := contrast(found[t], found[paper])) < 4.5} == {}
    for paper in ("paper", "card"):
        assert {m: c for m in MARKS if (c := contrast(found[m], found[paper])) < 3} == {}
    assert contrast(found["ink"], found["found-fill"]) >= 4.5
    assert contrast(found["missed-fill"], found["found-fill"]) >= 2


class Structure(HTMLParser):
    """Headings in order, and tables with their captions and heads."""

    def __init__(self):
        super().__init__()
        self.headings, self.tables, self.unlabelled, self.ids = [], [], [], []

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "table":
            self.tables.append(False)
        if tag == "caption":
            self.tables[-1] = True
        if tag == "th" and "scope" not in told:
            self.unlabelled.append(self.get_starttag_text())
        if "id" in told:
            self.ids.append(told["id"])


@pytest.mark.parametrize("kind", ["binary", "decided", "multiclass"])
def test_headings_do_not_skip_and_tables_have_captions_and_scopes(request, kind):
    page = Structure()
    page.feed(re.sub(r"<script.*?</script>", "", render(request.getfixturevalue(kind)), flags=re.DOTALL))
    assert page.headings[0] == 1 and page.headings.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(page.headings))
    assert len(page.tables) > 8 and all(page.tables)
    assert page.unlabelled == []
    assert len(page.ids) == len(set(page.ids))


def test_motion_stops_and_focus_shows():
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    assert "prefers-reduced-motion: reduce" in style and ":focus-visible" in style
    assert not re.search(r"outline: *(none|0)", "".join(p.read_text() for p in TEMPLATES.glob("*.css")))


def test_controls_are_named_and_the_slider_says_what_it_is_for(decided):
    part = section(render(decided), "thresholds")
    assert '<label for="lever-at">' in part and '<label for="lever-strategy">' in part
    assert '<output id="lever-says" for="lever-at lever-strategy" aria-live="polite">' in part
    assert "for understanding" in part and "chosen on train" in part
    # without a script there is a matrix and a table, and nothing that does not move
    assert '<div class="controls" hidden>' in part and "Thresholds in numbers" in part
    assert "<button" not in re.sub(r'<div class="controls" hidden>.*?<dl', "<dl", part, flags=re.DOTALL)


def test_misses_come_first_and_the_recommended_strategy_before_others(binary):
    binary["recommended"]["strategy"] = "smote"
    shown = glance(binary, figures.ordered(binary["strategies"]))
    assert [line.name for line in shown.lines][:2] == ["smote", "none"]
    for line in shown.lines:
        at = binary["strategies"][line.name]["test"]["at_operating_point"]
        assert (line.missed.rows, line.found.rows, line.alarms.rows) == (at["fn"], at["tp"], at["fp"])
        assert line.missed.length + line.found.length == pytest.approx(1)
    top = render(binary).split('<table class="glance">', 1)[1].split("</thead>")[0].split("<thead>")[1]
    assert top.index(">missed<") < top.index(">found<") < top.index(">false alarms<")


def test_misses_have_an_interval_where_recall_has_one(small):
    report = small["binary"]
    assert "interval of the misses" not in render(report)
    report["strategies"]["none"]["test_intervals"] = {"recall": {"low": 0.6, "high": 0.9}}
    page = render(report)
    assert page.count('class="spread"') == 1 and "interval of the misses" in page
    assert 'style="left:10.00%;width:30.00%"' in page


def test_the_first_screen_has_room_for_eight_and_says_how_many_more(many):
    shown = glance(many, figures.ordered(many["strategies"]))
    assert (len(shown.lines), shown.left_out) == (MOST, 25 - MOST)
    assert "17 more strategies are in the comparison" in render(many)


def test_the_first_screen_has_three_numbers_and_the_seal(binary_page, multiclass_page):
    for page in (binary_page, multiclass_page):
        top = page.split("<main", 1)[0]
        assert top.count("<dt>") == 3
        assert 'class="seal good"' in top


def test_stops_hold_the_counts_that_were_measured(binary):
    strategy = binary["strategies"]["smote"]
    made = track(strategy, 157, 8680)
    assert made["thresholds"] == sorted(made["thresholds"], reverse=True)
    for place, cell in ((made["chosen"], "at_operating_point"), (made["half"], "at_half")):
        assert (made["tp"][place], made["fp"][place]) == tuple(
            strategy["test"][cell][k] for k in ("tp", "fp")
        )
    assert all(0 <= n <= 157 for n in made["tp"]) and all(0 <= n <= 8523 for n in made["fp"])


@pytest.mark.parametrize("gone", ["sweep", "point", "interval"])
def test_a_slider_needs_a_sweep_and_an_operating_point(small, gone):
    report = small["binary"]
    for strategy in report["strategies"].values():
        if gone == "sweep":
            strategy["curves"]["sweep"] = []
        if gone == "point":
            strategy["test"]["at_operating_point"] = None
    made = lever(report, report["strategies"])
    assert (made is None) is (gone != "interval")
    assert ('id="lever"' in render(report)) is (gone == "interval")


def test_the_limits_of_a_threshold_lie_around_it(decided):
    made = track(decided["strategies"]["none"], 157, 8680)
    high, low = made["interval"]
    assert 0 <= high <= made["chosen"] <= low <= len(made["thresholds"]) - 1


def test_calibration_shows_before_and_after_and_the_method_in_words(decided):
    page = render(decided)
    part = section(page, "calibration")
    assert {"calibration", "calibrated"} <= set(re.findall(r'data-chart="(\w+)"', part))
    for words in ("none needed", "prior correction, exact", "sigmoid", "isotonic", "out-of-fold"):
        assert words in part
    table = part.split('<table class="before-after">')[1].split("</table>")[0]
    assert table.count('<th scope="row">') == len(decided["strategies"])
    assert "0.130" in table and "0.380" in table
    block = re.search(r'<script type="application/json" id="charts">(.*?)</script>', page, re.DOTALL)
    drawn = json.loads(block.group(1))["data"]["calibrated"]
    assert {group["same"]["when"] for group in drawn} == {"before", "after"}
    assert "none" not in {group["same"]["strategy"] for group in drawn}


def test_a_calibration_that_was_switched_off_is_not_called_unneeded(decided):
    for strategy in decided["strategies"].values():
        strategy["decided"] |= {"calibration": None, "uncalibrated": None}
    decided["config"]["calibrate"] = "none"
    part = section(render(decided), "calibration")
    assert "switched off" in part and "none needed" not in part


def test_neighbours_tell_what_half_and_twice_the_alerts_would_cost(decided):
    for strategy in decided["strategies"].values():
        for row in strategy["decided"]["neighbours"]:
            row["cost"] = 20.0 * row["fn"] + row["fp"]
    part = section(render(decided), "thresholds")
    assert "[0.022, 0.048]" in part and "out-of-fold rows of train" in part
    assert part.count('<table class="neighbours">') == len(decided["strategies"])
    first = decisions.points(decided["strategies"])[0].neighbours
    assert [n.found + n.alarms for n in first] == sorted(n.found + n.alarms for n in first)
    chosen = next(n for n in first if n.chosen)
    assert (chosen.times, chosen.more_found, chosen.more_cost) == (1, 0, 0)
    assert first[-1].more_found == 100 and first[-1].more_cost == 6900 - 3379 - 20 * 100
    assert "+1,521" in part


def test_costs_are_a_column_only_where_there_are_any(decided):
    assert ">cost<" not in section(render(decided), "thresholds")


def test_older_runs_have_none_of_it(binary_page, multiclass_page):
    for page in (binary_page, multiclass_page):
        body = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL)
        assert not re.search('before-after|neighbours|95 % interval</th>|data-chart="calibrated', body)


@pytest.mark.parametrize("part", ["calibration", "uncalibrated", "interval", "neighbours"])
def test_any_part_of_a_decision_may_be_missing(decided, part):
    for strategy in decided["strategies"].values():
        strategy["decided"][part] = None
    assert "</html>" in render(decided)


def test_several_classes_can_be_calibrated_too(small):
    report = small["multiclass"]
    for strategy in report["strategies"].values():
        strategy["decided"] = {"calibration": {"method": "sigmoid"}, "uncalibrated": None, "interval": None}
        strategy["curves"]["uncalibrated"] = strategy["curves"]["calibration"]
    page = render(report)
    assert 'data-chart="calibrated"' in page and "calibrated_class" in page
    assert 'id="lever"' not in page
