"""How certain the page says that figures are."""

from __future__ import annotations

from typing import Any

from evenkeel.report.certainty import OVER_CLASSES, SHOWN, section


def row(value: float, low: float, high: float) -> dict[str, float]:
    return {"value": value, "low": low, "high": high, "all_low": low, "all_high": high}


def report(**more: Any) -> dict[str, Any]:
    figures = {key: row(-2.0, -5.0, 1.0) for key in SHOWN} | {"tp": row(24.0, 11.0, 38.0)}
    said = {"applies": True, "replicates": 2000, "against": {"none": {"smote": figures}}}
    return {"power": {"weak": True, "sentence": "31 positives."}, "differences": said} | more


def test_runs_that_say_nothing_have_no_section() -> None:
    assert section({}) is None


def test_a_difference_is_real_where_its_interval_leaves_zero_out() -> None:
    made = section(report())
    assert made is not None
    assert (made.weak, made.sentence, made.replicates) == (True, "31 positives.", 2000)
    (table,) = made.tables
    ((name, differences),) = table.rows
    assert (table.reference, name) == ("none", "smote")
    assert [d.real for d in differences] == [True, False, False, False, False, False]


def test_several_classes_say_why_there_is_none() -> None:
    made = section(report(differences={"applies": False, "why": "three classes"}))
    assert made is not None
    assert (made.why_not, made.tables) == ("three classes", [])


def test_several_classes_differ_by_their_means() -> None:
    figures = {key: row(-0.2, -0.5, 0.1) for key in OVER_CLASSES}
    said = {"applies": True, "replicates": 2000, "against": {"none": {"smote": figures}}}
    made = section({"differences": said, "task": "multiclass"})
    assert made is not None
    assert made.columns == list(OVER_CLASSES.values())
    assert len(made.tables[0].rows[0][1]) == len(OVER_CLASSES)
