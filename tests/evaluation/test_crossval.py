"""Cross-validated figures: their interval, and thresholds that a fold had no part in."""

import numpy as np
import pytest

from evenkeel.evaluation.crossval import cross_validated, interval, simultaneous
from evenkeel.evaluation.metrics import METRICS, measure
from evenkeel.evaluation.operating import choose, decide

F1 = {"maximize": "f1"}


def two_columns(scores):
    scores = np.asarray(scores, dtype=float)
    return np.column_stack([1 - scores, scores])


def random_case(rows=120, folds=4, seed=0):
    rng = np.random.default_rng(seed)
    y = (rng.random(rows) < 0.3).astype(int)
    return y, two_columns(np.clip(rng.normal(0.3 + 0.3 * y, 0.2), 0, 1)), np.arange(rows) % folds


def test_the_interval_by_hand():
    # mean 0.6, variance 0.01, k = 3: t(0.975, 2) = 4.302653, times sqrt(0.01 * (1/3 + 1/2))
    found = interval([0.5, 0.6, 0.7])
    assert found["mean"] == pytest.approx(0.6)
    assert found["low"] == pytest.approx(0.6 - 0.392777, abs=1e-6)
    assert found["high"] == pytest.approx(0.6 + 0.392777, abs=1e-6)


def test_repeats_make_more_of_the_figures_and_nothing_of_the_rows():
    # twice the folds of the test above: variance 0.008, k = 6, t(0.975, 2) times sqrt(0.008 * (1/6 + 1/2))
    found = interval([0.5, 0.6, 0.7, 0.7, 0.5, 0.6], repeats=2)
    assert found["mean"] == pytest.approx(0.6)
    assert found["high"] - 0.6 == pytest.approx(4.302653 * np.sqrt(0.008 * (1 / 6 + 1 / 2)), abs=1e-6)
    assert found["high"] < interval([0.5, 0.6, 0.7])["high"]


def test_equal_figures_have_an_interval_of_no_width():
    assert interval([0.25] * 5) == {"mean": 0.25, "low": 0.25, "high": 0.25}


def test_intervals_of_several_strategies_hold_together():
    # none of k independent ones misses in at least 1 - k * (1 - level): each is as wide as one at that level
    folds = {"recall": [0.5, 0.55, 0.62, 0.58, 0.51]}
    one, four = simultaneous(folds, 1)["recall"], simultaneous(folds, 4)["recall"]
    assert one == interval(folds["recall"])
    assert four == interval(folds["recall"], 1 - 0.05 / 4)
    assert four["low"] < one["low"] < one["mean"] == four["mean"] < one["high"] < four["high"]


def test_corrected_intervals_stay_within_what_a_metric_can_be():
    found = simultaneous({"recall": [0.1, 0.9, 0.5]}, 8)["recall"]
    assert (found["low"], found["high"]) == (0, 1)


def test_the_order_of_the_folds_does_not_matter():
    assert interval([0.5, 0.6, 0.8]) == pytest.approx(interval([0.8, 0.5, 0.6]))


@pytest.mark.parametrize(
    ("values", "mean"), [([], None), ([None, None], None), ([0.5], 0.5), ([0.4, None, 0.6], 0.5)]
)
def test_too_few_figures_have_no_interval(values, mean):
    assert interval(values) == {"mean": mean, "low": None, "high": None}


def test_a_fold_is_judged_at_the_threshold_of_the_other_folds():
    # each fold alone is separable, at 0.9 and at 0.5: at its own threshold every fold would be perfect
    y = np.array([1, 0, 1, 0])
    probabilities = two_columns([0.9, 0.6, 0.5, 0.1])
    fold = np.array([0, 0, 1, 1])
    for number, own in ((0, 0.9), (1, 0.5)):
        inside = fold == number
        assert choose(y[inside], probabilities[inside, 1], F1).threshold == own
    _, values = cross_validated(y, probabilities, fold, F1)
    assert values["recall"] == [1.0, 0.0]
    assert values["precision"] == [0.5, 0.0]


def test_every_fold_is_measured_as_if_by_hand():
    y, probabilities, fold = random_case()
    _, values = cross_validated(y, probabilities, fold, F1)
    for number in range(4):
        inside = fold == number
        threshold = choose(y[~inside], probabilities[~inside, 1], F1).threshold
        expected = measure(y[inside], probabilities[inside], decide(probabilities[inside], threshold))
        assert {name: values[name][number] for name in METRICS} == expected


def test_a_folds_own_rows_never_move_its_threshold():
    y, probabilities, fold = random_case()
    flipped = np.where(fold == 2, 1 - y, y)
    _, before = cross_validated(y, probabilities, fold, F1)
    _, after = cross_validated(flipped, probabilities, fold, F1)
    inside = fold == 2
    # labels flipped: the decisions stand, so recall becomes the false positive rate
    threshold = choose(y[~inside], probabilities[~inside, 1], F1).threshold
    decided = decide(probabilities[inside], threshold)
    assert after["recall"][2] == decided[y[inside] == 0].mean()
    assert before["recall"][2] == decided[y[inside] == 1].mean()


def test_the_figures_are_the_intervals_of_the_values():
    y, probabilities, fold = random_case()
    figures, values = cross_validated(y, probabilities, fold, F1)
    assert set(figures) == set(values) == set(METRICS)
    assert figures["average_precision"] == interval(values["average_precision"])


def test_an_interval_never_leaves_what_its_metric_can_be():
    y = np.array([1, 0] * 4)
    probabilities = two_columns([0.9, 0.1, 0.9, 0.1, 0.9, 0.1, 0.1, 0.9])
    figures, values = cross_validated(y, probabilities, np.repeat([0, 1, 2, 3], 2), {"threshold": 0.5})
    assert values["recall"] == [1.0, 1.0, 1.0, 0.0]
    raw = interval(values["recall"])
    assert raw["low"] < 0 < 1 < raw["high"]
    assert figures["recall"] == {"mean": 0.75, "low": 0.0, "high": 1.0}
    assert -1 <= figures["mcc"]["low"] < 0
    assert figures["log_loss"]["high"] > 1


def test_a_figure_that_is_undefined_in_one_fold_has_no_interval():
    y = np.array([1, 0, 1, 0, 0, 0])
    figures, values = cross_validated(
        y, two_columns([0.9, 0.2, 0.8, 0.1, 0.2, 0.3]), np.repeat([0, 1, 2], 2), F1
    )
    assert values["roc_auc"] == [1.0, 1.0, None]
    assert figures["roc_auc"] == {"mean": 1.0, "low": None, "high": None}
    assert figures["recall"]["low"] is not None


def test_several_classes_are_decided_by_the_highest_probability():
    y = np.array([0, 1, 2, 0, 1, 2])
    probabilities = np.eye(3)[[0, 1, 2, 0, 1, 1]] * 0.7 + 0.1
    _, values = cross_validated(y, probabilities, np.repeat([0, 1], 3), None)
    assert values["recall"] == [1.0, pytest.approx(2 / 3)]


def test_the_share_of_alerts_reaches_the_rule():
    y, probabilities, fold = random_case()
    recalls = [
        cross_validated(y, probabilities, fold, {"alerts": 9}, alert_share=share)[0]["recall"]["mean"]
        for share in (0.05, 0.2, 0.6)
    ]
    assert recalls == sorted(recalls)
    assert recalls[0] < recalls[-1]


def test_the_numbers_of_the_folds_do_not_matter():
    y, probabilities, fold = random_case()
    assert cross_validated(y, probabilities, fold, F1) == cross_validated(y, probabilities, fold * 3 + 5, F1)
