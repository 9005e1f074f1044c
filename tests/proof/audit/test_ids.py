"""EKA007: numbers of rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from evenkeel.proof.audit.finding import Suspicion

People = Callable[..., pd.DataFrame]
Halves = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]
Check = Callable[..., list[Suspicion]]


def test_ids_are_for_information(people: People, halves: Halves, check: Check) -> None:
    (found,) = check("EKA007", *halves(people()))
    assert (found.severity, "'person_id'" in found.evidence) == ("info", True)


def test_rows_numbered_by_class_are_a_warning(people: People, halves: Halves, check: Check) -> None:
    frame = people().sort_values("y").assign(person_id=range(1_500))
    (found,) = check("EKA007", *halves(frame))
    assert found.severity == "warning"
    assert "AUC of 1.000" in found.evidence


@pytest.mark.parametrize("values", ["words", "amounts"])
def test_names_are_ids_and_measures_are_not(
    people: People, halves: Halves, check: Check, values: str
) -> None:
    draws = np.random.default_rng(0)
    columns = {"words": [f"AX-{i:05}" for i in range(1_500)], "amounts": draws.normal(size=1_500)}
    frame = people().drop(columns="person_id").assign(c=columns[values])
    assert len(check("EKA007", *halves(frame))) == (values == "words")
