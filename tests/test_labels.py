"""Labels: the storage type of a column never decides which class a row is in."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from evenkeel.errors import DataError
from evenkeel.labels import class_code, label_of
from evenkeel.validation import label_text

ZERO_ONE = [
    pd.Series([0, 1, 1]),
    pd.Series([0.0, 1.0, 1.0]),
    pd.Series(["0", "1", "1"]),
    pd.Series(["0", "1", "1"], dtype="category"),
    pd.Series([0, 1, 1], dtype="category"),
    pd.Series([0, 1, 1], dtype="Int64"),
    pd.Series([0.0, 1.0, 1.0], dtype="Float32"),
    pd.Series([0, 1, 1], dtype="int8"),
    pd.Series([-0.0, 1, "1"], dtype=object),
    pd.Series([Decimal("0"), Decimal("1.0"), 1], dtype=object),
]


@pytest.mark.parametrize("series", ZERO_ONE, ids=lambda s: str(s.dtype))
def test_equal_labels_of_any_type_have_one_text(series: pd.Series) -> None:
    assert label_text(series).tolist() == ["0", "1", "1"]


@pytest.mark.parametrize("dtype", ["float64", "Int64", "object", "str", "category", "boolean"])
def test_missing_stays_missing(dtype: str) -> None:
    labels = label_text(pd.Series([1, None, 0], dtype="object").astype(dtype))
    assert labels.isna().tolist() == [False, True, False]


def test_fractions_infinity_and_large_numbers_are_kept_apart() -> None:
    labels = label_text(pd.Series([0.5, np.inf, -np.inf, 1e300, 2.0**53]))
    assert labels.nunique() == 5
    assert labels.iloc[0] == "0.5"


def test_true_and_one_are_two_labels_even_in_one_column() -> None:
    assert label_text(pd.Series([True, 1, 1.0], dtype=object)).tolist() == ["True", "1", "1"]


def test_index_and_name_are_kept() -> None:
    series = pd.Series([1.0, 2.0], index=[7, 7], name="y")
    labels = label_text(series)
    assert labels.index.tolist() == [7, 7]
    assert labels.name == "y"


def test_odd_cells_have_a_text() -> None:
    assert label_text(pd.Series([[1], {"a": 1}], dtype=object)).tolist() == ["[1]", "{'a': 1}"]
    assert label_text(pd.Series([], dtype=float)).tolist() == []


@pytest.mark.parametrize("value", [1, 1.0, "1", np.float32(1), np.int8(1)])
def test_one_label_follows_the_rule_of_the_column(value: object) -> None:
    assert label_of(value) == label_text(pd.Series([1])).iloc[0]


@pytest.mark.parametrize(
    ("label", "classes", "code"),
    [
        (True, ("False", "True"), 1),
        ("true", ("False", "True"), 1),
        (1.0, ("0", "1"), 1),
        ("1.0", ("0", "1"), 1),
        (0, ("0", "1"), 0),
        ("yes", ("no", "yes"), 1),
        # what is written so is called so
        ("true", ("no", "true"), 1),
    ],
)
def test_a_class_is_found_however_its_label_is_written(
    label: object, classes: tuple[str, ...], code: int
) -> None:
    assert class_code(label, classes) == code


def test_an_unknown_class_is_refused_with_the_place() -> None:
    with pytest.raises(DataError, match=r"names in class_weight, got 'z'\. Available: \['a', 'b'\]"):
        class_code("z", ("a", "b"), "class_weight")
