"""The plan: what a config gives each step, strategy by strategy."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.config import RunConfig, parse
from evenkeel.plan import (
    decide_parameters,
    evaluate_parameters,
    model_spec,
    operating_rule,
    recipe,
    report_parameters,
    resample_parameters,
    split_parameters,
    train_parameters,
    treatment,
    validate_parameters,
    xray_parameters,
)
from evenkeel.recipe import Recipe, Treatment

SOURCE = {"source": {"kind": "csv", "path": "t.csv"}, "target": {"column": "y", "positive": 1}}
SOURCE |= {"baselines": False}
CONFIG = parse(
    {
        **SOURCE,
        "model": {"kind": "logistic", "params": {"C": 2.0}},
        "strategies": [
            "none",
            {"name": "weights", "class_weight": "balanced"},
            {"name": "positives", "scale_pos_weight": 3},
            {"model": {"kind": "easy_ensemble", "params": {"n_estimators": 2}}},
        ],
    }
)
FACTS = {"classes": ["0", "1"], "numeric": ["a"], "dates": [], "categorical": []}


def of_each(key: str) -> list[Any]:
    return [getattr(model_spec(CONFIG, strategy), key) for strategy in CONFIG.strategies]


def test_a_strategy_has_its_own_model_or_the_runs_and_its_own_weights() -> None:
    assert of_each("kind") == ["logistic", "logistic", "logistic", "easy_ensemble"]
    assert of_each("params") == [{"C": 2.0}, {"C": 2.0}, {"C": 2.0}, {"n_estimators": 2}]
    assert of_each("class_weight") == [None, "balanced", None, None]
    assert of_each("scale_pos_weight") == [None, None, 3.0, None]


def test_training_and_evaluation_name_the_same_kind() -> None:
    for strategy in CONFIG.strategies:
        trained = train_parameters(CONFIG, FACTS, strategy)["model"]["kind"]
        assert evaluate_parameters(CONFIG, FACTS, strategy)["model"] == trained


def limited(own: int | None, runs: int | None) -> RunConfig:
    strategies = ["none", {"resample": ["smote", "tomek-links"], "max_rows": own}]
    return parse({**SOURCE, "strategies": strategies, "max_rows": runs})


@pytest.mark.parametrize(
    ("own", "runs", "limit"), [(None, None, None), (None, 90, 90), (50, 90, 50), (90, 50, 90), (50, None, 50)]
)
def test_a_strategys_own_limit_on_rows_counts_more_than_the_runs(
    own: int | None, runs: int | None, limit: int | None
) -> None:
    config = limited(own, runs)
    nothing, chain = (treatment(config, strategy) for strategy in config.strategies)
    assert chain == Treatment(chain=(("SMOTE", {}), ("TomekLinks", {})), max_rows=limit)
    # rows that no sampler touched are never cut
    assert nothing == Treatment()


@pytest.mark.parametrize("said", [{"resample_space": "encoded"}, {"strict": True}, {"seed": 3}])
def test_what_decides_on_resampling_stands_in_its_record(said: dict[str, Any]) -> None:
    strategy = CONFIG.strategies[0]
    mine = resample_parameters(CONFIG, FACTS, strategy)["recipe"]
    other = resample_parameters(CONFIG.model_copy(update=said), FACTS, strategy)["recipe"]
    assert other == mine | said
    assert Recipe.model_validate(mine) == recipe(CONFIG, FACTS)


def test_approximate_neighbours_are_another_question_for_the_samplers_that_look_for_some() -> None:
    strategies = ["none", "random-over", "smote", {"resample": ["random-under", "enn"]}]
    exact, said, near = (
        parse({**SOURCE, "strategies": strategies, **more})
        for more in ({}, {"neighbors": "exact"}, {"neighbors": "approximate"})
    )
    for one, other, strategy in zip(exact.strategies, near.strategies, strategies, strict=True):
        before, after = (resample_parameters(config, FACTS, s) for config, s in ((exact, one), (near, other)))
        assert "neighbors" not in before["treatment"]
        assert before == resample_parameters(said, FACTS, one)
        assert (after == before) == (strategy in ("none", "random-over"))
        assert after["recipe"] == before["recipe"]
        assert Treatment.model_validate(after["treatment"]) == treatment(near, other)
        assert (train_parameters(near, FACTS, other) == train_parameters(exact, FACTS, one)) == (
            after == before
        )


def test_an_xray_asks_what_training_and_deciding_ask_and_no_more() -> None:
    facts = FACTS | {"test": {"0": 90, "1": 10}}
    for strategy in CONFIG.strategies:
        asked = xray_parameters(CONFIG, facts, strategy)
        trained, decided = train_parameters(CONFIG, facts, strategy), operating_rule(CONFIG, facts)
        assert {key: asked[key] for key in trained} == trained
        assert {key: asked[key] for key in ("rule", "alert_share")} == {
            key: decided[key] for key in ("rule", "alert_share")
        }
        assert asked["grid"][0] == trained["model"]["params"]
        assert asked["seeds"][0] == CONFIG.seed
        assert len(set(asked["seeds"])) == 20


def of_config(**keys: Any) -> RunConfig:
    return parse({**SOURCE, **keys})


def test_parameters_of_a_split_say_what_ties_rows_and_the_run_that_is_continued() -> None:
    plain = split_parameters(of_config())
    assert set(plain) == {"split", "target", "positive", "not_features", "categorical"}
    tied = split_parameters(of_config(groups=["g", "h"], time="t"))
    assert (tied["groups"], tied["time"]) == (["g", "h"], "t")
    assert tied["not_features"] == ["g", "h", "t", "y"]
    found = split_parameters(of_config(split={"continues": "latest"}), "run-1")
    assert (found["split"]["continues"], found["earlier"]) == ("latest", "run-1")
    assert split_parameters(of_config(split={"continues": "latest"}))["earlier"] is None


def test_parameters_of_a_run_of_an_earlier_version_are_what_they_were() -> None:
    """The config.json of a run of before: pinned, as a verifier of today must read it."""
    said = {"test_size": 0.2, "stratify": True, "seed": 42}
    config = RunConfig.model_validate({**SOURCE, "groups": None, "time": None, "split": said})
    assert split_parameters(config) == {
        "split": said,
        "target": "y",
        "positive": 1,
        "not_features": ["y"],
        "categorical": [],
    }
    assert set(validate_parameters(config)["rules"]) == {"target", "positive", "keys", "test_size", "folds"}
    assert set(recipe(config, FACTS).model_dump(mode="json")) == {
        *("target", "classes", "numeric", "dates", "categorical"),
        *("preprocess", "resample_space", "strict", "seed"),
    }
    assert report_parameters(config, [])["config"]["split"] == said
    assert report_parameters(config, [])["config"]["groups"] is None


@pytest.mark.parametrize(
    ("rows", "said", "kept"),
    [(0, "together", "apart"), (4, "together", "together"), (4, "apart", "apart")],
)
def test_folds_keep_equal_rows_together_where_there_are_some(rows: int, said: str, kept: str) -> None:
    facts = FACTS | {"duplicates": {"rows": rows}}
    made = recipe(of_config(split={"duplicates": said}), facts)
    assert made.duplicates == kept
    assert ("duplicates" in made.model_dump()) == (kept == "together")
    assert Recipe.model_validate(made.model_dump(mode="json")) == made


def test_folds_keep_groups_together() -> None:
    assert recipe(of_config(groups="g"), FACTS).groups == ("g",)
    assert recipe(of_config(groups="g"), FACTS).model_dump(mode="json")["groups"] == ["g"]


def test_a_class_that_weighs_nothing_has_no_exact_correction() -> None:
    facts = FACTS | {"train": {"0": 90, "1": 10}, "test": {"0": 9, "1": 1}}
    made = {"counts": {"0": 90, "1": 10}}

    def asked(weights: dict[str, float]) -> Any:
        config = of_config(strategies=[{"name": "w", "class_weight": weights}])
        return decide_parameters(config, facts, config.strategies[0], made)["calibration"]

    assert asked({"0": 1, "1": 9}) == {"method": "prior", "factors": [1.0, pytest.approx(1 / 9)]}
    assert asked({"0": 0, "1": 1}) == {"method": "held-out"}


def test_what_intervals_know_stands_in_the_record_where_it_is_more_than_the_folds() -> None:
    config = of_config(strategies=["none"])
    facts = FACTS | {"train": {"0": 90, "1": 10}, "test": {"0": 9, "1": 1}}
    said = decide_parameters(config, facts, config.strategies[0], {})
    assert (said["intervals"], said["seed"]) == ("rows", config.seed)
    older = config.model_copy(update={"intervals": None})
    assert "intervals" not in decide_parameters(older, facts, older.strategies[0], {})


def test_repeats_stand_in_the_records_of_what_they_change() -> None:
    facts = FACTS | {"train": {"0": 90, "1": 10}, "test": {"0": 9, "1": 1}}
    for repeats, said in ((1, None), (3, 3)):
        config = of_config(strategies=["none"], repeats=repeats)
        (strategy,) = config.strategies
        assert train_parameters(config, facts, strategy).get("repeats") == said
        assert decide_parameters(config, facts, strategy, {}).get("repeats") == said
        assert "repeats" not in evaluate_parameters(config, facts, strategy)
