"""Chains: sampler after sampler, with counts, origins and errors that a person can act on."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.errors import DataError
from evenkeel.resampling import SAMPLERS, Resampled, resample_encoded

BINARY = ("no", "yes")
COLOURS = ("blue", "green", "red")


def blobs(sizes: tuple[int, ...], seed: int = 0) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Overlapping clouds in three dimensions, shuffled."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    return rng.normal(size=(len(y), 3)) + y[:, None], y


def chain(
    *links: tuple[str, dict[str, Any]], sizes: tuple[int, ...] = (90, 30), classes: tuple[str, ...] = BINARY
) -> Resampled:
    X, y = blobs(sizes)
    return resample_encoded(X, y, links, seed=1, classes=classes)


def test_an_empty_chain_changes_nothing() -> None:
    X, y = blobs((90, 30))
    made = resample_encoded(X, y, [], seed=1, classes=BINARY)
    assert (made.X.tobytes(), made.y.tobytes()) == (X.tobytes(), y.tobytes())
    assert made.origin.tolist() == list(range(120))
    assert made.links == ()


def test_each_link_says_what_it_got_and_what_it_gave() -> None:
    made = chain(("RandomUnderSampler", {"sampling_strategy": 0.5}), ("SMOTE", {}))
    assert [link.sampler for link in made.links] == ["RandomUnderSampler", "SMOTE"]
    assert [link.before for link in made.links] == [{"no": 90, "yes": 30}, {"no": 60, "yes": 30}]
    assert [link.after for link in made.links] == [{"no": 60, "yes": 30}, {"no": 60, "yes": 60}]


def test_several_classes_are_counted_by_name() -> None:
    made = chain(("SMOTE", {}), ("TomekLinks", {}), sizes=(60, 20, 12), classes=COLOURS)
    assert made.links[0].before == {"blue": 60, "green": 20, "red": 12}
    assert made.links[0].after == dict.fromkeys(COLOURS, 60)
    assert made.links[1].after == dict(zip(COLOURS, np.bincount(made.y).tolist(), strict=True))


def test_a_class_without_rows_is_counted_as_none() -> None:
    made = chain(("RandomOverSampler", {}), sizes=(30, 10, 0), classes=COLOURS)
    assert made.links[0].after == {"blue": 30, "green": 30, "red": 0}


def test_sampling_strategy_names_classes_by_their_names() -> None:
    strategy = {"green": 40, "red": 25}
    made = chain(("SMOTE", {"sampling_strategy": strategy}), sizes=(60, 20, 12), classes=COLOURS)
    assert made.links[0].after == {"blue": 60, **strategy}


def test_numeric_class_names_are_names_too() -> None:
    made = chain(("RandomUnderSampler", {"sampling_strategy": {5: 40}}), classes=("5", "3"))
    assert made.links[0].after == {"5": 40, "3": 30}


def test_an_unknown_class_in_sampling_strategy_is_refused_by_name() -> None:
    with pytest.raises(DataError, match=r"got 'maybe'\. Available: \['no', 'yes'\]"):
        chain(("SMOTE", {"sampling_strategy": {"maybe": 50}}))


FOLLOWED = [
    ("RandomOverSampler", {}),
    ("RandomUnderSampler", {}),
    ("TomekLinks", {}),
    ("NearMiss", {}),
    ("EditedNearestNeighbours", {}),
    ("AllKNN", {}),
    ("OneSidedSelection", {}),
]


@pytest.mark.parametrize(
    ("name", "params"), FOLLOWED, ids=lambda value: str(value) if isinstance(value, str) else ""
)
def test_a_row_with_an_origin_is_a_copy_of_it(name: str, params: dict[str, Any]) -> None:
    X, y = blobs((90, 30))
    made = resample_encoded(X, y, [(name, params)], seed=1, classes=BINARY)
    assert (made.origin >= 0).all()
    assert made.X.tobytes() == X[made.origin].tobytes()
    assert made.y.tolist() == y[made.origin].tolist()


def test_origins_are_followed_through_a_chain() -> None:
    X, y = blobs((90, 30))
    links = [
        ("RandomUnderSampler", {"sampling_strategy": 0.5}),
        ("RandomOverSampler", {}),
        ("TomekLinks", {}),
    ]
    made = resample_encoded(X, y, links, seed=1, classes=BINARY)
    assert (made.origin >= 0).all()
    assert made.X.tobytes() == X[made.origin].tobytes()


def test_an_origin_once_lost_is_not_invented_again() -> None:
    made = chain(("SMOTE", {}), ("RandomUnderSampler", {"sampling_strategy": {"no": 40, "yes": 40}}))
    assert (made.origin == -1).all()


def test_a_smoothed_row_is_no_copy() -> None:
    X, y = blobs((90, 30))
    made = resample_encoded(X, y, [("RandomOverSampler", {"shrinkage": 1.0})], seed=1, classes=BINARY)
    copies = made.origin >= 0
    assert made.X[copies].tobytes() == X[made.origin[copies]].tobytes()


WITH_NEIGHBOURS = [name for name, entry in SAMPLERS.items() if entry.neighbours]


@pytest.mark.parametrize("name", WITH_NEIGHBOURS)
def test_too_few_rows_for_the_neighbours_are_said_in_numbers(name: str) -> None:
    X, y = blobs((60, 2))
    if name == "SMOTEN":
        X = np.round(X)
    with pytest.raises(DataError) as raised:
        resample_encoded(X, y, [(name, {})], seed=1, classes=BINARY, categorical=[0])
    message = str(raised.value)
    parameter = SAMPLERS[name].neighbours
    assert f"rows of class 'yes' for {name} with {parameter}=" in message
    assert "got 2" in message
    enough = 2 if name == "NearMiss" else 1
    assert f"Next: set {parameter} to {enough} or less" in message
    assert "n_samples" not in message


def test_the_advice_for_too_few_rows_works() -> None:
    made = chain(("SMOTE", {"k_neighbors": 3}), sizes=(60, 4))
    assert made.links[0].after == {"no": 60, "yes": 60}


def test_a_class_that_does_not_grow_needs_no_neighbours() -> None:
    strategy = {"green": 40}
    made = chain(("SMOTE", {"sampling_strategy": strategy}), sizes=(60, 20, 3), classes=COLOURS)
    assert made.links[0].after == {"blue": 60, "green": 40, "red": 3}


@pytest.mark.parametrize("name", ["NearMiss", "RandomUnderSampler", "ClusterCentroids"])
def test_what_a_sampler_refuses_is_a_data_error_with_counts_and_a_next_step(name: str) -> None:
    with pytest.raises(DataError, match=r"could not resample 120 rows \(no: 90, yes: 30\).*Next: "):
        chain((name, {"sampling_strategy": {"no": 10_000}}))


def test_missing_cells_that_a_sampler_cannot_take_are_a_data_error() -> None:
    X, y = blobs((90, 30))
    X[0, 0] = np.nan
    with pytest.raises(DataError, match=r"SMOTE could not resample .*NaN.*Next: "):
        resample_encoded(X, y, [("SMOTE", {})], seed=1, classes=BINARY)


def test_smotenc_without_categories_names_the_alternative() -> None:
    with pytest.raises(DataError, match="use SMOTE"):
        chain(("SMOTENC", {}))


def test_a_sampler_that_changes_nothing_says_so() -> None:
    X = np.concatenate([np.arange(30.0), 1000 + np.arange(10.0)])[:, None]
    y = np.repeat([0, 1], [30, 10])
    made = resample_encoded(X, y, [("TomekLinks", {})], seed=1, classes=BINARY)
    assert "changed nothing" in made.links[0].notes


def test_a_sampler_that_changes_something_does_not_say_that_it_did_not() -> None:
    assert "changed nothing" not in chain(("SMOTE", {})).links[0].notes


def test_what_a_sampler_warns_of_is_kept_as_a_note() -> None:
    X, y = blobs((90, 30))
    X[y == 0] = 0.0
    made = resample_encoded(X, y, [("ClusterCentroids", {})], seed=1, classes=BINARY)
    assert any("distinct clusters" in note for note in made.links[0].notes)


def test_near_miss_needs_as_many_rows_of_the_rarest_class_as_neighbours() -> None:
    assert chain(("NearMiss", {"n_neighbors": 3}), sizes=(60, 3)).links[0].after == {"no": 3, "yes": 3}
    with pytest.raises(
        DataError, match=r"at least 3 rows of class 'red' for NearMiss with n_neighbors=3, got 2"
    ):
        chain(("NearMiss", {}), sizes=(60, 20, 2), classes=COLOURS)
    with pytest.raises(DataError, match=r"at least 3 rows of class 'green' for NearMiss"):
        chain(("NearMiss", {}), sizes=(60, 2, 0), classes=COLOURS)


def test_the_input_is_left_alone() -> None:
    X, y = blobs((90, 30))
    before = X.tobytes(), y.tobytes()
    resample_encoded(X, y, [("SMOTE", {}), ("TomekLinks", {})], seed=1, classes=BINARY)
    assert (X.tobytes(), y.tobytes()) == before


@settings(max_examples=15, deadline=None)
@given(majority=st.integers(12, 60), minority=st.integers(6, 12), seed=st.integers(0, 2**32 - 1))
def test_smote_keeps_every_train_row_and_only_adds_minority_rows(
    majority: int, minority: int, seed: int
) -> None:
    X, y = blobs((majority, minority))
    made = resample_encoded(X, y, [("SMOTE", {})], seed=seed, classes=BINARY)
    assert made.X[: len(X)].tobytes() == X.tobytes()
    assert (made.y[len(X) :] == 1).all()
    assert len(made.X) == len(made.y) == len(made.origin) == 2 * majority
