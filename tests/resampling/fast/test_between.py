"""The nearest across is the same from both sides as one at a time, in any number of threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.spatial.distance import cdist
from threadpoolctl import threadpool_limits

from evenkeel.resampling.fast import rounded
from evenkeel.resampling.fast.between import nearest_between
from evenkeel.resampling.fast.rounded import Rounded

Matrix = npt.NDArray[Any]
Tables = Callable[..., tuple[Matrix, Matrix]]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("sizes", [(1, 1), (1, 90), (90, 1), (300, 250)])
def test_distances_are_within_the_error(
    everywhere: None,
    monkeypatch: pytest.MonkeyPatch,
    tables: Tables,
    kind: str,
    sizes: tuple[int, int],
    threads: int,
) -> None:
    if kind == "huge numbers":
        pytest.skip("such rows are not searched in single precision")
    monkeypatch.setattr(rounded, "WORTH_A_THREAD", 100)
    X, _ = tables(kind, sum(sizes), 7, 2, 3)
    order = np.random.default_rng(1).permutation(len(X))
    one, other = order[: sizes[0]], order[sizes[0] :]
    known = Rounded.of(np.ascontiguousarray(X, dtype=np.float64))
    with threadpool_limits(threads):
        found = nearest_between(known, one, other)
    true = np.square(cdist(X[one], X[other]))
    for rows, squared, nearest in zip((one, other), found, (true.min(axis=1), true.min(axis=0)), strict=True):
        assert squared.shape == (len(rows),)
        assert (np.abs(squared - nearest) <= known.error(rows, np.maximum(squared, nearest))).all()
