"""Splits: exact counts, decided by row id and seed, and repeatable."""

from fractions import Fraction
from math import ceil, floor

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from evenkeel.errors import DataError
from evenkeel.splitting import (
    make_split,
    random_split,
    split_by_column,
    split_table,
    stratified_folds,
    stratified_split,
)
from evenkeel.splitting import test_quotas as quotas_of
from evenkeel.tables import ROW_ID

IDS = [f"row-{i}" for i in range(12)]
CODES = np.array([0] * 9 + [1] * 3)
PARAMETERS = {
    "target": "y",
    "positive": 1,
    "not_features": ["y"],
    "categorical": [],
    "split": {"test_size": 0.25, "stratify": True, "seed": 42},
}

class_counts = st.lists(st.integers(1, 40), min_size=1, max_size=5)
percents = st.integers(1, 99)


def labelled(counts: list[int]) -> tuple[list[str], np.ndarray]:
    codes = np.repeat(np.arange(len(counts)), counts)
    return [f"id{i}" for i in range(len(codes))], codes


def table(rows: int = 12) -> pd.DataFrame:
    labels = [int(i >= rows * 3 // 4) for i in range(rows)]
    return pd.DataFrame({ROW_ID: [f"row-{i}" for i in range(rows)], "x": np.arange(rows) * 1.5, "y": labels})


def test_the_ranking_is_pinned():
    made = stratified_split(IDS, CODES, 0.25, 42)
    assert [IDS[i] for i in made.test] == ["row-7", "row-0", "row-11"]
    assert [IDS[i] for i in made.train] == [f"row-{i}" for i in (5, 3, 9, 6, 10, 8, 4, 2, 1)]


@settings(max_examples=80, deadline=None)
@given(class_counts, percents)
def test_counts_are_exact_in_all_and_in_every_class(counts, percent):
    share = Fraction(percent, 100)
    ids, codes = labelled(counts)
    made = stratified_split(ids, codes, percent / 100, 42)
    assert len(made.test) == ceil(sum(counts) * share)
    for code, size in enumerate(counts):
        assert int((codes[made.test] == code).sum()) in {floor(size * share), ceil(size * share)}


@settings(max_examples=40, deadline=None)
@given(class_counts, percents, st.integers(0, 2**32 - 1))
def test_the_two_sides_are_disjoint_and_complete(counts, percent, seed):
    ids, codes = labelled(counts)
    made = stratified_split(ids, codes, percent / 100, seed)
    assert sorted([*made.train, *made.test]) == list(range(len(ids)))


@settings(max_examples=40, deadline=None)
@given(class_counts, percents, st.randoms(use_true_random=False))
def test_shuffled_rows_give_the_same_ids_in_the_same_order(counts, percent, random):
    ids, codes = labelled(counts)
    order = random.sample(range(len(ids)), len(ids))
    moved = [ids[i] for i in order]
    plain = stratified_split(ids, codes, percent / 100, 7)
    again = stratified_split(moved, codes[order], percent / 100, 7)
    assert [ids[i] for i in plain.test] == [moved[i] for i in again.test]
    assert [ids[i] for i in plain.train] == [moved[i] for i in again.train]


def test_another_seed_gives_another_split():
    ids, codes = labelled([60, 40])
    splits = {tuple(stratified_split(ids, codes, 0.2, seed).test) for seed in range(20)}
    assert len(splits) == 20


def test_a_row_keeps_its_rank_when_rows_are_appended():
    ids, codes = labelled([60, 40])
    few, many = (stratified_split(ids[:n], codes[:n], 0.2, 42) for n in (50, 60))
    old = [i for i in many.test if i < 50]
    shared = min(len(old), len(few.test))
    assert shared >= 5
    assert old[:shared] == few.test[:shared].tolist()


def test_a_test_row_of_equal_need_goes_to_the_smaller_class():
    assert quotas_of(np.array([30, 10]), 0.05).tolist() == [1, 1]
    assert quotas_of(np.array([45, 15, 25]), 0.1).tolist() == [4, 2, 3]


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 300), st.integers(1, 50), st.sampled_from([0, 42, 2**32 - 1]))
def test_random_split_is_scikit_learns(rows, percent, seed):
    train, test = train_test_split(range(rows), test_size=percent / 100, random_state=seed)
    made = random_split(rows, percent / 100, seed)
    assert made.train.tolist() == train
    assert made.test.tolist() == test


def test_random_split_repeats_the_published_split_of_a_frame():
    frame = table(200)
    train, test = train_test_split(frame, test_size=0.2, random_state=42)
    made = make_split(frame, frame["y"].to_numpy(), {"test_size": 0.2, "stratify": False, "seed": 42})
    pd.testing.assert_frame_equal(frame.iloc[made.train], train)
    pd.testing.assert_frame_equal(frame.iloc[made.test], test)


