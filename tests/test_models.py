"""The model table: every entry is built with our seed, saved without a pickle, and comes back the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.base import BaseEstimator
from sklearn.datasets import make_blobs
from sklearn.preprocessing import FunctionTransformer

from evenkeel.errors import ConfigError, DataError, StoreError
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
    takes_weights,
    watched,
)

SMALL = {
    "xgboost": {"n_estimators": 5},
    "random_forest": {"n_estimators": 5},
    "hist_gradient_boosting": {"max_iter": 5},
    "logistic": {"C": 0.5},
    "balanced_random_forest": {"n_estimators": 5},
    "easy_ensemble": {"n_estimators": 2},
    "rus_boost": {"n_estimators": 5},
    "balanced_bagging": {"n_estimators": 5},
}
BALANCING = [kind for kind, entry in MODELS.items() if entry.balances]


class Foreign(BaseEstimator):
    """An estimator that is on no list."""


def blobs(classes: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    X, y = make_blobs(60, centers=classes, cluster_std=4.0, random_state=0)
    return X, y


def skewed(classes: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Rows of which the last class has few."""
    sizes = [60, 30, 12][-classes:]
    centers = np.array([[0.0, 0.0], [3.0, 3.0], [6.0, 0.0]])[:classes]
    X, y = make_blobs(sizes, centers=centers, cluster_std=1.5, random_state=0)
    return X, y


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("kind", MODELS)
def test_a_saved_model_gives_the_same_probabilities(kind: str, classes: int) -> None:
    X, y = blobs(classes)
    weights = {"sample_weight": np.linspace(1, 2, len(y))} if takes_weights(kind) else {}
    model = build_model(kind, SMALL[kind], 1).fit(X, y, **weights)
    found = probabilities(model, X)
    back = probabilities(load_model(kind, save_model(kind, model)), X)
    assert back.tobytes() == found.tobytes()
    assert found.dtype == np.float64
    assert found.shape == (60, classes)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("kind", MODELS)
def test_two_fits_with_one_seed_are_the_same(kind: str) -> None:
    X, y = blobs(2)
    one, two = (probabilities(build_model(kind, SMALL[kind], 1).fit(X, y), X) for _ in range(2))
    assert one.tobytes() == two.tobytes()


@pytest.mark.parametrize("kind", BALANCING)
def test_the_seed_decides_which_rows_are_in_the_bags(kind: str) -> None:
    X, y = skewed(2)
    one, two = (probabilities(build_model(kind, SMALL[kind], seed).fit(X, y), X) for seed in (1, 2))
    assert one.tobytes() != two.tobytes()


def bags(model: Any, kind: str) -> list[Any]:
    """The fitted sampler of every bag."""
    inside = kind in ("easy_ensemble", "balanced_bagging")
    return [bag.named_steps["sampler"] for bag in model.estimators_] if inside else list(model.samplers_)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("kind", BALANCING)
def test_every_bag_has_as_many_rows_of_each_class(kind: str, classes: int) -> None:
    X, y = skewed(classes)
    model = build_model(kind, SMALL[kind], 1).fit(X, y)
    drawn = bags(model, kind)
    assert drawn
    for number, sampler in enumerate(drawn):
        # balanced bagging draws from a bootstrap of the rows
        seen = y[model.estimators_samples_[number]] if kind == "balanced_bagging" else y
        assert len(set(np.bincount(seen[sampler.sample_indices_]).tolist())) == 1


@pytest.mark.parametrize("kind", BALANCING)
def test_the_sizes_of_a_bag_go_by_the_names_of_the_classes(kind: str) -> None:
    X, y = skewed(2)
    params = {**SMALL[kind], "sampling_strategy": {"no": 9, "yes": 5}}
    check_model(kind, params)
    model = build_model(kind, params, 1, ["no", "yes"]).fit(X, y)
    (first, *_) = bags(model, kind)
    assert first.sampling_strategy_ == {0: 9, 1: 5}
    back = load_model(kind, save_model(kind, model))
    assert probabilities(back, X).tobytes() == probabilities(model, X).tobytes()


def test_a_bag_of_a_class_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(DataError, match=r"got 'maybe'\. Available: \['no', 'yes'\]"):
        build_model("easy_ensemble", {"sampling_strategy": {"maybe": 9}}, 1, ["no", "yes"])


@pytest.mark.parametrize("kind", BALANCING)
def test_an_estimator_inside_an_ensemble_is_not_the_configs_to_give(kind: str) -> None:
    with pytest.raises(ConfigError, match="estimator"):
        check_model(kind, {"estimator": "logistic"})


@pytest.mark.parametrize("kind", MODELS)
def test_a_model_that_takes_weights_heeds_them_and_another_has_no_such_parameter(kind: str) -> None:
    X, y = skewed(2)
    weights = np.where(y == 1, 20.0, 1.0)
    # in a tree that is grown to the end, weights change nothing
    params = SMALL[kind] | ({"max_depth": 1} if "forest" in kind else {})
    model = build_model(kind, params, 1)
    if not takes_weights(kind):
        with pytest.raises(TypeError, match="sample_weight"):
            model.fit(X, y, sample_weight=weights)
        return
    weighted = probabilities(model.fit(X, y, sample_weight=weights), X)[:, 1].mean()
    assert weighted > probabilities(build_model(kind, params, 1).fit(X, y), X)[:, 1].mean()


@pytest.mark.parametrize("kind", [kind for kind, entry in MODELS.items() if entry.unsaved])
def test_a_saved_model_has_no_second_copy_of_its_parts_and_the_model_keeps_its_own(kind: str) -> None:
    X, y = skewed(2)
    model = build_model(kind, SMALL[kind], 1).fit(X, y)
    back = load_model(kind, save_model(kind, model))
    for name in MODELS[kind].unsaved:
        assert hasattr(model, name)
        assert not hasattr(back, name)


@pytest.mark.parametrize("kind", MODELS)
def test_a_model_has_our_seed_one_thread_and_the_users_parameters(kind: str) -> None:
    params = SMALL[kind]
    built = build_model(kind, params, 99).get_params()
    assert built["random_state"] == 99
    assert built.get("n_jobs") in (None, 1)
    assert {name: built[name] for name in params} == params


def test_the_users_parameters_win_over_our_defaults() -> None:
    assert build_model("logistic", {"max_iter": 7}, 1).max_iter == 7


@pytest.mark.parametrize("kind", MODELS)
def test_no_saved_model_is_a_pickle(kind: str) -> None:
    X, y = blobs(2)
    data = save_model(kind, build_model(kind, SMALL[kind], 1).fit(X, y))
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
    check_model(kind, SMALL[kind])


def test_what_weights_do_to_the_prior_is_no_loss_of_the_rows_that_stop_a_model() -> None:
    X, y = blobs(2)
    y[:] = np.arange(len(y)) % 10 == 0
    model = build_model("xgboost", {"learning_rate": 1e-6}, seed=0, classes=("no", "yes"))
    told = watched("xgboost", model, X, y, classes=2)
    model.fit(X, y, sample_weight=np.where(y == 1, 9.0, 1.0), **told)
    first = model.evals_result()["validation_0"]["logloss"][0]
    share = y.mean()
    assert first == pytest.approx(-share * np.log(share) - (1 - share) * np.log(1 - share), rel=1e-4)
