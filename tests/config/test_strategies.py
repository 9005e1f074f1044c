"""Strategies: short forms, names, and samplers checked by their owners."""

import pytest
from pydantic import ValidationError

from evenkeel.config import Link, Strategy
from evenkeel.resampling.samplers import SAMPLERS


def strategy(value) -> Strategy:
    return Strategy.model_validate(value)


def refusal(value) -> str:
    with pytest.raises(ValidationError) as caught:
        strategy(value)
    return str(caught.value)


@pytest.mark.parametrize("entry", SAMPLERS.values(), ids=lambda entry: entry.name)
def test_every_sampler_of_the_table_is_a_strategy_in_any_spelling(entry):
    for name in (entry.name, entry.short, entry.name.lower(), entry.short.upper().replace("-", "_")):
        assert strategy(name).resample == (Link(sampler=entry.name),)


def test_none_is_the_strategy_that_does_nothing():
    made = strategy("none")
    assert (made.name, made.resample, made.class_weight) == ("none", (), None)
    assert made.description == "the training rows as they are"


def test_a_short_form_keeps_the_name_as_it_was_written():
    assert strategy("SMOTE").name == "SMOTE"
    assert strategy("smote").name == "smote"


def test_a_chain_without_a_name_is_named_after_its_links():
    chain = {"resample": ["RandomUnderSampler", {"sampler": "SMOTE", "params": {"k_neighbors": 3}}]}
    assert strategy(chain).name == "random-under-then-smote"


def test_a_single_link_counts_as_a_chain_of_one():
    link = {"sampler": "SMOTE", "params": {"k_neighbors": 3}}
    assert strategy({"name": "x", "resample": link}) == strategy({"name": "x", "resample": [link]})
    assert strategy({"name": "x", "resample": "smote"}) == strategy({"name": "x", "resample": ["SMOTE"]})


def test_the_links_of_a_chain_keep_their_order():
    chain = strategy({"name": "x", "resample": ["smote", "enn", "tomek-links"]}).resample
    assert [link.sampler for link in chain] == ["SMOTE", "EditedNearestNeighbours", "TomekLinks"]


def test_a_description_says_what_is_done_in_order():
    made = strategy(
        {
            "name": "x",
            "resample": ["random-under", {"sampler": "smote", "params": {"k_neighbors": 3}}],
            "class_weight": "balanced",
        }
    )
    assert made.description == "RandomUnderSampler(), then SMOTE(k_neighbors=3), then class weights balanced"


@pytest.mark.parametrize("given", [{0: 1, 1: 9}, {"0": 1.0, "1": 9.0}])
def test_class_weights_are_by_the_text_of_the_class(given):
    assert strategy({"name": "w", "class_weight": given}).class_weight == {"0": 1.0, "1": 9.0}


@pytest.mark.parametrize("given", ["Balanced", 3, ["balanced"], True])
def test_other_class_weights_are_refused(given):
    message = refusal({"name": "w", "class_weight": given})
    assert f"Expected 'balanced' or a mapping of class to weight, got {given!r}." in message


def test_an_unknown_sampler_is_refused_with_a_suggestion():
    assert "Expected the name of a sampler, got 'smot'. Did you mean 'smote'? Available: adasyn" in refusal(
        "smot"
    )


def test_a_class_name_is_suggested_too_though_only_short_names_are_listed():
    message = refusal("RandomUnderSampel")
    assert "Did you mean 'RandomUnderSampler'?" in message
    assert "RandomUnderSampler" not in message.partition("Available:")[2]


def test_an_unknown_parameter_of_a_sampler_is_refused_with_a_suggestion():
    message = refusal({"name": "x", "resample": {"sampler": "smote", "params": {"k_neighbor": 3}}})
    assert "Expected a parameter of sampler SMOTE, got 'k_neighbor'. Did you mean 'k_neighbors'?" in message


def test_a_value_that_a_sampler_does_not_take_is_refused():
    message = refusal({"name": "x", "resample": {"sampler": "smote", "params": {"k_neighbors": 0}}})
    assert "The 'k_neighbors' parameter of sampler SMOTE must be" in message
    assert "Got 0 instead" in message


def test_a_sampler_inside_a_sampler_is_checked_too():
    def nested(params):
        inner = {"sampler": "SMOTE", "params": params}
        return {"name": "x", "resample": {"sampler": "SMOTEENN", "params": {"smote": inner}}}

    assert strategy(nested({"k_neighbors": 3})).resample[0].sampler == "SMOTEENN"
    assert "got 'k_neighbor'" in refusal(nested({"k_neighbor": 3}))


@pytest.mark.parametrize("name", ["", "x" * 61])
def test_a_name_has_a_sensible_length(name):
    assert "name" in refusal({"name": name})


@pytest.mark.parametrize("value", [None, 3, ["smote"]])
def test_something_else_is_no_strategy(value):
    assert "Input should be a valid dictionary" in refusal(value)


@pytest.mark.parametrize("value", [strategy("smote"), Link(sampler="smote")], ids=["strategy", "link"])
def test_strategies_and_links_are_frozen_and_closed(value):
    field = next(iter(type(value).model_fields))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(value, field, "other")
    with pytest.raises(ValidationError, match="Extra inputs"):
        type(value).model_validate({**value.model_dump(), "more": 1})


def test_a_strategy_survives_its_own_json():
    made = strategy({"name": "x", "resample": ["random-under", "smote"], "class_weight": {0: 1, 1: 4}})
    assert Strategy.model_validate_json(made.model_dump_json()) == made
