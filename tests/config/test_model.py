"""The sections of the config: frozen, closed, checked by the tables, and described by a JSON schema."""

import json

import jsonschema
import pytest
import yaml
from pydantic import ValidationError

from evenkeel.config import ColumnSplit, OperatingPoint, RandomSplit, RunConfig, parse
from evenkeel.errors import ConfigError
from evenkeel.evaluation.metrics import METRICS
from evenkeel.models import MODELS, takes_weights

MINIMAL = {"source": {"kind": "csv", "path": "t.csv"}, "target": {"column": "y", "positive": 1}}

# the config of the design, whose keys are stable
DESIGN = yaml.safe_load("""
name: stroke
source: {kind: csv, path: data/stroke.csv}
target: {column: stroke, positive: 1}
id: id
drop: []
categorical: []
groups: null
time: null
validation: []
split: {test_size: 0.2, stratify: true, seed: 42}
preprocess: {impute: auto, scale: true, encode: onehot}
model: {kind: xgboost, params: {max_depth: 3, learning_rate: 0.1, n_estimators: 100}}
strategies:
  - none
  - smote
  - {name: weights, class_weight: balanced}
  - name: under-then-smote
    resample:
      - {sampler: RandomUnderSampler, params: {sampling_strategy: 0.1}}
      - {sampler: SMOTE, params: {k_neighbors: 5}}
resample_space: native
neighbors: exact
strict: false
max_rows: null
folds: 5
repeats: 1
tuning: {trials: 0, metric: average_precision}
operating_point: {maximize: f2}
calibrate: auto
intervals: rows
explain: true
silence: []
baselines: false
seed: 42
""")

RULES = {
    "maximize": "f2",
    "recall_at_least": 0.9,
    "precision_at_least": 0.2,
    "alerts": 500,
    "cost": {"fn": 20, "fp": 1},
    "threshold": 0.5,
}


def config(**keys) -> RunConfig:
    # the plainest two are not what these tests are about
    return parse({**MINIMAL, "baselines": False, **keys})


def refusal(**keys) -> str:
    with pytest.raises(ConfigError) as caught:
        config(**keys)
    return str(caught.value)


def sections(value):
    """The config and every section in it."""
    if hasattr(type(value), "model_fields"):
        yield value
        for name in type(value).model_fields:
            yield from sections(getattr(value, name))
    elif isinstance(value, tuple):
        for item in value:
            yield from sections(item)


def test_the_config_of_the_design_is_accepted_as_it_stands():
    made = parse(DESIGN)
    assert [strategy.name for strategy in made.strategies] == ["none", "smote", "weights", "under-then-smote"]
    assert set(DESIGN) == set(RunConfig.model_fields)


def test_every_section_is_frozen():
    found = list(sections(parse(DESIGN)))
    assert len({type(section) for section in found}) >= 10
    for section in found:
        name = next(iter(type(section).model_fields))
        with pytest.raises(ValidationError, match="frozen"):
            setattr(section, name, getattr(section, name))


def test_every_section_is_closed_to_unknown_keys():
    assert {section.model_config.get("extra") for section in sections(parse(DESIGN))} == {"forbid"}


def test_a_config_survives_its_own_json():
    made = parse(DESIGN)
    assert RunConfig.model_validate(made.model_dump(mode="json", exclude_unset=True)) == made


def test_the_json_schema_is_valid_and_names_every_key_of_the_design():
    schema = RunConfig.model_json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert set(schema["properties"]) == set(DESIGN)
    assert schema["required"] == ["source", "target"]
    definitions = schema["$defs"]
    for section, definition in {
        "target": "TargetConfig",
        "split": "RandomSplit",
        "preprocess": "PreprocessConfig",
        "model": "ModelConfig",
        "tuning": "Tuning",
    }.items():
        assert set(DESIGN[section]) <= set(definitions[definition]["properties"])
    assert set(definitions["OperatingPoint"]["properties"]) == set(RULES)


