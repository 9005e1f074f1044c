"""A sieve finds what a plain search finds, whatever its sample says of the distances."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.spatial.distance import cdist

from evenkeel.resampling.fast.sieve import Sieve

Matrix = npt.NDArray[Any]
Tables = Callable[..., tuple[Matrix, Matrix]]


def looked_for(known: Matrix, asked: Matrix, k: int) -> None:
    sieve = Sieve.of(known, k)
    assert sieve is not None
    squared, found = sieve.search(asked)
    true = np.square(cdist(asked, known).astype(np.float64))
    # what vanishes in single precision is nothing
    slack = 1e-30 + 1e-5 * (np.square(asked).sum(axis=1).max() + np.square(known).sum(axis=1).max())
    assert squared.shape == found.shape == (len(asked), k)
    assert all(len(set(row)) == k for row in found.tolist())
    assert (np.diff(squared, axis=1) >= 0).all()
    assert np.abs(np.take_along_axis(true, found, axis=1) - squared).max() <= slack
    assert np.abs(np.sort(true, axis=1)[:, :k] - squared).max() <= slack


@pytest.mark.parametrize("k", [2, 5, 12])
def test_the_nearest_are_found(everywhere: None, tables: Tables, k: int, kind: str) -> None:
    if kind == "huge numbers":
        pytest.skip("such rows are not searched in single precision")
    X, _ = tables(kind, 700, 6, 2, k)
    rows = np.ascontiguousarray(X - X.mean(axis=0), dtype=np.float32)
    looked_for(rows, rows[:120], k)


def test_a_sample_that_misleads_costs_time_alone(everywhere: None) -> None:
    draws = np.random.default_rng(0)
    known = draws.normal(size=(600, 5)).astype(np.float32)
    stride = Sieve.of(known, 4).stride  # type: ignore[union-attr]
    # what the sample sees is far away from all that is asked for, or all of what is near
    for shift in (100.0, -100.0):
        known[::stride] += shift
        looked_for(known, draws.normal(size=(70, 5)).astype(np.float32), 4)
        looked_for(known, known[::stride][:70].copy(), 4)


def test_no_sieve_where_faiss_is_as_quick() -> None:
    known = np.zeros((2_000, 3), dtype=np.float32)
    assert Sieve.of(known, 1) is None
    assert Sieve.of(known, 10) is None
    assert Sieve.of(np.zeros((200_000, 3), dtype=np.float32), 10) is not None
