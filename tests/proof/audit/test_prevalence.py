"""EKA014: what the classes' shares say."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from evenkeel.proof.audit.finding import Suspicion

Check = Callable[..., list[Suspicion]]


def rows(ill: int, well: int) -> pd.DataFrame:
    draws = np.random.default_rng(ill)
    return pd.DataFrame({"x": draws.normal(size=ill + well), "y": ["ill"] * ill + ["well"] * well})


@pytest.mark.parametrize(
    ("train", "test", "severity", "said"),
    [
        ((80, 720), (20, 180), None, ""),
        ((720, 720), (20, 180), "info", "train was made even"),
        ((80, 720), (180, 180), "warning", "The test set was made even"),
        ((710, 725), (190, 175), "warning", "before the split"),
        ((720, 720), (180, 180), "warning", "before the split"),
        ((80, 720), (3, 30), "info", "Few test rows of 1 class (ill: 3)"),
        ((800, 0), (20, 180), "warning", "none in train"),
    ],
)
def test_shares_are_told(
    check: Check, train: tuple[int, int], test: tuple[int, int], severity: str | None, said: str
) -> None:
    found = check("EKA014", rows(*train), rows(*test))
    if severity is None:
        assert found == []
    else:
        assert any(each.severity == severity and said in each.evidence for each in found), found