def test_the_json_schema_accepts_the_config_of_the_design():
    jsonschema.validate(DESIGN, RunConfig.model_json_schema())


@pytest.mark.parametrize("key", ["id", "drop", "categorical", "groups"])
@pytest.mark.parametrize(("given", "names"), [(None, ()), ("a", ("a",)), (["a", "b"], ("a", "b")), ([], ())])
def test_names_of_columns_may_be_none_one_or_several(key, given, names):
    assert getattr(config(**{key: given}), key) == names


def test_a_split_with_a_column_is_somebody_elses():
    somebody_elses = ColumnSplit(column="fold", test=1, duplicates="apart")
    assert config(split={"column": "fold", "test": 1}).split == somebody_elses
    assert config(split={"seed": 3}).split == RandomSplit(seed=3, duplicates="together")


def test_what_the_config_names_is_never_a_feature():
    made = config(id=["a", "b"], drop="c", split={"column": "fold"}, categorical=["d"], groups="g", time="t")
    assert made.not_features == {"y", "a", "b", "c", "fold", "g", "t"}


@pytest.mark.parametrize("positive", [1, "1", 1.5, True, None])
def test_the_positive_label_keeps_its_type(positive):
    found = config(target={"column": "y", "positive": positive}).target.positive
    assert found == positive
    assert type(found) is type(positive)


@pytest.mark.parametrize(("rule", "value"), RULES.items())
def test_each_rule_stands_alone(rule, value):
    point = config(operating_point={rule: value}).operating_point
    assert point.model_dump(exclude_none=True) == {rule: value}


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("maximize", "maximize f2"),
        ("recall_at_least", "recall at least 0.9"),
        ("alerts", "alerts 500"),
        ("cost", "cost fn 20, fp 1"),
    ],
)
def test_a_rule_can_be_said_in_words(rule, words):
    assert OperatingPoint.model_validate({rule: RULES[rule]}).rule == words


@pytest.mark.parametrize("given", [{}, {"alerts": 5, "threshold": 0.5}, RULES])
def test_none_or_several_rules_are_refused(given):
    message = refusal(operating_point=given)
    assert f"Expected exactly one rule, got {sorted(given) or 'none'}." in message
    assert message.endswith(f"Available: {', '.join(RULES)}.")


@pytest.mark.parametrize("name", [name for name, metric in METRICS.items() if metric.needs_threshold])
def test_every_metric_of_decisions_can_be_maximized(name):
    assert config(operating_point={"maximize": name}).operating_point.maximize == name


@pytest.mark.parametrize("name", [name for name, metric in METRICS.items() if not metric.needs_threshold])
def test_a_metric_of_scores_cannot_be_maximized_but_can_choose_the_strategy(name):
    message = refusal(operating_point={"maximize": name})
    assert f"Expected a metric, got {name!r}." in message
    assert name not in message.partition("Available:")[2]
    assert config(tuning={"metric": name}).tuning.metric == name


@pytest.mark.parametrize("section", ["tuning", "operating_point"])
def test_an_unknown_metric_is_refused_with_a_suggestion(section):
    key = "metric" if section == "tuning" else "maximize"
    assert "Expected a metric, got 'recal'. Did you mean 'recall'?" in refusal(**{section: {key: "recal"}})


@pytest.mark.parametrize(
    "given",
    [
        {"recall_at_least": 90},
        {"recall_at_least": 0},
        {"precision_at_least": 1.1},
        {"alerts": 0},
        {"alerts": 2.5},
        {"threshold": -0.1},
        {"threshold": 1.1},
        {"cost": {"fn": 0, "fp": 1}},
        {"cost": {"fn": 1, "fp": -1}},
    ],
    ids=str,
)
def test_impossible_rules_are_refused(given):
    assert "operating_point." in refusal(operating_point=given)


def test_the_usual_parameters_are_those_of_a_config_that_names_no_model():
    assert config().model.params == {"max_depth": 3, "learning_rate": 0.1, "n_estimators": 100}
    assert config(model={"kind": "xgboost"}).model.params == {}
    assert config(model={"kind": "logistic"}).model.params == {}


