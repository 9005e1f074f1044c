"""The fast way, taken on tables of any size: identity is tested where no small table hides it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from evenkeel.resampling.fast import cleaning, editing, links, ranked, rounded, table


@pytest.fixture
def everywhere() -> Iterator[None]:
    """No table is too small or too narrow, cells are small, and lists are short and cut in pieces."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cleaning, "FEWEST_ROWS", 0)
        patch.setattr(cleaning, "FEWEST_COLUMNS", 0)
        patch.setattr(editing, "MOST_DOUBTFUL", 1.0)
        patch.setattr(table.Table, "is_mixed", lambda *_: False)
        patch.setattr(links, "FEW", 0.0)
        patch.setattr(rounded, "CELL", 10)
        patch.setattr(rounded, "LOOKED_THROUGH", 30)
        patch.setattr(ranked, "SPARE", 2)
        patch.setattr(ranked, "AT_ONCE", 100)
        yield
