"""Intervals of cross-validated figures that know how far the rows move them."""

import numpy as np
import pandas as pd
import pytest

from evenkeel import training
from evenkeel.evaluation import crossval, spread
from evenkeel.evaluation.bootstrap import LOSSES
from evenkeel.evaluation.metrics import METRICS
from evenkeel.evaluation.operating import Amounts
from evenkeel.tables import CODE, FOLD, ROW_ID

F2 = {"maximize": "f2"}
DECISIONS = {name for name, metric in METRICS.items() if metric.needs_threshold}
RULES = [
    F2,
    {"recall_at_least": 0.8},
    {"precision_at_least": 0.5},
    {"alerts": 9},
    {"cost": {"fn": 10, "fp": 1}},
    {"threshold": 0.4},
]


def case(rows=400, folds=5, seed=0, level=0.0):
    """Labels, probabilities that are true but for `level` in their log odds, and folds."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(-2, 1.5, rows)
    y = (rng.random(rows) < 1 / (1 + np.exp(-odds))).astype(int)
    p = 1 / (1 + np.exp(-odds - level))
    return y, np.column_stack([1 - p, p]), np.arange(rows) % folds


def several(rows=300, seed=0):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet([4, 2, 1], rows)
    y = np.array([rng.choice(3, p=row) for row in p])
    return y, p, np.arange(rows) % 3


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: next(iter(rule)))
def test_means_are_those_of_the_folds_and_intervals_only_grow(rule):
    y, p, fold = case()
    before, values = crossval.cross_validated(y, p, fold, rule, alert_share=0.2)
    after, again, errors = spread.cross_validated(y, p, fold, rule, seed=1, alert_share=0.2)
    assert again == values
    assert set(errors) == {*DECISIONS, *LOSSES}
    for name in METRICS:
        assert after[name]["mean"] == before[name]["mean"]
        assert after[name]["low"] <= before[name]["low"] <= after[name]["mean"]
        assert after[name]["mean"] <= before[name]["high"] <= after[name]["high"]
    assert after["roc_auc"] == before["roc_auc"]


def test_the_larger_error_counts():
    folds = [0.5, 0.6, 0.7]
    alone = crossval.interval(folds)
    assert crossval.interval(folds, error=0.01) == alone
    wide = crossval.interval(folds, error=0.2)
    # t(0.975, 2) = 4.302653
    assert wide["high"] - wide["mean"] == pytest.approx(4.302653 * 0.2, abs=1e-6)
    assert wide["mean"] == alone["mean"]


def test_folds_that_are_alike_by_chance_do_not_make_a_figure_certain():
    y, p, fold = (
        np.tile([1, 1, 0, 0, 0, 0], 20),
        np.tile([0.9, 0.4, 0.6, 0.1, 0.2, 0.3], 20),
        np.arange(120) // 24,
    )
    p = np.column_stack([1 - p, p])
    alone = crossval.cross_validated(y, p, fold, F2)[0]["precision"]
    assert alone["low"] == alone["high"]
    wide = spread.cross_validated(y, p, fold, F2, seed=0)[0]["precision"]
    assert wide["low"] < alone["mean"] < wide["high"]


def test_the_seed_decides():
    y, p, fold = case()
    one, again, other = (spread.cross_validated(y, p, fold, F2, seed=seed) for seed in (3, 3, 4))
    assert one == again
    assert one[2]["recall"] != other[2]["recall"]
    assert one[2]["recall"] == pytest.approx(other[2]["recall"], rel=0.4)


@pytest.mark.parametrize("rule", [F2, {"threshold": 0.3}], ids=["chosen", "given"])
def test_four_times_the_rows_know_twice_as_much(rule):
    few, many = (
        np.mean(
            [list(spread.cross_validated(*case(rows, seed=s), rule, seed=s)[2].values()) for s in range(6)], 0
        )
        for rows in (500, 2000)
    )
    assert few / many == pytest.approx(np.full(len(few), 2.0), rel=0.35)


def test_choosing_a_threshold_is_less_sure_than_having_one():
    y, p, fold = case(2000)
    chosen, given = (
        spread.cross_validated(y, p, fold, rule, seed=0)[2] for rule in (F2, {"threshold": 0.25})
    )
    assert chosen["precision"] > 1.1 * given["precision"]
    assert chosen["brier"] == given["brier"]


def test_a_threshold_that_is_given_has_the_error_of_a_proportion():
    y, p, fold = case(4000)
    errors = spread.cross_validated(y, p, fold, {"threshold": 0.25}, seed=0)[2]
    recall = np.mean(p[y == 1, 1] >= 0.25)
    assert errors["recall"] == pytest.approx(np.sqrt(recall * (1 - recall) / np.sum(y)), rel=0.15)


def test_costs_of_single_rows_reach_the_rule():
    y, p, fold = case()
    cost = {"cost": {"fn": 10, "fp": 1}}
    amounts = Amounts(np.full(len(y), 10.0), np.ones(len(y)))
    one = spread.cross_validated(y, p, fold, cost, seed=0)
    assert spread.cross_validated(y, p, fold, cost, seed=0, amounts=amounts) == one


def test_many_positives_choose_among_fewer_thresholds(monkeypatch):
    y, p, fold = case(3000)
    every = spread.cross_validated(y, p, fold, F2, seed=0)[2]
    monkeypatch.setattr(spread, "MOST_THRESHOLDS", 60)
    some = spread.cross_validated(y, p, fold, F2, seed=0)[2]
    assert [some[name] for name in DECISIONS] == pytest.approx([every[name] for name in DECISIONS], rel=0.35)


def test_blocks_do_not_change_how_much_is_known(monkeypatch):
    y, p, fold = case()
    whole = spread.cross_validated(y, p, fold, F2, seed=0)[2]
    monkeypatch.setattr(spread, "MOST_CELLS", 1)
    parts = spread.cross_validated(y, p, fold, F2, seed=0)[2]
    assert [parts[name] for name in DECISIONS] == pytest.approx([whole[name] for name in DECISIONS], rel=0.35)


def test_true_probabilities_have_the_error_of_their_rows():
    # a log loss is at its lowest there: a shift of all levels does nothing to it
    y, p, fold = case(5000)
    loss = -np.log(p[np.arange(len(y)), y])
    within = sum(np.sum((loss[y == c] - loss[y == c].mean()) ** 2) for c in (0, 1))
    errors = spread.cross_validated(y, p, fold, F2, seed=0)[2]
    assert errors["log_loss"] == pytest.approx(np.sqrt(within) / len(y), rel=0.1)


def test_a_level_that_rests_on_few_positives_is_unsure():
    # as a model that was weighted: what a few positives did to its level, it does to all negatives
    true, weighted = (spread.cross_validated(*case(2000, level=shift), F2, seed=0)[2] for shift in (0, 2))
    assert weighted["brier"] > 1.5 * true["brier"]
    assert weighted["log_loss"] > 1.5 * true["log_loss"]


def test_the_shift_of_a_level_is_that_of_the_next_fit():
    # balanced weights and no features: the log odds are 0 where each positive weighs as nine negatives
    y = np.repeat([0, 1], [900, 100])
    shifts = spread.level_shifts(y, np.full(1000, 0.5))
    assert shifts.sum() == pytest.approx(0)
    assert shifts[y == 1] == pytest.approx(np.full(100, 9 * 0.5 / 450))
    # log(101 / 100): what a weight of 9 for one more positive does to the log odds
    assert shifts[-1] == pytest.approx(np.log(101 / 100), rel=0.01)


def test_several_classes_have_intervals_too():
    y, p, fold = several()
    found, _, errors = spread.cross_validated(y, p, fold, None, seed=0)
    assert all(error > 0 for error in errors.values())
    assert all(row["low"] < row["mean"] < row["high"] for row in found.values())


def test_certain_probabilities_have_finite_errors():
    y = np.tile([0, 0, 1], 20)
    for p in (y.astype(float), np.tile([0.0, 1.0, 1.0], 20)):
        errors = spread.cross_validated(y, np.column_stack([1 - p, p]), np.arange(60) // 12, F2, seed=0)[2]
        assert np.isfinite(list(errors.values())).all()


def test_a_decision_of_an_older_run_knows_the_folds_alone(small_table):
    table, parameters = small_table
    older = training.decision(table, parameters)
    newer = training.decision(table, parameters | {"intervals": "rows"})
    assert set(newer) - set(older) == {"row_errors"}
    y, p = training.read_predictions(table, parameters["classes"])
    assert older["cv"] == crossval.cross_validated(y, p, table[FOLD].to_numpy(), F2)[0]
    assert newer["cv"] == crossval.simultaneous(older["per_fold"], 1, newer["row_errors"])
    assert {key: newer[key] for key in older if key != "cv"} == {
        key: older[key] for key in older if key != "cv"
    }


@pytest.fixture
def small_table():
    """Out-of-fold predictions, and the parameters of a decide step that knew nothing of rows."""
    y, p, fold = case(200)
    names = np.array(["no", "yes"], dtype=object)[y]
    table = pd.DataFrame(
        {ROW_ID: np.arange(200).astype(str), FOLD: fold, CODE: names, "p(no)": p[:, 0], "p(yes)": p[:, 1]}
    )
    return table, {"classes": ["no", "yes"], "rule": F2, "alert_share": None, "calibration": None, "seed": 1}