def test_an_unknown_model_is_refused_with_a_suggestion():
    message = refusal(model={"kind": "xgbost"})
    assert "Expected a kind of model, got 'xgbost'. Did you mean 'xgboost'? Available: " in message


@pytest.mark.parametrize("kind", MODELS)
def test_parameters_of_models_are_checked_by_name(kind):
    assert f"Expected a parameter of model {kind}, got 'dephts'." in refusal(
        model={"kind": kind, "params": {"dephts": 1}}
    )


def test_a_misspelt_parameter_gets_a_suggestion():
    assert "got 'max_dept'. Did you mean 'max_depth'?" in refusal(model={"params": {"max_dept": 3}})


def test_a_value_that_a_model_does_not_take_is_refused():
    assert "The 'C' parameter of model logistic must be" in refusal(
        model={"kind": "logistic", "params": {"C": -3}}
    )


@pytest.mark.parametrize("name", ["random_state", "n_jobs", "device", "objective", "early_stopping_rounds"])
def test_parameters_that_decide_reproducibility_are_set_by_evenkeel(name):
    assert f"Parameter {name!r} of model xgboost is set by Evenkeel" in refusal(model={"params": {name: 1}})


def test_strategies_have_distinct_names():
    message = refusal(strategies=["none", "smote", "none", {"name": "smote", "class_weight": "balanced"}])
    assert "Expected distinct names, got ['none', 'smote'] twice. Next: give each a `name`." in message


def test_no_strategy_at_all_is_refused_and_a_single_one_needs_no_list():
    assert "Expected at least one strategy, got none." in refusal(strategies=[])
    assert [strategy.name for strategy in config(strategies="none").strategies] == ["none"]


def test_a_strategys_own_model_replaces_the_runs():
    made = config(model={"kind": "logistic"}, strategies=["none", "easy-ensemble"])
    assert [made.model_of(strategy).kind for strategy in made.strategies] == ["logistic", "easy_ensemble"]


WEIGHTS = ({"class_weight": "balanced"}, {"scale_pos_weight": 3})


@pytest.mark.parametrize("weights", WEIGHTS, ids=str)
@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("place", ["of the run", "of the strategy"])
def test_weights_need_a_model_that_takes_them(kind, weights, place):
    model = {"model": {"kind": kind}}
    given = {"strategies": [{"name": "w", **weights}], **model}
    if place == "of the strategy":
        given = {"strategies": [{"name": "w", **weights, **model}]}
    if takes_weights(kind):
        assert config(**given).strategies[0].weighs
    else:
        message = refusal(**given)
        assert f"Expected a model that takes weights for strategy 'w', got {kind}, which" in message
        assert "Available: xgboost, logistic," in message
        assert "Next: remove the weights" in message


def test_the_weight_of_positives_needs_a_positive_class():
    message = refusal(target={"column": "y"}, strategies=[{"name": "w", "scale_pos_weight": 3}])
    assert "Expected two classes for `scale_pos_weight` of strategy 'w'" in message
    assert "Next: name the positive class, or use `class_weight`." in message


def test_the_weight_of_positives_is_said_once():
    model = {"kind": "xgboost", "params": {"scale_pos_weight": 2}}
    assert config(model=model, strategies=["none"]).model.params == {"scale_pos_weight": 2}
    message = refusal(model=model, strategies=[{"name": "w", "scale_pos_weight": 3}])
    assert "Expected one `scale_pos_weight` for strategy 'w', got a second one" in message


def test_several_classes_have_no_operating_point():
    several = {"column": "y"}
    assert config(target=several).target.positive is None
    assert "`operating_point` needs `target.positive`" in refusal(
        target=several, operating_point={"threshold": 0.5}
    )


