"""Comparing: exact to the bit, close within a stated tolerance, or different, and how far."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evenkeel.proof.compare import (
    NUMBERS,
    PROBABILITIES,
    compare_frames,
    compare_json,
    compare_matrices,
    compare_table,
    compare_values,
)
from evenkeel.store import Store

FRAME = pd.DataFrame(
    {
        "id": ["a", "b", "c"],
        "whole": pd.array([1, None, 3], dtype="Int64"),
        "number": [0.5, np.nan, -2e6],
        "when": pd.to_datetime(["2024-01-01", None, "2024-01-03"]),
        "so": [True, False, True],
        "kind": pd.Series(["x", "y", "x"], dtype="category"),
    }
)
Change = Callable[[pd.DataFrame], pd.DataFrame]


def with_cell(column: str, row: int, value: Any) -> Change:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        changed = frame.copy()
        changed.loc[row, column] = value
        return changed

    return change


def test_the_same_table_is_exact_whatever_its_index_and_its_writer(tmp_path: Path) -> None:
    ref = Store(tmp_path).put_table(FRAME, "train")
    found = compare_table("rows", FRAME.set_axis([7, 8, 9]), ref, Store(tmp_path))
    assert (found.likeness, str(found)) == ("exact", "rows")


@pytest.mark.parametrize("factor", [1 + 1e-12, 1 + 9e-7, 1 - 9e-7])
def test_numbers_within_tolerance_are_close(factor: float, tmp_path: Path) -> None:
    ref = Store(tmp_path).put_table(FRAME, "train")
    found = compare_table("rows", FRAME.assign(number=FRAME["number"] * factor), ref, Store(tmp_path))
    assert found.likeness == "close"
    assert str(found).startswith("rows: number: 2 of 3 rows differ, by up to ")


DIFFERENT: dict[str, Change] = {
    "number": with_cell("number", 0, 0.5 * (1 + 2e-6)),
    "gap": with_cell("number", 1, 0.0),
    "no gap": with_cell("number", 0, np.nan),
    "infinite": with_cell("number", 0, np.inf),
    "whole": with_cell("whole", 2, 4),
    "whole gap": with_cell("whole", 1, 2),
    "id": with_cell("id", 1, "B"),
    "date": with_cell("when", 0, pd.Timestamp("2024-01-01 00:00:00.000001")),
    "bool": with_cell("so", 0, False),
    "category": with_cell("kind", 0, "y"),
    "order of rows": lambda frame: frame.iloc[::-1],
    "a row less": lambda frame: frame.iloc[:2],
    "order of columns": lambda frame: frame[frame.columns[::-1]],
    "name": lambda frame: frame.rename(columns={"so": "thus"}),
    "type": lambda frame: frame.assign(number=frame["number"].astype("float32")),
}


@pytest.mark.parametrize("how", DIFFERENT)
def test_all_else_is_different_in_both_directions(how: str) -> None:
    changed = DIFFERENT[how](FRAME)
    assert compare_frames("rows", changed, FRAME).likeness == "different"
    assert compare_frames("rows", FRAME, changed).likeness == "different"


def test_what_is_too_far_is_told_first() -> None:
    changed = FRAME.assign(number=FRAME["number"] * (1 + 1e-9), whole=FRAME["whole"] + 1)
    assert compare_frames("rows", changed, FRAME).how.startswith("whole differs in 2 of 3 rows, number: ")


def test_a_table_whose_content_is_not_the_recorded_one_is_never_close(tmp_path: Path) -> None:
    """Somebody who is found out by EK003 gains no tolerance here."""
    store = Store(tmp_path)
    ref = store.put_table(FRAME, "train").model_copy(update={"content": "0" * 64})
    found = compare_table("rows", FRAME.assign(number=FRAME["number"] * (1 + 1e-9)), ref, store)
    assert found.likeness == "different"
    assert found.how.endswith("came out, 000000000000 is recorded")


def test_an_artifact_that_is_gone_is_different(tmp_path: Path) -> None:
    elsewhere, store = Store(tmp_path / "a"), Store(tmp_path / "b")
    table, value = elsewhere.put_table(FRAME, "train"), elsewhere.put_json({"a": 1})
    assert compare_table("rows", FRAME.iloc[:2], table, store).likeness == "different"
    assert compare_json("value", {"a": 2}, value, store).likeness == "different"


@pytest.mark.parametrize(
    ("far", "likeness"), [(0.0, "exact"), (1e-16, "close"), (9e-5, "close"), (1.1e-4, "different")]
)
def test_probabilities_have_an_absolute_tolerance(far: float, likeness: str) -> None:
    one = np.zeros((4, 2))
    two = one.copy()
    two[2, 1] = far
    assert compare_matrices("p", two, one, PROBABILITIES).likeness == likeness
    assert compare_matrices("p", one, two, PROBABILITIES).likeness == likeness


def test_matrices_of_other_shapes_are_different_and_gaps_alike() -> None:
    gaps = np.array([[np.nan, 1.0]])
    assert compare_matrices("X", gaps, gaps.copy(), NUMBERS).likeness == "exact"
    assert compare_matrices("X", gaps, gaps.T, NUMBERS).likeness == "different"
    assert compare_matrices("X", gaps, np.array([[0.0, 1.0]]), NUMBERS).likeness == "different"


VALUE = {"a": [1, 0.5], "b": {"c": "text", "d": None}, "e": True}


@pytest.mark.parametrize(
    ("made", "likeness"),
    [
        (VALUE, "exact"),
        (VALUE | {"a": (1, 0.5)}, "exact"),
        (VALUE | {"a": [1, 0.50005]}, "close"),
        (VALUE | {"a": [1, 0.5002]}, "different"),
        (VALUE | {"a": [2, 0.5]}, "different"),
        (VALUE | {"a": [1]}, "different"),
        (VALUE | {"e": 1}, "different"),
        (VALUE | {"b": {"c": "texts", "d": None}}, "different"),
        (VALUE | {"b": {"c": "text", "d": 0.0}}, "different"),
        (VALUE | {"b": {"c": "text"}}, "different"),
        (VALUE | {"f": 1}, "different"),
    ],
)
def test_figures_have_the_same_shape_and_numbers_within_tolerance(
    made: dict[str, Any], likeness: str, tmp_path: Path
) -> None:
    ref = Store(tmp_path).put_json(VALUE)
    assert compare_json("value", made, ref, Store(tmp_path)).likeness == likeness


def test_a_difference_of_figures_names_its_place_and_both_values() -> None:
    found = compare_values("figures", {"test": {"recall": 0.4}}, {"test": {"recall": 1.0}})
    assert str(found) == "figures: test.recall 0.4 came out, 1.0 is recorded"


def test_another_version_is_compared_in_the_keys_that_both_have() -> None:
    made = {"a": 1, "new": 2, "metrics": [{"key": "x", "title": "X"}, {"key": "y", "title": "Y"}]}
    stored = {"a": 1, "old": 3, "metrics": [{"key": "y", "title": "Y"}]}
    assert compare_values("report", made, stored, common=True).likeness == "exact"
    assert compare_values("report", made, stored | {"a": 2}, common=True).likeness == "different"
    assert compare_values("report", made, stored).likeness == "different"
