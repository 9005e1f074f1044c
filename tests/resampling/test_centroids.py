"""Centroids: imbalanced-learn's clusters, each with a row of the table's own types at its centre."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from evenkeel.errors import DataError
from evenkeel.resampling import SAMPLERS, Resampling, resample_native
from evenkeel.resampling.centroids import centre
from evenkeel.resampling.lineage import NOWHERE, train_rows
from evenkeel.resampling.space import fit_space
from evenkeel.tables import ROW_ID, Features

FEATURES = Features(("n", "i", "t"), ("d",), ("c", "k"))
CLASSES = ("no", "yes")


def frame(rows: int = 60) -> tuple[pd.DataFrame, npt.NDArray[np.int64]]:
    """A typed table whose last column is no feature, and its classes: one in four is 1."""
    rng = np.random.default_rng(0)
    y = (np.arange(rows) % 4 == 0).astype(np.int64)
    made = pd.DataFrame(
        {
            ROW_ID: pd.Series([f"r{i}" for i in range(rows)], dtype="str"),
            "n": rng.normal(size=rows) + y,
            "i": pd.array(rng.integers(0, 50, rows), dtype="Int64"),
            "t": rng.normal(size=rows).astype("float32"),
            "d": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 90, rows), unit="D"),
            "c": pd.Series(rng.choice(["a", "b"], rows), dtype="str"),
            "k": pd.Categorical(rng.choice(["u", "v"], rows), categories=["never", "v", "u"]),
            "note": pd.Series([f"note {i}" for i in range(rows)], dtype="str"),
        }
    )
    made.loc[::5, "i"] = pd.NA
    made.loc[::6, "c"] = None
    return made, y


def resampled(**params: Any) -> Resampling:
    table, y = frame()
    chain = [("ClusterCentroids", params)]
    return resample_native(train_rows(table, y), chain, fit_space(table, FEATURES), seed=3, classes=CLASSES)


def theirs(
    Z: npt.NDArray[np.float64], y: npt.NDArray[np.int64], **params: Any
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made: Any = SAMPLERS["ClusterCentroids"].load()(random_state=3, **params)
        return made.fit_resample(Z, y)  # type: ignore[no-any-return]


# one centre


def centred(
    values: pd.Series[Any],
    cluster: list[int],
    base: list[int],
    kind: str = "categorical",
    at: list[float] | None = None,
) -> pd.Series[Any]:
    features = Features(**{**dict.fromkeys(("numeric", "dates", "categorical"), ()), kind: ("a",)})
    made = centre(
        pd.DataFrame({"a": values}),
        np.array(cluster),
        np.array(base),
        {"a": np.array(at or [0.0] * len(base))},
        features,
    )
    assert made["a"].dtype == values.dtype
    return made["a"]


def test_a_category_is_the_most_frequent_of_the_cluster() -> None:
    texts = pd.Series(["a", "b", "b", "c"], dtype="str")
    assert centred(texts, [0, 0, 0, 0], [0]).tolist() == ["b"]
    assert centred(texts, [0, 0, 1, 1], [0, 2]).tolist() == ["a", "b"]


def test_a_tie_goes_to_the_row_that_stands_for_the_cluster_else_to_the_smallest() -> None:
    texts = pd.Series(["b", "a", "b", "a", "c"], dtype="str")
    assert centred(texts, [0] * 5, [0]).tolist() == ["b"]
    assert centred(texts, [0] * 5, [1]).tolist() == ["a"]
    assert centred(texts, [0] * 5, [4]).tolist() == ["a"]


def test_the_missing_have_no_say_and_a_gap_stays_a_gap() -> None:
    texts = pd.Series([None, None, "a", "b", "b"], dtype="str")
    assert centred(texts, [0] * 5, [2]).tolist() == ["b"]
    assert centred(texts, [0] * 5, [0]).isna().all()
    assert centred(texts, [0, 0, 1, 1, 1], [0, 2]).fillna("-").tolist() == ["-", "b"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pd.Series([True, False, False]), False),
        (pd.Series([True, None, False, False], dtype="boolean"), False),
        (pd.Series(pd.Categorical(["x", "y", "y"], categories=["z", "y", "x"])), "y"),
        (pd.Series([3, 1, 1], dtype="Int8"), 1),
        (pd.Series(["x", 1, 1], dtype=object), 1),
    ],
    ids=lambda value: str(getattr(value, "dtype", "")),
)
def test_modes_are_of_any_type(values: pd.Series[Any], expected: Any) -> None:
    assert centred(values, [0] * len(values), [0]).tolist() == [expected]


def test_truths_that_are_named_as_numbers_are_voted_on() -> None:
    assert centred(pd.Series([True, False, True]), [0, 0, 0], [1], "numeric").tolist() == [True]


def test_numbers_and_dates_are_the_clusters() -> None:
    assert centred(pd.Series([1.0, 2.0, 9.0]), [0, 0, 0], [1], "numeric", [4.0]).tolist() == [4.0]
    assert centred(pd.Series([1, 2, 9]), [0, 0, 0], [1], "numeric").tolist() == [4]
    days = pd.Series(pd.to_datetime(["2024-01-01", "2024-01-03"]))
    assert centred(days, [0, 0], [1], "dates").tolist() == [pd.Timestamp("2024-01-02")]


def test_columns_that_are_no_features_are_the_base_rows() -> None:
    table = pd.DataFrame({"a": [1.0, 2.0], "note": ["x", "y"]})
    made = centre(table, np.array([0, 0]), np.array([1]), {"a": np.array([1.5])}, Features(("a",), (), ()))
    assert made.to_dict("list") == {"a": [1.5], "note": ["y"]}


# a whole class


def test_a_table_keeps_its_columns_types_and_gaps() -> None:
    made = resampled().rows
    table, _ = frame()
    assert made.frame.dtypes.tolist() == table.dtypes.tolist()
    assert made.frame.columns.tolist() == table.columns.tolist()
    new = made.lineage.origin == NOWHERE
    medoids = table.iloc[made.lineage.first[new]].reset_index(drop=True)
    centres = made.frame[new].reset_index(drop=True)
    pd.testing.assert_frame_equal(centres.isna(), medoids.isna())
    assert centres["note"].tolist() == medoids["note"].tolist()
    assert centres["i"].dropna().between(table["i"].min(), table["i"].max()).all()
    assert (centres["d"] == centres["d"].dt.normalize()).all()


def test_centres_have_one_parent_of_their_class_and_no_weight() -> None:
    made = resampled().rows
    _, y = frame()
    new = made.lineage.origin == NOWHERE
    assert set(made.lineage.maker[new]) == {"ClusterCentroids"}
    assert (made.lineage.second == NOWHERE).all()
    assert np.isnan(made.lineage.weight).all()
    assert (y[made.lineage.first[new]] == made.y[new]).all()
    assert len(set(made.lineage.first[new])) == new.sum()


def test_the_class_that_does_not_shrink_stays_row_by_row() -> None:
    made = resampled().rows
    _, y = frame()
    assert made.lineage.origin[made.y == 1].tolist() == np.flatnonzero(y == 1).tolist()
    assert (made.lineage.origin[made.y == 0] == NOWHERE).all()


@pytest.mark.parametrize("strategy", ["auto", 0.5, {"no": 20}])
def test_as_many_rows_are_left_as_imbalanced_learn_leaves(strategy: Any) -> None:
    table, y = frame()
    coded = {0: 20} if isinstance(strategy, dict) else strategy
    _, expected = theirs(fit_space(table, FEATURES).transform(table), y, sampling_strategy=coded)
    made = resampled(sampling_strategy=strategy)
    assert made.rows.y.tolist() == expected.tolist()
    assert made.links[0].after == {
        "no": int((expected == 0).sum()),
        "yes": int((expected == 1).sum()),
    }


def test_where_all_are_numbers_the_centres_are_imbalanced_learns() -> None:
    rng = np.random.default_rng(1)
    table = pd.DataFrame(rng.normal(size=(60, 3)) * [1, 10, 100] + 5, columns=list("abc"))
    y = (np.arange(60) % 4 == 0).astype(np.int64)
    space = fit_space(table, Features(("a", "b", "c"), (), ()))
    made = resample_native(
        train_rows(table, y), [("ClusterCentroids", {})], space, seed=3, classes=CLASSES
    ).rows
    expected, _ = theirs(space.transform(table), y)
    np.testing.assert_allclose(space.transform(made.frame), expected, atol=1e-9)


def test_a_hard_vote_keeps_the_rows_that_imbalanced_learn_keeps() -> None:
    table, y = frame()
    made = resampled(voting="hard").rows
    Z = fit_space(table, FEATURES).transform(table)
    expected, _ = theirs(Z, y, voting="hard")
    np.testing.assert_array_equal(Z[made.lineage.origin], expected)
    pd.testing.assert_frame_equal(made.frame, table.iloc[made.lineage.origin].reset_index(drop=True))


def test_rows_that_repeat_leave_clusters_empty_and_every_centre_has_a_row() -> None:
    table = pd.DataFrame({"a": [1.0, 2.0] * 10 + [5.0] * 8})
    y = np.repeat([0, 1], [20, 8])
    space = fit_space(table, Features(("a",), (), ()))
    made = resample_native(train_rows(table, y), [("ClusterCentroids", {})], space, seed=0, classes=CLASSES)
    assert made.links[0].after == {"no": 8, "yes": 8}
    assert set(made.rows.frame["a"].round(9)) == {1.0, 2.0, 5.0}
    assert any("distinct clusters" in note for note in made.links[0].notes)


def test_more_centres_than_rows_are_refused_with_counts() -> None:
    with pytest.raises(
        DataError, match=r"ClusterCentroids could not resample 60 rows \(no: 45, yes: 15\).*Next"
    ):
        resampled(sampling_strategy={"no": 50})
