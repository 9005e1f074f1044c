"""Tables: ids that belong to rows, features by kind, labels by code."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.errors import DataError
from evenkeel.tables import (
    REST,
    ROW_ID,
    class_names,
    encode_labels,
    find_features,
    model_input,
    row_ids,
)

FRAME = pd.DataFrame({"age": [34, 51, 51], "bmi": [21.5, None, None], "sex": ["f", "m", "m"]})

cells = st.one_of(st.none(), st.sampled_from(["", "a", "b", "a#2", "None"]))
tables = st.lists(st.tuples(st.integers(0, 3), cells), min_size=1, max_size=12).map(
    lambda rows: pd.DataFrame(rows, columns=["number", "text"]).astype({"text": "str"})
)


def columns() -> pd.DataFrame:
    """One column of each kind, with a missing cell wherever the kind has one."""
    stamps = pd.Series(pd.to_datetime(["1970-01-02", None]))
    return pd.DataFrame(
        {
            "int": [1, 2],
            "int_missing": pd.array([1, None], dtype="Int64"),
            "float": [0.5, np.nan],
            "bool": [True, False],
            "bool_missing": pd.array([True, None], dtype="boolean"),
            "str": pd.array(["x", None], dtype="str"),
            "category_text": pd.Categorical(["x", None]),
            "category_int": pd.Categorical([3, None]),
            "date": stamps,
            "date_zone": stamps.dt.tz_localize("Etc/GMT-1"),
            "object": pd.Series(["x", None], dtype=object),
        }
    )


def test_ids_by_content_are_pinned():
    assert row_ids(FRAME, []).tolist() == [
        "d2905f5cf91f1574a51b",
        "94698700cb442301c1ac",
        "94698700cb442301c1ac#2",
    ]


def test_a_repeated_row_is_numbered():
    ids = row_ids(pd.DataFrame({"a": ["x", "x", "y", "x"]}), []).tolist()
    assert ids == [ids[0], f"{ids[0]}#2", ids[2], f"{ids[0]}#3"]


def test_a_key_is_the_id():
    assert row_ids(FRAME, ["sex"]).tolist() == ["f", "m", "m#2"]


def test_several_keys_make_one_id():
    frame = pd.DataFrame({"site": ["a", "a", None], "number": [1.0, 2.0, 1.0]})
    assert row_ids(frame, ["site", "number"]).tolist() == ["a|1", "a|2", "|1"]


def test_a_key_that_was_read_as_a_float_gives_the_same_ids():
    assert (
        row_ids(pd.DataFrame({"k": [7, 8]}), ["k"]).tolist()
        == row_ids(pd.DataFrame({"k": [7.0, 8]}), ["k"]).tolist()
    )


def test_the_series_of_ids_is_named_and_keeps_the_index():
    ids = row_ids(FRAME.set_axis([5, 5, 9]), [])
    assert ids.name == ROW_ID
    assert ids.index.tolist() == [5, 5, 9]


@settings(max_examples=40, deadline=None)
@given(tables)
def test_content_ids_are_unique(frame):
    assert row_ids(frame, []).is_unique


@settings(max_examples=40, deadline=None)
@given(tables, st.randoms(use_true_random=False))
def test_content_ids_do_not_depend_on_row_order(frame, random):
    order = random.sample(range(len(frame)), len(frame))
    shuffled = frame.iloc[order].reset_index(drop=True)
    plain, moved = frame.assign(id=row_ids(frame, [])), shuffled.assign(id=row_ids(shuffled, []))
    pd.testing.assert_frame_equal(*(t.sort_values("id", ignore_index=True) for t in (plain, moved)))


def test_a_changed_cell_changes_the_id_of_its_row_alone():
    changed = FRAME.assign(bmi=[21.5, 22.0, None])
    assert (row_ids(changed, []).str[:20] == row_ids(FRAME, []).str[:20]).tolist() == [True, False, True]


def test_a_missing_cell_is_not_an_empty_text():
    assert row_ids(pd.DataFrame({"a": ["", None]}), []).str[:20].is_unique


def test_ids_are_unique_even_where_a_key_looks_like_a_repeat():
    assert row_ids(pd.DataFrame({"k": ["a", "a", "a#2"]}), ["k"]).is_unique


@pytest.mark.parametrize(("keys", "glue"), [(["k", "l"], "|"), ([], "\x1f")], ids=["keys", "content"])
def test_different_rows_get_their_ids_in_any_order(keys, glue):
    frame = pd.DataFrame({"k": [f"a{glue}b", "a"], "l": ["c", f"b{glue}c"]})
    ids = row_ids(frame, keys)
    assert row_ids(frame[::-1], keys).tolist() == ids[::-1].tolist()


def test_appending_a_row_keeps_all_ids():
    frame = pd.DataFrame({"a": [1, 2]})
    longer = pd.DataFrame({"a": [1, 2, None]})
    assert row_ids(longer, []).tolist()[:2] == row_ids(frame, []).tolist()


def test_columns_are_sorted_by_kind():
    found = find_features(columns(), exclude=[])
    assert found.numeric == ("int", "int_missing", "float")
    assert found.dates == ("date", "date_zone")
    assert found.categorical == (
        "bool",
        "bool_missing",
        "str",
        "category_text",
        "category_int",
        "object",
    )


def test_features_count_and_iterate_over_all_kinds():
    found = find_features(columns(), exclude=["object"])
    assert len(found) == len(list(found)) == len(columns().columns) - 1
    assert set(found) == set(columns().columns) - {"object"}


def test_a_number_named_categorical_is_a_category():
    found = find_features(columns(), exclude=[], categorical=["int"])
    assert "int" in found.categorical
    assert "int" not in found.numeric


def test_excluded_columns_and_row_ids_are_never_features():
    frame = columns().assign(**{ROW_ID: ["r1", "r2"]})
    found = find_features(frame, exclude=["float"], categorical=["float", ROW_ID])
    assert {"float", ROW_ID}.isdisjoint(found)


def test_no_feature_at_all_is_an_error_that_names_the_columns():
    with pytest.raises(DataError, match=r"at least one feature column, got none: \['age', 'bmi', 'sex'\]"):
        find_features(FRAME, exclude=["sex", "bmi", "age"])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("int", [1.0, 2.0]),
        ("int_missing", [1.0, None]),
        ("float", [0.5, None]),
        ("bool", ["True", "False"]),
        ("bool_missing", ["True", None]),
        ("str", ["x", None]),
        ("category_text", ["x", None]),
        ("category_int", [3.0, None]),
        ("date", [86400.0, None]),
        ("date_zone", [82800.0, None]),
        ("object", ["x", None]),
    ],
)
def test_model_input_of_every_kind(name, expected):
    frame = columns()[[name]]
    got = model_input(frame, find_features(frame, exclude=[]))[name]
    assert [None if pd.isna(value) else value for value in got] == expected


def test_numbers_and_dates_become_float64():
    frame = columns()
    found = find_features(frame, exclude=[])
    dtypes = model_input(frame, found).dtypes
    assert {str(dtypes[name]) for name in (*found.numeric, *found.dates)} == {"float64"}


def test_numbers_named_categorical_stay_numbers_so_that_ten_follows_nine():
    frame = pd.DataFrame({"n": [10, 9]})
    got = model_input(frame, find_features(frame, exclude=[], categorical=["n"]))["n"]
    assert sorted(got) == [9, 10]


def test_model_input_puts_numbers_first_then_dates_then_categories():
    frame = columns()[["str", "date", "int"]]
    assert list(model_input(frame, find_features(frame, exclude=[]))) == ["int", "date", "str"]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_seconds_do_not_depend_on_the_unit_of_storage(unit):
    frame = pd.DataFrame({"d": pd.to_datetime(["1969-12-31 23:59:59", "2262-01-01 00:00:00"]).as_unit(unit)})
    assert model_input(frame, find_features(frame, exclude=[]))["d"].tolist() == [-1.0, 9214646400.0]


@pytest.mark.parametrize(
    ("values", "positive", "classes", "codes"),
    [
        ([0, 1, 0], 1, ("0", "1"), [0, 1, 0]),
        ([0, 1, 0], 0, ("1", "0"), [1, 0, 1]),
        ([0.0, 1.0, 0.0], 1, ("0", "1"), [0, 1, 0]),
        (["0", "1", "0"], 1, ("0", "1"), [0, 1, 0]),
        ([True, False, True], True, ("False", "True"), [1, 0, 1]),
        (["no", "yes", "no"], "yes", ("no", "yes"), [0, 1, 0]),
        (["c", "a", "b"], "a", (REST, "a"), [0, 1, 0]),
        (["c", "a", "b"], None, ("a", "b", "c"), [2, 0, 1]),
        ([10, 9, 1], None, ("1", "9", "10"), [2, 1, 0]),
        (["10", "9", "x"], None, ("9", "10", "x"), [1, 0, 2]),
        ([0.5, -1.0, 0.25], None, ("-1", "0.25", "0.5"), [2, 0, 1]),
    ],
)
def test_classes_and_codes(values, positive, classes, codes):
    column = pd.Series(values)
    assert class_names(column, positive) == classes
    assert encode_labels(column, classes).codes.tolist() == codes


def test_one_of_ten_classes_stands_against_the_rest():
    column = pd.Series(np.arange(30) % 10)
    classes = class_names(column, 8)
    labels = encode_labels(column, classes)
    assert classes == (REST, "8")
    assert labels.codes.tolist() == (column == 8).astype(int).tolist()
    assert labels.counts() == {REST: 27, "8": 3}


def test_codes_are_int64_and_counts_name_absent_classes():
    labels = encode_labels(pd.Series(["a", "a"]), ("a", "b"))
    assert labels.codes.dtype == np.int64
    assert labels.counts() == {"a": 2, "b": 0}


def test_missing_labels_are_no_class():
    assert class_names(pd.Series(["b", None, "a"]), None) == ("a", "b")


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(["2", "10", "1.5", "-3", "a", "B", "1e3"]), min_size=1).flatmap(
        lambda names: st.tuples(st.just(names), st.permutations(names))
    )
)
def test_classes_do_not_depend_on_row_order(pair):
    plain, moved = map(pd.Series, pair)
    assert class_names(plain, None) == class_names(moved, None)


def test_a_class_called_nan_has_its_place_too():
    orders = (["2", "nan", "1"], ["nan", "2", "1"], ["1", "2", "nan"])
    assert len({class_names(pd.Series(values), None) for values in orders}) == 1


def test_a_strange_class_is_an_error_that_names_it():
    with pytest.raises(DataError, match=r"the classes \['a', 'b'\], got also \['z'\]"):
        encode_labels(pd.Series(["a", "z"]), ["a", "b"])


def test_a_strange_class_beside_a_missing_label_is_an_error_that_names_both():
    with pytest.raises(DataError, match="z"):
        encode_labels(pd.Series(["a", "z", None]), ["a", "b"])


def test_the_positive_class_may_be_called_rest():
    column = pd.Series(["work", REST, "sleep"])
    assert encode_labels(column, class_names(column, REST)).codes.tolist() == [0, 1, 0]
