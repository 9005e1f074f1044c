"""Scatters: rare rows are always seen, and every point is marked as its row is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from evenkeel.resampling import Resampled, resample_encoded
from evenkeel.resampling.scatter import MOST_POINTS, project, scatter_rows

CLASSES = ("no", "yes")


def blobs(sizes: tuple[int, int], columns: int = 2) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    rng = np.random.default_rng(0)
    y = rng.permutation(np.repeat([0, 1], sizes))
    return rng.normal(size=(len(y), columns)) + y[:, None], y


def resampled(X: npt.NDArray[np.float64], y: npt.NDArray[np.int64], *samplers: str) -> Resampled:
    return resample_encoded(X, y, [(name, {}) for name in samplers], seed=1, classes=CLASSES)


def strange(X: npt.NDArray[np.float64], made: Resampled) -> npt.NDArray[np.bool_]:
    """Which rows stand nowhere in train."""
    real = {tuple(row) for row in X}
    return np.array([tuple(row) not in real for row in made.X])


def drawn(X: npt.NDArray[np.float64], y: npt.NDArray[np.int64], made: Resampled) -> dict:
    projection = project(X, [f"x{i}" for i in range(X.shape[1])])
    return scatter_rows(projection, X, y, made.X, made.y, strange(X, made), seed=3)


def test_a_small_table_is_shown_whole() -> None:
    X, y = blobs((90, 30))
    points = drawn(X, y, resampled(X, y, "SMOTE"))
    assert (len(points["before"]), len(points["after"])) == (120, 180)
    assert points["axes"]["shown"] == points["axes"]["of"] == 120


def test_no_side_shows_more_than_the_limit_and_rare_rows_are_whole() -> None:
    X, y = blobs((4000, 25))
    points = drawn(X, y, resampled(X, y, "RandomOverSampler"))
    assert len(points["before"]) == len(points["after"]) == MOST_POINTS
    assert sum(code for *_, code, _ in points["before"]) == 25
    assert (points["axes"]["shown"], points["axes"]["of"]) == (MOST_POINTS, 4025)


def test_a_group_that_does_not_fit_shares_the_limit() -> None:
    X, y = blobs((2000, 2000))
    points = drawn(X, y, resampled(X, y))
    assert sum(code for *_, code, _ in points["before"]) == MOST_POINTS // 2


def test_nothing_before_is_synthetic() -> None:
    X, y = blobs((90, 30))
    assert not any(new for *_, new in drawn(X, y, resampled(X, y, "SMOTE"))["before"])


def test_every_point_has_the_class_and_the_mark_of_its_row() -> None:
    X, y = blobs((90, 30))
    made = resampled(X, y, "SMOTE", "RandomOverSampler")
    after = drawn(X, y, made)["after"]
    assert [code for *_, code, _ in after] == made.y.tolist()
    assert [new for *_, new in after] == strange(X, made).tolist()
    np.testing.assert_allclose([point[:2] for point in after], made.X, rtol=1e-3)
    assert all(type(new) is bool for *_, new in after)


def test_synthetic_rows_of_a_class_are_a_group_of_their_own_and_seen_where_few() -> None:
    X, y = blobs((2000, 2000))
    synthetic = np.arange(4000) < 3
    after = scatter_rows(project(X, ["a", "b"]), X, y, X, y, synthetic, seed=3)["after"]
    assert sum(new for *_, new in after) == 3


def test_without_a_change_both_sides_show_the_same() -> None:
    X, y = blobs((4000, 25))
    points = drawn(X, y, resampled(X, y))
    assert sorted(code for *_, code, _ in points["before"]) == sorted(code for *_, code, _ in points["after"])


def test_the_same_seed_shows_the_same_rows() -> None:
    X, y = blobs((4000, 25))
    made = resampled(X, y, "SMOTE")
    assert drawn(X, y, made) == drawn(X, y, made)


@pytest.mark.parametrize("columns", [1, 2, 3, 6])
def test_any_number_of_features_becomes_two_coordinates(columns: int) -> None:
    X, y = blobs((90, 30), columns)
    names = [f"x{i}" for i in range(columns)]
    assert project(X, names)(X).shape == (120, 2)
    assert all(len(point) == 4 for point in drawn(X, y, resampled(X, y))["after"])


def test_two_features_are_drawn_as_they_are() -> None:
    X, _ = blobs((90, 30))
    projection = project(X, ["age", "bmi"])
    assert (projection.x, projection.y) == ("age", "bmi")
    np.testing.assert_array_equal(projection(X), X)


def test_missing_cells_are_drawn_and_not_spread() -> None:
    X, _ = blobs((90, 30), 4)
    X[3, 1] = np.nan
    assert np.isfinite(project(X, list("abcd"))(X)).all()


def test_the_axes_come_from_train_rows_alone() -> None:
    X, y = blobs((90, 30), 4)
    axes = [drawn(X, y, resampled(X, y, *chain))["axes"] for chain in ((), ("SMOTE",))]
    assert axes[0] == axes[1]
