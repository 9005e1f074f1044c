"""The model table: every entry is built with our seed, saved without a pickle, and comes back the same."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.base import BaseEstimator
from sklearn.datasets import make_blobs
from sklearn.preprocessing import FunctionTransformer

from evenkeel.errors import ConfigError, StoreError
from evenkeel.models import (
    MODELS,
    RESERVED,
    build_model,
    check_model,
    find_model,
    load_estimator,
    load_model,
    probabilities,
    save_estimator,
    save_model,
)

SMALL = {
    "xgboost": {"n_estimators": 5},
    "random_forest": {"n_estimators": 5},
    "hist_gradient_boosting": {"max_iter": 5},
}


class Foreign(BaseEstimator):
    """An estimator that is on no list."""


def blobs(classes: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    X, y = make_blobs(60, centers=classes, cluster_std=4.0, random_state=0)
    return X, y


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("kind", MODELS)
def test_a_saved_model_gives_the_same_probabilities(kind: str, classes: int) -> None:
    X, y = blobs(classes)
    model = build_model(kind, SMALL.get(kind, {}), 1).fit(X, y, sample_weight=np.linspace(1, 2, len(y)))
    found = probabilities(model, X)
    back = probabilities(load_model(kind, save_model(kind, model)), X)
    assert back.tobytes() == found.tobytes()
    assert found.dtype == np.float64
    assert found.shape == (60, classes)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("kind", MODELS)
def test_two_fits_with_one_seed_are_the_same(kind: str) -> None:
    X, y = blobs(2)
    one, two = (probabilities(build_model(kind, SMALL.get(kind, {}), 1).fit(X, y), X) for _ in range(2))
    assert one.tobytes() == two.tobytes()


@pytest.mark.parametrize("kind", MODELS)
def test_a_model_has_our_seed_one_thread_and_the_users_parameters(kind: str) -> None:
    params = SMALL.get(kind, {"C": 0.5})
    built = build_model(kind, params, 99).get_params()
    assert built["random_state"] == 99
    assert built.get("n_jobs") in (None, 1)
    assert {name: built[name] for name in params} == params


def test_the_users_parameters_win_over_our_defaults() -> None:
    assert build_model("logistic", {"max_iter": 7}, 1).max_iter == 7


@pytest.mark.parametrize("kind", MODELS)
def test_no_saved_model_is_a_pickle(kind: str) -> None:
    X, y = blobs(2)
    data = save_model(kind, build_model(kind, SMALL.get(kind, {}), 1).fit(X, y))
    # a zip with JSON and .npy inside, or UBJSON: the first byte of a pickle is 0x80
    assert data[:2] == b"PK" if MODELS[kind].format == "skops" else data[:1] == b"{"


@pytest.mark.parametrize(
    "estimator", [Foreign(), FunctionTransformer(func=np.linalg.norm)], ids=["a class", "a function"]
)
def test_a_file_with_a_type_off_the_list_is_refused_by_name(estimator: BaseEstimator) -> None:
    with pytest.raises(StoreError, match=r"not allowed: .*(Foreign|norm)"):
        load_estimator(save_estimator(estimator))


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("name", RESERVED)
def test_what_decides_reproducibility_is_not_the_users_to_set(kind: str, name: str) -> None:
    with pytest.raises(ConfigError, match=rf"{name}.*set by Evenkeel.*Next: remove it"):
        check_model(kind, {name: 1})


def test_an_unknown_model_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"got 'xgbost'\. Did you mean 'xgboost'\? Available: .*logistic"):
        find_model("xgbost")


@pytest.mark.parametrize(
    ("kind", "wrong", "right"),
    [("xgboost", "lerning_rate", "learning_rate"), ("logistic", "max_itr", "max_iter")],
)
def test_a_misspelt_parameter_is_answered_with_the_nearest(kind: str, wrong: str, right: str) -> None:
    with pytest.raises(ConfigError, match=f"got '{wrong}'. Did you mean '{right}'"):
        check_model(kind, {wrong: 1})


def test_an_impossible_value_is_refused_by_its_owner() -> None:
    with pytest.raises(ConfigError, match="max_iter"):
        check_model("logistic", {"max_iter": -1})


@pytest.mark.parametrize("kind", MODELS)
def test_our_own_defaults_are_parameters_of_the_model(kind: str) -> None:
    entry = MODELS[kind]
    assert set(entry.defaults) <= set(entry.load()().get_params())
    assert entry.what
    check_model(kind, SMALL.get(kind, {}))
