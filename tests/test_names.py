"""What a column's name and values say of whether it names rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evenkeel.names import can_name, is_named_id, is_row_id


@pytest.mark.parametrize(
    "name", ["id", "ID", "patient_nbr", "customerID", "RowId", "PolicyNumber", "user-key"]
)
def test_names_of_ids(name: str) -> None:
    assert is_named_id(name)


@pytest.mark.parametrize(
    "name", ["paid", "valid", "num_lab_procedures", "NumberOfDependents", "idea", "x1", ""]
)
def test_names_of_features(name: str) -> None:
    assert not is_named_id(name)


COLUMNS = {
    "dense": (pd.Series(range(100)), True),
    "words": (pd.Series([f"u{i}" for i in range(100)]), True),
    "sparse": (pd.Series(np.arange(100) * 1_000), False),
    "sparse but named": (pd.Series(np.arange(100) * 1_000, name="id"), True),
    "measures": (pd.Series(np.arange(100) / 7), False),
    "repeated": (pd.Series(np.arange(100) // 2), False),
    "gaps": (pd.Series([None, *range(99)]), False),
    "sentences": (pd.Series([f"he said {i}" for i in range(100)]), False),
    "decimals as texts": (pd.Series([f"{i}.5" for i in range(100)]), False),
    "dates as texts": (pd.Series([f"2024-01-{i:02}" for i in range(100)]), False),
    "few": (pd.Series(range(20)), False),
    "truths": (pd.Series([True, False] * 50), False),
    "nothing": (pd.Series([None] * 50), False),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_ids_are_told_from_measures(kind: str) -> None:
    column, expected = COLUMNS[kind]
    assert is_row_id(column) is expected


def test_dates_name_nothing() -> None:
    assert not can_name(pd.Series(pd.to_datetime(["2024-01-01", "2024-01-02"])))
