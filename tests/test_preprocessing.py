"""Preprocessing: fitted on the rows it is given and on no other, whatever the columns look like."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from evenkeel.models import load_estimator, save_estimator
from evenkeel.preprocessing import Matrix, PreprocessConfig, Preprocessor, fit_preprocessor
from evenkeel.tables import Features, find_features

AUTO = PreprocessConfig()
ODD = {
    "numbers": pd.Series([1, 2, 4]),
    "numbers, one missing": pd.Series([1.0, None, 4.0]),
    "Int64, one missing": pd.Series([1, None, 4], dtype="Int64"),
    "numbers, all missing": pd.Series([np.nan] * 3),
    "numbers, constant": pd.Series([5.0] * 3),
    "text": pd.Series(["a", "b", "a"], dtype="str"),
    "text, one missing": pd.Series(["a", None, "b"], dtype="str"),
    "text, all missing": pd.Series([None] * 3, dtype=object),
    "text, constant": pd.Series(["a"] * 3, dtype="str"),
    "category, one missing": pd.Series(["a", None, "b"], dtype="category"),
    "bool": pd.Series([True, False, True]),
    "boolean, one missing": pd.Series([True, None, False], dtype="boolean"),
    "dates": pd.to_datetime(pd.Series(["2024-01-01", "2024-01-02", "2024-01-05"])),
    "dates, one missing": pd.to_datetime(pd.Series(["2024-01-01", None, "2024-01-05"]), utc=True),
    "dates, all missing": pd.to_datetime(pd.Series([None] * 3)),
}


def table() -> pd.DataFrame:
    return pd.DataFrame(ODD)


def fitted(frame: pd.DataFrame, features: Features | None = None, **config: Any) -> Preprocessor:
    return fit_preprocessor(frame, features or find_features(frame, exclude=()), PreprocessConfig(**config))


def one(column: Any, new: Any = None, **config: Any) -> Matrix:
    """The matrix of a table of one column, or of other rows after it was fitted on that one."""
    frame = pd.DataFrame({"c": column})
    return fitted(frame, **config).transform(frame if new is None else pd.DataFrame({"c": new}))


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("encode", ["onehot", "ordinal"])
def test_every_column_becomes_finite_numbers_with_one_name_each(kind: str, encode: str) -> None:
    frame = pd.DataFrame({"c": ODD[kind]})
    made = fitted(frame, encode=encode)
    matrix = made.transform(frame)
    assert matrix.dtype == np.float64
    assert matrix.shape == (3, len(made.names))
    assert np.isfinite(matrix).all()


@pytest.mark.parametrize(
    "config", [{}, {"encode": "ordinal"}, {"impute": "most_frequent", "scale": False}], ids=str
)
def test_names_are_as_many_as_columns_and_no_two_are_the_same(config: dict[str, Any]) -> None:
    made = fitted(table(), **config)
    assert len(set(made.names)) == len(made.names) == made.transform(table()).shape[1]


@pytest.mark.parametrize(
    "columns",
    [{"c=a": [1.0, 2.0], "c": ["a", "b"]}, {"a": ["b=c", "d"], "a=b": ["c", "d"]}],
    ids=["a column", "another category"],
)
def test_names_stay_apart_when_columns_hold_an_equals_sign(columns: dict[str, Any]) -> None:
    names = fitted(pd.DataFrame(columns)).names
    assert len(set(names)) == len(names)


def test_names_are_the_columns_own_and_say_the_category() -> None:
    frame = pd.DataFrame(
        {"city": ["b", "a"], "x": [1, 2], "when": pd.to_datetime(["2024-01-01", "2024-01-02"])}
    )
    made = fitted(frame)
    assert made.names == ["x", "when", "city=a", "city=b"]
    assert [made.names[i] for i in made.categorical_columns] == ["city=a", "city=b"]


def test_rows_outside_of_the_fit_do_not_matter() -> None:
    frame = table()
    outside = frame.assign(numbers=1e9, text="never seen", dates=pd.Timestamp("2099-01-01"))
    made = fitted(frame)
    before = made.transform(frame)
    made.transform(outside)
    together = made.transform(pd.concat([frame, outside], ignore_index=True))
    assert made.transform(frame).tobytes() == before.tobytes()
    assert together[:3].tobytes() == before.tobytes()


def test_what_was_fitted_decides_how_new_rows_are_filled_and_scaled() -> None:
    filled = one([0.0, 10.0, 20.0, None], new=[None, 1000.0], scale=False)
    assert filled.ravel().tolist() == [10.0, 1000.0]
    scaled = one([-1.0, 1.0], new=[0.0, 2.0])
    assert scaled.ravel().tolist() == [0.0, 2.0]


@pytest.mark.parametrize(("impute", "value"), [("auto", 2.0), ("mean", 4.0), ("most_frequent", 1.0)])
def test_missing_numbers_are_filled_as_the_config_says(impute: str, value: float) -> None:
    assert one([1.0, 1.0, 3.0, 11.0, None], impute=impute, scale=False)[-1, 0] == value


def test_missing_categories_take_the_most_frequent() -> None:
    assert one(["b", "b", "a", None])[-1].tolist() == [0.0, 1.0]


def test_without_imputation_missing_stays_missing() -> None:
    assert np.isnan(one([1.0, None, 3.0], impute="none")[1, 0])
    assert one(["a", None], impute="none").tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_an_unknown_category_is_none_of_the_known_ones() -> None:
    assert one(["a", "b"], new=["z", "b"]).tolist() == [[0.0, 0.0], [0.0, 1.0]]
    assert one(["a", "b"], new=["z", "b"], encode="ordinal").ravel().tolist() == [-1.0, 1.0]


def test_rare_categories_share_one_column() -> None:
    matrix = one([*"aaaaabbbb", "c", "d", "e"], max_categories=3)
    assert matrix.shape[1] == 3
    assert matrix[-3:].tolist() == [[0.0, 0.0, 1.0]] * 3


def test_a_constant_and_an_empty_column_say_nothing() -> None:
    assert one([5.0, 5.0]).tolist() == [[0.0], [0.0]]
    assert one([None, None]).std() == 0


def test_numeric_categories_keep_their_order() -> None:
    frame = pd.DataFrame({"c": [10, 2, 33]})
    made = fitted(frame, Features((), (), ("c",)), encode="ordinal")
    assert made.transform(frame).ravel().tolist() == [1.0, 0.0, 2.0]


def test_dates_keep_their_distances_in_any_zone() -> None:
    days = pd.to_datetime(pd.Series(["2024-01-01", "2024-01-02", "2024-01-04"]))
    seconds = one(days, scale=False).ravel()
    assert np.diff(seconds).tolist() == [86_400.0, 172_800.0]
    assert (
        one(days.dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo"), scale=False).ravel().tolist()
        == seconds.tolist()
    )


@pytest.mark.parametrize("encode", ["onehot", "ordinal"])
@pytest.mark.parametrize("impute", ["auto", "mean", "most_frequent"])
def test_a_saved_preprocessor_gives_the_same_matrix_and_names(encode: str, impute: str) -> None:
    made = fitted(table(), encode=encode, impute=impute)
    back = Preprocessor(made.features, load_estimator(save_estimator(made.transformer)))
    assert back.transform(table()).tobytes() == made.transform(table()).tobytes()
    assert (back.names, back.categorical_columns) == (made.names, made.categorical_columns)


def test_a_table_without_categories_has_no_categorical_columns() -> None:
    assert fitted(pd.DataFrame({"x": [1, 2]})).categorical_columns == []
