"""Loading: a YAML file and its overrides become a config, or one message that says what is wrong."""

from pathlib import Path

import pytest
import yaml

from evenkeel.config import RandomSplit, load, parse
from evenkeel.errors import ConfigError
from evenkeel.models import MODELS
from evenkeel.sources import SOURCES

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))
MINIMAL = {"source": {"kind": "csv", "path": "t.csv"}, "target": {"column": "y", "positive": 1}}
EXPECTATION = "- {expect: column_to_exist, column: y}\n"


@pytest.fixture
def written(tmp_path):
    """A config file with the given text, or with the minimal config and these keys."""

    def write(text=None, name="study.yaml", **keys):
        path = tmp_path / name
        path.write_text(text if text is not None else yaml.safe_dump({**MINIMAL, **keys}), encoding="utf-8")
        return path

    return write


def refusal(path, overrides=()) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path, overrides)
    return str(caught.value)


def mistake(**keys) -> str:
    with pytest.raises(ConfigError) as caught:
        parse({**MINIMAL, **keys}, "here")
    message = str(caught.value)
    assert message.startswith("here: ")
    return message.removeprefix("here: ")


def chain(**link) -> list:
    return [{"name": "x", "resample": [{"sampler": "SMOTE", **link}]}]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_config_of_the_project_loads(path):
    assert load(path).name == path.stem


def test_there_are_configs_to_load():
    assert "quickstart" in {path.stem for path in CONFIGS}


def test_source_and_target_are_enough(written):
    config = load(written())
    assert config.name == "study"
    assert config.split == RandomSplit(test_size=0.2, stratify=True, seed=42, duplicates="together")
    assert [strategy.name for strategy in config.strategies] == ["none", "random-over", "smote"]
    assert (config.model.kind, config.folds, config.seed) == ("xgboost", 5, 42)
    assert config.operating_point.rule == "maximize f2"
    assert config.validation == ()


def test_a_mapping_and_a_file_give_the_same_config(written):
    assert load(written(folds=3)) == parse({**MINIMAL, "folds": 3, "name": "study"})


def test_a_name_in_the_file_wins_over_the_name_of_the_file(written):
    assert load(written(name="s.yaml")).name == "s"
    assert load(written(f"name: other\n{yaml.safe_dump(MINIMAL)}")).name == "other"


def test_a_file_may_have_any_name(written):
    load(written(name="my study (2).yaml"))


def test_the_mapping_given_to_parse_is_not_changed():
    raw = {**MINIMAL, "id": "id", "strategies": ["none"]}
    parse(raw)
    assert raw == {**MINIMAL, "id": "id", "strategies": ["none"]}


UNKNOWN = {
    "targt": ({"targt": 1}, "'target'"),
    "target.colum": ({"target": {"column": "y", "colum": 1}}, "'column'"),
    "source.seperator": ({"source": {**MINIMAL["source"], "seperator": ";"}}, "'separator'"),
    "split.test_siz": ({"split": {"test_siz": 0.3}}, "'test_size'"),
    "split.tests": ({"split": {"column": "fold", "tests": "t"}}, "'test'"),
    "preprocess.encod": ({"preprocess": {"encod": "onehot"}}, "'encode'"),
    "model.parms": ({"model": {"parms": {}}}, "'params'"),
    "tuning.trails": ({"tuning": {"trails": 0}}, "'trials'"),
    "operating_point.maximise": ({"operating_point": {"maximise": "f2"}}, "'maximize'"),
    "operating_point.cost.fnn": ({"operating_point": {"cost": {"fn": 1, "fp": 1, "fnn": 2}}}, "'fn'"),
    "strategies.0.resampel": ({"strategies": [{"name": "x", "resampel": []}]}, "'resample'"),
    "strategies.0.model.knid": ({"strategies": [{"name": "x", "model": {"knid": "logistic"}}]}, "'kind'"),
    "strategies.0.resample.0.parms": ({"strategies": chain(parms={})}, "'params'"),
}


@pytest.mark.parametrize(("place", "case"), UNKNOWN.items(), ids=UNKNOWN)
def test_an_unknown_key_is_refused_at_any_depth_with_a_suggestion(place, case):
    keys, meant = case
    assert mistake(**keys).startswith(f"unknown key {place!r}. Did you mean {meant}? Available: ")


