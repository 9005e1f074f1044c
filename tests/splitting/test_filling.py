"""Filling: quotas are met exactly by rows alone, and as nearly as bundles allow otherwise."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.splitting import test_quotas as quotas_of
from evenkeel.splitting.filling import FREE, TEST, TRAIN, fill

counts_of_two = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 3)).filter(any), min_size=3, max_size=60
).map(np.array)


def free(counts: np.ndarray) -> np.ndarray:
    return np.full(len(counts), FREE)


def off(counts: np.ndarray, chosen: np.ndarray, quotas: np.ndarray) -> int:
    return int(np.abs(counts[chosen].sum(axis=0) - quotas).sum())


def test_the_first_in_rank_are_test_where_they_fit() -> None:
    counts = np.array([[1, 0], [3, 0], [0, 1], [1, 0], [0, 1]])
    assert fill(counts, free(counts), np.array([2, 1])).tolist() == [True, False, True, True, False]


def test_a_swap_closes_the_gap_that_large_bundles_leave() -> None:
    counts = np.array([[4, 0], [3, 0], [3, 0], [1, 1]])
    chosen = fill(counts, free(counts), np.array([6, 0]))
    assert off(counts, chosen, np.array([6, 0])) == 0


@settings(max_examples=60, deadline=None)
@given(counts_of_two, st.integers(10, 50))
def test_each_quota_is_met_to_within_the_largest_bundle(counts: np.ndarray, percent: int) -> None:
    quotas = quotas_of(counts.sum(axis=0), percent / 100)
    chosen = fill(counts, free(counts), quotas)
    assert (np.abs(counts[chosen].sum(axis=0) - quotas) <= counts.sum(axis=1).max()).all()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=3, max_size=9), st.integers(20, 50))
def test_of_few_bundles_no_other_choice_is_much_nearer(sizes: list[int], percent: int) -> None:
    counts = np.array(sizes)[:, None]
    quotas = quotas_of(counts.sum(axis=0), percent / 100)
    found = off(counts, fill(counts, free(counts), quotas), quotas)
    choices = (np.array(c, dtype=bool) for c in itertools.product([False, True], repeat=len(sizes)))
    best = min(off(counts, c, quotas) for c in choices if 0 < c.sum() < len(sizes))
    assert found <= best + 1


@settings(max_examples=40, deadline=None)
@given(counts_of_two, st.data())
def test_what_has_a_side_keeps_it(counts: np.ndarray, data: st.DataObject) -> None:
    given_sides = st.lists(
        st.sampled_from([FREE, TRAIN, TEST]), min_size=len(counts), max_size=len(counts)
    ).map(np.array)
    side = data.draw(given_sides)
    chosen = fill(counts, side, quotas_of(counts.sum(axis=0), 0.3))
    assert chosen[side == TEST].all()
    assert not chosen[side == TRAIN].any()


@pytest.mark.parametrize(("before", "more"), [(3, 2), (5, 0), (9, 0)])
def test_new_rows_fill_what_the_given_sides_leave_of_a_quota(before: int, more: int) -> None:
    counts = np.ones((30, 1), dtype=np.int64)
    side = np.where(np.arange(30) < before, TEST, FREE)
    chosen = fill(counts, side, np.array([5]))
    assert int(chosen.sum()) == before + more


def test_a_class_in_large_bundles_alone_is_on_both_sides() -> None:
    counts = np.array([[1, 0]] * 20 + [[0, 5], [0, 5], [0, 5]])
    chosen = fill(counts, free(counts), np.array([4, 1]))
    assert 0 < counts[chosen].sum(axis=0)[1] < 15
