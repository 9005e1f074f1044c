"""A run of several classes: every class has its figures, means their intervals, and all of it verifies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from evenkeel import plan
from evenkeel.comparison import SEVERAL_CLASSES, compared_again
from evenkeel.config import RunConfig, parse
from evenkeel.evaluation.metrics import METRICS
from evenkeel.explained import explained
from evenkeel.ledger import Record
from evenkeel.proof import verify
from evenkeel.report import render
from evenkeel.runs import Run, find
from evenkeel.saved import of_run
from evenkeel.store import Store
from flows.train import train

CONFIG = """
source: {kind: csv, path: t.csv}
target: {column: kind}
model: {params: {n_estimators: 8}}
strategies: [none, smote]
baselines: false
folds: 3
"""
CLASSES = {"usual": 150, "odd": 45, "rare": 15}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("several")
    names = [name for name, rows in CLASSES.items() for _ in range(rows)]
    codes = pd.Series(names).map(list(CLASSES).index)
    noise = pd.Series(range(len(names))) * 7919 % 101 / 40
    frame = pd.DataFrame({"a": codes + noise, "b": codes - noise * noise, "c": noise * codes, "kind": names})
    frame.to_csv(folder / "t.csv", index=False)
    (folder / "c.yaml").write_text(CONFIG.replace("t.csv", str(folder / "t.csv")), encoding="utf-8")
    result = train.fn(str(folder / "c.yaml"), str(folder / "store"))
    return find(Store(folder / "store"), result["run"])


def read(run: Run, name: str) -> dict[str, Any]:
    return dict(json.loads((run.folder / name).read_bytes()))


def record(run: Run, stage: str) -> Record:
    return next(record for record in run.records() if record.step.stage == stage)


def test_a_run_of_several_classes_verifies(run: Run) -> None:
    assert [claim.code for claim in verify(run).claims if claim.outcome == "failed"] == []


def test_every_figure_of_test_has_an_interval_and_every_class_its_own(run: Run) -> None:
    found = read(run, "report.json")
    test = found["split"]["test"]
    for strategy in found["strategies"].values():
        for key in METRICS:
            assert strategy["test_intervals"][key]["value"] == pytest.approx(strategy["test"][key])
        matrix = dict(
            zip(found["data"]["classes"], strategy["test"]["at_operating_point"]["matrix"], strict=True)
        )
        assert {name: told["rows"] for name, told in strategy["classes"].items()} == test
        for place, (name, row) in enumerate(matrix.items()):
            assert strategy["classes"][name]["recall"]["value"] == pytest.approx(row[place] / sum(row))
    assert set(found["differences"]["against"]["none"]["smote"]) == set(METRICS)


def test_the_sentence_holds_the_chosen_strategy_against_another(run: Run) -> None:
    said = read(run, "report.json")["recommended"]
    assert said["rival"] in said["sentence"]
    assert "macro F1" in said["sentence"]
    assert "difference" in said["sentence"]


def test_misses_are_those_of_the_rarest_class(run: Run) -> None:
    found = read(run, "report.json")
    told = found["explanation"]
    assert told["missed_class"] == "rare"
    chosen = found["strategies"][found["recommended"]["strategy"]]
    place = found["data"]["classes"].index("rare")
    row = chosen["test"]["at_operating_point"]["matrix"][place]
    assert len(told["missed"]) == sum(row) - row[place]
    assert all(miss["given"] in CLASSES and miss["given"] != "rare" for miss in told["missed"])


def test_the_page_has_the_rarest_class_first(run: Run) -> None:
    page = render(read(run, "report.json"))
    table = page.split("by-class", 2)[2].split("</table>")[0]
    assert table.index(">rare<") < table.index(">odd<") < table.index(">usual<")
    assert "the rarest class: of its 3 test rows, " in page


def test_the_recommended_config_runs_as_it_is(run: Run) -> None:
    config = parse(yaml.safe_load(of_run(read(run, "report.json"), read(run, "config.json"))))
    chosen = read(run, "report.json")["recommended"]["strategy"]
    assert [strategy.name for strategy in config.strategies] == [chosen]
    assert Path(config.source.path).is_file()


def test_what_earlier_runs_did_not_ask_for_is_not_told(run: Run) -> None:
    config = RunConfig.model_validate(read(run, "config.json"))
    facts = record(run, "split").facts
    compare, explain = record(run, "compare").step, record(run, "explain").step
    before = plan.compare_parameters(config, facts, per_class=False)
    assert before == {key: value for key, value in compare.parameters.items() if key != "per_class"}
    made = compared_again(run.store, compare.inputs, before)
    assert made == {"applies": False, "why": SEVERAL_CLASSES.format(3)}
    mine = plan.strategy_named(config, str(explain.subject))
    before = plan.explain_parameters(config, facts, mine, per_class=False)
    told = explained(run.store, explain.subject, explain.inputs, json.loads(json.dumps(before)))
    assert (told["missed"], told["segments"], "missed_class" in told) == (None, None, False)


def test_a_positive_class_asks_for_no_classes() -> None:
    config = parse({**yaml.safe_load(CONFIG), "target": {"column": "kind", "positive": "rare"}})
    facts = {"classes": ["no", "rare"]}
    for asked in (True, False):
        assert "per_class" not in plan.compare_parameters(config, facts, per_class=asked)
