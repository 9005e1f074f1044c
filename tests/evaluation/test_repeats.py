"""Several repeats: the same rows dealt into folds anew, whose figures are one mean."""

import numpy as np
import pytest

from evenkeel.evaluation import crossval, repeats, spread, thresholds
from evenkeel.evaluation.operating import Amounts

F2 = {"maximize": "f2"}


def case(number, rows=300, seed=0):
    """Labels, probabilities and folds of so many repeats: the same rows, predicted a little otherwise."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(-1.5, 1.5, rows)
    y = (rng.random(rows) < 1 / (1 + np.exp(-odds))).astype(int)
    p = 1 / (1 + np.exp(-np.tile(odds, number) - rng.normal(0, 0.2, number * rows)))
    fold = np.concatenate([rng.permutation(np.arange(rows) % 5) + 5 * repeat for repeat in range(number)])
    return np.tile(y, number), np.column_stack([1 - p, p]), fold


def test_one_repeat_is_what_there_was():
    y, p, fold = case(1)
    cv, values, errors = repeats.cross_validated(y, p, fold, F2, 1)
    assert (cv, values) == crossval.cross_validated(y, p, fold, F2)
    assert errors == {}
    assert repeats.cross_validated(y, p, fold, F2, 1, seed=3) == spread.cross_validated(
        y, p, fold, F2, seed=3
    )
    one = repeats.threshold_interval(y, p[:, 1], F2, 1, seed=3)
    assert one == thresholds.interval(y, p[:, 1], F2, seed=3)


def test_a_fold_is_judged_by_the_others_of_its_own_repeat():
    y, p, fold = case(2)
    _, values, _ = repeats.cross_validated(y, p, fold, F2, 2)
    first, second = (crossval.cross_validated(y[half], p[half], fold[half], F2)[1] for half in halves(y))
    assert values == {name: first[name] + second[name] for name in first}


def halves(y):
    return [slice(0, len(y) // 2), slice(len(y) // 2, None)]


def test_the_same_rows_again_do_not_make_the_rows_more():
    y, p, fold = case(1)
    _, _, one = repeats.cross_validated(y, p, fold, F2, 1, seed=0)
    again = (np.tile(y, 4), np.tile(p, (4, 1)), np.concatenate([fold + 5 * number for number in range(4)]))
    cv, values, four = repeats.cross_validated(*again, F2, 4, seed=0)
    assert four == pytest.approx(one)
    assert all(found == found[:5] * 4 for found in values.values())
    half = repeats.cross_validated(y, p, fold, F2, 1, seed=0)[0]["recall"]
    assert cv["recall"]["mean"] == pytest.approx(half["mean"])
    assert cv["recall"]["high"] <= half["high"]


def test_the_interval_of_a_threshold_holds_those_of_all_repeats():
    y, p, _ = case(3)
    whole = repeats.threshold_interval(y, p[:, 1], F2, 3, seed=1)
    for part in repeats.slices(len(y), 3):
        one = thresholds.interval(y[part], p[part, 1], F2, seed=1)
        assert whole["low"] <= one["low"] < one["high"] <= whole["high"]


def test_costs_of_rows_are_those_of_each_repeat():
    amounts = Amounts(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    tiled = repeats.tiled(amounts, 2)
    assert tiled.fn.tolist() == [1, 2, 1, 2]
    for part in repeats.slices(4, 2):
        assert [column.tolist() for column in repeats.of_part(tiled, part)] == [[1, 2], [3, 4]]
    assert repeats.tiled(None, 2) is None
