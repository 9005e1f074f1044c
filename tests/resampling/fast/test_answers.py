"""Some rows of a query are answered bit for bit as scikit-learn answers them among all, ties included."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

from evenkeel.resampling.fast import answers
from evenkeel.resampling.fast.answers import are_blocks_cheaper, blocks, is_plain

Matrix = npt.NDArray[Any]

ROWS = 4000


def full_of_ties(columns: int) -> Matrix:
    """Coarse numbers beside fine ones far from the origin, whose distances differ in the last bits alone."""
    draws = np.random.default_rng(columns)
    X = np.round(draws.normal(size=(ROWS, columns)))
    X[::2] = X[::2][draws.integers(0, 300, ROWS // 2)] / 3 + 1000.1
    return X


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("asked", [300, 1000, 1900, 2500, ROWS])
@pytest.mark.parametrize("columns", [4, 16, 33])
def test_a_place_is_answered_as_in_the_whole_query(columns: int, asked: int, threads: int) -> None:
    X, draws = full_of_ties(columns), np.random.default_rng(asked)
    query = np.sort(draws.choice(ROWS, asked, replace=False))
    block = draws.integers(0, asked // 256 + 1)
    places = np.arange(block * 256, min(asked, block * 256 + 256))[::3]
    with threadpool_limits(threads):
        fitted = NearestNeighbors(n_neighbors=4).fit(X)
        whole = fitted.kneighbors(X[query], return_distance=False)
        found = answers.answers(fitted, X, query, places, 4)
    assert np.array_equal(found, whole[places])


def test_the_short_last_block_stays_short() -> None:
    X, places = full_of_ties(20), np.array([5, ROWS - 1])
    fitted = NearestNeighbors(n_neighbors=4).fit(X)
    assert ROWS % 256
    assert are_blocks_cheaper(blocks(places), ROWS)
    whole = fitted.kneighbors(X, return_distance=False)
    assert np.array_equal(answers.answers(fitted, X, np.arange(ROWS), places, 4), whole[places])


def test_a_search_of_another_kind_is_not_covered() -> None:
    assert is_plain(NearestNeighbors(n_neighbors=7, leaf_size=10, n_jobs=2))
    assert not is_plain(NearestNeighbors(metric="manhattan"))
    assert not is_plain(NearestNeighbors(algorithm="ball_tree"))
    assert not is_plain(type("Other", (NearestNeighbors,), {})())


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("every", [1, 3])
def test_a_whole_query_is_answered_alike_some_blocks_at_a_time(
    every: int, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "BLOCKS_AT_ONCE", 1)
    X = full_of_ties(20)
    query = np.arange(0, ROWS, every)
    with threadpool_limits(threads):
        fitted = NearestNeighbors(n_neighbors=4).fit(X)
        found = answers.answers(fitted, X, query, np.arange(len(query)), 4)
        assert np.array_equal(found, fitted.kneighbors(X[query], return_distance=False))
