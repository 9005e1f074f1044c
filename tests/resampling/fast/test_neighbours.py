"""Nearest rows are scikit-learn's, position by position, whatever ties there are and whoever asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn import config_context, neighbors
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from evenkeel.resampling.fast import answers, neighbours
from evenkeel.resampling.fast.neighbours import KNeighborsClassifier, NearestNeighbors, quicken

Matrix = npt.NDArray[Any]
Tables = Callable[..., tuple[Matrix, Matrix]]


def assert_same(X: Matrix, Q: Matrix, k: int, threads: int = 1, **params: Any) -> None:
    theirs = neighbors.NearestNeighbors(n_neighbors=k, **params).fit(X)
    ours = NearestNeighbors(n_neighbors=k, **params).fit(X)
    with threadpool_limits(threads):
        expected = theirs.kneighbors(Q, return_distance=False)
        found = ours.kneighbors(Q, return_distance=False)
    assert found.dtype == expected.dtype
    assert np.array_equal(found, expected)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.integers(0, 9),
    rows=st.integers(2, 900),
    asked=st.integers(1, 900),
    columns=st.sampled_from([1, 2, 5, 15, 16, 30, 200]),
    k=st.integers(1, 12),
    seed=st.integers(0, 2**32 - 1),
    threads=st.sampled_from([1, 2]),
)
def test_any_rows_are_found_in_the_order_of_scikit_learn(
    everywhere: None,
    tables: Tables,
    kind: int,
    rows: int,
    asked: int,
    columns: int,
    k: int,
    seed: int,
    threads: int,
) -> None:
    X, _ = tables(kind, rows, columns, 2, seed)
    places = np.random.default_rng(seed).integers(0, rows, asked)
    assert_same(X, X[places], min(k, rows), threads)


@pytest.mark.parametrize("columns", [10, 18])
def test_thousands_of_rows_are_found_in_the_order_of_scikit_learn(
    everywhere: None, tables: Tables, kind: str, columns: int
) -> None:
    X, y = tables(kind, 2500, columns, 2, 0)
    for Q in (X[::-1], X[y == 1]):
        assert_same(X, Q, 6)


def test_rows_that_are_not_known_can_be_asked_for(everywhere: None, tables: Tables, kind: str) -> None:
    X, y = tables(kind, 2000, 20, 2, 1)
    for Q in (X[y == 1], X[y == 1] + 1e-3, 5 * X[y == 1], np.zeros((3, 20))):
        assert_same(X[y == 0], Q, 4)


def test_a_large_query_is_answered_as_by_scikit_learn(tables: Tables, kind: str) -> None:
    """With the gates as they are: the search is begun, and given up where it does not pay."""
    X, y = tables(kind, 14_000, 20, 2, 2)
    assert len(X) * (y == 1).sum() > neighbours.FEWEST_PAIRS
    assert_same(X, X[y == 1], 6)


def test_the_fast_way_was_taken(monkeypatch: pytest.MonkeyPatch, tables: Tables) -> None:
    monkeypatch.setattr(answers, "_asked", lambda *_: pytest.fail("the whole query was asked"))
    X, y = tables("plain", 14_000, 20, 2, 3)
    fitted = NearestNeighbors(n_neighbors=4).fit(X)
    expected = neighbors.NearestNeighbors(n_neighbors=4).fit(X).kneighbors(X[y == 1], return_distance=False)
    with threadpool_limits(1):
        assert np.array_equal(fitted.kneighbors(X[y == 1], return_distance=False), expected)


def test_a_table_full_of_ties_is_given_up_at_once(monkeypatch: pytest.MonkeyPatch, tables: Tables) -> None:
    looked_at = []
    rank = neighbours.rank

    def counted(*given: Any) -> Any:
        looked_at.append(len(given[2]))
        return rank(*given)

    monkeypatch.setattr(neighbours, "rank", counted)
    X, y = tables("binary", 14_000, 20, 2, 4)
    assert_same(X, X[y == 1], 6)
    assert looked_at == [neighbours.FIRST]


def test_a_quick_tree_is_left_alone(monkeypatch: pytest.MonkeyPatch, tables: Tables) -> None:
    monkeypatch.setattr(neighbours, "rank", lambda *_: pytest.fail("a search was begun"))
    X, y = tables("plain", 14_000, 2, 2, 5)
    assert_same(X, X[y == 1], 6)


def test_what_is_known_changes_with_another_fit(everywhere: None, tables: Tables) -> None:
    one, other = (tables("plain", 500, 20, 2, seed)[0] for seed in (0, 1))
    ours = NearestNeighbors(n_neighbors=3)
    for X in (one, other, one[:100]):
        expected = neighbors.NearestNeighbors(n_neighbors=3).fit(X).kneighbors(X, return_distance=False)
        assert np.array_equal(ours.fit(X).kneighbors(X, return_distance=False), expected)


@pytest.mark.parametrize(
    "params",
    [{"metric": "manhattan"}, {"algorithm": "ball_tree"}, {"algorithm": "brute"}, {"p": 1}, {"n_jobs": 2}],
    ids=str,
)
def test_other_searches_are_scikit_learns(everywhere: None, tables: Tables, params: dict[str, Any]) -> None:
    X, y = tables("plain", 600, 12, 2, 0)
    assert_same(X, X[y == 1], 5, **params)


def test_rows_of_other_types_are_scikit_learns(everywhere: None, tables: Tables) -> None:
    X, _ = tables("plain", 600, 20, 2, 0)
    for rows in (X.astype(np.float32), np.round(X).astype(int), np.asfortranarray(X), sparse.csr_array(X)):
        assert_same(rows, rows, 5)
    with config_context(enable_cython_pairwise_dist=False):
        assert_same(X, X, 5)


def test_distances_are_scikit_learns(everywhere: None, tables: Tables) -> None:
    X, _ = tables("plain", 600, 20, 2, 0)
    ours, theirs = (cls(n_neighbors=3).fit(X) for cls in (NearestNeighbors, neighbors.NearestNeighbors))
    for found, expected in zip(ours.kneighbors(X), theirs.kneighbors(X), strict=True):
        assert np.array_equal(found, expected)
    assert np.array_equal(ours.kneighbors(return_distance=False), theirs.kneighbors(return_distance=False))


@pytest.mark.parametrize("asked", [{"n_neighbors": 0}, {"n_neighbors": 2.5}, {"n_neighbors": 1000}])
def test_an_impossible_question_is_refused_by_scikit_learn(
    everywhere: None, tables: Tables, asked: dict[str, Any]
) -> None:
    X, _ = tables("plain", 600, 20, 2, 0)
    fitted = NearestNeighbors().fit(X)
    with pytest.raises((ValueError, TypeError), match="n_neighbors"):
        fitted.kneighbors(X, return_distance=False, **asked)
    with pytest.raises(ValueError, match="features"):
        fitted.kneighbors(X[:, 1:], return_distance=False)
    with pytest.raises(ValueError, match="NaN"):
        fitted.kneighbors(np.full((3, 20), np.nan), return_distance=False)


def test_a_classifier_says_what_scikit_learns_says(everywhere: None, tables: Tables, kind: str) -> None:
    X, y = tables(kind, 1000, 20, 3, 0)
    ours, theirs = (
        cls(n_neighbors=3).fit(X, y) for cls in (KNeighborsClassifier, neighbors.KNeighborsClassifier)
    )
    assert np.array_equal(ours.predict(X), theirs.predict(X))


def test_only_searches_of_scikit_learn_itself_are_replaced() -> None:
    class Holder:
        own = neighbors.NearestNeighbors(n_neighbors=7, leaf_size=10, n_jobs=2)
        other = type("Other", (neighbors.NearestNeighbors,), {})()

    holder, other = Holder(), Holder.other
    quicken(holder, "own", "other")
    assert type(holder.own) is NearestNeighbors
    assert holder.own.get_params() == Holder.own.get_params() == clone(holder.own).get_params()
    assert holder.other is other
