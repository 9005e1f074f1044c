"""Two tables become one pool, or the reason why they cannot is told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.errors import DataError
from evenkeel.proof.audit import audit
from evenkeel.proof.audit.pair import Pair, grain

PLAIN = pd.DataFrame({"a": [1.5, 2.5, 3.5], "c": ["x", None, "x"], "y": [0, 1, 0]})


def test_positions_are_given_back_as_rows_of_each_table() -> None:
    pair = Pair.of(PLAIN, PLAIN[:2], target="y")
    told = pair.rows(np.array([4, 0, 2]))
    assert [(rows.table, rows.count, rows.numbers) for rows in told] == [
        ("train", 2, (0, 2)),
        ("test", 1, (1,)),
    ]


def test_at_most_twenty_rows_are_listed() -> None:
    frame = pd.DataFrame({"a": np.arange(50.0), "y": np.arange(50) % 2})
    (rows,) = Pair.of(frame, frame, target="y").rows(np.arange(50))
    assert (rows.count, rows.numbers) == (50, tuple(range(20)))


@pytest.mark.parametrize("other", [np.array([2.0, 3.0]), ["2", "3"], pd.array([2, None], dtype="Int64")])
def test_one_column_may_be_stored_in_two_ways(other: object) -> None:
    train, test = pd.DataFrame({"a": [1, 2], "y": [0, 1]}), pd.DataFrame({"a": other, "y": [0, 1]})
    codes = Pair.of(train, test, target="y").codes["a"]
    assert codes[1] == codes[2]
    assert len(set(codes.tolist())) == 3


@pytest.mark.parametrize(("train", "test"), [([True, False], [1, 0]), ([1.0, 0.5], [True, False])])
def test_truths_beside_numbers_are_numbers(train: list[object], test: list[object]) -> None:
    pair = Pair.of(*(pd.DataFrame({"a": a, "y": [0, 1]}) for a in (train, test)), target="y")
    assert pair.numbers["a"].tolist() == [float(value) for value in (*train, *test)]


def test_the_tables_are_not_changed() -> None:
    before = PLAIN.copy(deep=True)
    audit(PLAIN, PLAIN, target="y")
    pd.testing.assert_frame_equal(PLAIN, before)


MISTAKES = [
    ({"target": "z"}, PLAIN, "for target, got 'z'"),
    ({"target": "y", "groups": "cc"}, PLAIN, "for groups, got 'cc'. Did you mean 'c'?"),
    ({"target": "y", "time": "when"}, PLAIN, "for time, got 'when'"),
    ({"target": "y", "ignore": ["b"]}, PLAIN, "for ignore, got 'b'"),
    ({"target": "y", "groups": "y"}, PLAIN, "another column than the target"),
    ({"target": "y"}, PLAIN.rename(columns={"a": "b"}), "only train has 'a'; only test has 'b'"),
    ({"target": "y"}, PLAIN[:0], "Expected rows in test, got none"),
    ({"target": "c"}, PLAIN, "Expected a label in every row of train, got 1 rows without"),
    ({"target": "y"}, PLAIN[["a", "a", "c", "y"]], "distinct column names in test, got ['a'] twice"),
    ({"target": "y", "ignore": ["a", "c"]}, PLAIN, "at least one feature column"),
]


@pytest.mark.parametrize(("options", "test", "said"), MISTAKES)
def test_a_mistake_is_told_in_one_message(options: dict[str, object], test: pd.DataFrame, said: str) -> None:
    with pytest.raises(DataError) as error:
        Pair.of(PLAIN, test, **options)  # type: ignore[arg-type]
    assert said in str(error.value)
    assert "Next: " in str(error.value) or "Expected" in str(error.value)


def test_a_named_column_may_be_ignored_as_a_feature() -> None:
    pair = Pair.of(PLAIN, PLAIN, target="y", groups="c", ignore=["c"])
    assert pair.groups in pair.codes


def test_a_target_of_measures_is_refused() -> None:
    frame = pd.DataFrame({"a": np.arange(300.0), "y": np.arange(300.0)})
    with pytest.raises(DataError, match="2 to 100 classes in the target 'y', got 300"):
        Pair.of(frame, frame, target="y")


@given(st.lists(st.integers(-(10**6), 10**6), min_size=1), st.integers(0, 6))
def test_the_grain_is_at_least_the_unit_that_values_were_written_in(whole: list[int], places: int) -> None:
    values = np.array([float(f"{number}e-{places}") for number in whole])
    assert grain(values) >= 10.0**-places * (1 - 1e-12)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e6])
def test_full_precision_has_no_grain(scale: float) -> None:
    assert grain(scale * np.random.default_rng(0).normal(size=100)) == 0
