"""A threshold's interval is where the rule falls on other tables; its neighbours are counted as they are."""

import numpy as np
import pytest

from evenkeel.evaluation.metrics import count
from evenkeel.evaluation.operating import Amounts, choose, sweep
from evenkeel.evaluation.thresholds import STEPS, cost, interval, neighbours

RULES = [
    {"maximize": "f2"},
    {"maximize": "mcc"},
    {"maximize": "g_mean"},
    {"recall_at_least": 0.7},
    {"precision_at_least": 0.3},
    {"alerts": 90},
    {"cost": {"fn": 20.0, "fp": 1.0}},
]


def table(rows=2_000, seed=0, share=0.05):
    draws = np.random.default_rng(seed)
    y = (draws.random(rows) < share).astype(int)
    return y, np.round(1 / (1 + np.exp(3 - 1.5 * y - draws.normal(size=rows))), 3)


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_the_best_threshold_is_at_a_positive_or_above_all(rule):
    """Why negatives need only be counted between positives."""
    for seed in range(20):
        y, scores = table(300, seed)
        found = choose(y, scores, rule, alert_share=0.1)
        assert found.threshold in scores[y == 1] or found.threshold > scores.max()


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_the_interval_is_that_of_a_plain_bootstrap(rule):
    y, scores = table()
    found = interval(y, scores, rule, seed=1, alert_share=0.1)
    draws, plain = np.random.default_rng(2), []
    own, others = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    for _ in range(400):
        rows = np.concatenate([draws.choice(own, len(own)), draws.choice(others, len(others))])
        plain.append(choose(y[rows], scores[rows], rule, alert_share=0.1).threshold)
    low, high = np.quantile(plain, [0.025, 0.975])
    width = max(high - low, 0.02)
    assert found["low"] == pytest.approx(low, abs=0.4 * width)
    assert found["high"] == pytest.approx(high, abs=0.4 * width)
    assert found["low"] <= choose(y, scores, rule, alert_share=0.1).threshold <= found["high"]


def test_the_seed_decides_the_interval_and_the_order_of_rows_does_not():
    y, scores = table()
    order = np.random.default_rng(0).permutation(len(y))
    one = interval(y, scores, RULES[0], seed=1)
    assert one == interval(y, scores, RULES[0], seed=1) == interval(y[order], scores[order], RULES[0], seed=1)


def test_a_fixed_threshold_is_certain():
    y, scores = table()
    assert interval(y, scores, {"threshold": 0.5}, seed=0) == {"low": 0.5, "high": 0.5}


@pytest.mark.parametrize("rule", [*RULES, {"threshold": 0.123456}], ids=str)
def test_neighbours_are_counted_as_they_decide(rule):
    y, scores = table()
    chosen = choose(y, scores, rule, alert_share=0.1)
    found = neighbours(y, scores, rule, chosen)
    assert [n["threshold"] for n in found if n["chosen"]] == [chosen.threshold]
    assert [n["threshold"] for n in found] == sorted((n["threshold"] for n in found), reverse=True)
    assert 1 < len(found) <= len(STEPS) + 1
    for near in found:
        counts = count(y, (scores >= near["threshold"]).astype(int))
        assert counts.as_dict() == {name: near[name] for name in ("tn", "fp", "fn", "tp")}
        if "cost" in rule:
            assert near["cost"] == cost(rule["cost"], counts)
            assert near["cost"] >= next(n["cost"] for n in found if n["chosen"])


def test_neighbours_of_no_alert_are_the_first_alerts():
    y, scores = table(50, 1, 0.3)
    chosen = choose(y, scores, {"threshold": 1.0})
    found = neighbours(y, scores, {"threshold": 1.0}, chosen)
    assert found[0]["chosen"]
    assert found[0]["tp"] + found[0]["fp"] == 0
    assert found[1]["tp"] + found[1]["fp"] >= 1


def test_rows_with_the_same_amount_cost_what_a_constant_costs():
    y, scores = table()
    rule = {"cost": {"fn": {"column": "a"}, "fp": 1.0}}
    amounts = Amounts(np.full(len(y), 20.0), np.ones(len(y)))
    constant = {"cost": {"fn": 20.0, "fp": 1.0}}
    one, two = choose(y, scores, rule, amounts=amounts), choose(y, scores, constant)
    assert one == two
    assert interval(y, scores, rule, seed=3, amounts=amounts) == interval(y, scores, constant, seed=3)
    near = neighbours(y, scores, rule, one, amounts)
    assert [n["cost"] for n in near] == pytest.approx(
        [n["cost"] for n in neighbours(y, scores, constant, two)]
    )


def test_amounts_decide_who_is_worth_an_alert():
    y = np.array([1, 0, 1, 0, 0])
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    paid = Amounts(np.array([1.0, 0.0, 100.0, 0.0, 0.0]), np.full(5, 5.0))
    rule = {"cost": {"fn": {"column": "a"}, "fp": 5.0}}
    assert choose(y, scores, rule, amounts=paid).threshold == 0.7
    cheap = paid._replace(fn=np.array([1.0, 0.0, 2.0, 0.0, 0.0]))
    assert choose(y, scores, rule, amounts=cheap).threshold == 0.9
    found = sweep(y, scores, paid)
    expected = [
        paid.fn[(y == 1) & (scores < t)].sum() + paid.fp[(y == 0) & (scores >= t)].sum()
        for t in found.thresholds
    ]
    assert found.cost == pytest.approx(expected)