def test_samplers_work_on_the_tables_own_types_and_make_do_unless_told_otherwise():
    found = config()
    assert (found.resample_space, found.strict, found.max_rows) == ("native", False, None)
    assert config(resample_space="encoded").resample_space == "encoded"
    assert config(strict=True).strict is True


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"resample_space": "Native"}, "resample_space: Input should be 'native' or 'encoded', got 'Native'"),
        ({"resample_space": None}, "resample_space: Input should be 'native' or 'encoded', got None"),
        ({"strict": "perhaps"}, "strict: Input should be a valid boolean"),
        ({"strickt": True}, "Did you mean 'strict'?"),
        ({"max_rows": 1}, "max_rows: Input should be greater than or equal to 2, got 1"),
        ({"max_rows": 2.5}, "max_rows: Input should be a valid integer"),
        ({"max_rows": "many"}, "max_rows: Input should be a valid integer"),
        ({"max_row": 9}, "Did you mean 'max_rows'?"),
    ],
    ids=str,
)
def test_what_resampling_cannot_be_told_is_refused_with_its_place(keys, message):
    assert message in refusal(**keys)


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "../x", "a b", "x" * 62])
def test_a_name_that_is_no_name_of_a_folder_is_refused(name):
    assert "name: " in refusal(name=name)


@pytest.mark.parametrize("said", ["approx", True, None, ["exact"], 3])
def test_neighbours_are_looked_for_in_two_ways_and_no_other(said):
    message = refusal(neighbors=said)
    assert "neighbors: Expected how to look for neighbours, got" in message
    assert "exact" in message and "approximate" in message


def test_exact_neighbours_are_the_default_and_go_without_saying():
    assert config().neighbors == config(neighbors="exact").neighbors == "exact"
    assert "neighbors" not in config().model_dump(mode="json")
    assert config(neighbors="approximate").model_dump()["neighbors"] == "approximate"


# what stays on one side


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({}, "together"),
        ({"groups": "g"}, "together"),
        ({"time": "t"}, "apart"),
        ({"split": {"stratify": False}}, "apart"),
        ({"split": {"column": "fold"}}, "apart"),
        ({"split": {"duplicates": "apart"}}, "apart"),
        ({"time": "t", "split": {"duplicates": "together"}}, "together"),
    ],
    ids=str,
)
def test_a_config_that_was_read_says_what_becomes_of_equal_rows(keys, said):
    made = config(**keys)
    assert made.split.duplicates == said
    assert made.model_dump(mode="json")["split"]["duplicates"] == said


def test_what_a_config_of_an_earlier_version_does_not_say_stays_unsaid():
    before = {
        **MINIMAL,
        "groups": None,
        "time": None,
        "split": {"test_size": 0.2, "stratify": True, "seed": 42},
    }
    dumped = RunConfig.model_validate(before).model_dump(mode="json")
    assert dumped["split"] == before["split"]
    assert (dumped["groups"], dumped["time"]) == (None, None)
    column = {"column": "fold", "test": "test"}
    assert RunConfig.model_validate({**MINIMAL, "split": column}).model_dump(mode="json")["split"] == column


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        ({"groups": "g"}, "groups"),
        ({"split": {"duplicates": "together"}}, "split.duplicates: together"),
        ({"split": {"continues": "latest"}}, "split.continues"),
    ],
    ids=str,
)
def test_scikit_learns_split_keeps_nothing_together(keys, key):
    keys = {**keys, "split": {"stratify": False, **keys.get("split", {})}}
    message = refusal(**keys)
    assert f"Expected `split.stratify: true` with `{key}`, got false" in message
    assert "Next: remove one of the two." in message


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"groups": ["g", "y"]}, "Expected other columns than the target under `groups`, got 'y'"),
        ({"time": "y"}, "Expected other columns than the target under `time`, got 'y'"),
        ({"time": ["t"]}, "time: Input should be a valid string"),
        ({"split": {"duplicates": "apert"}}, "Input should be 'together' or 'apart', got 'apert'"),
        ({"split": {"continues": "../x"}}, "split.continues: String should match pattern"),
        ({"split": {"column": "fold", "continues": "latest"}}, "unknown key 'split.continues'"),
    ],
    ids=str,
)
def test_ties_that_cannot_be_are_refused(keys, words):
    assert words in refusal(**keys)


