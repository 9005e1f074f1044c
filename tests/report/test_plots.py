import json
import math

import altair
import pytest

from evenkeel.report import charts, datasets, figures, numbers, plots


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "–"), (math.nan, "–"), (0.12345, "0.123"), (0.0123, "0.0123"), (0, "0.000"), (1e-6, "1.0e−06"),
     (-0.25, "−0.250"), (math.inf, "∞"), ("", "–")],
)  # fmt: skip
def test_scores_as_text(value, shown):
    assert numbers.score(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.1429, "+0.143"), (-0.25, "−0.250"), (-0.0001, "+0.000"), (0, "+0.000"), (None, "–")],
)
def test_differences_as_text(value, shown):
    assert numbers.signed(value) == shown


def test_shares_of_nothing_are_dashes():
    assert numbers.share(1, 0) == numbers.share(None, 5) == "–"
    assert numbers.share(46, 157) == "29.3 %"
    assert numbers.share(4, 1000) == "0.40 %"


def test_json_in_a_script_element_cannot_end_it():
    hostile = {"name": "</script><!-- & >"}
    written = datasets.json_for_script(hostile)
    assert not set("<>&") & set(written)
    assert json.loads(written) == hostile


@pytest.mark.parametrize("length", [0, 1, 2, 29, 30, 31, 500])
def test_thinned_curves_keep_both_ends(length):
    points = [{"x": i} for i in range(length)]
    kept = datasets.thin(points, 30)
    assert len(kept) == min(length, 30)
    assert not points or (kept[0], kept[-1]) == (points[0], points[-1])


def test_groups_hold_four_digits_and_no_nan():
    made = datasets.group([{"x": 0.123456}, {"x": math.nan}, {"x": 34094}, {}], ("x",), strategy="none")
    assert made == {"same": {"strategy": "none"}, "columns": {"x": [0.1235, None, 34094, None]}}


def test_the_best_value_is_shared_by_ties_and_needs_a_rival():
    assert figures.best({"a": 0.5, "b": 0.5, "c": 0.1, "d": math.nan}, True) == {"a", "b"}
    assert figures.best({"a": 0.5, "b": 0.1}, False) == {"b"}
    assert figures.best({"a": 0.5, "b": None}, True) == set()


def test_shared_train_rows_are_stored_once(binary):
    built, panels = charts.build(binary, figures.ordered(binary["strategies"]))
    titles = [panel.title for panel in panels if panel.chart]
    assert titles[0] == "before resampling"
    assert titles.count("before resampling") == 1 and len(titles) == 5
    assert [p.title for p in panels if not p.chart] == ["none", "weights"]
    assert all(name in built.data for name in built.specs if name.startswith("scatter"))


def test_synthetic_rows_are_a_mark_of_their_own(binary):
    built, _ = charts.build(binary, figures.ordered(binary["strategies"]))
    kinds = [group["same"]["kind"] for group in built.data["scatter-1"]]
    assert kinds == ["0", "1", "s1"]
    assert built.specs["scatter-1"]["layer"][1]["mark"]["shape"] == "triangle-up"


def test_specifications_hold_no_data_of_the_report(binary):
    built, _ = charts.build(binary, figures.ordered(binary["strategies"]))
    assert all(len(json.dumps(spec)) < 6_000 for spec in built.specs.values())


@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_specifications_follow_the_schema(small, kind):
    report = small[kind]
    built, _ = charts.build(report, figures.ordered(report["strategies"]))
    for spec in built.specs.values():
        altair.Chart.from_dict(spec)


def test_each_of_many_strategies_looks_different():
    names = [f"s{i}" for i in range(25)]
    encodings = {k: v.to_dict() for k, v in plots.strategy_colour(names).items()}
    looks = list(
        zip(*(map(str, encodings[c]["scale"]["range"]) for c in ("color", "strokeDash")), strict=True)
    )
    assert len(set(looks)) == 25


def test_many_strategies_start_with_baseline_and_recommendation_picked_out(many):
    many["recommended"]["strategy"] = "strategy 3"
    built, _ = charts.build(many, figures.ordered(many["strategies"]))
    picked = next(p for p in built.specs["pr"]["params"] if p["name"] == "picked")
    assert picked["value"] == [{"strategy": "none"}, {"strategy": "strategy 3"}]


def test_the_chart_of_misses_counts_every_row(multiclass):
    rows = figures.class_rows(multiclass["strategies"]["none"], figures.classes(multiclass))
    assert all(row.total == sum(row.cells) and 0 <= row.missed <= row.total for row in rows)


def test_errors_of_checks_come_before_what_passed():
    checks = [
        {"outcome": o, "severity": s} for o in ("passed", "error", "failed") for s in ("info", "critical")
    ]
    concerns, quiet = figures.by_concern(checks)
    assert [(c["outcome"], c["severity"]) for c in concerns] == [
        ("failed", "critical"), ("failed", "info"), ("error", "critical"), ("error", "info"),
    ]  # fmt: skip
    assert len(quiet) == 2
