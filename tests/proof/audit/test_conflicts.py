"""EKA008: one row, two labels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from evenkeel.proof.audit.finding import NotChecked, Suspicion

People = Callable[..., pd.DataFrame]
Halves = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]
Check = Callable[..., list[Suspicion]]


def test_equal_rows_with_two_labels_are_counted(people: People, halves: Halves, check: Check) -> None:
    train, test = halves(people())
    other = test.iloc[:6].assign(y=np.where(test["y"].iloc[:6] == "ill", "well", "ill"))
    (found,) = check("EKA008", pd.concat([train, other]), test)
    assert found.severity == "info"
    assert "12 rows in 6 groups" in found.evidence
    assert "6 of the groups lie across" in found.evidence


def test_many_of_them_are_a_warning(people: People, check: Check) -> None:
    frame = people()
    (found,) = check(
        "EKA008", pd.concat([frame, frame[:50].assign(y="well"), frame[:50].assign(y="ill")]), frame[:9]
    )
    assert found.severity == "warning"


def test_copies_agree(people: People, check: Check) -> None:
    assert check("EKA008", people(), people()) == []


def test_nothing_but_ids_is_not_checked(halves: Halves, check: Check) -> None:
    with pytest.raises(NotChecked):
        check("EKA008", *halves(pd.DataFrame({"id": range(200), "y": [0, 1] * 100})))