def test_an_unknown_key_like_no_other_gets_the_list_alone():
    assert (
        mistake(target={"column": "y", "zzz": 1}) == "unknown key 'target.zzz'. Available: column, positive."
    )


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ({"source": {"kind": "csv"}}, "source.path"),
        ({"target": {"positive": 1}}, "target.column"),
        ({"operating_point": {"cost": {"fn": 1}}}, "operating_point.cost.fp"),
        ({"strategies": [{"class_weight": "balanced"}]}, "strategies.0.name"),
        ({"strategies": [{"name": "x", "resample": [{"params": {}}]}]}, "strategies.0.resample.0.sampler"),
    ],
)
def test_a_missing_key_is_named(keys, place):
    assert mistake(**keys) == f"{place!r} is missing."


@pytest.mark.parametrize(
    ("link", "place"),
    [
        ({"sampler": "SMOT"}, "strategies.0.resample.0.sampler:"),
        ({"params": {}}, "'strategies.0.resample.0.sampler' is"),
    ],
)
def test_a_mistake_in_a_strategy_without_a_name_has_its_place(link, place):
    assert place in mistake(strategies=[{"resample": [link]}])


def test_a_source_without_a_kind_is_told_so():
    assert mistake(source={"path": "t.csv"}) == "'source' needs a `kind`: 'kind' is missing."


def test_an_unknown_kind_of_source_gets_a_suggestion():
    expected = "source.kind: Expected a kind of source, got 'cvs'. Did you mean 'csv'? Available: "
    assert mistake(source={"kind": "cvs"}) == f"{expected}{', '.join(sorted(SOURCES))}."


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"folds": 1}, "folds: Input should be greater than or equal to 2, got 1"),
        ({"folds": "many"}, "got 'many'"),
        ({"seed": -1}, "seed: Input should be greater than or equal to 0, got -1"),
        ({"name": "a b"}, "name: String should match pattern"),
        ({"split": {"test_size": 1}}, "split.test_size: Input should be less than 1, got 1"),
        ({"id": ["a", 3]}, "id.1: Input should be a valid string, got 3"),
        (
            {"preprocess": {"encode": "x"}},
            "preprocess.encode: Input should be 'onehot' or 'ordinal', got 'x'",
        ),
        ({"resample_space": "x"}, "resample_space: Input should be 'native' or 'encoded', got 'x'"),
        ({"model": "xgboost"}, "model: Input should be a valid dictionary"),
        ({"source": "t.csv"}, "got 't.csv'"),
        ({"validation": [3]}, "validation.0: Input should be a valid dictionary, got 3"),
    ],
)
def test_a_bad_value_is_shown_with_its_place(keys, message):
    assert message in mistake(**keys)


def test_a_value_is_shown_once():
    assert mistake(split={"duplicates": "some"}).count("got") == 1
    assert mistake(tuning={"metric": "aucc"}).count("got") == 1


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ({"target": {"column": "y", "positive": [1]}}, "target.positive:"),
        ({"split": {"column": "fold", "test": [1]}}, "split.test:"),
        ({"split": "half"}, "split:"),
        ({"strategies": [{"name": "w", "class_weight": {"a": "x"}}]}, "strategies.0.class_weight"),
    ],
)
def test_a_place_has_no_names_of_types_in_it_and_one_mistake_is_one_line(keys, place):
    assert mistake(**keys).startswith(place)


def test_several_mistakes_are_listed_one_a_line():
    lines = mistake(folds=1, targt=1).splitlines()
    assert lines[0] == "2 mistakes"
    assert len(lines) == 3
    assert all(line.startswith("  ") for line in lines[1:])


def test_a_long_list_of_mistakes_is_cut():
    lines = mistake(**{f"key{i}": 1 for i in range(9)}).splitlines()
    assert lines[0] == "9 mistakes"
    assert lines[-1] == "  ... and 3 more"
    assert len(lines) == 8


def test_a_key_that_is_no_text_is_refused():
    with pytest.raises(ConfigError, match="Keys should be strings"):
        parse({**MINIMAL, 1: 2})


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "nothing"),
        ("# a comment\n", "nothing"),
        ("- a\n", "a list"),
        ("hello\n", "a text"),
        ("3\n", "a int"),
    ],
)
def test_a_file_that_holds_no_mapping_is_refused(written, text, kind):
    path = written(text)
    message = refusal(path)
    assert message.startswith(f"Expected {path} to be a YAML mapping (key: value), got {kind}.")
    assert "`source` and `target` are needed" in message


@pytest.mark.parametrize("text", ["a: [1\n", "a: b: c\n", "a:\n\t- b\n", "a: \x00\n"])
def test_a_file_that_is_no_yaml_is_refused_in_one_line(written, text):
    message = refusal(written(text))
    assert message.startswith("Expected YAML in ")
    assert "\n" not in message


def test_a_tag_that_would_run_code_is_refused(written):
    assert "Expected YAML in" in refusal(written("source: !!python/object/apply:os.getcwd []\n"))


