"""With as many alerts, strategies are compared evenly: paired, and together."""

import numpy as np

from evenkeel.evaluation.bootstrap import sample
from evenkeel.evaluation.equal_alerts import at_equal_alerts

NAMES = ["chosen", "same", "noise", "better"]


def made(seed=0, rows=3_000, positives=120):
    draws = np.random.default_rng(seed)
    y = np.zeros(rows, dtype=int)
    y[:positives] = 1
    signal = draws.normal(size=rows) + 1.2 * y
    scores = np.stack([signal, signal, draws.normal(size=rows), signal + 1.5 * y])
    thresholds = np.array([np.quantile(scores[0], 0.9), 0.0, 0.0, 0.0])
    return y, scores, sample(y, [f"r{i}" for i in range(rows)], scores, thresholds)


def test_everybody_raises_as_many_alerts():
    y, scores, of = made()
    alerts = int(of.decided[0].sum())
    found = at_equal_alerts(of, NAMES, 0, 1)
    assert list(found) == ["same", "noise", "better"]
    mine = ((scores[0] >= np.quantile(scores[0], 0.9)) & (y == 1)).sum()
    for name, place in (("same", 1), ("noise", 2), ("better", 3)):
        told = found[name]
        assert told["tp"] + told["fp"] == alerts
        top = np.argsort(-scores[place])[:alerts]
        assert told["tp"] == y[top].sum()
        assert told["difference"]["value"] == mine - told["tp"]


def test_intervals_hold_their_value_and_those_for_all_are_wider():
    for told in at_equal_alerts(made()[2], NAMES, 0, 1).values():
        apart = told["difference"]
        assert apart["all_low"] <= apart["low"] <= apart["value"] <= apart["high"] <= apart["all_high"]


def test_what_is_better_and_what_is_worse_is_told():
    found = at_equal_alerts(made()[2], NAMES, 0, 1)
    assert found["noise"]["difference"]["all_low"] > 0
    assert found["better"]["difference"]["all_high"] < 0
    assert found["same"]["difference"]["value"] == 0
    assert found["same"]["difference"]["all_low"] < 0 < found["same"]["difference"]["all_high"]


def test_the_seed_decides_and_the_order_of_rows_does_not():
    y, scores, of = made()
    order = np.random.default_rng(3).permutation(len(y))
    ids = np.array([f"r{i}" for i in range(len(y))])
    thresholds = np.array([np.quantile(scores[0], 0.9), 0.0, 0.0, 0.0])
    other = sample(y[order], ids[order], scores[:, order], thresholds)
    assert at_equal_alerts(of, NAMES, 0, 1) == at_equal_alerts(other, NAMES, 0, 1)


def test_no_alert_and_no_rival_are_no_trouble():
    y, scores, _ = made()
    none = sample(y, np.arange(len(y)), scores, np.full(4, 99.0))
    assert {told["tp"] + told["fp"] for told in at_equal_alerts(none, NAMES, 0, 1).values()} == {0}
    assert at_equal_alerts(sample(y, np.arange(len(y)), scores[:1], np.zeros(1)), ["chosen"], 0, 1) == {}


def test_all_rows_may_be_alerts():
    y, scores, _ = made()
    every = sample(y, np.arange(len(y)), scores, np.full(4, -99.0))
    assert {told["tp"] for told in at_equal_alerts(every, NAMES, 0, 1).values()} == {120}
