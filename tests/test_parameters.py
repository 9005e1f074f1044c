"""Parameters: the names and values that an estimator's owner accepts, and no others."""

import inspect

import pytest
from imblearn.over_sampling import SMOTE
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression

from evenkeel.errors import ConfigError
from evenkeel.models import MODELS
from evenkeel.parameters import check_parameters, parameter_names
from evenkeel.resampling.samplers import SAMPLERS


class Base:
    def __init__(self, *, shared=1, deep=2):
        pass


class Passing(Base):
    def __init__(self, own=1, **rest):
        pass


class Closed(Passing):
    def __init__(self, only=1):
        pass


class Silent(Closed):
    pass


@pytest.mark.parametrize(
    ("cls", "names"),
    [
        (Base, {"shared", "deep"}),
        (Passing, {"own", "shared", "deep"}),
        (Closed, {"only"}),
        (Silent, {"only"}),
        (object, set()),
    ],
)
def test_names_reach_as_far_as_a_class_hands_them_on(cls, names):
    assert parameter_names(cls) - {"self"} == names


@pytest.mark.parametrize("entry", [*SAMPLERS.values(), *MODELS.values()], ids=lambda entry: entry.path)
def test_names_include_all_that_the_estimator_itself_lists(entry):
    cls = entry.load()
    assert issubclass(cls, BaseEstimator)
    assert set(cls._get_param_names()) <= parameter_names(cls)


@pytest.mark.parametrize("entry", SAMPLERS.values(), ids=lambda entry: entry.name)
def test_an_estimators_own_defaults_pass(entry):
    cls = entry.load()
    declared = inspect.signature(cls).parameters.values()
    check_parameters(entry.name, cls, {p.name: p.default for p in declared if p.default is not p.empty})


def test_a_misspelt_name_is_refused_with_the_nearest_one():
    with pytest.raises(
        ConfigError, match=r"a parameter of sampler S, got 'k_neighbor'\. Did you mean 'k_neighbors'\?"
    ):
        check_parameters("sampler S", SMOTE, {"k_neighbor": 3})


def test_a_value_that_the_owner_does_not_take_is_refused_in_its_words():
    with pytest.raises(
        ConfigError, match=r"The 'C' parameter of model m must be a float in .* Got -1 instead"
    ):
        check_parameters("model m", LogisticRegression, {"C": -1})


def test_reserved_names_are_neither_accepted_nor_offered():
    with pytest.raises(ConfigError, match="got 'random_state'") as caught:
        check_parameters("s", SMOTE, {"random_state": 1}, reserved=["random_state"])
    assert "random_state" not in str(caught.value).partition("Available:")[2]


def test_a_class_without_published_constraints_has_its_names_checked_alone():
    check_parameters("p", Passing, {"deep": object()})
    with pytest.raises(ConfigError):
        check_parameters("p", Passing, {"deeep": 1})
