"""Folds that keep bundles whole: every row held out once, every class in every fold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedGroupKFold

from evenkeel.errors import DataError
from evenkeel.splitting import bundled_folds, stratified_folds

tables = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 30)), min_size=30, max_size=150).map(np.array)


def compact(groups: np.ndarray) -> np.ndarray:
    return np.unique(groups, return_inverse=True)[1]


def enough(table: np.ndarray, folds: int) -> bool:
    return all(len(set(table[table[:, 0] == code, 1].tolist())) >= folds for code in (0, 1))


@settings(max_examples=60, deadline=None)
@given(tables.filter(lambda table: enough(table, 3)), st.integers(0, 99))
def test_no_bundle_is_torn_and_every_fold_has_every_class(table: np.ndarray, seed: int) -> None:
    codes, bundle = table[:, 0], compact(table[:, 1])
    pairs = bundled_folds(codes, bundle, 3, seed, ["a", "b"])
    assert sorted(np.concatenate([held_out for _, held_out in pairs])) == list(range(len(codes)))
    for inside, outside in pairs:
        assert set(bundle[inside]).isdisjoint(bundle[outside])
        assert len(inside) + len(outside) == len(codes)
        assert set(codes[outside]) == set(codes[inside]) == {0, 1}


def test_rows_alone_get_scikit_learns_folds() -> None:
    codes = np.array([0] * 40 + [1] * 10)
    ours, theirs = bundled_folds(codes, np.arange(50), 5, 42, ["a", "b"]), stratified_folds(codes, 5, 42)
    for (inside, outside), (fit, held_out) in zip(ours, theirs, strict=True):
        assert inside.tolist() == fit.tolist()
        assert outside.tolist() == held_out.tolist()


def test_folds_are_as_even_as_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    groups = compact(rng.integers(0, 300, 2000))
    codes = (rng.random(2000) < 0.1).astype(np.int64)

    def spread(pairs: list[tuple[np.ndarray, np.ndarray]]) -> float:
        return max(float(np.ptp([np.sum(codes[out] == c) for _, out in pairs])) for c in (0, 1))

    theirs = StratifiedGroupKFold(5, shuffle=True, random_state=0).split(codes, codes, groups)
    assert spread(bundled_folds(codes, groups, 5, 0, ["a", "b"])) <= spread(list(theirs)) + 5


def test_rows_alone_even_the_folds_out() -> None:
    bundle = np.concatenate([np.zeros(7, dtype=int), np.arange(1, 54)])
    codes = np.array([0] * 50 + [1] * 10)
    sizes = [len(held_out) for _, held_out in bundled_folds(codes, bundle, 5, 1, ["a", "b"])]
    assert max(sizes) - min(sizes) <= 1


def test_folds_follow_the_seed() -> None:
    rng = np.random.default_rng(0)
    codes, bundle = (rng.random(90) < 0.3).astype(int), compact(rng.integers(0, 40, 90))
    first, same, other = (
        bundled_folds(codes, bundle, 3, seed, ["a", "b"])[0][1].tolist() for seed in (1, 1, 2)
    )
    assert first == same != other


def test_a_class_in_too_few_bundles_is_an_error_that_says_what_to_do() -> None:
    codes, bundle = np.array([0] * 20 + [1] * 10), np.array([*range(20), *[20] * 5, *[21] * 5])
    with pytest.raises(DataError) as caught:
        bundled_folds(codes, bundle, 3, 42, ["well", "ill"])
    message = str(caught.value)
    assert "class 'ill' in at least 3 bundles" in message
    assert "got 2. Next: fewer `folds`" in message