@pytest.mark.parametrize(
    ("column", "says"),
    [
        (["test", "train", "test", None], "test"),
        ([1, 0, 1, 0], 1),
        ([True, False, True, False], True),
        (pd.Categorical(["b", "a", "b", "c"]), "b"),
    ],
)
def test_a_column_decides_who_is_test(column, says):
    made = split_by_column(pd.Series(column, name="fold"), says)
    assert made.test.tolist() == [0, 2]
    assert made.train.tolist() == [1, 3]
    assert made.method == "by column 'fold'"


def test_a_column_decides_who_is_test_whatever_its_storage_type():
    assert split_by_column(pd.Series([1, 0, None], name="fold"), 1).test.tolist() == [0]


@pytest.mark.parametrize(("says", "rows"), [("tset", 0), ("a", 3)])
def test_a_column_without_two_sides_is_an_error_that_shows_its_values(says, rows):
    column = pd.Series(["test", "train", "train"] if says == "tset" else ["a"] * 3, name="fold")
    with pytest.raises(DataError) as caught:
        split_by_column(column, says)
    message = str(caught.value)
    assert f"Expected column 'fold' to say '{says}'" in message
    assert f"got {rows} of 3 rows" in message
    assert "'train' (2 rows)" in message or "'a' (3 rows)" in message
    assert "Next: mend `split.test`" in message


HOW = {
    "stratified": {"test_size": 0.5, "stratify": True, "seed": 1},
    "random": {"test_size": 0.9, "stratify": False, "seed": 1},
    "column": {"column": "fold", "test": "test"},
}


@pytest.mark.parametrize("how", HOW.values(), ids=HOW)
def test_a_class_that_train_would_lack_is_an_error(how):
    frame = table(20).assign(fold=["train"] * 19 + ["test"])
    codes = np.array([0] * 19 + [1])
    with pytest.raises(DataError, match=r"Expected every class in train, got none of 1 of them \(.*Next: "):
        make_split(frame, codes, how)


def test_a_split_that_leaves_no_train_row_is_an_error():
    with pytest.raises(DataError):
        make_split(table(4), np.array([0, 0, 1, 1]), {"test_size": 0.99, "stratify": True, "seed": 1})


def test_a_random_split_that_leaves_no_train_row_is_an_error():
    with pytest.raises(DataError):
        make_split(table(4), np.array([0, 0, 1, 1]), {"test_size": 0.99, "stratify": False, "seed": 1})


def test_split_table_gives_both_sides_and_the_facts():
    made = split_table(table(), PARAMETERS)
    assert made.test[ROW_ID].tolist() == ["row-7", "row-0", "row-11"]
    assert made.facts == {
        "method": "stratified by class, ranked by row id",
        "classes": ["0", "1"],
        "numeric": ["x"],
        "dates": [],
        "categorical": [],
        "train": {"0": 7, "1": 2},
        "test": {"0": 2, "1": 1},
    }


def test_split_table_changes_no_cell():
    frame = table()
    made = split_table(frame, PARAMETERS)
    both = pd.concat([made.train, made.test]).sort_index()
    pd.testing.assert_frame_equal(both, frame)


def test_the_index_of_a_table_does_not_matter():
    frame = table()
    odd = split_table(frame.set_axis([3] * len(frame)), PARAMETERS)
    assert odd.test[ROW_ID].tolist() == split_table(frame, PARAMETERS).test[ROW_ID].tolist()


def test_folds_hold_every_row_out_once_and_keep_the_share_of_each_class():
    codes = np.array([0] * 40 + [1] * 10)
    pairs = stratified_folds(codes, 5, 42)
    assert sorted(np.concatenate([held_out for _, held_out in pairs])) == list(range(50))
    assert [int(codes[held_out].sum()) for _, held_out in pairs] == [2] * 5
    assert all(set(fit).isdisjoint(held_out) for fit, held_out in pairs)


def test_folds_follow_the_seed():
    codes = np.array([0] * 40 + [1] * 10)
    first, same, other = (stratified_folds(codes, 5, seed)[0][1].tolist() for seed in (1, 1, 2))
    assert first == same != other


def test_the_reference_table_splits_to_its_published_counts(shared_data):
    frame = pd.read_csv(shared_data("stroke_43400/data.csv.gz"))
    codes = frame["stroke"].to_numpy()
    published = random_split(len(frame), 0.2, 42)
    assert (int(codes[published.test].sum()), int(codes[published.train].sum())) == (161, 622)
    exact = stratified_split(frame["id"].astype(str).tolist(), codes, 0.2, 42)
    assert np.bincount(codes[exact.test]).tolist() == [8523, 157]