def test_a_missing_file_names_what_is_beside_it(written):
    path = written()
    message = refusal(path.with_name("stduy.yaml"))
    assert message.startswith(f"Expected a YAML file at {path.with_name('stduy.yaml')} (seen from ")
    assert message.endswith("Available beside it: study.yaml.")


def test_nothing_beside_a_missing_file_is_said_too(tmp_path):
    assert refusal(tmp_path / "no" / "such.yaml").endswith("Available beside it: nothing.")


def test_a_folder_and_a_binary_file_are_refused(tmp_path):
    assert "cannot be read" in refusal(tmp_path)
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\x00")
    assert "cannot be read" in refusal(tmp_path / "b.yaml")


def test_the_name_of_the_file_leads_the_message(written):
    path = written(folds=1)
    assert refusal(path).startswith(f"{path}: folds: ")


def test_set_changes_a_nested_value(written):
    config = load(written(split={"test_size": 0.3}), ["split.seed=7", "folds=3"])
    assert (config.split.test_size, config.split.seed, config.folds) == (0.3, 7, 3)


def test_set_creates_what_is_not_there(written):
    config = load(written(), ["split.seed=7", "model.params.max_depth=2", "name=new"])
    assert config.split.seed == 7
    assert config.model.params == {"max_depth": 2}
    assert config.name == "new"


def test_set_takes_any_yaml_value(written):
    config = load(
        written(), ["strategies=[none, smote]", "baselines=false", "operating_point={threshold: 0.25}", "id="]
    )
    assert [strategy.name for strategy in config.strategies] == ["none", "smote"]
    assert config.operating_point.threshold == 0.25
    assert config.id == ()


def test_a_value_may_hold_an_equals_sign(written):
    assert load(written(), ["source.path=a=b.csv"]).source.path == Path("a=b.csv")


def test_the_last_set_wins(written):
    assert load(written(), ["folds=3", "folds=4"]).folds == 4


@pytest.mark.parametrize("override", ["folds", "=3", "", "folds:3"])
def test_a_set_without_key_or_value_is_refused(written, override):
    assert refusal(written(), [override]).startswith(f"Expected --set key.sub=value, got {override!r}.")


def test_a_set_that_is_no_yaml_is_refused(written):
    assert refusal(written(), ["folds=[1"]) == "Expected a YAML value after folds=, got '[1'."


@pytest.mark.parametrize(
    ("override", "what"),
    [
        ("strategies.0=none", "'strategies' is a list"),
        ("id.x=1", "'id' is a text"),
        ("folds.x=1", "'folds' is a int"),
    ],
)
def test_a_set_below_something_that_is_no_mapping_is_refused(written, override, what):
    path = written(strategies=["none"], id="id", folds=3)
    assert refusal(path, [override]) == f"--set {override}: {what}, not a mapping."


def test_a_set_is_checked_like_the_file(written):
    assert "unknown key 'split.sed'. Did you mean 'seed'?" in refusal(written(), ["split.sed=7"])


def test_a_suite_lies_beside_the_config_and_the_source_where_one_works(written, tmp_path, monkeypatch):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "suite.yaml").write_text(EXPECTATION)
    monkeypatch.chdir(tmp_path / "sub")
    config = load(written(validation="sub/suite.yaml"))
    assert [dict(entry) for entry in config.validation] == [{"expect": "column_to_exist", "column": "y"}]
    assert config.source.path == Path("t.csv")


def test_a_suite_may_be_written_inline_or_under_its_own_key(written, tmp_path):
    inline = load(written(validation=yaml.safe_load(EXPECTATION)))
    (tmp_path / "suite.yaml").write_text(f"expectations:\n{EXPECTATION}")
    assert load(written(validation="suite.yaml")).validation == inline.validation


def test_a_missing_suite_is_an_error_that_names_the_file(written, tmp_path):
    assert str(tmp_path / "no.yaml") in refusal(written(validation="no.yaml"))


def test_a_suite_that_is_no_list_is_refused(written, tmp_path):
    (tmp_path / "suite.yaml").write_text("a: b\n")
    assert "to be a YAML list of expectations, got a mapping" in refusal(written(validation="suite.yaml"))


def test_a_mistake_in_the_suite_is_an_error_of_the_config(written):
    assert ", validation: Entry 1: " in refusal(written(validation=[{"expectation": "x"}]))


@pytest.mark.parametrize("kind", MODELS)
def test_every_model_of_the_table_can_be_configured(kind):
    assert parse({**MINIMAL, "model": {"kind": kind}}).model.kind == kind
