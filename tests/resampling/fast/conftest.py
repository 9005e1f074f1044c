"""The fast way, taken on tables of any size: identity is tested where no small table hides it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from evenkeel.resampling.fast import (
    between,
    cleaning,
    editing,
    links,
    neighbours,
    ranked,
    rounded,
    sieve,
    sums,
    table,
)

Matrix = npt.NDArray[Any]
Tables = Callable[..., tuple[Matrix, Matrix]]

KINDS: dict[str, Callable[[Matrix, np.random.Generator], Matrix]] = {
    "plain": lambda X, _: X,
    "grid": lambda X, _: np.round(X),
    "binary": lambda X, _: (X > 0).astype(float),
    "some duplicates": lambda X, draws: X[np.where(draws.random(len(X)) < 0.01, 0, np.arange(len(X)))],
    "duplicates": lambda X, draws: X[draws.integers(0, max(1, len(X) // 3), len(X))],
    "near duplicates": lambda X, draws: X[draws.integers(0, 1 + len(X) // 3, len(X))] + 1e-9 * X,
    "constant": lambda X, _: np.where(np.arange(X.shape[1]) % 2, X, 3.7),
    "far away": lambda X, _: X + 1e7,
    "tiny numbers": lambda X, _: X * 1e-25,
    "huge numbers": lambda X, _: X * 1e20,
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of trouble that a table can have."""
    return str(request.param)


@pytest.fixture(scope="session")
def tables() -> Tables:
    """Rows with some trouble in them, and classes that get rarer and lie in one another."""

    def table(kind: int | str, rows: int, columns: int, classes: int, seed: int) -> tuple[Matrix, Matrix]:
        draws = np.random.default_rng(seed)
        y = np.minimum(draws.geometric(0.7, rows) - 1, classes - 1)
        y[: 8 * classes] = np.repeat(np.arange(classes), 8)[:rows]
        X = draws.normal(size=(rows, columns)) + 0.7 * y[:, None] * (np.arange(columns) < 2)
        chosen = list(KINDS)[kind % len(KINDS)] if isinstance(kind, int) else kind
        return KINDS[chosen](X, draws), y

    return table


@pytest.fixture
def everywhere() -> Iterator[None]:
    """No table is too small or too narrow, cells are small, and lists are short and cut in pieces."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cleaning, "FEWEST_ROWS", 0)
        patch.setattr(cleaning, "FEWEST_COLUMNS", 0)
        patch.setattr(editing, "MOST_DOUBTFUL", 1.0)
        patch.setattr(table.Table, "is_mixed", lambda *_: False)
        patch.setattr(links, "FEW", 0.0)
        patch.setattr(neighbours, "FEWEST_PAIRS", 0)
        patch.setattr(sums, "FEWEST_PAIRS", 0)
        patch.setattr(sums, "FEWEST_IN_ORDER", 0)
        patch.setattr(sums, "COST", -1.0)
        patch.setattr(sums, "SPARE", 2)
        patch.setattr(neighbours, "FEWEST_ROWS", 0)
        patch.setattr(neighbours, "ROWS_A_NEIGHBOUR", 0)
        patch.setattr(neighbours, "VISITED", 0.0)
        patch.setattr(neighbours, "COST", -1.0)
        patch.setattr(rounded, "CELL", 10)
        patch.setattr(rounded, "LOOKED_THROUGH", 30)
        patch.setattr(sieve, "FEWEST_STRIDE", 1)
        patch.setattr(sieve, "ASKED", 50)
        patch.setattr(sieve, "PRODUCTS", 2_000)
        patch.setattr(table, "BALANCED", 0.0)
        patch.setattr(between, "ROWS", 30)
        patch.setattr(between, "COLUMNS", 50)
        patch.setattr(ranked, "SPARE", 2)
        patch.setattr(ranked, "AT_ONCE", 100)
        yield
