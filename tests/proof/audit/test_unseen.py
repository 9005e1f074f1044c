"""EKA013: categories of test's own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from evenkeel.proof.audit.finding import NotChecked, Suspicion

People = Callable[..., pd.DataFrame]
Halves = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]
Check = Callable[..., list[Suspicion]]


def test_new_categories_are_counted_with_their_rows(people: People, halves: Halves, check: Check) -> None:
    train, test = halves(people())
    (found,) = check("EKA013", train, test.assign(city=["Steyr", *test["city"][1:]]))
    assert found.severity == "info"
    assert (found.rows[0].table, found.rows[0].numbers) == ("test", (0,))


def test_many_new_ones_are_a_warning(people: People, halves: Halves, check: Check) -> None:
    train, test = halves(people())
    assert check("EKA013", train, test.assign(city="Steyr"))[0].severity == "warning"


def test_known_ones_are_nothing(people: People, halves: Halves, check: Check) -> None:
    assert check("EKA013", *halves(people())) == []


def test_texts_have_no_levels(halves: Halves, check: Check) -> None:
    frame = pd.DataFrame({"text": [f"word {i}" for i in range(90)], "y": np.arange(90) % 2})
    with pytest.raises(NotChecked):
        check("EKA013", *halves(frame))
