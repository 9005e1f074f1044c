"""The sampler table: every entry is imbalanced-learn's own class, found, checked and run as it is."""

from __future__ import annotations

import inspect
import warnings
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.datasets import make_blobs

from evenkeel.errors import ConfigError
from evenkeel.parameters import parameter_names
from evenkeel.resampling import SAMPLERS, find_sampler, resample_encoded
from evenkeel.resampling.samplers import build_sampler, check_sampler

SEED = 7
CLASSES = ("no", "yes")


class Input(NamedTuple):
    """A matrix that a sampler can work on, and the parameters that it needs there."""

    X: npt.NDArray[np.float64]
    y: npt.NDArray[np.int64]
    categorical: list[int]
    params: dict[str, Any]


def suitable(name: str) -> Input:
    """Overlapping blobs, 3 : 1, with categories for the samplers that want them."""
    X, y = make_blobs([112, 38], centers=[(0.0, 0.0, 0.0), (1.5, 1.5, 1.5)], random_state=0)
    X = X.astype(np.float64)
    if name == "SMOTENC":
        X = np.column_stack([X, np.digitize(X[:, 0], [0.0, 1.0]).astype(float)])
        return Input(X, y, [3], {})
    if name == "SMOTEN":
        return Input(np.digitize(X, [-1.0, 0.0, 1.0]).astype(float), y, [0, 1, 2], {})
    return Input(X, y, [], {"cluster_balance_threshold": 0.1} if name == "KMeansSMOTE" else {})


def by_the_owner(name: str, given: Input, **params: Any) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """What the class itself makes of it, with nothing of ours in between."""
    cls = SAMPLERS[name].load()
    arguments = given.params | params
    if "random_state" in inspect.signature(cls).parameters:
        arguments |= {"random_state": SEED}
    if name == "SMOTENC":
        arguments |= {"categorical_features": given.categorical}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return cls(**arguments).fit_resample(given.X, given.y)


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_result_is_bit_for_bit_the_owners_and_the_input_is_left_alone(name: str) -> None:
    given = suitable(name)
    before = given.X.tobytes(), given.y.tobytes()
    made = resample_encoded(
        given.X, given.y, [(name, given.params)], seed=SEED, classes=CLASSES, categorical=given.categorical
    )
    assert (given.X.tobytes(), given.y.tobytes()) == before
    X, y = by_the_owner(name, given)
    assert made.X.tobytes() == np.asarray(X, dtype=np.float64).tobytes()
    assert made.y.tobytes() == np.asarray(y, dtype=np.int64).tobytes()
    assert len(made.y) != len(given.y), "the input must be one that the sampler changes"


@pytest.mark.parametrize("name", [name for name in SAMPLERS if name not in {"SMOTENC", "SMOTEN"}])
def test_a_built_sampler_has_the_given_seed_and_otherwise_the_owners_defaults(name: str) -> None:
    built, own = build_sampler(name, {}, SEED).get_params(), SAMPLERS[name].load()().get_params()
    if "random_state" in own:
        assert built.pop("random_state") == SEED
        own.pop("random_state")
    assert {key: repr(value) for key, value in built.items()} == {
        key: repr(value) for key, value in own.items()
    }


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("SMOTE", {"k_neighbors": 2, "sampling_strategy": 0.8}),
        ("ADASYN", {"n_neighbors": 3}),
        ("RandomUnderSampler", {"replacement": True, "sampling_strategy": 0.5}),
        ("NearMiss", {"version": 2}),
        ("EditedNearestNeighbours", {"kind_sel": "mode", "n_neighbors": 5}),
        ("TomekLinks", {"sampling_strategy": "all"}),
    ],
)
def test_parameters_are_passed_through(name: str, params: dict[str, Any]) -> None:
    given = suitable(name)
    made = resample_encoded(given.X, given.y, [(name, params)], seed=SEED, classes=CLASSES)
    X, _ = by_the_owner(name, given, **params)
    assert made.X.tobytes() == X.tobytes()
    default, _ = by_the_owner(name, given)
    assert X.tobytes() != default.tobytes(), "the parameters must be ones that matter"


