"""On a table of floats without holes, native space gives imbalanced-learn's rows, for every sampler."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.errors import DataError
from evenkeel.resampling import SAMPLERS, LinkResult, resample_native
from evenkeel.resampling.lineage import NOWHERE, Rows, train_rows
from evenkeel.resampling.links import Chain, ready_sampler
from evenkeel.resampling.space import Space, fit_space
from evenkeel.tables import find_features

Matrix = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

CLASSES = ("fine", "ill", "worse")
COLUMNS = ("age", "dose", "income", "weight")
SCALES = (10.0, 0.01, 20_000.0, 1.0)
TWO, THREE = (60, 24), (50, 30, 16)

# parameters with which it finds clusters in these tables
DENSE = {"cluster_balance_threshold": 0.1, "kmeans_estimator": 3}
# two of them look at every row for very long
SLOW = {"InstanceHardnessThreshold", "CondensedNearestNeighbour"}
NUMERIC = [name for name in SAMPLERS if name != "SMOTENC"]
CHAINS: list[Chain] = [
    [("RandomUnderSampler", {"sampling_strategy": {"fine": 40}}), ("SMOTE", {})],
    [("SMOTE", {}), ("TomekLinks", {"sampling_strategy": "all"})],
    [("TomekLinks", {}), ("ADASYN", {}), ("EditedNearestNeighbours", {})],
    [("BorderlineSMOTE", {}), ("ClusterCentroids", {"sampling_strategy": {"fine": 20}})],
    [("RandomOverSampler", {}), ("NeighbourhoodCleaningRule", {})],
]


def table(sizes: tuple[int, ...], seed: int) -> tuple[pd.DataFrame, Codes]:
    """Overlapping clouds of floats, shuffled."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.repeat(np.arange(len(sizes)), sizes)).astype(np.int64)
    X = (rng.normal(size=(len(y), len(COLUMNS))) + y[:, None]) * SCALES
    return pd.DataFrame(X, columns=list(COLUMNS)), y


def space_of(frame: pd.DataFrame, *, scale: bool) -> Space:
    return fit_space(frame, find_features(frame, exclude=set()), scale=scale)


def theirs(X: Matrix, y: Codes, chain: Chain, seed: int) -> tuple[Matrix, Codes]:
    """What imbalanced-learn's own samplers make, one after the other."""
    classes = CLASSES[: y.max() + 1]
    for name, params in chain:
        before, labels = X, y
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            X, y = ready_sampler(name, params, seed=seed, classes=classes).fit_resample(X, y)
        if name == "ClusterCentroids":
            X = in_range(before, labels, X, y)
    return X, y


def in_range(before: Matrix, labels: Codes, X: Matrix, y: Codes) -> Matrix:
    """Centres without the last bits by which they leave the range of their class, where ours stay in it."""
    inside = X.copy()
    for label in np.unique(y):
        own = before[labels == label]
        inside[y == label] = np.clip(X[y == label], own.min(axis=0), own.max(axis=0))
    np.testing.assert_allclose(inside, X, rtol=1e-12)
    return inside


def ours(
    frame: pd.DataFrame, y: Codes, chain: Chain, seed: int, *, scale: bool = False
) -> tuple[Rows, tuple[LinkResult, ...]]:
    classes = CLASSES[: y.max() + 1]
    made = resample_native(
        train_rows(frame, y), chain, space_of(frame, scale=scale), seed=seed, classes=classes
    )
    return made.rows, made.links


def assert_same_bits(frame: pd.DataFrame, y: Codes, chain: Chain, seed: int) -> None:
    X, labels = theirs(frame.to_numpy(), y, chain, seed)
    made, _ = ours(frame, y, chain, seed)
    np.testing.assert_array_equal(made.frame.to_numpy(), X)
    np.testing.assert_array_equal(made.y, labels)


def working(name: str) -> dict[str, Any]:
    return dict(DENSE) if name == "KMeansSMOTE" else {}


@pytest.mark.parametrize("sizes", [TWO, THREE], ids=["two classes", "three classes"])
@pytest.mark.parametrize("name", NUMERIC)
def test_a_sampler_gives_imbalanced_learns_bits(name: str, sizes: tuple[int, ...]) -> None:
    for seed in (0,) if name in SLOW else (0, 1, 2):
        frame, y = table(sizes, seed)
        assert_same_bits(frame, y, [(name, working(name))], seed)


@given(
    name=st.sampled_from([name for name in NUMERIC if name not in SLOW]),
    seed=st.integers(0, 2**32 - 1),
    sizes=st.lists(st.integers(14, 50), min_size=2, max_size=3).map(tuple),
)
@settings(max_examples=30, deadline=None)
def test_any_seed_and_size_gives_the_same_bits_or_is_refused_by_both(
    name: str, seed: int, sizes: tuple[int, ...]
) -> None:
    frame, y = table(sizes, seed)
    chain = [(name, working(name))]
    try:
        theirs(frame.to_numpy(), y, chain, seed)
    except (ValueError, RuntimeError):
        with pytest.raises(DataError, match="Next: "):
            ours(frame, y, chain, seed)
    else:
        assert_same_bits(frame, y, chain, seed)


