"""Intervals and paired differences: what must hold whatever the rows are; benchmarks measure coverage."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from evenkeel.evaluation import bootstrap
from evenkeel.evaluation.bootstrap import Sample, plain, replicates, sample, weights
from evenkeel.evaluation.intervals import DECIDED, SCORED, compared, together, wilson
from evenkeel.evaluation.metrics import METRICS, measure

NAMES = ["none", "smote", "weights"]


def scored(positives: int, negatives: int, seed: int = 0, digits: int = 9) -> tuple[Any, Any, Any]:
    """Labels, row ids in no order, and three strategies' scores that are alike."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.repeat([0, 1], [negatives, positives]))
    base = rng.normal(size=len(y)) + 1.5 * y
    scores = 1 / (1 + np.exp(2 - base - 0.5 * rng.normal(size=(3, len(y)))))
    return y, np.array([f"r{i}" for i in rng.permutation(len(y))]), scores.round(digits)


def sampled(positives: int = 40, negatives: int = 200, **options: Any) -> Sample:
    return sample(*scored(positives, negatives, **options), np.array([0.3, 0.3, 0.4]))


def found(of: Sample) -> dict[str, Any]:
    return compared(of, NAMES, seed=7)


@pytest.fixture(scope="module")
def usual() -> dict[str, Any]:
    return found(sampled())


@pytest.mark.parametrize("digits", [9, 1])
def test_the_plain_figures_are_those_of_the_metric_table(digits: int) -> None:
    of = sampled(digits=digits)
    here = found(of)["intervals"]
    for i, name in enumerate(NAMES):
        p = np.column_stack([1 - of.scores[i], of.scores[i]])
        table = measure(of.truth, p, of.decided[i])
        assert {k: here[name][k]["value"] for k in METRICS} == pytest.approx(table)


@pytest.mark.parametrize("digits", [9, 1])
def test_a_replicate_is_scikit_learns_figure_of_the_rows_that_were_drawn(digits: int) -> None:
    of = sampled(digits=digits)
    drawn, made = next(weights((of.negatives, of.positives), 5, seed=3)), replicates(of, 3, 5)
    for i, scores in enumerate(of.scores):
        for b in range(5):
            said = (of.truth, scores, drawn[:, b])
            auc, ap = (
                f(said[0], said[1], sample_weight=said[2]) for f in (roc_auc_score, average_precision_score)
            )
            assert made.scores["roc_auc"][i, b] == pytest.approx(auc)
            assert made.scores["average_precision"][i, b] == pytest.approx(ap)
            assert made.scores["brier"][i, b] == pytest.approx(
                np.average((scores - of.truth) ** 2, weights=drawn[:, b])
            )


@pytest.mark.parametrize("name", ["roc_auc", "average_precision"])
def test_errors_are_the_infinitesimal_jackknifes(name: str) -> None:
    of = sampled(20, 100, digits=1)
    figure = {"roc_auc": roc_auc_score, "average_precision": average_precision_score}[name]
    ones, step = np.ones(120), 1e-6
    at = [figure(of.truth, of.scores[0], sample_weight=ones + step * row) for row in np.eye(120)]
    slopes = (np.array(at) - figure(of.truth, of.scores[0])) / step
    parts = slopes[: of.negatives], slopes[of.negatives :]
    error = np.sqrt(sum(part.var(ddof=1) * len(part) for part in parts))
    assert plain(of).errors[name][0, 0] == pytest.approx(error, rel=1e-3)


def test_weights_depend_on_the_seed_and_the_numbers_of_rows_alone() -> None:
    one, two, other = (np.concatenate(list(weights((30, 5), 8, seed)), axis=1) for seed in (1, 1, 2))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)
    assert (one[:30].sum(axis=0) == 30).all()
    assert (one[30:].sum(axis=0) == 5).all()


def test_every_strategy_is_drawn_on_the_same_rows() -> None:
    of = sampled()
    alone = Sample(of.negatives, of.positives, of.scores[1:2], of.decided[1:2])
    both, single = replicates(of, 5, 50), replicates(alone, 5, 50)
    for name in SCORED:
        assert both.scores[name][1] == pytest.approx(single.scores[name][0], abs=1e-12)


def test_the_order_of_rows_does_not_matter() -> None:
    y, ids, scores = scored(40, 200)
    order = np.random.default_rng(1).permutation(len(y))
    limits = np.array([0.3, 0.3, 0.4])
    one, two = sample(y, ids, scores, limits), sample(y[order], ids[order], scores[:, order], limits)
    assert found(one) == found(two)


def test_blocks_do_not_matter_to_what_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "BLOCK", 240 * 3)
    made = replicates(sampled(), 5, 10)
    assert made.counts.tp.shape == made.scores["brier"].shape == (3, 10)


