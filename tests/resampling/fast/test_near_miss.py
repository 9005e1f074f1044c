"""NearMiss keeps the rows that imbalanced-learn's keeps, in the same order, without all distances at once."""

from __future__ import annotations

import tracemalloc
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from imblearn import under_sampling
from scipy import sparse
from sklearn import config_context
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

from evenkeel.resampling.fast import answers, sums
from evenkeel.resampling.fast.near_miss import NearMiss

Matrix = npt.NDArray[Any]
Tables = Callable[..., tuple[Matrix, Matrix]]

VARIANTS: list[dict[str, Any]] = [
    *({"version": version} for version in (1, 2, 3)),
    *({"version": version, "n_neighbors": 1} for version in (1, 2, 3)),
    *({"version": version, "n_neighbors": 11, "n_jobs": 2} for version in (1, 2, 3)),
    *({"version": version, "sampling_strategy": "all"} for version in (1, 2, 3)),
    *({"version": version, "sampling_strategy": {0: 12, 1: 7}} for version in (1, 2, 3)),
    {"version": 3, "n_neighbors_ver3": 7},
    {"version": 3, "n_neighbors_ver3": NearestNeighbors(n_neighbors=2)},
    {"n_neighbors": NearestNeighbors(n_neighbors=4)},
    {"n_neighbors": NearestNeighbors(n_neighbors=4, metric="manhattan")},
    {"version": 2, "n_neighbors": 1000},
]


def outcome(sampler: Any, X: Any, y: Matrix) -> tuple[list[int], bytes, list[str]]:
    """The rows that were kept, their values, and the warnings or the error."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            made, labels = sampler.fit_resample(X, y)
        except ValueError as error:
            return [], b"", [str(error)]
    kept = sampler.sample_indices_
    assert np.array_equal(labels, y[kept])
    rows = made.toarray() if sparse.issparse(made) else made
    return kept.tolist(), rows.tobytes(), [str(warning.message) for warning in caught]


def assert_identical(params: dict[str, Any], X: Any, y: Matrix) -> None:
    assert outcome(NearMiss(**params), X, y) == outcome(under_sampling.NearMiss(**params), X, y)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.integers(0, 9),
    rows=st.integers(30, 700),
    columns=st.sampled_from([1, 5, 15, 16, 30, 200]),
    classes=st.integers(2, 4),
    seed=st.integers(0, 2**32 - 1),
    variant=st.sampled_from(VARIANTS),
    threads=st.sampled_from([1, 2]),
)
def test_any_table_is_cut_as_by_the_owner(
    everywhere: None,
    tables: Tables,
    kind: int,
    rows: int,
    columns: int,
    classes: int,
    seed: int,
    variant: dict[str, Any],
    threads: int,
) -> None:
    with threadpool_limits(threads):
        assert_identical(variant, *tables(kind, rows, columns, classes, seed))


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_every_parameter_is_heeded(everywhere: None, tables: Tables, variant: dict[str, Any]) -> None:
    for kind, columns in (("plain", 20), ("grid", 16), ("some duplicates", 12)):
        with threadpool_limits(1):
            assert_identical(variant, *tables(kind, 1500, columns, 3, 0))


@pytest.mark.parametrize("version", [1, 2, 3])
def test_thousands_of_rows_are_cut_as_by_the_owner(
    everywhere: None, tables: Tables, kind: str, version: int
) -> None:
    with threadpool_limits(1):
        assert_identical({"version": version}, *tables(kind, 3000, 18, 2, 1))


@pytest.mark.parametrize("version", [1, 2, 3])
def test_with_the_gates_as_they_are(tables: Tables, kind: str, version: int) -> None:
    rows, pairs = (4_000, sums.FEWEST_IN_ORDER) if version == 2 else (10_000, sums.FEWEST_PAIRS)
    X, y = tables(kind, rows, 18, 2, 2)
    assert pairs < (y == 0).sum() * (y == 1).sum()
    with threadpool_limits(1):
        assert_identical({"version": version}, X, y)


@pytest.mark.parametrize("version", [1, 2])
def test_the_fast_way_was_taken(monkeypatch: pytest.MonkeyPatch, tables: Tables, version: int) -> None:
    monkeypatch.setattr(answers, "_distances", lambda *_: pytest.fail("scikit-learn was asked"))
    X, y = tables("plain", 11_000, 20, 2, 3)
    NearMiss(version=version).fit_resample(X, y)


@pytest.mark.parametrize("kind", ["plain", "grid"])
def test_distances_to_the_whole_minority_are_not_held_at_once(
    monkeypatch: pytest.MonkeyPatch, tables: Tables, kind: str
) -> None:
    """Whether rows are parted by bounds, or most of them are tied and scikit-learn is asked in pieces."""
    monkeypatch.setattr(answers, "MOST_CELLS", 2**18)
    X, y = tables(kind, 8000, 20, 2, 4)
    all_at_once = 2 * 8 * int((y == 0).sum()) * int((y == 1).sum())
    tracemalloc.start()
    NearMiss(version=2).fit_resample(X, y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < all_at_once / 5


def test_labels_and_matrices_of_any_type_are_left_as_they_are(everywhere: None, tables: Tables) -> None:
    X, y = tables("plain", 400, 20, 2, 0)
    for rows in (X, X.astype(np.float32), np.asfortranarray(X), X[:, ::2], sparse.csr_array(X)):
        for version in (1, 2, 3):
            assert_identical({"version": version}, rows, np.array(["no", "yes"])[y])
    with config_context(enable_cython_pairwise_dist=False):
        assert_identical({"version": 2}, X, y)
