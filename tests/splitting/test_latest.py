"""The split by time: test is the latest part, and no time is on both sides."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.errors import DataError
from evenkeel.splitting import Ties, latest_split
from evenkeel.splitting.filling import FREE, TEST, TRAIN

moments = st.lists(st.integers(0, 40), min_size=2, max_size=80).filter(lambda times: len(set(times)) > 1)


def names(rows: int) -> list[str]:
    return [f"r{i}" for i in range(rows)]


def ties(bundle: list[int], side: list[int]) -> Ties:
    rows = len(bundle)
    return Ties(np.array(bundle), np.array(side), names(rows), np.zeros(rows, dtype=bool))


@settings(max_examples=60, deadline=None)
@given(moments, st.integers(5, 60))
def test_every_train_row_is_earlier_than_every_test_row(times: list[int], percent: int) -> None:
    values = np.array(times)
    made = latest_split(names(len(times)), values, percent / 100, 42)
    assert values[made.train].max() < values[made.test].min()
    assert sorted([*made.train, *made.test]) == list(range(len(times)))


@settings(max_examples=60, deadline=None)
@given(moments, st.integers(5, 60))
def test_no_other_boundary_is_nearer_to_the_quota(times: list[int], percent: int) -> None:
    values, quota = np.array(times), -(-len(times) * percent // 100)
    made = latest_split(names(len(times)), values, percent / 100, 42)
    sizes = [int((values >= start).sum()) for start in sorted(set(times))[1:]]
    assert abs(len(made.test) - quota) == min(abs(size - quota) for size in sizes)


@settings(max_examples=40, deadline=None)
@given(moments, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(times: list[int], random) -> None:
    values, ids = np.array(times), names(len(times))
    order = random.sample(range(len(times)), len(times))
    plain = latest_split(ids, values, 0.2, 7)
    moved = latest_split([ids[i] for i in order], values[order], 0.2, 7)
    assert [ids[i] for i in plain.test] == [ids[order[i]] for i in moved.test]
    assert [ids[i] for i in plain.train] == [ids[order[i]] for i in moved.train]


def test_one_time_for_all_rows_is_an_error() -> None:
    with pytest.raises(DataError, match="Expected several times in column 'day', got one"):
        latest_split(names(5), np.ones(5), 0.2, 42, column="day")


def test_a_bundle_is_as_late_as_its_latest_row() -> None:
    times = np.array([1, 2, 3, 4, 5, 9])
    made = latest_split(names(6), times, 0.3, 42, ties([0, 1, 2, 3, 4, 0], [FREE] * 5))
    assert sorted(made.test) == [0, 5]


def test_sides_that_are_given_stay_and_the_latest_of_the_others_fill_up() -> None:
    times = np.array([9, 8, 1, 2, 3, 4, 5, 6, 7, 5])
    made = latest_split(names(10), times, 0.3, 42, ties(list(range(10)), [TRAIN, TRAIN, TEST] + [FREE] * 7))
    assert sorted(made.test) == [2, 7, 8]
    enough = latest_split(names(10), times, 0.1, 42, ties(list(range(10)), [TRAIN, TEST, TEST] + [FREE] * 7))
    assert sorted(enough.test) == [1, 2]
    full = latest_split(names(3), times[:3], 0.3, 42, ties([0, 1, 2], [TRAIN, TRAIN, TEST]))
    assert sorted(full.test) == [2]
