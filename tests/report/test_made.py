import html
import json
import math
import re

import pytest

from evenkeel.report import figures, made, render

HOSTILE = "<img src=x onerror=alert(1)>\"' {{ 7 * 7 }}"
MADE = ("space", "rows", "copies", "synthetic", "majority_territory", "measured", "duplicates")
EXAMPLE = ("sampler", "label", "id", "weight", "parents", "to_own", "to_other", "cells")


def section_of(page: str) -> str:
    return page.split('<section id="made">')[1].split("</section>")[0]


def rows_of(section: str) -> dict[str, str]:
    """The table's part of each strategy."""
    bodies = re.findall(r"<tbody>(.*?)</tbody>", section.split('<table class="made">')[1], re.DOTALL)
    return {name[1]: body for body in bodies if (name := re.search(r'"rowgroup"[^>]*>([\w-]+)', body))}


def examples_of(section: str, strategy: str) -> list[str]:
    details = re.search(rf"<details><summary>Examples of {strategy}:(.*?)</details>", section, re.DOTALL)
    return details[1].split('<div class="card example">')[1:] if details else []


def only(text: str) -> str:
    """Text without tags, on one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


def cells(first: list, second: list | None, got: list) -> list[dict]:
    other = second or [None] * len(first)
    return [
        {"column": f"c{i}", "parents": [a, b], "value": v}
        for i, (a, b, v) in enumerate(zip(first, other, got, strict=True))
    ]


@pytest.fixture
def section(binary_page) -> str:
    return section_of(binary_page)


def test_every_figure_of_a_strategy_shows(section):
    row = only(rows_of(section)["smote"])
    assert row == "smote SMOTE 34,720 → 68,188 0: 34,094 1: 626 → 34,094 0 33,468 836 2.5 % of 33,468 17 –"


def test_each_link_of_a_chain_is_a_line_with_its_counts_and_notes(section):
    chain = rows_of(section)["under-then-smote"]
    lines = [only(line) for line in re.findall(r"<tr.*?</tr>", chain, re.DOTALL)]
    assert len(lines) == 3 and chain.count('rowspan="3"') == 5
    assert lines[0].startswith("under-then-smote ClusterCentroids 34,720 → 7,444 0: 34,094 → 6,818 1: 626 ")
    note = "k_neighbors 5 -> 3 for class '1': it has 4 rows"
    assert lines[1] == f"SMOTE 7,444 → 9,948 0: 6,818 1: 626 → 3,130 {note}"
    assert lines[2].startswith("max_rows the limit on rows 9,948 → 6,539")


def test_a_high_share_is_shaded_and_says_so(section):
    rows = rows_of(section)
    assert 'class="strayed" style="--w:0.611"' in rows["under-then-smote"]
    assert "55 61.1 % of a sample of 90 high" in only(rows["under-then-smote"])
    assert "strayed" not in rows["smote"] and "high" not in rows["smote"]


def test_what_was_not_measured_is_a_dash(section):
    row = only(rows_of(section)["balanced-bagging"])
    assert row.endswith("0 33,468 – 17 –")


def test_nothing_synthetic_is_no_share_of_nothing(section):
    assert only(rows_of(section)["under"]).endswith(" 0 0 – 17 –")


def test_encoded_space_says_why_there_are_no_examples(section):
    assert "<b>balanced-bagging</b>: examples are not available, because rows are encoded matrices" in section
    assert not examples_of(section, "balanced-bagging")


def test_strategies_that_keep_train_are_named_together(section):
    assert "<b>none, weights</b>: not applicable, train rows stay as they are." in section


def test_reports_from_before_these_figures_show_the_links(binary):
    for strategy in binary["strategies"].values():
        strategy.pop("made", None)
        strategy.pop("examples", None)
    page = section_of(render(binary))
    assert only(rows_of(page)["smote"]).endswith("1: 626 → 34,094 – – – – –")
    names = "smote, under, under-then-smote, balanced-bagging"
    assert f"<b>{names}</b>: copies, synthetic rows and duplicates were not counted." in page
    assert "<details>" not in page


def test_a_report_without_any_resampling_says_so(small):
    del small["binary"]["strategies"]["smote"]
    page = section_of(render(small["binary"]))
    assert "Not applicable:" in page and "<table" not in page


@pytest.mark.parametrize("missing", MADE)
def test_any_figure_may_be_missing(small, missing):
    for report in small.values():
        del report["strategies"]["smote"]["made"][missing]
        report["strategies"]["none"]["made"] = {missing: None}
        assert "smote" in rows_of(section_of(render(report)))


@pytest.mark.parametrize("missing", EXAMPLE)
@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_any_part_of_an_example_may_be_missing(small, missing, kind):
    examples = small[kind]["strategies"]["smote"]["examples"]
    del examples[0][missing]
    examples[1][missing] = None
    page = section_of(render(small[kind]))
    assert len(examples_of(page, "smote")) == 5 and ">None<" not in page


@pytest.mark.parametrize("missing", ["sampler", "before", "after", "notes"])
def test_any_part_of_a_link_may_be_missing(binary, missing):
    found = made.row(binary, "smote", {"links": [{"sampler": "X", "before": {"0": 1}, "after": {"0": 2}}]})
    assert found.links[0].rows == made.Change("all", 1, 2)
    links = [{"sampler": "X", "before": {"0": 1}, "after": {"0": 2}, "notes": ["n"], missing: None}]
    assert len(made.row(binary, "smote", {"links": links}).links) == 1


def test_binary_wording_names_the_sides(section):
    assert "nearer to a majority row than to a minority row" in section
    assert "another class" not in section
    assert "nearer to a majority row than to a minority row" in examples_of(section, "smote")[0]
    centroid = examples_of(section, "under-then-smote")[0]
    assert "nearer to a minority row than to a majority row" in centroid


def test_multiclass_wording_names_another_class(multiclass_page):
    section = section_of(multiclass_page)
    assert "majority row" not in section and "the other class" not in section
    assert "nearer to a row of another class than to one of its own" in examples_of(section, "smote")[0]


def test_a_row_that_is_nearer_to_its_own_class_raises_no_doubt(binary):
    assert made.stray(binary, "1", {"to_own": 0.2, "to_other": 0.2}) == ""
    assert made.stray(binary, "1", {"to_own": 0.2, "to_other": None}) == ""
    assert made.stray(binary, None, {"to_own": 0.2, "to_other": 0.1}).startswith("nearer to a row of another")


def test_an_example_stands_beside_its_two_parents(section):
    first = examples_of(section, "smote")[0]
    assert "<caption><b>617#new0</b>, class 1, by SMOTE</caption>" in first
    assert re.findall(r"<th .*?</th>", first)[:4] == [
        '<th scope="col">column</th>',
        '<th scope="col"><span class="role">parent</span><span class="cut">617</span></th>',
        '<th scope="col" class="new">synthetic</th>',
        '<th scope="col"><span class="role">parent</span><span class="cut">1123</span></th>',
    ]
    assert "age 61 62.9 80" in only(first) and "bmi missing 31.5 31.5" in only(first)
    assert "first parent + 0.1 × (second − first)" in first


def test_an_example_with_one_parent_has_no_column_for_another(section):
    centroid = examples_of(section, "under-then-smote")[0]
    assert centroid.count('<span class="role">parent</span>') == 1
    assert "It has one parent." in centroid and "second" not in centroid
    assert "age 43 44.25" in only(centroid)


def test_columns_that_differ_come_first_and_the_rest_is_counted(binary):
    first, second = [*range(20)], [*range(19), 99]
    found = made.example(binary, {"parents": ["a", "b"], "cells": cells(first, second, first)})
    assert [c.column.text for c in found.cells] == ["c19", *(f"c{i}" for i in range(11))]
    assert [c.same for c in found.cells] == [False] + [True] * 11
    assert found.hidden == "And 8 more columns that are equal"


@pytest.mark.parametrize("differ", range(0, 30, 3))
@pytest.mark.parametrize("columns", [0, 1, 12, 13, 14, 30])
def test_no_column_is_lost(binary, columns, differ):
    first = [*range(columns)]
    second = [v + 1 if i < differ else v for i, v in enumerate(first)]
    found = made.example(binary, {"parents": ["a", "b"], "cells": cells(first, second, first)})
    told = re.search(r"And (\d+) more", found.hidden)
    assert len(found.cells) + (int(told[1]) if told else 0) == columns
    equal = "equal" in found.hidden
    assert equal == (columns > made.SHOWN >= min(differ, columns))


def test_with_one_parent_only_that_one_is_compared(binary):
    found = made.example(binary, {"parents": ["a", None], "cells": cells([1, 2], None, [1, 3])})
    assert [(c.column.text, c.same, c.second) for c in found.cells] == [
        ("c1", False, None),
        ("c0", True, None),
    ]


@pytest.mark.parametrize(
    ("data", "text", "full"),
    [
        (61, "61", None), (1999, "1999", None), (0, "0", None), (True, "true", None), (1e300, "1e+300", None),
        (0.1 + 0.2, "0.3", "0.30000000000000004"), (1234567.25, "1234567", "1234567.25"),
        (None, "missing", None), (math.nan, "missing", None), ("", "empty", None),
        ("formal", "formal", None), ("cut off", "cut off", "cut off"),
    ],
)  # fmt: skip
def test_values_are_short_and_never_lost(data, text, full):
    shown = made.value(data)
    assert (shown.text, shown.full) == (text, full)
    assert shown.missing == (text in ("missing", "empty"))


def test_texts_from_data_stay_text(small):
    for report in small.values():
        strategy = report["strategies"]["smote"]
        strategy["links"][0] |= {"sampler": HOSTILE, "notes": [HOSTILE], "after": {HOSTILE: 3}}
        for example in strategy["examples"]:
            example |= {"id": HOSTILE, "label": HOSTILE, "sampler": HOSTILE, "parents": [HOSTILE, HOSTILE]}
            for cell in example["cells"]:
                cell |= {"column": HOSTILE, "value": HOSTILE, "parents": [HOSTILE, None]}
        report["strategies"][HOSTILE] = strategy
        page = section_of(render(report))
        assert "<img" not in page
        assert 'title="&lt;img src=x onerror=alert(1)&gt;&#34;&#39; {{ 7 * 7 }}"' in page


def test_every_table_has_a_caption_and_every_head_a_scope(section):
    assert section.count("<table") == section.count("<caption") == 8
    assert all("scope=" in head for head in re.findall(r"<th\b[^>]*>", section))


def test_the_same_report_gives_the_same_section(multiclass, multiclass_page):
    again = json.loads(json.dumps(multiclass))
    assert section_of(render(again)) == section_of(multiclass_page)
    strategies = figures.ordered(multiclass["strategies"])
    assert made.section(multiclass, strategies) == made.section(again, figures.ordered(again["strategies"]))


@pytest.mark.parametrize("page", ["binary_page", "multiclass_page"])
def test_the_scatter_explains_the_mark_of_synthetic_rows(request, page):
    scatter = request.getfixturevalue(page).split('<section id="scatter">')[1].split("</section>")[0]
    legend = only(scatter.split('aria-label="Marks">')[1].split("</ul>")[0])
    assert legend.startswith("● ") and "△ synthetic row" in legend


def test_rendering_changes_nothing_in_the_report(binary):
    before = json.dumps(binary)
    render(binary)
    assert json.dumps(binary) == before
