"""What a random split does with rows that belong together, and how sure it is that it did not."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.proof.audit.pair import Pair
from evenkeel.proof.audit.twins import Chance, chance, digests, groups_of


def judged(group: np.ndarray, in_test: np.ndarray, y: np.ndarray) -> Chance:
    frame = pd.DataFrame({"group": group, "y": y})
    pair = Pair.of(frame[~in_test], frame[in_test], target="y")
    return chance(pair, groups_of(pair, digests(pair, ["group"])))


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from("ab")), min_size=2, max_size=30))
@settings(max_examples=50)
def test_equal_rows_and_no_others_are_groups(rows: list[tuple[int, str]]) -> None:
    frame = pd.DataFrame(rows, columns=["a", "b"]).assign(y=np.arange(len(rows)) % 2)
    pair = Pair.of(frame, frame[:1], target="y") if frame["y"].nunique() > 1 else None
    assert pair is not None
    groups = groups_of(pair, digests(pair, ["a", "b"]))
    expected = pd.concat([frame, frame[:1]]).groupby(["a", "b"]).size()
    assert sorted(groups.sizes.tolist()) == sorted(expected[expected > 1].tolist())


def test_random_splits_are_hardly_ever_beyond_chance() -> None:
    draws = np.random.default_rng(0)
    group = np.repeat(np.arange(400), draws.integers(1, 5, 400))
    y = (draws.random(len(group)) < 0.2).astype(int)
    seen = [judged(group, draws.random(len(group)) < 0.25, y) for _ in range(200)]
    assert not any(each.is_beyond for each in seen)
    assert abs(np.mean([each.across - each.expected for each in seen])) < 2


def test_the_probability_bounds_how_often_chance_does_it() -> None:
    draws = np.random.default_rng(1)
    group, y = np.repeat(np.arange(40), 2), np.tile([0, 1], 40)
    seen = np.array([judged(group, draws.random(80) < 0.3, y).probability for _ in range(400)])
    assert (seen <= 0.05).mean() <= 0.05


def test_groups_that_all_lie_across_are_beyond_chance() -> None:
    group = np.repeat(np.arange(1_000), 1)
    carried = np.concatenate([group, group[-12:]])
    in_test = np.zeros(len(carried), dtype=bool)
    in_test[800:1_000] = True
    assert judged(carried, in_test, carried % 2).is_beyond


def test_a_train_set_that_was_resampled_does_not_move_the_scales() -> None:
    draws = np.random.default_rng(2)
    group, y = np.repeat(np.arange(150), 2), np.ones(300, dtype=int)
    in_test = draws.random(300) < 0.3
    many = np.arange(10_000, 14_000)
    group = np.concatenate([group, many, many[:1_000] + 50_000])
    y = np.concatenate([y, np.ones(4_000, dtype=int), np.zeros(1_000, dtype=int)])
    in_test = np.concatenate([in_test, np.zeros(4_000, dtype=bool), np.arange(1_000) < 300])
    assert not judged(group, in_test, y).is_beyond