def test_intervals_hold_their_value_and_stay_within_limits(usual: dict[str, Any]) -> None:
    assert set(usual["intervals"]) == set(NAMES)
    for figures in usual["intervals"].values():
        assert set(figures) == {*METRICS, "specificity", "tn", "fp", "fn", "tp"}
        for name, row in figures.items():
            assert row["low"] <= row["value"] <= row["high"], name
            if name in METRICS:
                low, high = METRICS[name].limits
                assert low <= row["low"], name
                assert row["high"] <= high, name


def test_simultaneous_intervals_hold_the_others(usual: dict[str, Any]) -> None:
    for reference, others in usual["differences"].items():
        assert set(others) == set(NAMES) - {reference}
        for figures in others.values():
            assert set(figures) == {*DECIDED, *SCORED}
            for row in figures.values():
                assert row["all_low"] <= row["low"] <= row["value"] <= row["high"] <= row["all_high"]


def test_a_difference_turned_round_is_its_negative(usual: dict[str, Any]) -> None:
    one, two = usual["differences"]["none"]["smote"], usual["differences"]["smote"]["none"]
    for name, row in one.items():
        assert row["value"] == pytest.approx(-two[name]["value"])
        assert row["low"] == pytest.approx(-two[name]["high"])


def test_more_found_is_as_many_fewer_missed(usual: dict[str, Any]) -> None:
    row = usual["differences"]["none"]["weights"]
    assert row["tp"]["value"] == -row["fn"]["value"]
    assert row["tp"]["low"] == pytest.approx(-row["fn"]["high"])
    assert row["tp"]["low"] == pytest.approx(40 * row["recall"]["low"])


def test_a_strategy_does_not_differ_from_itself() -> None:
    of = sampled()
    twice = Sample(of.negatives, of.positives, of.scores[[0, 0, 1]], of.decided[[0, 0, 1]])
    assert all(set(row.values()) == {0.0} for row in found(twice)["differences"]["none"]["smote"].values())


def test_equal_decisions_by_chance_are_not_certain_to_be_equal() -> None:
    of = sampled()
    decided = of.decided[[0, 0, 1]]
    row = found(Sample(of.negatives, of.positives, of.scores, decided))["differences"]["none"]["smote"][
        "recall"
    ]
    assert row["value"] == 0
    assert row["low"] < 0 < row["high"]


def test_all_found_is_not_certain_either() -> None:
    of = sampled(20, 100)
    scores = np.tile(np.repeat([0.1, 0.9], [100, 20]), (3, 1)) + np.linspace(0, 1e-3, 120)
    perfect = found(Sample(100, 20, scores, (scores > 0.5).astype(np.int64)))["intervals"]["none"]
    assert of.positives == 20
    for name in ("recall", "f1", "precision", "roc_auc", "average_precision", "mcc"):
        assert perfect[name]["value"] == pytest.approx(1.0)
    for name in ("recall", "f1", "precision", "mcc"):
        assert 0.5 < perfect[name]["low"] < 1.0, name


def test_nothing_found_is_no_error() -> None:
    of = sampled(10, 100)
    none = found(Sample(100, 10, of.scores, np.zeros_like(of.decided)))["intervals"]["none"]
    assert none["recall"] == {"value": 0.0, "low": 0.0, "high": pytest.approx(0.278, abs=1e-3)}
    assert none["precision"]["low"] == 0.0


def test_a_single_positive_is_no_error() -> None:
    rows = found(sampled(1, 30))["intervals"]["none"].values()
    assert all(np.isfinite(list(row.values())).all() for row in rows)


@pytest.mark.parametrize("name", ["recall", "f2", "mcc", "roc_auc", "average_precision", "brier", "log_loss"])
def test_intervals_shrink_with_the_square_root_of_the_rows(name: str) -> None:
    widths = []
    for times in (1, 16):
        row = found(sampled(60 * times, 300 * times))["intervals"]["none"][name]
        widths.append(row["high"] - row["low"])
    assert widths[0] / widths[1] == pytest.approx(4, rel=0.3)


def test_differences_together_are_between_one_and_bonferroni() -> None:
    rng = np.random.default_rng(0)
    apart, alike = rng.normal(size=(8, 4000)), np.tile(rng.normal(size=4000), (8, 1))
    assert together(alike) == pytest.approx(0.95, abs=0.01)
    assert together(apart) == pytest.approx(1 - 0.05 / 8, abs=0.002)
    assert together(np.zeros((2, 100))) == pytest.approx(0.95)


@pytest.mark.parametrize(
    ("positives", "rows", "low", "high"), [(81, 263, 0.2553, 0.3662), (0, 10, 0.0, 0.2775)]
)
def test_wilsons_interval_is_the_published_one(positives: int, rows: int, low: float, high: float) -> None:
    """The first is in Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I."""
    assert wilson(positives, rows) == pytest.approx((low, high), abs=1e-4)
