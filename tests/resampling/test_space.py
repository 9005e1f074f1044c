"""The space of distances: units, mismatches, what is missing and what was never seen."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.errors import DataError
from evenkeel.preprocessing import PreprocessConfig, fit_preprocessor
from evenkeel.resampling.space import MOST_LEVELS, Space, fit_space
from evenkeel.tables import Features, find_features


def people(rows: int = 200, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    days = pd.Series(rng.integers(0, 9000, rows).astype("M8[D]").astype("M8[us]"))
    visits: list[Any] = [None if n == 0 else int(n) for n in rng.integers(0, 9, rows)]
    return pd.DataFrame(
        {
            "age": rng.integers(18, 99, rows),
            "income": np.where(rng.random(rows) < 0.2, np.nan, rng.lognormal(9, 1, rows)),
            "visits": pd.array(visits, dtype="Int64"),
            "since": days.mask(rng.random(rows) < 0.1),
            "always": np.full(rows, 0.1),
            "town": pd.Series(rng.choice(["Graz", "Linz", "Wien"], rows)).mask(rng.random(rows) < 0.2),
            "member": rng.random(rows) < 0.4,
            "grade": pd.Categorical(rng.choice([1, 2, 3], rows), ordered=True),
        }
    )


def fitted(frame: pd.DataFrame, **named: Any) -> tuple[Space, npt.NDArray[np.float64]]:
    space = fit_space(frame, find_features(frame, exclude=[]), **named)
    return space, space.transform(frame)


def squared(left: npt.NDArray[np.float64], right: npt.NDArray[np.float64]) -> float:
    return float(((left - right) ** 2).sum())


def test_numbers_and_dates_have_unit_variance_and_constants_say_nothing() -> None:
    space, Z = fitted(people())
    names = [*space.features.numeric, *space.features.dates]
    numbers = Z[:, space.numeric_columns]
    np.testing.assert_allclose(numbers.std(axis=0), [name != "always" for name in names], rtol=1e-9)
    np.testing.assert_allclose(numbers.mean(axis=0), 0, atol=1e-9)
    assert not Z[:, names.index("always")].any()


def test_a_constant_of_train_says_nothing_about_other_rows_either() -> None:
    space, _ = fitted(people())
    Z = space.transform(people().assign(always=7.5))
    assert not Z[:, space.features.numeric.index("always")].any()


def test_numbers_are_where_preprocessing_puts_them() -> None:
    frame = people().drop(columns=["always", "town", "member", "grade"])
    encoded = fit_preprocessor(frame, find_features(frame, exclude=[]), PreprocessConfig())
    np.testing.assert_array_equal(fitted(frame)[1], encoded.transform(frame))


@given(st.integers(0, 2**32 - 1), st.sampled_from(["float64", "float32", "int8", "int64", "Int64"]))
@settings(max_examples=20, deadline=None)
def test_unscaled_numbers_stay_bit_for_bit(seed: int, dtype: str) -> None:
    values = np.random.default_rng(seed).normal(size=(15, 3)) * 40
    frame = pd.DataFrame(values.round(0 if "nt" in dtype else 9), columns=list("abc")).astype(dtype)
    _, Z = fitted(frame, scale=False)
    assert Z.tobytes() == frame.to_numpy(dtype=np.float64).tobytes()


def test_an_unscaled_constant_stays_too() -> None:
    frame = pd.DataFrame({"a": [0.1, 0.1, 0.1], "b": [1.0, 2.0, 4.0]})
    assert fitted(frame, scale=False)[1].tobytes() == frame.to_numpy().tobytes()


def test_missing_numbers_take_the_median_of_train() -> None:
    train = pd.DataFrame({"a": [1.0, 2.0, 9.0, np.nan], "b": pd.array([1, None, 5, 4], dtype="Int64")})
    space, Z = fitted(train, scale=False)
    np.testing.assert_array_equal(Z, [[1, 1], [2, 4], [9, 5], [2, 4]])
    np.testing.assert_array_equal(space.transform(train.iloc[[3]].assign(b=None)), [[2, 4]])


def test_a_column_of_nothing_says_nothing() -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0, 4.0], "none": np.full(3, np.nan)})
    assert not fitted(frame)[1][:, 1].any()


def test_numbers_come_first_then_categories() -> None:
    space, Z = fitted(people())
    assert space.numeric_columns == [0, 1, 2, 3, 4]
    assert space.categorical_columns == list(range(5, 5 + 4 + 2 + 3))
    assert Z.shape == (200, 14)
    assert Z.dtype == np.float64


@pytest.mark.parametrize("column", ["town", "member", "grade"])
def test_each_mismatch_adds_one_to_the_squared_distance(column: str) -> None:
    frame = people()
    space, _ = fitted(frame)
    twins = frame.iloc[[0] * 2].reset_index(drop=True)
    values = frame[column].drop_duplicates().iloc[:2].reset_index(drop=True)
    left, right = space.transform(twins.assign(**{column: values}))
    assert squared(left, right) == pytest.approx(1.0)


def test_two_mismatches_add_two() -> None:
    frame = people()
    space, _ = fitted(frame)
    twins = frame.iloc[[0] * 2].assign(town=["Graz", "Wien"], member=[True, False])
    assert squared(*space.transform(twins)) == pytest.approx(2.0)


def test_the_example_of_the_paper() -> None:
    """F1 and F2 of Chawla et al. 2002, section 6.1: sqrt((4-1)² + (6-2)² + (5-3)² + Med² + Med²)."""
    rows = [(1, 2, 3, "A", "B", "C"), (4, 6, 5, "A", "D", "E"), (3, 5, 6, "A", "B", "K")]
    frame = pd.DataFrame(rows, columns=list("pqrstu"))
    _, Z = fitted(frame, scale=False)
    med = np.median(frame[["p", "q", "r"]].std(ddof=0))
    assert squared(Z[0], Z[1]) == pytest.approx(3**2 + 4**2 + 2**2 + 2 * med**2)


def test_columns_that_do_not_vary_have_no_say_in_the_weight_of_categories() -> None:
    frame = pd.DataFrame({"a": [0.0, 2.0], "b": [1.0, 1.0], "c": [3.0, 3.0], "t": ["x", "y"]})
    assert squared(*fitted(frame, scale=False)[1]) == pytest.approx(2**2 + 1**2)


def test_categories_alone_are_one_hot() -> None:
    space, Z = fitted(people()[["town", "member"]])
    assert space.numeric_columns == []
    np.testing.assert_array_equal((Z != 0).sum(axis=1), 2)
    assert set(np.unique(Z)) == {0.0, space.mark}
    assert space.mark == pytest.approx(0.5**0.5)


def test_a_missing_category_is_one_of_its_own() -> None:
    space, _ = fitted(pd.DataFrame({"t": ["x", "y", None, None]}))
    missing, other, again = space.transform(pd.DataFrame({"t": [None, "x", None]}))
    assert squared(missing, other) == pytest.approx(1.0)
    assert squared(missing, again) == 0.0


def test_a_missing_category_is_not_the_text_nan() -> None:
    _, Z = fitted(pd.DataFrame({"t": ["nan", None]}))
    assert squared(*Z) == pytest.approx(1.0)


def test_an_unseen_category_has_no_mark() -> None:
    space, _ = fitted(pd.DataFrame({"a": [1.0, 2.0], "t": ["x", "y"], "b": [True, True]}))
    Z = space.transform(pd.DataFrame({"a": [1.0] * 3, "t": ["z", None, "x"], "b": [True, True, False]}))
    np.testing.assert_array_equal((Z[:, space.categorical_columns] != 0).sum(axis=1), [1, 1, 1])
    assert not Z[:2, space.categorical_columns[:2]].any()


@pytest.mark.parametrize("dtype", ["str", "object", "category"])
def test_text_is_the_same_in_every_type(dtype: str) -> None:
    texts = pd.Series(["x", "y", None, "x", "z"])
    expected = fitted(texts.to_frame("t"))[1]
    np.testing.assert_array_equal(fitted(texts.astype(dtype).to_frame("t"))[1], expected)


def test_the_order_of_rows_has_no_say() -> None:
    frame = people()
    shuffled = frame.sample(frac=1, random_state=3)
    np.testing.assert_allclose(fitted(shuffled)[0].transform(frame), fitted(frame)[1], atol=1e-12)


def test_other_columns_and_the_index_have_no_say() -> None:
    frame = people()
    space, Z = fitted(frame)
    odd = frame[frame.columns[::-1]].assign(more="x").set_index(np.arange(200) * 7)
    np.testing.assert_array_equal(space.transform(odd), Z)


def test_new_rows_are_measured_by_train_alone() -> None:
    space, Z = fitted(people())
    new = pd.concat([people(), people(50, seed=9).assign(age=10_000)])
    np.testing.assert_array_equal(space.transform(new)[:200], Z)


def test_many_categories_share_the_last_column() -> None:
    names = [f"n{i:04}" for i in range(1000)]
    frame = pd.DataFrame(
        {"t": [name for i, name in enumerate(names) for _ in range(2 if i < MOST_LEVELS - 2 else 1)]}
    )
    frame.loc[len(frame)] = None
    space, _ = fitted(frame)
    Z = space.transform(
        pd.DataFrame(
            {"t": [None, "n0000", f"n{MOST_LEVELS - 3:04}", f"n{MOST_LEVELS - 2:04}", "n0999", "unseen"]}
        )
    )
    assert Z.shape[1] == MOST_LEVELS
    assert len(np.unique(Z[:4], axis=0)) == 4
    assert squared(Z[3], Z[4]) == 0.0
    assert not Z[5].any()


def test_as_many_categories_as_columns_all_have_their_own() -> None:
    _, Z = fitted(pd.DataFrame({"t": [str(i) for i in range(MOST_LEVELS)]}))
    np.testing.assert_array_equal((Z != 0).sum(axis=0), 1)


def test_twenty_thousand_categories_take_little_memory() -> None:
    frame = pd.DataFrame({"t": [f"n{i}" for i in range(20_000)]})
    tracemalloc.start()
    _, Z = fitted(frame)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert Z.shape == (20_000, MOST_LEVELS)
    assert peak < 2 * Z.nbytes


def test_infinite_numbers_are_refused() -> None:
    with pytest.raises(DataError, match="infinity"):
        fitted(pd.DataFrame({"a": [1.0, np.inf]}))


def test_fitting_changes_nothing_in_the_frame() -> None:
    frame, features = people(), Features(("always",), (), ("town",))
    before = frame.copy(deep=True)
    fit_space(frame, features).transform(frame)
    pd.testing.assert_frame_equal(frame, before)
