"""Strategies: short forms, names, and samplers checked by their owners."""

import pytest
from pydantic import ValidationError

from evenkeel.config import Link, ModelConfig, Strategy
from evenkeel.models import MODELS
from evenkeel.resampling.samplers import SAMPLERS

BALANCING = [kind for kind, entry in MODELS.items() if entry.balances]


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


def test_a_strategy_has_a_limit_on_rows_of_its_own():
    assert strategy("smote").max_rows is None
    assert strategy({"resample": "smote", "max_rows": 500}).max_rows == 500
    assert "greater than or equal to 2" in refusal({"resample": "smote", "max_rows": 1})


def test_a_limit_on_rows_is_no_treatment_of_its_own():
    assert strategy({"name": "few", "max_rows": 500}).effort == 0
    assert strategy({"resample": "smote", "max_rows": 500}).effort == 1


@pytest.mark.parametrize("kind", BALANCING)
def test_every_model_that_balances_its_own_bags_is_a_strategy_in_any_spelling(kind):
    cls = MODELS[kind].name
    short = kind.replace("_", "-")
    spellings = (kind, short, short.title().replace("-", ""), cls, short.upper(), cls.lower())
    for written in spellings:
        made = strategy(written)
        assert (made.name, made.model) == (short, ModelConfig(kind=kind))
        assert (made.resample, made.class_weight, made.effort) == ((), None, 1)


@pytest.mark.parametrize("kind", [kind for kind in MODELS if kind not in BALANCING])
def test_a_model_that_balances_nothing_is_no_strategy_by_its_name_alone(kind):
    assert "or of a model that balances its own bags" in refusal(kind)


def test_a_mistyped_ensemble_is_answered_with_the_nearest():
    message = refusal("easy-ensembel")
    assert "Did you mean 'easy-ensemble'?" in message
    assert "balanced-random-forest" in message.partition("Available:")[2]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"model": {"kind": "easy_ensemble"}}, "easy-ensemble"),
        ({"model": {"kind": "logistic"}}, "logistic"),
        ({"resample": ["smote"], "model": {"kind": "rus_boost"}}, "smote-then-rus-boost"),
        ({"name": "mine", "model": {"kind": "rus_boost"}}, "mine"),
        ({"model": ModelConfig(kind="rus_boost")}, "rus-boost"),
    ],
)
def test_a_strategy_with_a_model_is_named_after_it(given, name):
    assert strategy(given).name == name


def test_a_model_of_a_strategy_is_checked_by_its_owner():
    given = {"model": {"kind": "easy_ensemble", "params": {"n_estimator": 3}}}
    assert "got 'n_estimator'. Did you mean 'n_estimators'?" in refusal(given)
    assert "Expected a kind of model, got 'easy'." in refusal({"model": {"kind": "easy"}})


@pytest.mark.parametrize(
    "more",
    [
        {"model": {"kind": "easy_ensemble"}},
        {"scale_pos_weight": 3},
        {"class_weight": "balanced"},
        {"resample": "smote"},
    ],
    ids=str,
)
def test_none_does_nothing(more):
    assert "The name 'none' is for the rows as they are." in refusal({"name": "none", **more})


@pytest.mark.parametrize("weight", [0.5, 3, 1, "balanced"])
def test_positives_weigh_a_number_or_are_balanced(weight):
    made = strategy({"name": "w", "scale_pos_weight": weight})
    assert made.scale_pos_weight == weight
    assert (made.weighs, made.effort) == (True, 1)


@pytest.mark.parametrize("weight", [0, -1, True, "Balanced", [3], {"1": 3}, float("nan")])
def test_other_weights_of_positives_are_refused(weight):
    message = refusal({"name": "w", "scale_pos_weight": weight})
    assert f"Expected 'balanced' or a number above 0, got {weight!r}." in message


def test_classes_and_positives_are_not_weighed_both():
    message = refusal({"name": "w", "scale_pos_weight": 3, "class_weight": "balanced"})
    assert "Expected `class_weight` or `scale_pos_weight`, got both. Next: remove one of them." in message


def test_each_thing_that_is_done_is_one_effort():
    all_of_it = {"resample": ["random-under", "smote"], "class_weight": "balanced"}
    assert strategy({"name": "x", **all_of_it, "model": {"kind": "rus_boost"}}).effort == 4
    assert strategy("none").effort == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("easy-ensemble", "model easy_ensemble(), which balances its own bags"),
        ({"model": {"kind": "logistic", "params": {"C": 2}}}, "model logistic(C=2)"),
        ({"name": "w", "scale_pos_weight": 7.5}, "positives weighted by 7.5"),
        ({"name": "w", "scale_pos_weight": "balanced"}, "positives weighted by negatives / positives"),
    ],
)
def test_a_description_names_weights_and_models(given, said):
    assert strategy(given).description == said


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
    message = refusal("smot")
    assert "Expected the name of a sampler or of a model that balances its own bags, got 'smot'." in message
    assert "Did you mean 'smote'? Available: adasyn" in message


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
    for more in ({"class_weight": {0: 1, 1: 4}}, {"scale_pos_weight": 4}, {"model": {"kind": "rus_boost"}}):
        made = strategy({"name": "x", "resample": ["random-under", "smote"], **more})
        assert Strategy.model_validate_json(made.model_dump_json()) == made
