"""Power: what a test set can tell is known from its numbers of rows alone."""

from __future__ import annotations

import numpy as np
import pytest

from evenkeel.evaluation.intervals import wilson
from evenkeel.evaluation.power import WEAK, enough, power, smallest_difference, told


def test_thirty_one_positives_know_recall_to_a_sixth() -> None:
    assert power(31).half_width == pytest.approx(0.166, abs=5e-4)


@pytest.mark.parametrize("positives", [1, 5, 31, 157, 10_000])
def test_more_positives_tell_more(positives: int) -> None:
    fewer, more = power(positives), power(positives + 1 + positives // 5)
    assert more.half_width < fewer.half_width
    assert more.difference <= fewer.difference <= 1


def test_enough_is_the_fewest() -> None:
    widths = [np.subtract(*wilson(rows / 2, rows)[::-1]) / 2 for rows in (enough() - 1, enough())]
    assert widths[0] > WEAK >= widths[1]


def test_the_smallest_difference_is_found_in_four_of_five_cases() -> None:
    """By McNemar's test on drawn tables, without the continuity correction that would ask for more."""
    positives = 200
    difference = smallest_difference(positives)
    shares = [(0.2 + difference) / 2, (0.2 - difference) / 2]
    drawn = np.random.default_rng(0).multinomial(positives, [*shares, 0.8], size=20_000)
    z = np.abs(drawn[:, 0] - drawn[:, 1]) / np.sqrt(np.maximum(1, drawn[:, 0] + drawn[:, 1]))
    assert np.mean(z > 1.96) == pytest.approx(0.8, abs=0.02)


def test_a_weak_test_set_is_told_what_to_do_and_a_strong_one_is_one_line() -> None:
    weak, strong = told(31, 125, 1700), told(157, 626, 8523)
    assert weak["weak"]
    assert not strong["weak"]
    assert "31 positives" in weak["sentence"]
    assert "±.17" in weak["sentence"]
    assert f"{enough()} positives" in weak["sentence"]
    assert "±.08" in strong["sentence"]
    assert len(strong["sentence"]) < 160 < len(weak["sentence"])


def test_one_row_is_in_the_singular() -> None:
    assert "1 positive and 30 negatives" in told(1, 4, 30)["sentence"]
