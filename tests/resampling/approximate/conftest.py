"""The graph, walked on tables of any size."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from evenkeel.resampling.approximate import neighbors


@pytest.fixture
def everywhere() -> Iterator[None]:
    """No table is too small or too narrow for a graph."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbors, "FEWEST_ROWS", 0)
        patch.setattr(neighbors, "FEWEST_COLUMNS", 0)
        yield