def test_a_seed_of_the_users_own_is_kept() -> None:
    assert build_sampler("SMOTE", {"random_state": 3}, SEED).random_state == 3


def test_a_sampler_inside_another_is_built_too() -> None:
    params = {"smote": {"sampler": "smote", "params": {"k_neighbors": 3}}}
    check_sampler("SMOTEENN", params)
    built = build_sampler("SMOTEENN", params, SEED)
    assert (built.smote.k_neighbors, built.smote.random_state) == (3, SEED)


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_name_is_found_in_any_spelling(name: str) -> None:
    entry = SAMPLERS[name]
    for spelling in (name, entry.short, name.lower(), entry.short.upper(), entry.short.replace("-", "_")):
        assert find_sampler(spelling) is entry
    assert find_sampler(entry.short.replace("-", " ")) is entry


def test_no_two_entries_share_a_spelling() -> None:
    names = {name.lower().replace("-", "") for e in SAMPLERS.values() for name in {e.name, e.short}}
    short_is_name = sum(e.name.lower() == e.short.replace("-", "") for e in SAMPLERS.values())
    assert len(names) == 2 * len(SAMPLERS) - short_is_name


@pytest.mark.parametrize("name", SAMPLERS)
def test_an_entry_says_what_its_class_is(name: str) -> None:
    entry, cls = SAMPLERS[name], SAMPLERS[name].load()
    assert cls.__name__ == name == entry.name
    assert callable(cls.fit_resample)
    assert entry.what
    assert entry.source
    if entry.neighbours is not None:
        assert entry.neighbours.partition(".")[0] in parameter_names(cls)


def test_every_sampler_of_imbalanced_learn_has_an_entry() -> None:
    from imblearn.utils.testing import all_estimators

    # a wrapper around a function, which no config can name
    theirs = {name for name, _ in all_estimators(type_filter="sampler")} - {"FunctionSampler"}
    assert set(SAMPLERS) == theirs


@pytest.mark.parametrize(
    ("wrong", "right"), [("smot", "smote"), ("tomek-link", "tomek-links"), ("SMOTENN", "SMOTEENN")]
)
def test_an_unknown_sampler_is_answered_with_the_nearest(wrong: str, right: str) -> None:
    with pytest.raises(ConfigError) as raised:
        find_sampler(wrong)
    hint = str(raised.value).lower().replace("-", "")
    assert f"got {wrong!r}".lower().replace("-", "") in hint
    assert f"did you mean '{right}'".lower().replace("-", "") in hint
    assert "random-under" in str(raised.value)


def test_an_unknown_parameter_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"sampler SMOTE, got 'k_neighbor'\. Did you mean 'k_neighbors'"):
        check_sampler("smote", {"k_neighbor": 3})


@pytest.mark.parametrize(
    ("params", "names"),
    [({"k_neighbors": 0}, "k_neighbors"), ({"sampling_strategy": "most"}, "sampling_strategy")],
)
def test_an_impossible_value_is_refused_by_name(params: dict[str, Any], names: str) -> None:
    with pytest.raises(ConfigError, match=names):
        check_sampler("smote", params)


@pytest.mark.parametrize(
    "nested",
    [{"sampler": "smot"}, {"sampler": "smote", "params": {"k": 3}}],
    ids=["unknown sampler", "unknown parameter"],
)
def test_a_mistake_inside_a_nested_sampler_is_refused(nested: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        check_sampler("smote-enn", {"smote": nested})


def test_a_sampler_for_a_parameter_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigError, match="got 'smote'"):
        check_sampler("random-under", {"smote": {"sampler": "smote"}})


@pytest.mark.parametrize(
    "name", [name for name, e in SAMPLERS.items() if "random_state" in parameter_names(e.load())]
)
@pytest.mark.parametrize("value", [None, "7", 0.5])
def test_a_random_state_that_could_not_be_repeated_is_refused(name: str, value: object) -> None:
    with pytest.raises(ConfigError, match=r"Expected a whole number as random_state .* Next: leave it out"):
        check_sampler(name, {"random_state": value})
    check_sampler(name, {"random_state": 7})
