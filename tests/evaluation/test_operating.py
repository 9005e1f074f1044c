"""Operating points: each rule keeps its promise against every other threshold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.evaluation.metrics import METRICS, count
from evenkeel.evaluation.operating import choose, decide, sweep

CHECK = settings(max_examples=60, deadline=None)
DECIDING = [name for name, metric in METRICS.items() if metric.needs_threshold]

# few distinct scores, so that ties are common; both classes occur
rows = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 8)), min_size=2, max_size=25)
cases = rows.filter(lambda found: len({y for y, _ in found}) == 2).map(
    lambda found: (np.array([y for y, _ in found]), np.array([s / 8 for _, s in found]))
)


def counts_at(y, scores, threshold):
    return count(y, decide(np.column_stack([1 - scores, scores]), threshold))


def everywhere(y, scores):
    """Every threshold worth trying, falling: the scores, the places between, and beyond both ends."""
    found = np.unique(scores)
    between = (found[1:] + found[:-1]) / 2
    return sorted({2.0, -1.0, *found.tolist(), *between.tolist()}, reverse=True)


def figure(name, counts) -> float:
    return float(METRICS[name].formula(counts))


def alerts(counts) -> int:
    return counts.tp + counts.fp


@CHECK
@given(cases)
def test_a_sweep_counts_what_deciding_at_each_threshold_gives(case):
    y, scores = case
    found = sweep(y, scores)
    assert (np.diff(found.thresholds) < 0).all()
    assert set(found.thresholds[1:]) == set(scores)
    assert found.alerts[0] == 0
    for i, threshold in enumerate(found.thresholds):
        expected = counts_at(y, scores, threshold)
        assert [int(getattr(found.counts, name)[i]) for name in ("tn", "fp", "fn", "tp")] == [
            *(expected.tn, expected.fp, expected.fn, expected.tp)
        ]
        assert found.alerts[i] == alerts(expected)


def test_a_score_at_the_threshold_is_positive():
    scores = np.array([[0.7, 0.3], [0.6, 0.4]])
    assert decide(scores, 0.4).tolist() == [0, 1]
    assert decide(scores, 0.3).tolist() == [1, 1]


def test_without_a_threshold_the_highest_probability_decides_and_the_first_of_equal_ones():
    assert decide(np.array([[0.2, 0.5, 0.3], [0.4, 0.2, 0.4]]), None).tolist() == [1, 0]


@CHECK
@given(cases, st.sampled_from(DECIDING))
def test_maximize_finds_the_best_there_is(case, name):
    y, scores = case
    chosen = choose(y, scores, {"maximize": name})
    best = max(figure(name, counts_at(y, scores, t)) for t in everywhere(y, scores))
    assert figure(name, counts_at(y, scores, chosen.threshold)) == pytest.approx(best)
    assert chosen.kept


@CHECK
@given(cases, st.sampled_from(["recall", "precision", "f1", "f2"]))
def test_of_equally_good_thresholds_the_highest_wins(case, name):
    y, scores = case
    chosen = choose(y, scores, {"maximize": name}).threshold
    reached = figure(name, counts_at(y, scores, chosen))
    higher = [t for t in sweep(y, scores).thresholds if t > chosen]
    assert all(figure(name, counts_at(y, scores, t)) < reached for t in higher)


def test_of_thresholds_that_are_equal_but_for_rounding_the_highest_wins():
    y = np.array([1, 1, 1, 1, 1, 0, 1, 0])
    scores = np.array([0.9, 0.9, 0.5, 0.5, 0.5, 0.5, 0.1, 0.1])
    # 2/6 + 2/2 = 5/6 + 1/2
    assert choose(y, scores, {"maximize": "balanced_accuracy"}).threshold == 0.9


@CHECK
@given(cases, st.integers(1, 20), st.integers(1, 20))
def test_cost_finds_the_cheapest_and_of_equally_cheap_ones_the_highest(case, fn, fp):
    y, scores = case

    def cost(threshold):
        counts = counts_at(y, scores, threshold)
        return fn * counts.fn + fp * counts.fp

    chosen = choose(y, scores, {"cost": {"fn": fn, "fp": fp}}).threshold
    assert cost(chosen) == min(map(cost, everywhere(y, scores)))
    assert all(cost(t) > cost(chosen) for t in sweep(y, scores).thresholds if t > chosen)


@CHECK
@given(cases, st.integers(1, 20))
def test_recall_at_least_is_reached_with_the_fewest_alerts(case, twentieths):
    y, scores = case
    wanted = twentieths / 20
    chosen = choose(y, scores, {"recall_at_least": wanted})
    reached = counts_at(y, scores, chosen.threshold)
    enough = [
        c for c in (counts_at(y, scores, t) for t in everywhere(y, scores)) if figure("recall", c) >= wanted
    ]
    assert chosen.kept
    assert figure("recall", reached) >= wanted
    assert alerts(reached) == min(map(alerts, enough))


def test_recall_that_no_threshold_reaches_is_not_kept():
    assert not choose(np.zeros(3, dtype=int), np.array([0.1, 0.2, 0.3]), {"recall_at_least": 0.9}).kept


@CHECK
@given(cases, st.integers(1, 20))
def test_precision_at_least_is_kept_with_the_highest_recall_or_said_to_be_out_of_reach(case, twentieths):
    y, scores = case
    wanted = twentieths / 20
    chosen = choose(y, scores, {"precision_at_least": wanted})
    reached = counts_at(y, scores, chosen.threshold)
    tried = [c for c in (counts_at(y, scores, t) for t in everywhere(y, scores)) if alerts(c)]
    enough = [c for c in tried if figure("precision", c) >= wanted]
    assert chosen.kept == bool(enough)
    if enough:
        assert figure("precision", reached) >= wanted
        assert reached.tp == max(c.tp for c in enough)
        assert alerts(reached) == min(alerts(c) for c in enough if c.tp == reached.tp)
    else:
        assert figure("precision", reached) == max(figure("precision", c) for c in tried)


def test_an_unreachable_precision_says_so_and_gives_the_most_precise_threshold():
    y, scores = np.array([0, 1, 0, 0, 1]), np.array([0.9, 0.8, 0.7, 0.6, 0.1])
    chosen = choose(y, scores, {"precision_at_least": 0.8})
    assert (chosen.threshold, chosen.kept) == (0.8, False)
    assert chosen.note == "no threshold reaches a precision of 0.8; the highest is 0.5"
    assert choose(y, scores, {"precision_at_least": 0.5}).note == ""


@CHECK
@given(cases, st.sampled_from([0.0, 0.125, 0.25, 0.5, 1.0]))
def test_alerts_are_never_more_than_allowed_and_find_the_most(case, share):
    y, scores = case
    chosen = choose(y, scores, {"alerts": 5}, alert_share=share)
    reached = counts_at(y, scores, chosen.threshold)
    allowed = [
        c for c in (counts_at(y, scores, t) for t in everywhere(y, scores)) if alerts(c) <= share * len(y)
    ]
    assert alerts(reached) <= share * len(y)
    assert reached.tp == max(c.tp for c in allowed)
    assert alerts(reached) == min(alerts(c) for c in allowed if c.tp == reached.tp)


def test_rounding_costs_no_alert():
    y, scores = np.array([1] * 10 + [0] * 39), np.linspace(1, 0, 49)
    assert choose(y, scores, {"alerts": 1}, alert_share=1 / 49).threshold == 1.0


@pytest.mark.parametrize("threshold", [0, 0.031, 1])
def test_a_threshold_is_taken_as_it_is(threshold):
    chosen = choose(np.array([0, 1]), np.array([0.2, 0.3]), {"threshold": threshold})
    assert (chosen.threshold, chosen.kept, chosen.note) == (threshold, True, "")


@pytest.mark.parametrize(
    "rule",
    [{"maximize": "f2"}, {"recall_at_least": 0.5}, {"precision_at_least": 0.5}, {"cost": {"fn": 5, "fp": 1}}],
    ids=str,
)
def test_the_order_of_the_rows_does_not_matter(rule):
    rng = np.random.default_rng(0)
    y, scores = rng.integers(0, 2, 40), rng.integers(0, 10, 40) / 10
    order = rng.permutation(40)
    assert choose(y, scores, rule) == choose(y[order], scores[order], rule)


def test_a_model_that_ranks_all_wrong_may_call_nothing_positive():
    y, scores = np.array([0, 0, 0, 1]), np.array([1.0, 0.9, 0.8, 0.1])
    chosen = choose(y, scores, {"cost": {"fn": 1, "fp": 1}}).threshold
    assert chosen > 1
    assert alerts(counts_at(y, scores, chosen)) == 0