def names(made):
    return [strategy.name for strategy in made.strategies]


def test_the_plainest_two_are_compared_unless_switched_off():
    both = ["none", "random-over"]
    assert names(config(baselines=True, strategies=["smote"])) == [*both, "smote"]
    assert names(config(baselines=None, strategies=["smote"])) == [*both, "smote"]
    assert names(config(baselines=False, strategies=["smote"])) == ["smote"]
    # what is there already is not added, by whatever name
    mine = [{"name": "copies", "resample": "RandomOverSampler"}, "smote", "none"]
    assert names(config(baselines=True, strategies=mine)) == ["copies", "smote", "none"]
    assert names(config(baselines=True, strategies=["smote", "none"])) == ["smote", "none", "random-over"]
    # a config that was read back from a run's folder adds nothing
    again = config(**json.loads(config(baselines=None, strategies=["smote"]).model_dump_json()))
    assert names(again) == [*both, "smote"]


@pytest.mark.parametrize(
    ("strategy", "model", "method"),
    [
        ("none", {}, None),
        ("none", {"params": {"scale_pos_weight": 5}}, "held-out"),
        ("none", {"kind": "logistic", "params": {"class_weight": "balanced"}}, "held-out"),
        ("random-over", {}, "prior"),
        ("random-under", {}, "prior"),
        ({"resample": ["random-under", "random-over"], "class_weight": "balanced"}, {}, "prior"),
        ({"name": "w", "scale_pos_weight": 3}, {}, "prior"),
        ({"resample": {"sampler": "random-over", "params": {"shrinkage": 0.5}}}, {}, "held-out"),
        ("smote", {}, "held-out"),
        ("tomek-links", {}, "held-out"),
        ("balanced-random-forest", {}, "held-out"),
    ],
)
def test_what_a_strategy_does_to_probabilities_is_taken_back(strategy, model, method):
    made = config(strategies=[strategy], model=model)
    assert made.calibrate == "auto"
    assert made.calibration_of(made.strategies[0]) == method
    off = config(strategies=[strategy], model=model, calibrate="none")
    assert off.calibration_of(off.strategies[0]) is None


def test_a_run_that_knew_no_calibration_has_none():
    said = json.loads(config(strategies=["smote"]).model_dump_json())
    del said["calibrate"], said["baselines"]
    older = RunConfig.model_validate(said)
    assert older.calibration_of(older.strategies[0]) is None
    assert {"calibrate", "baselines"}.isdisjoint(older.model_dump())


def test_a_cost_decision_needs_probabilities():
    cost = {"cost": {"fn": 20, "fp": 1}}
    message = refusal(operating_point=cost, calibrate="none", strategies=["none", "smote"])
    assert "Expected `calibrate: auto` with `operating_point.cost`" in message
    assert "(smote)" in message
    assert config(operating_point=cost, calibrate="none", strategies=["none"]).calibrate == "none"
    assert config(operating_point=cost, strategies=["smote"]).operating_point.cost.columns == []


def test_costs_may_stand_in_a_column():
    made = config(operating_point={"cost": {"fn": {"column": "amount"}, "fp": 1}})
    assert made.operating_point.cost.columns == ["amount"]
    assert "fp" in refusal(operating_point={"cost": {"fn": {"column": "amount"}, "fp": 0}})


def test_intervals_know_the_rows_but_in_runs_that_did_not():
    assert config().intervals == "rows"
    assert config(intervals="folds").intervals == "folds"
    said = json.loads(config().model_dump_json())
    del said["intervals"]
    older = RunConfig.model_validate(said)
    assert older.intervals is None
    assert "intervals" not in older.model_dump()


def test_one_repeat_goes_without_saying():
    assert "repeats" not in config().model_dump()
    assert json.loads(config(repeats=3).model_dump_json())["repeats"] == 3
    assert "repeats" in refusal(repeats=0)
