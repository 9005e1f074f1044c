"""Lineage: every row names the train rows that it came from, through any number of samplers."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.resampling.lineage import (
    NOWHERE,
    ORIGIN,
    PARENTS,
    PROVENANCE,
    SAMPLER,
    TO_OTHER,
    TO_OWN,
    WEIGHT,
    Lineage,
    Rows,
    of_train,
    resampled_table,
    train_rows,
)
from evenkeel.tables import ROW_ID, row_ids

TRAIN = 5
few = settings(max_examples=40, deadline=None)


def at(*positions: int) -> npt.NDArray[np.intp]:
    return np.array(positions, dtype=np.intp)


def some_new(lineage: Lineage, weight: float = 0.25, maker: str = "SMOTE") -> Lineage:
    """One row between the first two of `lineage`."""
    return lineage.between(at(0), at(1), np.array([weight]), maker)


def entries(lineage: Lineage, position: int) -> tuple[Any, ...]:
    return tuple(None if pd.isna(entry[position]) else entry[position] for entry in lineage)


def rows_of(ids: list[str]) -> Rows:
    frame = pd.DataFrame({ROW_ID: pd.Series(ids, dtype="str"), "a": np.arange(float(len(ids)))})
    return train_rows(frame, np.zeros(len(ids), dtype=np.int64))


def grown(rows: Rows, base: npt.NDArray[np.intp], neighbour: npt.NDArray[np.intp]) -> Rows:
    """`rows` and one more for each pair; where both are one row, a copy of it."""
    lineage = rows.lineage.between(base, neighbour, np.full(len(base), 0.5), "SMOTE")
    return rows.and_then(Rows(rows.take(base).frame, rows.y[base], lineage))


def table_of(rows: Rows, ids: list[str]) -> pd.DataFrame:
    nothing = np.full(len(rows.y), np.nan)
    return resampled_table(rows, np.array(ids, dtype=object), nothing, nothing)


# lineage


def test_a_train_row_is_a_copy_of_itself() -> None:
    lineage = of_train(TRAIN)
    assert lineage.origin.tolist() == lineage.nearest_train().tolist() == [0, 1, 2, 3, 4]
    assert entries(lineage, 3) == (3, NOWHERE, NOWHERE, None, None)


def test_taking_rows_takes_their_lineage_along() -> None:
    both = of_train(TRAIN).and_then(some_new(of_train(TRAIN)))
    taken = both.take(at(5, 2, 5))
    assert [entries(taken, i) for i in range(3)] == [entries(both, i) for i in (5, 2, 5)]


def test_what_follows_comes_after() -> None:
    one, two = of_train(2), some_new(of_train(2))
    both = one.and_then(two)
    assert [entries(both, i) for i in range(3)] == [entries(one, 0), entries(one, 1), entries(two, 0)]
    assert [entry.dtype for entry in both] == [entry.dtype for entry in one]


def test_a_new_row_names_its_parents_its_weight_and_its_maker() -> None:
    assert entries(some_new(of_train(TRAIN)), 0) == (NOWHERE, 0, 1, 0.25, "SMOTE")


def test_a_row_at_its_own_neighbour_is_a_copy_of_it() -> None:
    copy = of_train(TRAIN).between(at(3), at(3), np.array([0.0]), "RandomOverSampler")
    assert entries(copy, 0) == entries(of_train(TRAIN), 3)


def test_a_copy_of_a_synthetic_row_keeps_the_lineage_of_what_it_copies() -> None:
    both = of_train(TRAIN).and_then(some_new(of_train(TRAIN)))
    copy = both.between(at(5), at(5), np.array([0.0]), "RandomOverSampler")
    assert entries(copy, 0) == entries(both, 5) == (NOWHERE, 0, 1, 0.25, "SMOTE")


@pytest.mark.parametrize(("base", "neighbour", "parents"), [(5, 4, (2, 4)), (4, 5, (4, 2)), (5, 6, (2, 3))])
def test_a_synthetic_parent_is_stood_for_by_its_first_and_the_weight_is_missing(
    base: int, neighbour: int, parents: tuple[int, int]
) -> None:
    made = of_train(TRAIN).between(at(2, 3), at(1, 0), np.array([0.5, 0.5]), "SMOTE")
    again = of_train(TRAIN).and_then(made).between(at(base), at(neighbour), np.array([0.5]), "ADASYN")
    assert entries(again, 0) == (NOWHERE, *parents, None, "ADASYN")


@few
@given(st.integers(0, 2**32 - 1))
def test_through_any_chain_a_row_is_a_copy_or_has_a_maker_and_a_parent_in_train(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lineage = of_train(TRAIN)
    for _ in range(4):
        base, neighbour = rng.integers(0, len(lineage.origin), (2, 6))
        lineage = lineage.and_then(lineage.between(base, neighbour, rng.random(6), "SMOTE"))
        lineage = lineage.take(rng.permutation(len(lineage.origin))[:12])
        real = lineage.origin >= 0
        assert ((lineage.nearest_train() >= 0) & (lineage.nearest_train() < TRAIN)).all()
        assert [maker is None for maker in lineage.maker] == real.tolist()
        assert (lineage.first[real] == NOWHERE).all()
        assert np.isnan(lineage.weight[real]).all()


# the table


def test_a_train_row_keeps_its_id_and_what_was_made_of_it_is_numbered() -> None:
    ids = ["a", "b"]
    rows = grown(rows_of(ids), at(0, 0, 0, 1, 0), at(0, 0, 1, 0, 1))
    assert table_of(rows, ids)[ROW_ID].tolist() == [
        "a",
        "b",
        "a#copy1",
        "a#copy2",
        "a#new1",
        "b#new1",
        "a#new2",
    ]


def test_where_the_train_row_itself_is_gone_its_first_copy_has_its_id() -> None:
    ids = ["a", "b"]
    rows = grown(rows_of(ids), at(0, 0), at(0, 0)).take(at(1, 2, 3))
    assert table_of(rows, ids)[ROW_ID].tolist() == ["b", "a", "a#copy1"]


HARD = ["a", "a#2", "a#new1", "a#copy1", "a\\#new1", "a#new1#2", "#", "", "new1", "a#", "\\"]


@few
@given(
    keys=st.lists(st.sampled_from(HARD) | st.text("a#\\|1", max_size=6), min_size=1, max_size=8),
    by_key=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_ids_are_unique_and_no_new_row_has_the_id_of_a_train_row(
    keys: list[str], by_key: bool, seed: int
) -> None:
    ids = row_ids(pd.DataFrame({"key": pd.Series(keys, dtype="str")}), ["key"] if by_key else []).tolist()
    rng = np.random.default_rng(seed)
    rows = rows_of(ids)
    for _ in range(2):
        rows = grown(rows, *rng.integers(0, len(rows.y), (2, 12)))
    made = table_of(rows, ids)
    assert made[ROW_ID].is_unique
    named = made[ORIGIN].notna() & (made[ROW_ID] == made[ORIGIN])
    assert not set(made[ROW_ID][~named]) & set(ids)


def test_origins_parents_and_makers_are_by_name() -> None:
    ids = ["a", "b", "c"]
    made = table_of(grown(rows_of(ids), at(2), at(1)), ids)
    assert made[[ORIGIN, *PARENTS, SAMPLER]].iloc[0].fillna("-").tolist() == ["a", "-", "-", "-"]
    assert made[[ORIGIN, *PARENTS, SAMPLER]].iloc[3].fillna("-").tolist() == ["-", "c", "b", "SMOTE"]
    assert made[WEIGHT].fillna(-1).tolist() == [-1, -1, -1, 0.5]


def subsets() -> dict[str, Rows]:
    rows = grown(rows_of(["a", "b"]), at(0, 1), at(1, 0))
    return {
        "nothing is synthetic": rows.take(at(0, 1)),
        "everything is": rows.take(at(2, 3)),
        "some are": rows,
        "no rows": rows.take(at()),
    }


@pytest.mark.parametrize("which", subsets())
def test_provenance_has_the_same_types_whatever_is_in_it(which: str) -> None:
    made = table_of(subsets()[which], ["a", "b"])
    texts = (ROW_ID, ORIGIN, *PARENTS, SAMPLER)
    assert made.columns.tolist() == [ROW_ID, "a", *PROVENANCE]
    for name in texts:
        assert made[name].dtype == pd.Series(["x"], dtype="str").dtype
    assert {str(made[name].dtype) for name in (WEIGHT, TO_OWN, TO_OTHER)} == {"float64"}


def test_rows_without_ids_get_none() -> None:
    rows = train_rows(pd.DataFrame({"a": [1.0]}), np.zeros(1, dtype=np.int64))
    assert table_of(rows, ["x"]).columns.tolist() == ["a", *PROVENANCE]


def test_the_table_leaves_the_rows_alone() -> None:
    rows = grown(rows_of(["a", "b"]), at(0), at(0))
    before = rows.frame.copy()
    table_of(rows, ["a", "b"])
    pd.testing.assert_frame_equal(rows.frame, before)
    assert not any(re.fullmatch(r"__.*__", name) and name != ROW_ID for name in rows.frame)
