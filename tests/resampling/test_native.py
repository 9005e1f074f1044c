"""Native space hands matrices to samplers in the form that the fast ones take."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evenkeel.resampling import resample_native
from evenkeel.resampling.fast import cleaning
from evenkeel.resampling.lineage import train_rows
from evenkeel.resampling.space import fit_space
from evenkeel.tables import ROW_ID, Features


@pytest.mark.parametrize("categories", [(), ("town",)])
@pytest.mark.parametrize("sampler", ["TomekLinks", "SMOTEENN"])
def test_the_fast_way_is_taken_for_numbers_alone_and_beside_categories(
    sampler: str, categories: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    covered, is_covered = [], cleaning._is_covered

    def watched(*arguments: object) -> bool:
        covered.append(is_covered(*arguments))
        return covered[-1]

    monkeypatch.setattr(cleaning, "_is_covered", watched)
    rng, rows = np.random.default_rng(0), cleaning.FEWEST_ROWS
    numbers = [f"x{i}" for i in range(cleaning.FEWEST_COLUMNS)]
    frame = pd.DataFrame(rng.normal(size=(rows, len(numbers))), columns=numbers)
    frame = frame.assign(town=rng.choice(["Graz", "Linz"], rows), **{ROW_ID: [str(i) for i in range(rows)]})
    y = (np.arange(rows) % 10 == 0).astype(np.int64)
    space = fit_space(frame, Features(tuple(numbers), (), categories))
    resample_native(train_rows(frame, y), [(sampler, {})], space, seed=0, classes=("a", "b"))
    assert covered
    assert all(covered)
