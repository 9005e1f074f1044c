"""Links: class names become codes, errors are explained, and a limit on rows is kept fairly."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.errors import DataError
from evenkeel.resampling.links import (
    CAP,
    by_code,
    capped,
    counts,
    guarded,
    linked,
    lowest_recall,
    ready_sampler,
)

NAMES = tuple("abcdef")
SIZES = st.lists(st.integers(0, 60), min_size=1, max_size=6).filter(any)
few = settings(max_examples=150, deadline=None)


def codes(sizes: list[int], seed: int = 0) -> npt.NDArray[np.int64]:
    return np.random.default_rng(seed).permutation(np.repeat(np.arange(len(sizes)), sizes)).astype(np.int64)


def names(sizes: list[int]) -> tuple[str, ...]:
    return NAMES[: len(sizes)]


# the limit on rows


@few
@given(sizes=SIZES, most=st.integers(2, 120), seed=st.integers(0, 2**32 - 1))
def test_the_limit_is_kept_but_where_classes_outnumber_it(sizes: list[int], most: int, seed: int) -> None:
    y = codes(sizes, seed)
    kept, _ = capped(y, most, seed=seed, classes=names(sizes))
    present = sum(size > 0 for size in sizes)
    assert len(kept) == min(len(y), max(most, present))


@few
@given(sizes=SIZES, most=st.integers(2, 120), seed=st.integers(0, 2**32 - 1))
def test_every_class_keeps_its_share_and_at_least_one_row(sizes: list[int], most: int, seed: int) -> None:
    y = codes(sizes, seed)
    _, link = capped(y, most, seed=seed, classes=names(sizes))
    for name, size, left in zip(names(sizes), sizes, link.after.values(), strict=True):
        share = size * min(1.0, most / len(y))
        assert min(size, 1) <= left <= size, name
        # a class below one row takes its row from the others, one for each such class
        assert share - len(sizes) - 1 < left < max(share, 1) + 1, name


def test_the_larger_the_class_the_more_rows_it_keeps() -> None:
    _, link = capped(codes([50, 30, 20]), 10, seed=0, classes=NAMES[:3])
    assert link.after == {"a": 5, "b": 3, "c": 2}


def test_a_class_that_would_vanish_keeps_one_row() -> None:
    _, link = capped(codes([1000, 1]), 10, seed=0, classes=NAMES[:2])
    assert link.after == {"a": 9, "b": 1}


@few
@given(sizes=SIZES, most=st.integers(2, 120), seed=st.integers(0, 2**32 - 1))
def test_rows_stay_in_order_and_none_is_kept_twice(sizes: list[int], most: int, seed: int) -> None:
    kept, _ = capped(codes(sizes), most, seed=seed, classes=names(sizes))
    assert (np.diff(kept) > 0).all()


def test_the_seed_decides_which_rows_stay() -> None:
    y = codes([300, 40])
    one, again, other = (capped(y, 100, seed=seed, classes=NAMES[:2])[0].tolist() for seed in (1, 1, 2))
    assert one == again
    assert one != other


def test_the_draw_is_the_same_one_always() -> None:
    kept, _ = capped(np.repeat([0, 1], [12, 6]).astype(np.int64), 6, seed=42, classes=NAMES[:2])
    assert kept.tolist() == [0, 5, 7, 10, 13, 15]


@pytest.mark.parametrize(
    ("sizes", "most", "left"),
    [([2, 3, 8], 6, [1, 1, 4]), ([1, 1, 4], 3, [1, 1, 1]), ([0, 1, 1, 9], 2, [0, 1, 1, 1])],
)
def test_a_row_that_a_rare_class_keeps_beyond_its_share_is_paid_by_the_others(
    sizes: list[int], most: int, left: list[int]
) -> None:
    _, link = capped(codes(sizes), most, seed=0, classes=names(sizes))
    assert list(link.after.values()) == left


def test_a_limit_is_a_link_of_its_own_and_says_when_it_did_nothing() -> None:
    y = codes([30, 10])
    _, cut = capped(y, 20, seed=0, classes=NAMES[:2])
    kept, idle = capped(y, 40, seed=0, classes=NAMES[:2])
    assert cut == (CAP, {"a": 30, "b": 10}, {"a": 15, "b": 5}, (), None)
    assert idle == (CAP, {"a": 30, "b": 10}, {"a": 30, "b": 10}, ("40 rows are not above 40",), None)
    assert kept.tolist() == list(range(40))


# classes by code


def test_a_sampling_strategy_names_classes_and_the_sampler_hears_codes() -> None:
    assert by_code({"sampling_strategy": {"b": 9, "a": 3}}, ("a", "b")) == {"sampling_strategy": {1: 9, 0: 3}}


def test_nested_samplers_hear_codes_too() -> None:
    params = {
        "smote": {"sampler": "SMOTE", "params": {"sampling_strategy": {"b": 9}, "k_neighbors": 2}},
        "enn": {"sampler": "ENN"},
        "n_jobs": 1,
    }
    assert by_code(params, ("a", "b")) == {
        "smote": {"sampler": "SMOTE", "params": {"sampling_strategy": {1: 9}, "k_neighbors": 2}},
        "enn": {"sampler": "ENN", "params": {}},
        "n_jobs": 1,
    }


def test_the_parameters_that_were_given_stay_as_they_are() -> None:
    params = {"smote": {"sampler": "SMOTE", "params": {"sampling_strategy": {"b": 9}}}}
    by_code(params, ("a", "b"))
    assert params == {"smote": {"sampler": "SMOTE", "params": {"sampling_strategy": {"b": 9}}}}


@pytest.mark.parametrize("strategy", ["auto", 0.5, "not minority"])
def test_other_strategies_stay_as_they_are(strategy: Any) -> None:
    assert by_code({"sampling_strategy": strategy}, ("a", "b")) == {"sampling_strategy": strategy}


@pytest.mark.parametrize("nested", [False, True])
def test_an_unknown_class_is_refused_by_name(nested: bool) -> None:
    params: dict[str, Any] = {"sampling_strategy": {"z": 9}}
    with pytest.raises(DataError, match="'z'"):
        by_code({"smote": {"sampler": "SMOTE", "params": params}} if nested else params, ("a", "b"))


def test_a_ready_sampler_has_the_seed_and_its_categorical_columns() -> None:
    sampler = ready_sampler("SMOTENC", {}, seed=7, classes=("a", "b"), categorical=[2])
    assert (sampler.random_state, sampler.categorical_features) == (7, [2])


def test_every_class_is_counted_by_name() -> None:
    assert counts(np.array([2, 0, 2]), ("a", "b", "c")) == {"a": 1, "b": 0, "c": 2}


# errors and warnings


def test_warnings_become_notes_once_each_and_on_one_line() -> None:
    def work() -> int:
        warnings.warn("two\n  lines", UserWarning, stacklevel=1)
        warnings.warn("two\n  lines", UserWarning, stacklevel=1)
        warnings.warn("of no use to the reader", DeprecationWarning, stacklevel=1)
        return 5

    assert guarded("SMOTE", codes([2, 1]), ("a", "b"), work) == (5, ["two lines"])


@pytest.mark.parametrize("error", [ValueError, RuntimeError, TypeError, IndexError])
def test_a_samplers_own_error_is_explained_with_counts_and_a_next_step(error: type[Exception]) -> None:
    def work() -> None:
        raise error("n_samples\n is wrong")

    with pytest.raises(
        DataError, match=r"^ENN could not resample 3 rows \(a: 2, b: 1\): n_samples is wrong Next: change"
    ) as raised:
        guarded("ENN", codes([2, 1]), ("a", "b"), work)
    assert isinstance(raised.value.__cause__, error)


@pytest.mark.parametrize("error", [DataError("ours"), KeyError("a defect"), KeyboardInterrupt()])
def test_other_errors_pass_as_they_are(error: BaseException) -> None:
    def work() -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        guarded("ENN", codes([2, 1]), ("a", "b"), work)
    assert raised.value is error


def test_a_link_counts_classes_before_and_after_and_keeps_each_note_once() -> None:
    made = linked("ENN", codes([4, 2, 0]), codes([1, 2, 0]), ("a", "b", "c"), ["slow", "slow"])
    assert made == ("ENN", {"a": 4, "b": 2, "c": 0}, {"a": 1, "b": 2, "c": 0}, ("slow",), None)


def test_a_link_with_approximate_neighbours_says_its_recall_cut_to_three_digits() -> None:
    made = linked("ENN", codes([4, 2]), codes([1, 2]), ("a", "b"), ["slow"], 0.99996)
    assert made.recall == 0.99996
    assert made.notes == ("slow", "neighbours approximate: recall 0.999")


def test_the_lowest_recall_is_that_of_the_links_that_have_one() -> None:
    assert lowest_recall([{"recall": 0.9}, {"recall": None}, {}, {"recall": 0.8}]) == 0.8
    assert lowest_recall([{}, {"recall": None}]) is None


def test_a_class_that_lost_all_its_rows_is_noted_by_name() -> None:
    made = linked("ENN", codes([4, 2]), codes([4, 0]), ("a", "b"), [])
    assert made.notes == ("class 'b' has lost all its rows",)


def test_a_sampler_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(DataError, match=r"rows after ENN, got none \(before: a: 4, b: 2\)\. Next: change"):
        linked("ENN", codes([4, 2]), codes([0, 0]), ("a", "b"), [])
