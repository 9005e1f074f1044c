"""The estimator: scikit-learn's interface, nearly its answers, the same ones always, and an honest recall."""

from __future__ import annotations

from typing import Any

import faiss
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from imblearn.utils import check_neighbors_object
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

from evenkeel.resampling.approximate import graph, neighbors
from evenkeel.resampling.approximate.neighbors import ApproximateNeighbors
from evenkeel.resampling.searches import Searches

Matrix = npt.NDArray[np.float64]
pytestmark = pytest.mark.usefixtures("everywhere")


def rows(size: int = 2_000, columns: int = 12, seed: int = 0) -> Matrix:
    return np.random.default_rng(seed).normal(size=(size, columns))


def both(X: Matrix, Q: Matrix, k: int) -> tuple[Any, Any]:
    """Distances and positions, ours and scikit-learn's."""
    ours = ApproximateNeighbors(k).fit(X).kneighbors(Q)
    return ours, NearestNeighbors(n_neighbors=k, algorithm="brute").fit(X).kneighbors(Q)


@pytest.fixture
def poor(monkeypatch: pytest.MonkeyPatch) -> None:
    """A graph with few links, through which a search goes straight on."""
    monkeypatch.setattr(graph, "LINKS", 4)
    monkeypatch.setattr(graph, "CANDIDATES", 4)
    monkeypatch.setattr(graph, "IN_VIEW", 1)
    monkeypatch.setattr(graph, "IN_VIEW_EACH", 0)


# the interface


def test_imbalanced_learn_takes_it_and_a_clone_reports_to_the_same() -> None:
    searches = Searches("approximate")
    given_ = ApproximateNeighbors(4, searches=searches)
    taken = check_neighbors_object("n_neighbors", given_, additional_neighbor=1)
    assert taken is not given_
    assert taken.set_params(n_jobs=2).n_neighbors == 4
    assert clone(taken).searches is searches
    with pytest.raises(NotFittedError):
        taken.kneighbors(rows(5))


@pytest.mark.parametrize("k", [1, 2, 6])
def test_it_answers_like_scikit_learn(k: int) -> None:
    X = rows()
    (distances, found), (true_distances, true) = both(X, X[:300], k)
    assert found.shape == distances.shape == (300, k)
    assert (found == true).mean() > 0.98
    assert (np.diff(distances, axis=1) >= 0).all()
    np.testing.assert_allclose(distances[found == true], true_distances[found == true], atol=1e-6)


def test_positions_alone_are_the_same_positions() -> None:
    fitted = ApproximateNeighbors(5).fit(rows())
    found = fitted.kneighbors(rows(50), 3, return_distance=False)
    np.testing.assert_array_equal(found, fitted.kneighbors(rows(50), 3)[1])


def test_without_queries_a_row_is_not_its_own_neighbour() -> None:
    X = np.repeat(rows(300), [1, 3, 9] * 100, axis=0)
    distances, found = ApproximateNeighbors(4).fit(X).kneighbors()
    assert found.shape == distances.shape == (len(X), 4)
    assert (found != np.arange(len(X))[:, None]).all()


@pytest.mark.parametrize("mode", ["connectivity", "distance"])
def test_neighbours_as_a_matrix_are_scikit_learns(mode: Any) -> None:
    X = rows(300)
    made = ApproximateNeighbors(4).fit(X).kneighbors_graph(X, mode=mode)
    true = NearestNeighbors(n_neighbors=4).fit(X).kneighbors_graph(X, mode=mode)
    assert made.shape == true.shape
    assert np.isclose(made.toarray(), true.toarray(), atol=1e-6).mean() > 0.999


def test_sparse_rows_are_rows() -> None:
    X = rows(400)
    ours = ApproximateNeighbors(3).fit(sparse.csr_matrix(X)).kneighbors(sparse.csr_matrix(X))
    np.testing.assert_array_equal(ours[1], ApproximateNeighbors(3).fit(X).kneighbors(X)[1])


# a row and its equals


