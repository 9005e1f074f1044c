"""Curves: where they begin and end, that they never turn back, and how many points they have."""

import numpy as np
import pytest
import sklearn.metrics as sk

from evenkeel.evaluation.curves import BINS, MOST_POINTS, curves

CLASSES = ["no", "yes"]


def case(rows=1000, seed=0, levels=None):
    rng = np.random.default_rng(seed)
    y = (rng.random(rows) < 0.2).astype(int)
    scores = np.clip(rng.normal(0.3 + 0.2 * y, 0.2), 0, 1)
    if levels:
        scores = np.round(scores * levels) / levels
    return y, np.column_stack([1 - scores, scores])


def drawn(rows=1000, **options):
    return curves(*case(rows, **options), CLASSES)


def column(rows, name):
    return np.array([row[name] for row in rows])


SIZES = [{"rows": 2000}, {"rows": 50}, {"rows": 500, "levels": 5}]


@pytest.mark.parametrize("options", SIZES, ids=str)
def test_every_curve_keeps_its_ends_and_its_limit_of_points(options):
    y, _ = case(**options)
    found = drawn(**options)
    pr, roc = found["pr"], found["roc"]
    assert pr[0]["recall"] == 0
    assert (pr[-1]["recall"], pr[-1]["precision"]) == (1, pytest.approx(y.mean()))
    assert (roc[0]["fpr"], roc[0]["tpr"]) == (0, 0)
    assert (roc[-1]["fpr"], roc[-1]["tpr"]) == (1, 1)
    assert {len(pr), len(roc), len(found["sweep"])} <= set(range(2, MOST_POINTS + 1))


def test_many_thresholds_are_thinned_to_the_limit_and_few_are_all_kept():
    assert [len(drawn(2000)[name]) for name in ("pr", "roc", "sweep")] == [MOST_POINTS] * 3
    _, probabilities = case(500, levels=5)
    distinct = len(np.unique(probabilities[:, 1]))
    few = drawn(500, levels=5)
    assert [len(few[name]) for name in ("pr", "roc", "sweep")] == [distinct + 1, distinct + 1, distinct]


@pytest.mark.parametrize("options", SIZES, ids=str)
def test_no_curve_turns_back(options):
    found = drawn(**options)
    for curve, name in (
        ("pr", "recall"),
        ("roc", "fpr"),
        ("roc", "tpr"),
        ("sweep", "recall"),
        ("sweep", "alerts"),
    ):
        assert (np.diff(column(found[curve], name)) >= 0).all(), (curve, name)
    assert (np.diff(column(found["sweep"], "threshold")) < 0).all()
    assert (np.diff(column(found["calibration"], "predicted")) >= 0).all()


def test_points_lie_on_scikit_learns_curves():
    y, probabilities = case(300, levels=20)
    found = drawn(300, levels=20)
    fpr, tpr, _ = sk.roc_curve(y, probabilities[:, 1], drop_intermediate=False)
    assert column(found["roc"], "fpr") == pytest.approx(fpr)
    assert column(found["roc"], "tpr") == pytest.approx(tpr)
    precision, recall, thresholds = sk.precision_recall_curve(y, probabilities[:, 1])
    assert column(found["pr"], "recall") == pytest.approx(recall[::-1])
    assert column(found["pr"], "precision")[1:] == pytest.approx(precision[::-1][1:])
    assert column(found["sweep"], "threshold") == pytest.approx(thresholds[::-1])


@pytest.mark.parametrize(("first", "precision"), [(0, 0.0), (1, 1.0)])
def test_the_precision_at_no_recall_is_that_of_the_highest_score(first, precision):
    y = np.array([first, 1 - first, 0, 1])
    scores = np.array([0.9, 0.8, 0.2, 0.1])
    rows = curves(y, np.column_stack([1 - scores, scores]), CLASSES)["pr"]
    assert (rows[0]["recall"], rows[0]["precision"]) == (0, precision)


def test_the_sweep_begins_at_the_highest_score_and_ends_with_every_row_an_alert():
    _, probabilities = case()
    rows = drawn()["sweep"]
    assert rows[0]["threshold"] == probabilities[:, 1].max() <= 1
    assert rows[-1]["threshold"] == probabilities[:, 1].min()
    assert (rows[-1]["alerts"], rows[-1]["recall"]) == (1000, 1)


@pytest.mark.parametrize("rows", [7, 100, 1003])
def test_calibration_has_bins_of_equal_size_that_hold_every_row(rows):
    y, probabilities = case(rows, seed=3)
    bins = curves(y, probabilities, CLASSES)["calibration"]
    sizes = column(bins, "rows")
    assert len(bins) == min(BINS, rows)
    assert sizes.sum() == rows
    assert sizes.max() - sizes.min() <= 1
    assert (sizes * column(bins, "observed")).sum() == pytest.approx(y.sum())
    assert (sizes * column(bins, "predicted")).sum() == pytest.approx(probabilities[:, 1].sum())


def test_a_binary_curve_names_no_class():
    found = drawn()
    assert {row["class"] for name in ("pr", "roc", "calibration") for row in found[name]} == {None}


def test_several_classes_have_a_curve_each_against_the_rest_and_no_sweep():
    rng = np.random.default_rng(0)
    y, probabilities = rng.integers(0, 3, 90), rng.dirichlet([1, 1, 1], 90)
    found = curves(y, probabilities, ["a", "b", "c"])
    assert found["sweep"] == []
    for name in ("pr", "roc", "calibration"):
        assert list(dict.fromkeys(row["class"] for row in found[name])) == ["a", "b", "c"]
    alone = curves(
        (y == 1).astype(int), np.column_stack([1 - probabilities[:, 1], probabilities[:, 1]]), CLASSES
    )
    assert [{**row, "class": None} for row in found["roc"] if row["class"] == "b"] == alone["roc"]


def test_a_class_without_rows_has_no_curve():
    found = curves(np.array([0, 1, 0, 1]), np.full((4, 3), 1 / 3), ["a", "b", "c"])
    assert {row["class"] for row in found["roc"]} == {"a", "b"}


@pytest.mark.parametrize("code", [0, 1])
def test_one_class_alone_has_a_sweep_and_no_curve(code):
    found = curves(np.full(4, code), np.full((4, 2), 0.5), CLASSES)
    assert (found["pr"], found["roc"], found["calibration"]) == ([], [], [])
    assert [row["alerts"] for row in found["sweep"]] == [4]


def test_every_row_is_plain_and_finite():
    for rows in drawn().values():
        for row in rows:
            assert {type(value) for value in row.values()} <= {float, int, type(None)}
            assert np.isfinite([value for value in row.values() if value is not None]).all()
