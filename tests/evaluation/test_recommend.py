"""The recommendation: the best strategy, unless a simpler one is as good."""

import pytest

from evenkeel.evaluation.metrics import METRICS
from evenkeel.evaluation.recommend import ranked, recommend

EFFORT = {"none": 0, "weights": 1, "smote": 1, "chain": 2}
GOOD = [0.60, 0.62, 0.61, 0.63, 0.59]
WORSE = [value - 0.3 for value in GOOD]
UNDEFINED = [None] * 5


def chosen(metric="f2", **per_fold) -> str:
    return recommend(per_fold, EFFORT, metric).strategy


def test_a_clear_winner_wins_however_much_it_does():
    found = recommend({"none": WORSE, "chain": GOOD}, EFFORT, "f2")
    assert found.strategy == "chain"
    assert found.reason == "It has the best cross-validated F2 0.610."


def test_a_tie_goes_to_the_simpler_strategy():
    slightly = [0.61, 0.60, 0.64, 0.61, 0.62]
    found = recommend({"none": GOOD, "chain": slightly}, EFFORT, "f2")
    assert found.strategy == "none"
    assert found.reason == (
        "Its cross-validated F2 0.610 cannot be told apart from the best, chain (0.616), "
        "and it does less to the data."
    )


def test_equal_figures_are_a_tie():
    assert chosen(chain=GOOD, none=GOOD) == "none"


def test_a_small_but_steady_difference_is_no_tie():
    assert chosen(none=GOOD, chain=[value + 0.01 for value in GOOD]) == "chain"


def test_the_difference_is_judged_fold_by_fold_not_by_overlapping_intervals():
    spread = [0.2, 0.4, 0.6, 0.8, 0.95]
    assert (
        chosen(
            none=spread, chain=[value + step for value, step in zip(spread, [0.02, 0.03] * 3, strict=False)]
        )
        == "chain"
    )


def test_of_equally_simple_ties_the_better_wins():
    assert chosen(weights=[0.60, 0.62, 0.61, 0.63, 0.58], smote=GOOD) == "smote"


def test_ties_are_with_the_best_and_a_simpler_loser_stays_a_loser():
    assert chosen(none=WORSE, weights=GOOD, chain=[0.61, 0.60, 0.64, 0.61, 0.62]) == "weights"


@pytest.mark.parametrize("metric", [name for name, metric in METRICS.items() if not metric.higher_is_better])
def test_of_losses_the_lowest_is_best(metric):
    assert chosen(metric, none=GOOD, chain=WORSE) == "chain"
    assert chosen(metric, none=WORSE, chain=GOOD) == "none"


def test_a_metric_that_is_undefined_everywhere_leaves_the_simplest():
    found = recommend({"chain": UNDEFINED, "none": UNDEFINED}, EFFORT, "roc_auc")
    assert found.strategy == "none"
    assert found.reason == "ROC AUC is undefined in the folds, so the simplest strategy stands."


def test_a_strategy_without_a_figure_is_never_chosen_over_one_with():
    assert chosen(none=UNDEFINED, chain=GOOD) == "chain"


def test_a_figure_missing_in_one_fold_tells_nothing_apart():
    assert chosen(none=[None, *WORSE[1:]], chain=GOOD) == "none"


def test_a_strategy_alone_is_recommended():
    assert recommend({"smote": GOOD}, EFFORT, "mcc").reason == "It has the best cross-validated MCC 0.610."


@pytest.mark.parametrize(
    ("others", "words"), [(["smote"], "1 other strategy is"), (["smote", "chain"], "2 other strategies are")]
)
def test_the_reason_counts_the_ties(others, words):
    found = recommend(dict.fromkeys(["none", *others], GOOD), EFFORT, "f2")
    assert found.reason == f"It has the best cross-validated F2 0.610. {words} statistically tied with it."


def test_the_order_of_the_strategies_does_not_matter():
    table = {"none": WORSE, "weights": GOOD, "chain": [value + 0.01 for value in GOOD]}
    backwards = dict(reversed(table.items()))
    assert recommend(table, EFFORT, "f2") == recommend(backwards, EFFORT, "f2")


def test_ties_hold_for_all_comparisons_together_and_are_named():
    folds = {"none": [0.30, 0.31, 0.30, 0.32, 0.31], "smote": [0.33, 0.32, 0.33, 0.33, 0.33]}
    more = {f"s{i}": [0.1, 0.1, 0.1, 0.1, 0.1] for i in range(30)}
    effort = {"none": 0, "smote": 1, **dict.fromkeys(more, 1)}
    alone = recommend({**folds, **more}, effort, "average_precision", together=False)
    together = recommend({**folds, **more}, effort, "average_precision")
    assert alone.strategy == "smote"
    assert (together.strategy, together.ties) == ("none", ("smote",))


def test_strategies_are_ranked_by_their_means_and_unknown_ones_come_last():
    folds = {"a": [0.1, 0.3], "b": [0.4, 0.2], "c": [None, None]}
    assert ranked(folds, "average_precision") == ["b", "a", "c"]
    assert ranked(folds, "brier") == ["a", "b", "c"]