@given(
    copies=st.lists(st.integers(1, 40), min_size=2, max_size=40),
    k=st.integers(1, 6),
    seed=st.integers(0, 99),
    levels=st.sampled_from([2, 3, 1000]),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_fitted_row_finds_an_equal_row_first_however_many_there_are(
    copies: list[int], k: int, seed: int, levels: int
) -> None:
    draws = np.random.default_rng(seed)
    X = draws.permutation(np.repeat(draws.integers(-levels, levels, (len(copies), 4)) * 1.0, copies, axis=0))
    k = min(k, len(X))
    (distances, found), (true_distances, _) = both(X, X, k)
    np.testing.assert_array_equal(X[found[:, 0]], X)
    assert all(len(set(row)) == k for row in found.tolist())
    np.testing.assert_allclose(distances, true_distances, atol=1e-6)


def test_zero_has_one_sign() -> None:
    X = rows(50)
    X[7] = 0.0
    assert ApproximateNeighbors(2).fit(X).kneighbors(-X[[7]])[1][0, 0] == 7


@pytest.mark.usefixtures("poor")
def test_even_a_poor_graph_finds_the_row_itself_first() -> None:
    X = rows()
    found = ApproximateNeighbors(3).fit(X).kneighbors(X, return_distance=False)
    np.testing.assert_array_equal(found[:, 0], np.arange(len(X)))


# the same always


def test_no_number_of_threads_and_no_vector_instructions_change_an_answer() -> None:
    X = rows()
    usual, level = ApproximateNeighbors(4).fit(X).kneighbors(X), faiss.SIMDConfig.get_level()
    for threads in (1, 2, 5):
        faiss.omp_set_num_threads(threads)
        faiss.SIMDConfig.set_level(faiss.SIMDLevel_NONE if threads == 1 else level)
        try:
            with threadpool_limits(threads):
                again = ApproximateNeighbors(4, n_jobs=threads).fit(X).kneighbors(X)
            assert faiss.omp_get_max_threads() == threads
        finally:
            faiss.SIMDConfig.set_level(level)
        for one, other in zip(usual, again, strict=True):
            assert one.tobytes() == other.tobytes()
    assert faiss.SIMDConfig.get_level() == level


def test_an_answer_does_not_depend_on_what_else_is_asked() -> None:
    X = rows(9_000, 8)
    fitted = ApproximateNeighbors(4).fit(X)
    whole = fitted.kneighbors(X, return_distance=False)
    np.testing.assert_array_equal(
        fitted.kneighbors(X[8_190:8_200], return_distance=False), whole[8_190:8_200]
    )


# recall


@pytest.mark.parametrize("stranger", [False, True], ids=["of fitted rows", "of other rows"])
def test_recall_is_the_share_of_true_neighbours_beyond_the_row_itself(
    stranger: bool, monkeypatch: pytest.MonkeyPatch, poor: None
) -> None:
    X, k = rows(), 5
    Q = rows(800, seed=1) if stranger else X[:800]
    monkeypatch.setattr(neighbors, "MEASURED", 800)
    fitted = ApproximateNeighbors(k).fit(X)
    found = fitted.kneighbors(Q, return_distance=False)
    true = NearestNeighbors(n_neighbors=k).fit(X).kneighbors(Q, return_distance=False)
    own = 0 if stranger else 1
    hits = [len(set(a[own:]) & set(b[own:])) for a, b in zip(found.tolist(), true.tolist(), strict=True)]
    assert fitted.recall_ == pytest.approx(np.mean(hits) / (k - own))
    assert fitted.recall_ < 0.7


def test_recall_of_a_sample_is_near_that_of_all(monkeypatch: pytest.MonkeyPatch, poor: None) -> None:
    X = rows(4_000)
    sampled = ApproximateNeighbors(5).fit(X)
    sampled.kneighbors(X)
    monkeypatch.setattr(neighbors, "MEASURED", len(X))
    whole = ApproximateNeighbors(5).fit(X)
    whole.kneighbors(X)
    assert sampled.recall_ == pytest.approx(whole.recall_, abs=0.05)


def test_a_good_graph_has_a_high_recall() -> None:
    fitted = ApproximateNeighbors(6).fit(rows(4_000))
    fitted.kneighbors(rows(4_000))
    assert fitted.recall_ is not None
    assert fitted.recall_ > 0.97


def test_the_lowest_recall_is_kept_and_a_row_alone_says_nothing() -> None:
    searches = Searches("approximate")
    fitted = ApproximateNeighbors(1, searches=searches).fit(rows())
    fitted.kneighbors(rows())
    # the one place is the row's own, which cannot be missed
    assert fitted.recall_ is searches.recall is None
    for heard, lowest in ((0.9, 0.9), (1.0, 0.9), (0.8, 0.8)):
        searches.hear(heard)
        assert searches.recall == lowest


# exact where that is quick


@pytest.mark.parametrize(("limit", "value"), [("FEWEST_ROWS", 10_000), ("FEWEST_COLUMNS", 12)])
def test_a_small_or_narrow_table_is_searched_exactly(
    limit: str, value: int, monkeypatch: pytest.MonkeyPatch, poor: None
) -> None:
    monkeypatch.setattr(neighbors, limit, value)
    X, fitted = rows(), ApproximateNeighbors(4).fit(rows())
    true = NearestNeighbors(n_neighbors=4).fit(X).kneighbors(X)
    for one, other in zip(fitted.kneighbors(X), true, strict=True):
        np.testing.assert_array_equal(one, other)
    assert fitted.recall_ == 1.0


def test_so_many_neighbours_that_a_walk_saves_nothing_are_searched_exactly(poor: None) -> None:
    X, k = rows(), neighbors.MOST_NEIGHBOURS + 1
    found = ApproximateNeighbors(4).fit(X).kneighbors(X[:50], k, return_distance=False)
    true = NearestNeighbors(n_neighbors=k).fit(X).kneighbors(X[:50], return_distance=False)
    np.testing.assert_array_equal(found, true)


def test_numbers_too_large_for_single_precision_are_searched_exactly() -> None:
    X = rows() * 1e20
    np.testing.assert_array_equal(*(found for _, found in both(X, X, 3)))
