"""Traps of imbalanced-learn 0.14 on pandas 3: each bites there, and does not in native space."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from imblearn.combine import SMOTEENN, SMOTETomek
from imblearn.over_sampling import ADASYN, SMOTE, SMOTENC, BorderlineSMOTE, KMeansSMOTE
from imblearn.under_sampling import ClusterCentroids, NearMiss, TomekLinks

from evenkeel.errors import DataError
from evenkeel.resampling import SAMPLERS, Resampling, resample_native
from evenkeel.resampling.lineage import NOWHERE, ORIGIN, resampled_table, train_rows
from evenkeel.resampling.space import fit_space
from evenkeel.tables import ROW_ID, find_features

Codes = npt.NDArray[np.int64]

CLASSES = ("no", "yes")
SEED = 5


def labels(majority: int = 60, minority: int = 20) -> Codes:
    """Class codes in no particular order."""
    codes = np.repeat([0, 1], [majority, minority])
    return np.random.default_rng(SEED).permutation(codes).astype(np.int64)


def floats(y: Codes) -> pd.DataFrame:
    """Two numbers that overlap between the classes."""
    rng = np.random.default_rng(SEED)
    return pd.DataFrame({name: rng.normal(size=len(y)) + y for name in ("a", "b")})


def native(
    frame: pd.DataFrame, y: Codes, name: str, params: dict[str, Any] | None = None, *, strict: bool = False
) -> Resampling:
    return resample_native(
        train_rows(frame, y),
        [(name, params or {})],
        fit_space(frame, find_features(frame, exclude=set())),
        seed=SEED,
        classes=CLASSES,
        strict=strict,
    )


def new_rows(made: Resampling) -> pd.DataFrame:
    return made.rows.frame[made.rows.lineage.origin == NOWHERE]


def bites(sampler: Any, frame: pd.DataFrame, y: Codes, error: type[Exception], message: str) -> None:
    """imbalanced-learn fails on this table with these words."""
    with warnings.catch_warnings(), pytest.raises(error, match=message):
        warnings.simplefilter("ignore")
        sampler.fit_resample(frame, y)


def test_new_whole_numbers_are_rounded_not_cut_off() -> None:
    y = labels(4000, 1000)
    draws = np.random.default_rng(SEED)
    # neighbours are near in the other column, so that they differ in this one
    frame = pd.DataFrame(
        {"visits": draws.poisson(6.0, len(y)) + y, "income": draws.normal(size=len(y)) * 1e5}
    )
    observed = frame["visits"][y == 1].mean()

    theirs, _ = SMOTE(random_state=SEED).fit_resample(frame, y)
    assert theirs["visits"].dtype == "int64"
    assert theirs["visits"][len(y) :].mean() - observed < -0.3

    ours = new_rows(native(frame, y, "SMOTE"))["visits"]
    assert ours.dtype == "int64"
    assert abs(ours.mean() - observed) < 0.1


def test_nullable_integers_are_taken_as_they_are() -> None:
    y = labels()
    frame = floats(y)
    frame["visits"] = pd.Series(np.arange(len(y)) % 9, dtype="Int64").mask(np.arange(len(y)) % 5 == 0)
    bites(SMOTE(), frame, y, ValueError, "contains NaN")
    bites(SMOTE(), frame.assign(visits=frame["visits"].fillna(0)), y, TypeError, "cannot safely cast")
    made = native(frame, y, "SMOTE")
    assert made.rows.frame["visits"].dtype == "Int64"
    assert made.links[0].after == {"no": 60, "yes": 60}


def test_dates_are_taken_as_they_are() -> None:
    y = labels()
    frame = floats(y)
    frame["seen"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(len(y)) % 30, unit="D")
    bites(SMOTE(), frame, y, TypeError, "could not be promoted")
    seen = new_rows(native(frame, y, "SMOTE"))["seen"]
    assert seen.dtype == frame["seen"].dtype
    assert seen.between(frame["seen"].min(), frame["seen"].max()).all()
    assert (seen == seen.dt.normalize()).all()


@pytest.mark.parametrize("sampler", [SMOTE, ADASYN, TomekLinks, NearMiss])
def test_missing_numbers_do_not_stop_a_sampler_and_stay_missing(sampler: Callable[[], Any]) -> None:
    y = labels()
    frame = floats(y)
    holes = np.arange(len(y)) % 4 == 0
    frame["b"] = frame["b"].mask(holes)
    bites(sampler(), frame, y, ValueError, "contains NaN")
    made = native(frame, y, sampler.__name__).rows
    stands_for = made.lineage.nearest_train()
    np.testing.assert_array_equal(made.frame["b"].isna(), holes[stands_for])


@pytest.mark.parametrize("name", [name for name in SAMPLERS if name not in {"SMOTENC", "KMeansSMOTE"}])
def test_row_ids_outlive_every_sampler_where_an_index_would_be_lost(name: str) -> None:
    y = labels()
    ids = np.array([f"patient-{i}" for i in range(len(y))], dtype=object)
    frame = floats(y).assign(**{ROW_ID: pd.Series(ids, dtype="str")}).set_axis(np.arange(len(y)) + 1000)
    made = native(frame, y, name).rows
    nothing = np.full(len(made.y), np.nan)
    table = resampled_table(made, ids, nothing, nothing)
    old = table[table[ORIGIN].notna()].drop_duplicates(ORIGIN)
    assert (old[ROW_ID] == old[ORIGIN]).all()
    values = frame.set_index(ROW_ID).loc[old[ROW_ID], ["a", "b"]].reset_index(drop=True)
    pd.testing.assert_frame_equal(old[["a", "b"]].reset_index(drop=True), values, check_exact=True)


def test_imbalanced_learn_loses_the_index_of_rows_that_it_keeps() -> None:
    y = labels()
    frame = floats(y).set_axis(np.arange(len(y)) + 1000)
    made, _ = SMOTE(random_state=SEED).fit_resample(frame, y)
    assert made.index.tolist() == list(range(len(made)))


@pytest.mark.parametrize("dtype", ["str", "object", "category"])
def test_text_columns_are_known_for_categories(dtype: str) -> None:
    y = labels()
    frame = floats(y)
    frame["town"] = pd.Series(np.where(np.arange(len(y)) % 3, "Graz", "Wien"), dtype=dtype)
    if dtype != "category":
        bites(SMOTENC("auto"), frame, y, ValueError, "not designed to work only with numerical features")
    made = native(frame, y, "SMOTENC")
    assert made.rows.frame["town"].dtype == frame["town"].dtype
    assert set(new_rows(made)["town"]) <= {"Graz", "Wien"}


@pytest.mark.parametrize("sampler", [SMOTE, ADASYN, BorderlineSMOTE, SMOTEENN, SMOTETomek])
def test_a_class_with_fewer_rows_than_neighbours_gets_by_with_fewer_and_says_so(
    sampler: Callable[[], Any],
) -> None:
    y = labels(40, 4)
    frame = floats(y)
    bites(sampler(), frame, y, ValueError, "Expected n_neighbors <= n_samples_fit")
    notes = " ".join(native(frame, y, sampler.__name__).links[0].notes)
    assert re.search(r"[kn]_neighbors 5 -> 3 for class 'yes': it has 4 rows", notes)
    with pytest.raises(DataError, match=r"Expected at least 6 rows of class 'yes' .* got 4 rows\. Next: set"):
        native(frame, y, sampler.__name__, strict=True)


def test_kmeans_smote_says_with_which_parameters_it_would_work_and_so_it_does() -> None:
    y = labels(200, 12)
    frame = floats(y)
    bites(KMeansSMOTE(random_state=SEED), frame, y, RuntimeError, "No clusters found with sufficient samples")
    with pytest.raises(DataError, match="Next: set cluster_balance_threshold") as refusal:
        native(frame, y, "KMeansSMOTE")
    threshold = re.search(r"threshold to ([\d.]+\d)", str(refusal.value))
    k = re.search(r"k_neighbors to (\d+)", str(refusal.value))
    assert threshold is not None
    params: dict[str, Any] = {"cluster_balance_threshold": float(threshold[1])}
    made = native(frame, y, "KMeansSMOTE", params | ({"k_neighbors": int(k[1])} if k else {}))
    assert made.links[0].after["yes"] >= 200


def test_imbalanced_learn_says_of_some_samplers_alone_which_rows_they_kept() -> None:
    y = labels()
    silent = (SMOTE, BorderlineSMOTE, ADASYN, SMOTEENN, SMOTETomek, ClusterCentroids)
    for sampler in silent:
        fitted = sampler(random_state=SEED)
        fitted.fit_resample(floats(y), y)
        assert not hasattr(fitted, "sample_indices_"), sampler


@pytest.mark.parametrize("name", [name for name in SAMPLERS if name not in {"SMOTENC", "KMeansSMOTE"}])
def test_every_row_says_of_which_train_row_it_is_a_copy_or_who_its_parents_are(name: str) -> None:
    y = labels()
    frame = floats(y)
    made = native(frame, y, name).rows
    origin, first = made.lineage.origin, made.lineage.first
    assert ((origin == NOWHERE) != (first == NOWHERE)).all()
    kept = origin != NOWHERE
    # bit for bit, whether the sampler is one that would hand them back first, in order or not at all
    assert made.frame[kept].to_numpy().tobytes() == frame.to_numpy()[origin[kept]].tobytes()
    np.testing.assert_array_equal(made.y[kept], y[origin[kept]])


@pytest.mark.parametrize("name", ["RandomOverSampler", "SMOTE", "BorderlineSMOTE", "ADASYN", "SVMSMOTE"])
def test_train_comes_first_and_in_order_where_rows_are_only_added(name: str) -> None:
    y = labels()
    made = native(floats(y), y, name).rows
    assert made.lineage.origin[: len(y)].tolist() == list(range(len(y)))


@pytest.mark.parametrize(
    "name", ["RandomOverSampler", "SMOTE", "SMOTEN", "EditedNearestNeighbours", "TomekLinks", "SMOTETomek"]
)
def test_a_sampler_with_nothing_to_do_says_so(name: str) -> None:
    y = labels(30, 30)
    # the classes are far apart, and as large as each other
    frame = floats(y) + 100 * y[:, None]
    made = native(frame, y, name)
    assert made.links[0].before == made.links[0].after
    if made.links[0].notes[-1] == "changed nothing":
        pd.testing.assert_frame_equal(made.rows.frame, frame, check_exact=True)
    else:
        assert made.links[0].notes[-1] == "changed nothing but the order of rows"
        assert sorted(made.rows.lineage.origin) == list(range(len(y)))


def test_copies_and_new_rows_are_changes() -> None:
    y = labels()
    frame = floats(y)
    for chain in (
        [("SMOTE", {}), ("SMOTE", {"sampling_strategy": {"yes": 80}})],
        [("RandomOverSampler", {}), ("RandomUnderSampler", {"sampling_strategy": {"yes": 20}})],
    ):
        space = fit_space(frame, find_features(frame, exclude=set()))
        for link in resample_native(train_rows(frame, y), chain, space, seed=SEED, classes=CLASSES).links:
            assert not [note for note in link.notes if "changed nothing" in note]