@pytest.mark.parametrize("kind", ["borderline-1", "borderline-2"])
@pytest.mark.parametrize("sizes", [TWO, THREE], ids=["two classes", "three classes"])
def test_both_kinds_of_borderline_give_the_same_bits(kind: str, sizes: tuple[int, ...]) -> None:
    for seed in range(6):
        frame, y = table(sizes, seed)
        assert_same_bits(frame, y, [("BorderlineSMOTE", {"kind": kind})], seed)


@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: " ".join(name for name, _ in chain))
@pytest.mark.parametrize("sizes", [TWO, THREE], ids=["two classes", "three classes"])
def test_a_chain_gives_the_same_bits(chain: Chain, sizes: tuple[int, ...]) -> None:
    for seed in (3, 4):
        frame, y = table(sizes, seed)
        assert_same_bits(frame, y, chain, seed)


def strategies(name: str, classes: int) -> list[Any]:
    """Ways to say how many rows there should be which the sampler takes."""
    entry = SAMPLERS[name]
    if entry.family == "cleaning" or name == "CondensedNearestNeighbour":
        # a list names the classes that may lose rows
        return ["all", "majority", "not minority", ["fine"], ["ill", "fine"]]
    wanted = {"fine": 20} if entry.family == "under" else {"ill": 45}
    ratio = [0.8] if classes == 2 else []
    return [*ratio, wanted, "all" if entry.family == "under" else "minority", "not majority"]


@pytest.mark.parametrize("sizes", [TWO, THREE], ids=["two classes", "three classes"])
@pytest.mark.parametrize("name", [name for name in NUMERIC if name not in SLOW])
def test_a_strategy_by_ratio_by_class_name_or_by_word_gives_the_same_bits(
    name: str, sizes: tuple[int, ...]
) -> None:
    frame, y = table(sizes, 5)
    for strategy in strategies(name, len(sizes)):
        assert_same_bits(frame, y, [(name, {**working(name), "sampling_strategy": strategy})], 5)


@pytest.mark.parametrize("sizes", [TWO, THREE], ids=["two classes", "three classes"])
@pytest.mark.parametrize("name", [name for name in NUMERIC if name != "SMOTEN"])
def test_with_scaling_rows_are_those_of_the_scaled_matrix_in_units_of_the_table(
    name: str, sizes: tuple[int, ...]
) -> None:
    frame, y = table(sizes, 6)
    space, chain = space_of(frame, scale=True), [(name, working(name))]
    X, labels = theirs(space.transform(frame), y, chain, 6)
    made, _ = ours(frame, y, chain, 6, scale=True)
    np.testing.assert_array_equal(made.y, labels)
    expected = np.column_stack([space.original(X)[column] for column in COLUMNS])
    # relative to the spread of a column: near 0 a difference of two numbers has no digits of its own
    np.testing.assert_allclose(made.frame.to_numpy() / SCALES, expected / SCALES, rtol=1e-9, atol=1e-9)
    kept = made.lineage.origin != NOWHERE
    np.testing.assert_array_equal(made.frame.to_numpy()[kept], frame.to_numpy()[made.lineage.origin[kept]])


def test_class_names_that_look_like_codes_of_other_classes_are_names() -> None:
    frame, y = table(TWO, 9)
    space = space_of(frame, scale=False)
    for name in ("RandomUnderSampler", "NearMiss", "ClusterCentroids"):
        chain: Chain = [(name, {"sampling_strategy": {"1": 20}})]
        (link,) = resample_native(train_rows(frame, y), chain, space, seed=0, classes=("1", "0")).links
        assert link.after == {"1": 20, "0": TWO[1]}


def test_smoten_does_not_look_at_distances() -> None:
    frame, y = table(TWO, 7)
    raw, _ = ours(frame, y, [("SMOTEN", {})], 7)
    scaled, _ = ours(frame, y, [("SMOTEN", {})], 7, scale=True)
    pd.testing.assert_frame_equal(raw.frame, scaled.frame, check_exact=True)


def test_smotenc_refuses_numbers_alone_as_imbalanced_learn_does() -> None:
    frame, y = table(TWO, 8)
    with pytest.raises(ValueError, match="not designed to work only with"):
        SAMPLERS["SMOTENC"].load()(categorical_features=[]).fit_resample(frame.to_numpy(), y)
    expected = "Expected categorical columns beside numbers for SMOTENC, got numbers alone. Next: use SMOTE"
    with pytest.raises(DataError, match=expected):
        ours(frame, y, [("SMOTENC", {})], 8)
