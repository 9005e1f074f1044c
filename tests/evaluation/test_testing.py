"""Figures on the test set: at the operating point, and the counts at one half beside them."""

import numpy as np
import pytest

from evenkeel.evaluation.metrics import METRICS, confusion_matrix, measure
from evenkeel.evaluation.operating import decide
from evenkeel.evaluation.testing import judge

Y = np.array([0, 0, 0, 1, 1])
SCORES = np.array([0.1, 0.3, 0.6, 0.4, 0.7])
TWO = np.column_stack([1 - SCORES, SCORES])
DECIDING = {name for name, metric in METRICS.items() if metric.needs_threshold}


def test_the_counts_at_both_thresholds_by_hand():
    found = judge(Y, TWO, 0.35)
    assert found["at_operating_point"] == {"threshold": 0.35, "tn": 2, "fp": 1, "fn": 0, "tp": 2}
    at_half = {name: found["at_half"][name] for name in ("tn", "fp", "fn", "tp")}
    assert at_half == {"tn": 2, "fp": 1, "fn": 1, "tp": 1}


def test_the_figures_are_those_of_the_operating_point():
    found = judge(Y, TWO, 0.35)
    assert {name: found[name] for name in METRICS} == measure(Y, TWO, decide(TWO, 0.35))
    assert found["recall"] == 1.0


def test_one_half_has_the_figures_of_its_own_decisions_and_none_of_the_scores():
    found = judge(Y, TWO, 0.35)["at_half"]
    assert set(found) == DECIDING | {"tn", "fp", "fn", "tp"}
    assert found["recall"] == 0.5


def test_at_a_threshold_of_one_half_both_agree():
    found = judge(Y, TWO, 0.5)
    point = {**found["at_operating_point"]}
    assert point.pop("threshold") == 0.5
    assert {name: found["at_half"][name] for name in point} == point


def test_the_threshold_moves_no_figure_of_the_scores():
    low, high = judge(Y, TWO, 0.0), judge(Y, TWO, 1.0)
    for name in set(METRICS) - DECIDING:
        assert low[name] == high[name]
    assert low["recall"] == 1.0
    assert high["recall"] == 0.0


def test_several_classes_have_a_full_matrix_and_no_threshold():
    y = np.array([0, 1, 2, 2])
    probabilities = np.eye(3)[[0, 2, 2, 1]] * 0.7 + 0.1
    found = judge(y, probabilities, None)
    matrix = confusion_matrix(y, np.array([0, 2, 2, 1]), 3)
    assert found["at_operating_point"] == {"threshold": None, "matrix": matrix}
    assert found["at_half"]["matrix"] == matrix
    assert found["recall"] == pytest.approx((1 + 0 + 0.5) / 3)


def test_two_classes_without_a_positive_one_are_decided_by_the_highest_probability():
    found = judge(Y, TWO, None)
    assert found["at_operating_point"] == {"threshold": None, "tn": 2, "fp": 1, "fn": 1, "tp": 1}


def test_a_test_set_with_one_class_has_counts_and_no_figures_of_scores():
    found = judge(np.zeros(5, dtype=int), TWO, 0.35)
    assert found["roc_auc"] is None
    assert found["at_operating_point"] == {"threshold": 0.35, "tn": 2, "fp": 3, "fn": 0, "tp": 0}
