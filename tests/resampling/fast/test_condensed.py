"""CondensedNearestNeighbour: the very rows of imbalanced-learn, above all where ties and rounding decide."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imblearn.under_sampling import CondensedNearestNeighbour as Theirs
from scipy import sparse
from sklearn.datasets import make_classification
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from evenkeel.resampling.fast import condensed, stores
from evenkeel.resampling.fast.condensed import CondensedNearestNeighbour as Ours
from evenkeel.resampling.samplers import SAMPLERS, build_sampler

Matrix = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

KINDS = ("smooth", "grid", "scaled grid", "flags", "far", "float32", "doubled")


def same(X: Any, y: Any, **params: Any) -> npt.NDArray[np.intp]:
    """What is kept, after an assertion that imbalanced-learn keeps the same."""
    params = {"random_state": 0, **params}
    ours, theirs = Ours(**params), Theirs(**params)
    # imbalanced-learn's thousands of small searches are faster alone
    with threadpool_limits(1):
        X_theirs, y_theirs = theirs.fit_resample(X, y)
    X_ours, y_ours = ours.fit_resample(X, y)
    assert np.array_equal(ours.sample_indices_, theirs.sample_indices_)
    assert (X_ours != X_theirs).sum() == 0
    assert np.array_equal(y_ours, y_theirs)
    assert len(ours.estimators_) == len(theirs.estimators_)
    for one, other in zip(ours.estimators_, theirs.estimators_, strict=True):
        assert (one._fit_X != other._fit_X).sum() == 0
    return ours.sample_indices_


def table(kind: str, rows: int, columns: int, seed: int, classes: int = 2) -> tuple[Matrix, Codes]:
    """Overlapping classes, the first the most frequent; every kind but smooth is full of ties."""
    rng = np.random.default_rng(seed)
    y = rng.choice(classes, p=np.array([0.8, 0.2] if classes == 2 else [0.5, 0.3, 0.2]), size=rows)
    y[:classes] = np.arange(classes)
    X = rng.normal(size=(rows, columns)) + y[:, None] / 2
    if kind == "doubled":
        # the same row in both classes, many times
        X = X[rng.integers(0, max(2, rows // 4), size=rows)]
    made = {
        "grid": lambda: np.rint(X),
        "scaled grid": lambda: np.rint(X) / 3.7 + 0.1,
        "flags": lambda: (X > 0.5) / np.sqrt(2.0),
        "far": lambda: np.rint(2 * X) / 7 + 1e4,
        "float32": lambda: X.astype(np.float32).astype(np.float64),
    }
    return made.get(kind, lambda: X)(), y.astype(np.int64)


@pytest.mark.parametrize("columns", [1, 3, 15, 16, 40, 200])
@pytest.mark.parametrize("kind", KINDS)
def test_the_same_rows_are_kept(kind, columns):
    X, y = table(kind, 330, columns, seed=columns)
    same(X, y)


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    rows=st.integers(3, 120),
    columns=st.integers(1, 24),
    classes=st.integers(2, 3),
    seeds=st.integers(1, 4),
    seed=st.integers(0, 10**6),
)
def test_the_same_rows_are_kept_of_small_tables(kind, rows, columns, classes, seeds, seed):
    X, y = table(kind, max(rows, classes), columns, seed, classes)
    same(X, y, n_seeds_S=seeds, random_state=seed % 97)


@settings(max_examples=40, deadline=None)
@given(st.data(), st.integers(1, 18), st.integers(2, 25))
def test_the_same_rows_are_kept_of_any_numbers(data, columns, rows):
    numbers = st.sampled_from([0.0, 1.0, -1.0, 0.1, 0.3, 1 / 3, 1e-170, 1e8, 1e8 + 1, 1e120, -0.0])
    X = np.array(data.draw(st.lists(numbers, min_size=rows * columns, max_size=rows * columns)))
    y = np.array([0, 1, *data.draw(st.lists(st.integers(0, 2), min_size=rows - 2, max_size=rows - 2))])
    same(X.reshape(rows, columns), y)


@pytest.mark.parametrize("columns", [4, 20])
def test_more_than_one_part_and_one_block(columns, monkeypatch):
    monkeypatch.setattr(condensed, "PIECE", 60)
    X, y = table("scaled grid", 1100, columns, seed=1)
    kept = same(X, y)
    assert (y[kept] == 0).sum() > 256


@pytest.mark.parametrize("threads", [1, 2])
def test_threads_have_no_say(threads):
    X, y = table("flags", 300, 30, seed=4)
    with threadpool_limits(threads):
        theirs = Theirs(random_state=0).fit_resample(X, y)[0]
        ours = Ours(random_state=0).fit_resample(X, y)[0]
    assert np.array_equal(ours, theirs)


@pytest.mark.parametrize("strategy", ["all", "not minority", "majority", [2], [0, 2]])
def test_strategies_over_three_classes(strategy):
    X, y = table("grid", 200, 5, seed=2, classes=3)
    same(X, y, sampling_strategy=strategy, n_seeds_S=2)


def test_the_rarest_class_is_the_first_of_equals():
    X, _ = table("grid", 90, 3, seed=3)
    same(X, np.tile([1, 0, 2], 30))


def test_labels_can_be_texts_and_tables_frames():
    X, y = table("smooth", 100, 4, seed=5)
    names = np.array(["many", "few"])[y]
    same(X, names)
    same(np.asfortranarray(X), y)
    frame = pd.DataFrame(X, columns=list("abcd"))
    assert (
        Ours(random_state=0)
        .fit_resample(frame, y)[0]
        .equals(Theirs(random_state=0).fit_resample(frame, y)[0])
    )


def test_a_constant_table_is_all_ties():
    for columns in (2, 20):
        same(np.full((40, columns), 0.7), np.repeat([0, 1], [30, 10]))


@pytest.mark.parametrize("params", [{"n_neighbors": 3}, {"n_neighbors": KNeighborsClassifier(1)}])
def test_other_neighbours_are_left_to_imbalanced_learn(params, monkeypatch):
    monkeypatch.setattr(condensed, "condense", None)
    X, y = table("smooth", 80, 4, seed=6)
    same(X, y, **params)


@pytest.mark.parametrize(
    "change",
    [
        lambda X: X.astype(np.float32),
        sparse.csr_matrix,
        lambda X: np.rint(X).astype(int),
        lambda X: X * 1e160,
    ],
)
def test_other_matrices_are_left_to_imbalanced_learn(change, monkeypatch):
    monkeypatch.setattr(condensed, "condense", None)
    X, y = table("smooth", 80, 4, seed=7)
    with np.errstate(all="ignore"):
        same(change(X), y)


def test_one_neighbour_can_be_asked_for_by_number():
    X, y = table("smooth", 120, 4, seed=8)
    assert np.array_equal(same(X, y), same(X, y, n_neighbors=1))


def test_smooth_tables_are_decided_without_asking(monkeypatch):
    monkeypatch.setattr(stores.Oracle, "misjudges", None)
    for columns in (6, 60):
        X, y = make_classification(600, columns, weights=[0.9], random_state=0)
        same(X, y)


def test_the_doubt_covers_the_rounding():
    rng = np.random.default_rng(0)
    for columns in (2, 30, 300):
        X = rng.normal(size=(60, columns)) + 10.0 ** rng.integers(-3, 7)
        measure, rows = stores.Measure(X), np.arange(60)
        made = measure.between(rows, rows)
        exact = np.array(
            [[float(((a - b) ** 2).sum()) for b in X.astype(np.longdouble)] for a in X.astype(np.longdouble)]
        )
        for j in range(60):
            assert (
                np.abs(made[:, j] - exact[:, j]) < measure.doubt(rows, exact[:, j], exact[:, j]) / 2
            ).all()


REAL = {
    "zenodo/abalone_19.parquet": 300,
    "zenodo/mammography.parquet": 900,
    "zenodo/oil.parquet": 937,
    "zenodo/optical_digits.parquet": 900,
    "zenodo/ozone_level.parquet": 700,
    "zenodo/thyroid_sick.parquet": 800,
    "zenodo/wine_quality.parquet": 900,
    "zenodo/yeast_me2.parquet": 900,
}


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("name", REAL)
def test_real_tables(name, scaled, shared_data: Callable[[str], Path]):
    frame = pd.read_parquet(shared_data(name)).sample(REAL[name], random_state=0)
    X = frame.drop(columns=["target", "split"]).to_numpy(np.float64)
    same(StandardScaler().fit_transform(X) if scaled else X, frame["target"].to_numpy())


def test_real_classes_of_shuttle(shared_data: Callable[[str], Path]):
    frame = pd.read_parquet(shared_data("shuttle_multiclass/train.parquet"))
    frame = frame[frame["class"].isin(["Rad Flow", "High", "Bypass", "Fpv Open"])].sample(
        1500, random_state=0
    )
    same(frame.filter(regex="^A").to_numpy(np.float64), frame["class"].to_numpy(str))


def test_real_categories_of_telco(shared_data: Callable[[str], Path]):
    frame = pd.read_csv(shared_data("telco_churn/data.csv.gz")).sample(900, random_state=0)
    flags = pd.get_dummies(frame.drop(columns=["customerID", "Churn", "TotalCharges"])).to_numpy(np.float64)
    y = (frame["Churn"] == "Yes").to_numpy(np.int64)
    same(flags, y)
    same(StandardScaler().fit_transform(flags), y)


def test_the_table_of_samplers_builds_ours_and_checks_by_theirs():
    entry = SAMPLERS["CondensedNearestNeighbour"]
    assert type(build_sampler("cnn", {}, 0)) is Ours
    assert entry.load() is Theirs
