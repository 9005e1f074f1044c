"""What is wrong is found: a defect is planted into a stable table, and its diagnostic must name it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from evenkeel.diagnosing import DIAGNOSTICS, Found, NotLooked, Seen, diagnose, told
from evenkeel.diagnosing.columns import leaking
from evenkeel.diagnosing.decided import at_the_edge, miscalibrated
from evenkeel.diagnosing.fitted import by_heart, standing_out
from evenkeel.diagnosing.ranking import Ranking, ranking
from evenkeel.diagnosing.resampled import astray, hurting
from evenkeel.diagnosing.rows import few_rows, repeated
from evenkeel.diagnosing.shift import classes_shifted, drawn, shifted
from evenkeel.tables import find_features
from tests.diagnosing.made import decision_of, judged_by, matrix_of, seen_of, stable_table, two

ROWS = 1_000
TRIALS = 10


def is_test(rows: int = ROWS) -> np.ndarray:
    return np.arange(rows) >= round(0.8 * rows)


def found_by(code: str, seen: Seen) -> list[Found]:
    return list(DIAGNOSTICS[code].find(seen))


@pytest.mark.parametrize(
    ("positives", "severity"), [(0, "critical"), (11, "critical"), (12, "warning"), (92, "warning")]
)
def test_few_positives(positives: int, severity: str) -> None:
    (found,) = few_rows({"no": 900, "yes": positives}, {"no": 3600, "yes": 400}, "yes")
    assert (found.severity, found.subject) == (severity, "yes")


def test_of_several_classes_each_is_counted() -> None:
    found = list(few_rows({"a": 5, "b": 500, "c": 50}, {"a": 20, "b": 2000, "c": 200}, None))
    assert [(each.subject, each.severity) for each in found] == [("a", "critical"), ("c", "warning")]


LEAKS: dict[str, Callable[[np.ndarray, np.random.Generator], pd.Series]] = {
    "number": lambda y, draws: pd.Series(5.0 * y + draws.normal(size=len(y)) * 0.3),
    "category": lambda y, draws: pd.Series(np.where(y == 1, "paid", "open")),
    "gaps": lambda y, draws: pd.Series(np.where(y == 1, draws.normal(size=len(y)), np.nan)),
    "noisy": lambda y, draws: pd.Series(np.where(draws.random(len(y)) < 0.02, 1 - y, y)),
}


@pytest.mark.parametrize("kind", LEAKS)
def test_a_leaking_column_is_named(kind: str) -> None:
    for seed in range(TRIALS):
        frame, y = stable_table(seed, ROWS)
        frame["hint"] = LEAKS[kind](y, np.random.default_rng(seed))
        (found,) = leaking(frame, find_features(frame, exclude=()), y, is_test())
        assert found.subject == "hint"
        assert kind == "noisy" or found.severity == "critical"
        assert found.numbers["by"] == ("gaps" if kind == "gaps" else "values")


@pytest.mark.parametrize("kind", ["numbers", "texts", "named"])
def test_a_column_that_numbers_rows_is_named(kind: str) -> None:
    frame, y = stable_table(0, ROWS)
    order = np.random.default_rng(0).permutation(ROWS)
    columns = {
        "numbers": ("x", order),
        "texts": ("x", [f"u{i}" for i in order]),
        "named": ("customer_id", order * 1_003),
    }
    name, values = columns[kind]
    (found,) = found_by("EKD003", seen_of(frame.assign(**{name: values}), y, 0))
    assert (found.subject, found.severity) == (name, "warning")


def test_copies_on_both_sides_are_critical() -> None:
    frame, y = stable_table(0, ROWS)
    again = np.random.default_rng(0).permutation(ROWS)[:300]
    # copies fall where they fall
    order = np.random.default_rng(1).permutation(ROWS + 300)
    frame = pd.concat([frame, frame.iloc[again]], ignore_index=True).iloc[order].reset_index(drop=True)
    (found,) = found_by("EKD004", seen_of(frame, np.concatenate([y, y[again]])[order], 0))
    assert found.severity == "critical"
    assert found.numbers["copies"] == 300
    assert found.numbers["seen_share"] > 0.1


def test_copies_that_stay_on_one_side_are_a_warning() -> None:
    frame, y = stable_table(0, ROWS)
    frame = pd.concat([frame.iloc[:100], frame], ignore_index=True)
    (found,) = found_by("EKD004", seen_of(frame, np.concatenate([y[:100], y]), 0))
    assert (found.severity, found.numbers["seen"]) == ("warning", 0)


def test_a_table_of_few_values_repeats_itself_by_nature() -> None:
    draws = np.random.default_rng(0)
    frame = pd.DataFrame({name: draws.integers(0, 4, ROWS) for name in "abc"})
    y = draws.integers(0, 2, ROWS)
    seen = seen_of(frame, y, 0)
    assert all(each.severity == "info" for each in repeated(frame, y, seen.twins, seen.in_test))


def test_a_shift_between_the_sides_is_found_with_its_columns() -> None:
    for seed in range(5):
        frame, y = stable_table(seed, ROWS)
        frame.loc[is_test(), "income"] *= 2.0
        (found,) = found_by("EKD005", seen_of(frame, y, seed))
        assert found.severity in ("warning", "critical")
        assert found.numbers["columns"][0] == "income"


def test_rows_that_belong_together_are_no_shift() -> None:
    # every test row has nine twins, none of which is in train
    frame, _ = stable_table(0, 100)
    frame = frame.iloc[np.repeat(np.arange(100), 10)].reset_index(drop=True)
    bundle, in_test = np.repeat(np.arange(100), 10), np.repeat(np.arange(100) >= 75, 10)
    assert list(shifted(matrix_of(frame), list(frame), bundle, in_test, 0)) == []


def test_few_independent_rows_are_not_told_apart() -> None:
    frame, _ = stable_table(0, 100)
    with pytest.raises(NotLooked, match="15 independent rows"):
        list(shifted(matrix_of(frame), list(frame), np.arange(100), np.arange(100) >= 85, 0))


def test_of_large_sides_a_part_is_looked_at() -> None:
    in_test = np.arange(50_000) >= 20_000
    assert np.bincount(in_test[drawn(in_test, 10, 0)]).tolist() == [10_000, 10_000]
    assert np.bincount(in_test[drawn(in_test, 500, 0)]).tolist() == [1_500, 1_500]


def test_other_shares_of_the_classes_are_a_warning() -> None:
    (found,) = classes_shifted({"no": 3900, "yes": 100}, {"no": 900, "yes": 100}, "y")
    assert (found.severity, found.subject, found.numbers["class"]) == ("warning", "y", "yes")
    assert list(classes_shifted({"no": 390, "yes": 10}, {"no": 97, "yes": 3}, "y")) == []


def test_a_fold_with_other_rows_stands_out() -> None:
    for seed in range(TRIALS):
        draws = np.random.default_rng(seed)
        y, fold = (draws.random(ROWS) < 0.2).astype(int), np.arange(ROWS) % 5
        scores = draws.normal(size=ROWS) + 1.5 * y * (fold != 3)
        (found,) = standing_out(y, scores, fold)
        assert (found.subject, found.severity) == ("fold 4", "warning")


def test_a_fold_of_few_positives_is_not_judged() -> None:
    with pytest.raises(NotLooked, match="fewer than 10"):
        list(standing_out((np.arange(200) < 30).astype(int), np.arange(200.0), np.arange(200) % 5))


def test_a_model_that_learned_noise_by_heart_is_critical() -> None:
    frame, _ = stable_table(0, ROWS)
    y = (np.random.default_rng(9).random(ROWS) < 0.3).astype(int)
    tree = judged_by(lambda: DecisionTreeClassifier(random_state=0), matrix_of(frame), y, is_test())
    found = found_by("EKD007", seen_of(frame, y, 0, tree=dataclasses.replace(tree, kind="xgboost")))
    assert [(each.severity, each.subject, each.numbers["what"]) for each in found] == [
        ("critical", "tree", "train")
    ]


@pytest.mark.parametrize("kind", ["random_forest", "balanced_bagging"])
def test_bags_of_full_trees_know_their_rows_by_heart_anyway(kind: str) -> None:
    y = np.tile([0, 1], 50)
    of_chance = Ranking(0.5, 0.0001)
    assert list(by_heart("x", "xgboost", y, y.astype(float), np.arange(100), of_chance))
    assert not list(by_heart("x", kind, y, y.astype(float), np.arange(100), of_chance))


def test_a_test_set_that_falls_short_of_the_folds_is_a_warning() -> None:
    frame, y = stable_table(0, 3 * ROWS)
    seen = seen_of(frame, y, 0)
    worse = dataclasses.replace(
        seen.strategies["none"], on_test=two(np.random.default_rng(0).random(int(seen.in_test.sum())))
    )
    found = found_by("EKD007", dataclasses.replace(seen, strategies={"none": worse}))
    assert [(each.severity, each.numbers["what"]) for each in found] == [("warning", "test")]


EDGES = {
    "all": (0.0, {}, "critical"),
    "none": (2.0, {}, "critical"),
    "rule": (0.5, {"kept": False}, "warning"),
    "handful": (0.985, {}, "warning"),
}


@pytest.mark.parametrize("why", EDGES)
def test_a_threshold_at_the_edge(why: str) -> None:
    threshold, more, severity = EDGES[why]
    scores = np.linspace(0, 1, 200)
    called = int((scores >= threshold).sum())
    at = {"chosen": True, "tp": called, "fp": 0, "fn": 0, "tn": 200 - called}
    decision = {"threshold": threshold, "kept": True, "rule": {"maximize": "f2"}, "neighbours": [at], **more}
    (found,) = at_the_edge("x", decision)
    assert (found.severity, found.numbers["why"]) == (severity, why)


def test_whoever_asks_for_few_alerts_is_not_warned_of_them() -> None:
    at = {"chosen": True, "tp": 2, "fp": 1, "fn": 10, "tn": 200}
    decision = {"threshold": 0.9, "kept": True, "rule": {"alerts": 3}, "neighbours": [at]}
    assert list(at_the_edge("x", decision)) == []


DISTORTED: dict[str, tuple[Callable[[np.ndarray], np.ndarray], str]] = {
    "balanced classes": (lambda odds: odds + 2.5, "large"),
    "too extreme": (lambda odds: odds.mean() + 3 * (odds - odds.mean()), "slope"),
    "too timid": (lambda odds: odds.mean() + 0.3 * (odds - odds.mean()), "slope"),
}


@pytest.mark.parametrize("kind", DISTORTED)
def test_distorted_probabilities_are_found(kind: str) -> None:
    distort, why = DISTORTED[kind]
    found = 0
    for seed in range(TRIALS):
        draws = np.random.default_rng(seed)
        p = expit(draws.normal(-2, 1.2, 2_000))
        y = (draws.random(2_000) < p).astype(int)
        told_of = list(miscalibrated("x", y, expit(distort(logit(p))), compared=5))
        found += bool(told_of) and told_of[0].numbers["why"] in (why, "both")
    assert found == TRIALS


def test_a_strategy_that_is_worse_in_every_fold_hurts() -> None:
    per_fold = {
        "none": [0.50, 0.52, 0.48, 0.51, 0.49],
        "bad": [0.40, 0.43, 0.37, 0.42, 0.38],
        "as good": [0.51, 0.50, 0.49, 0.50, 0.50],
    }
    (found,) = hurting(per_fold, {"none": 0, "bad": 2, "as good": 1}, "average_precision")
    assert (found.subject, found.severity, found.numbers["against"]) == ("bad", "warning", "none")
    # of a loss less is better
    found = hurting(per_fold, {"none": 2, "bad": 0, "as good": 2}, "brier")
    assert [each.subject for each in found] == ["none", "as good"]


def test_a_strategy_that_ranks_worse_hurts_though_figures_of_folds_vary() -> None:
    frame, y = stable_table(0, 4 * ROWS)
    X, test = matrix_of(frame), is_test(4 * ROWS)
    noise = 2 * np.random.default_rng(0).normal(size=X.shape)
    seen = seen_of(
        frame,
        y,
        0,
        none=judged_by(LogisticRegression, X, y, test),
        same=judged_by(lambda: LogisticRegression(C=0.5), X, y, test, effort=1),
        worse=judged_by(LogisticRegression, X + noise, y, test, effort=2),
    )
    (found,) = found_by("EKD010", seen)
    assert found.subject == "worse"


@pytest.mark.parametrize(("strayed", "severity"), [(10, None), (30, "info"), (70, "warning")])
def test_synthetic_rows_astray(strayed: int, severity: str | None) -> None:
    found = list(astray("smote", {"synthetic": 200, "measured": 100, "majority_territory": strayed}))
    assert [each.severity for each in found] == ([severity] if severity else [])


def test_a_few_synthetic_rows_prove_nothing() -> None:
    assert list(astray("smote", {"synthetic": 8, "measured": 8, "majority_territory": 8})) == []


def test_the_variance_of_a_ranking_is_that_of_its_draws() -> None:
    found = []
    for seed in range(400):
        draws = np.random.default_rng(seed)
        y = np.repeat([0, 1], [150, 40])
        found.append(ranking(y, draws.normal(size=190) + y))
    aucs = np.array([each.auc for each in found])
    assert aucs.mean() == pytest.approx(0.76, abs=0.01)
    assert np.mean([each.variance for each in found]) == pytest.approx(aucs.var(), rel=0.15)


def test_of_several_classes_that_is_said_which_needs_two() -> None:
    frame, y = stable_table(0, ROWS)
    seen = seen_of(frame, y, 0)
    several = {
        name: dataclasses.replace(each, decision=each.decision | {"threshold": None})
        for name, each in seen.strategies.items()
    }
    looked = diagnose(dataclasses.replace(seen, strategies=several))["looked"]
    assert {each["code"] for each in looked if each["outcome"] == "not looked"} >= {
        "EKD006",
        "EKD007",
        "EKD008",
        "EKD009",
    }


def test_what_is_told_has_a_sentence_with_its_subject_advice_and_a_link() -> None:
    frame, y = stable_table(0, 400)
    frame["hint"] = np.where(y == 1, "paid", "open")
    made = diagnose(seen_of(frame.assign(row_id=np.arange(400)), y, 0))
    found = told(made["findings"])
    order = ["critical", "warning", "info"]
    assert [order.index(each["severity"]) for each in found] == sorted(
        order.index(each["severity"]) for each in found
    )
    (leak,) = [each for each in found if each["code"] == "EKD002"]
    assert "'hint'" in leak["evidence"]["sentence"]
    assert leak["link"] == "docs/diagnostics.md#ekd002"
    assert leak["advice"]


def test_a_decision_at_the_edge_comes_from_scores_that_rank_nothing() -> None:
    draws = np.random.default_rng(0)
    y = (draws.random(500) < 0.05).astype(int)
    decision = decision_of(y, draws.random(500), np.arange(500) % 5)
    assert {each.severity for each in at_the_edge("x", decision)} <= {"critical", "warning"}


def test_judged_comparisons_are_as_stable_as_they_say() -> None:
    frame, y = stable_table(3, ROWS)
    made = judged_by(LogisticRegression, matrix_of(frame), y, is_test())
    assert ranking(y[: len(made.fold)], made.folds[:, 1]).auc > 0.7
