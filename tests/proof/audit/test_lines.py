"""Three rows on a line: found for every weight, and hardly ever where there is none."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.proof.audit.lines import Lines
from evenkeel.proof.audit.pair import Pair

Way = Callable[[np.ndarray], np.ndarray]
WAYS: dict[str, Way] = {
    "full": lambda rows: rows,
    "single": lambda rows: rows.astype(np.float32).astype(np.float64),
    "rounded": lambda rows: np.rint(rows),
    "cut": np.trunc,
    "hundredths": lambda rows: np.round(rows, 2),
}


def lines_of(X: np.ndarray) -> Lines:
    names = [f"x{place}" for place in range(X.shape[1])]
    frame = pd.DataFrame(X, columns=names).assign(y=np.arange(len(X)) % 2)
    pair = Pair.of(frame, frame[:2], target="y")
    return Lines.of(pair, names, np.arange(len(X)))


@given(st.floats(0.05, 0.95), st.sampled_from(sorted(WAYS)), st.integers(0, 50))
@settings(max_examples=60, deadline=None)
def test_a_row_between_two_others_is_on_their_line(weight: float, way: str, seed: int) -> None:
    X = WAYS[way](50 * np.random.default_rng(seed).normal(size=(60, 10)))
    X = np.vstack([X, WAYS[way](X[3] + weight * (X[8] - X[3]))])
    assert lines_of(X).hold(np.array([[60, 3, 8]])).all()
    assert lines_of(X).hold(np.array([[60, 8, 3]])).all()


@pytest.mark.parametrize("way", WAYS)
def test_rows_in_the_box_of_two_others_are_not_on_their_line(way: str) -> None:
    draws = np.random.default_rng(0)
    X = 50 * draws.normal(size=(60, 10))
    inside = X[3] + draws.random((300, 10)) * (X[8] - X[3])
    X = WAYS[way](np.vstack([X, inside]))
    triples = np.column_stack([np.arange(60, 360), np.full(300, 3), np.full(300, 8)])
    assert not lines_of(X).hold(triples).any()


def test_a_row_beyond_the_ends_is_not_between_them() -> None:
    X = np.random.default_rng(0).normal(size=(60, 5))
    X = np.vstack([X, X[3] + 1.5 * (X[8] - X[3]), X[3] - 0.5 * (X[8] - X[3])])
    assert not lines_of(X).hold(np.array([[60, 3, 8], [61, 3, 8]])).any()


def test_small_whole_numbers_are_no_evidence() -> None:
    draws = np.random.default_rng(0)
    X = draws.integers(0, 3, (400, 6)).astype(float)
    triples = draws.integers(0, 400, (5_000, 3))
    assert not lines_of(X).hold(triples).any()


def test_a_direction_does_not_depend_on_where_it_begins() -> None:
    lines = lines_of(np.random.default_rng(0).normal(size=(60, 5)))
    forth, back = lines.directions(np.array([[0, 3, 8]])), lines.directions(np.array([[0, 8, 3]]))
    assert np.array_equal(forth, back)
