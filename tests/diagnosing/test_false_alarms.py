"""Where nothing is wrong, nothing is said: false warnings in tables that were drawn alike on both sides."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy.special import expit

from evenkeel.diagnosing import DIAGNOSTICS, diagnose
from evenkeel.diagnosing.decided import miscalibrated
from evenkeel.diagnosing.fitted import standing_out
from evenkeel.diagnosing.rows import few_rows
from evenkeel.evaluation.power import enough
from tests.diagnosing.made import decision_of, seen_of, stable_table, two

TABLES, ALLOWED = 40, 0.05


@pytest.fixture(scope="module")
def alarms() -> Counter[str]:
    """In how many stable tables each diagnostic warned."""
    found: Counter[str] = Counter()
    for seed in range(TABLES):
        rows = int(np.random.default_rng(seed).integers(300, 1200))
        frame, y = stable_table(seed, rows)
        findings = diagnose(seen_of(frame, y, seed))["findings"]
        found.update({each["code"] for each in findings if each["severity"] != "info"})
    return found


# a small test set is no false alarm: see the test below
@pytest.mark.parametrize("code", [code for code in DIAGNOSTICS if code != "EKD001"])
def test_stable_tables_raise_no_warning(alarms: Counter[str], code: str) -> None:
    assert alarms[code] <= ALLOWED * TABLES


def test_enough_positives_raise_no_warning() -> None:
    assert list(few_rows({"no": 5000, "yes": enough()}, {"no": 1, "yes": 1}, "yes")) == []


def test_probabilities_that_are_true_are_not_called_wrong() -> None:
    wrong, tables = 0, 300
    for seed in range(tables):
        draws = np.random.default_rng(seed)
        rows = int(draws.integers(200, 3000))
        p = expit(draws.normal(draws.uniform(-4, 0), draws.uniform(0.3, 2), rows))
        wrong += bool(list(miscalibrated("x", (draws.random(rows) < p).astype(int), p, compared=1)))
    assert wrong <= ALLOWED * tables


def test_folds_that_are_alike_do_not_stand_out() -> None:
    wrong, tables = 0, 300
    for seed in range(tables):
        draws = np.random.default_rng(seed)
        rows, share = int(draws.integers(400, 3000)), draws.uniform(0.05, 0.5)
        y = (np.arange(rows) < max(60, share * rows)).astype(int)
        scores = draws.normal(size=rows) + draws.uniform(0, 3) * y
        fold = draws.permutation(rows) % 5
        counts = np.bincount(fold[y == 1], minlength=5)
        wrong += counts.min() >= 10 and bool(list(standing_out(y, scores, fold)))
    assert wrong <= ALLOWED * tables


def test_the_made_up_comparisons_decide_as_a_run_does() -> None:
    y = np.tile([0, 0, 0, 1], 50)
    found = decision_of(y, two(np.linspace(0, 1, 200))[:, 1], np.arange(200) % 5)
    assert sum(each["chosen"] for each in found["neighbours"]) == 1
    assert len(found["per_fold"]["average_precision"]) == 5
