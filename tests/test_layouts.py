"""Layouts: every step may read what earlier steps made, by name, and what fits never the test set."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evenkeel.layouts import FOLDER, LAYOUT, payloads
from evenkeel.ledger import STAGES, Record
from evenkeel.runs import Run, record_names
from evenkeel.signing import own_key

FINISHED = "2026-11-26T12:00:00.000000Z"


@pytest.fixture
def named(finished_run: Run) -> dict[str, Record]:
    records = finished_run.records()
    return dict(zip(record_names(records), records, strict=True))


def said(named: dict[str, Record]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The layout, and the links by the name of their step."""
    files = {name: json.loads(data) for name, data in payloads(named, FINISHED, own_key().public).items()}
    layout = files.pop(f"{FOLDER}/{LAYOUT}")
    return layout, {link["name"]: link for link in files.values()}


def test_files_are_called_as_in_toto_looks_for_them(named: dict[str, Record]) -> None:
    key = own_key().public
    expected = {f"{FOLDER}/{name}.{key.keyid[:8]}.link" for name in named} | {f"{FOLDER}/{LAYOUT}"}
    assert set(payloads(named, FINISHED, key)) == expected


def test_every_artifact_is_called_by_the_step_that_made_it_first(named: dict[str, Record]) -> None:
    _, links = said(named)
    for name, record in named.items():
        assert set(links[name]["products"]) == {f"{name}/{output}" for output in record.outputs}
        assert {each["sha256"] for each in links[name]["materials"].values()} == {
            ref.digest for ref in record.step.inputs.values()
        }
        earlier = list(named)[: list(named).index(name)]
        assert {material.partition("/")[0] for material in links[name]["materials"]} <= set(earlier)


def test_what_fits_is_forbidden_the_test_set_before_anything_is_allowed(named: dict[str, Record]) -> None:
    layout, _ = said(named)
    for step in layout["steps"]:
        fits = STAGES[named[step["name"]].step.stage].fits
        assert (step["expected_materials"][0] == ["DISALLOW", "0003-split/test"]) == fits
        assert step["expected_materials"][-1] == ["DISALLOW", "*"]
        assert step["expected_products"] == [["CREATE", f"{step['name']}/*"], ["DISALLOW", "*"]]


def test_a_step_may_read_what_its_record_says_and_no_more(named: dict[str, Record]) -> None:
    layout, links = said(named)
    for step in layout["steps"]:
        allowed = {rule[1] for rule in step["expected_materials"] if rule[0] == "MATCH"}
        assert allowed == set(links[step["name"]]["materials"])


def test_what_no_step_made_is_allowed_to_nobody(named: dict[str, Record]) -> None:
    name = next(name for name in named if "resample-smote" in name)
    step = named[name].step
    more = step.inputs["train"].model_copy(update={"digest": "0" * 64})
    named[name] = named[name].model_copy(
        update={"step": step.model_copy(update={"inputs": step.inputs | {"more": more}})}
    )
    layout, links = said(named)
    assert "elsewhere/more" in links[name]["materials"]
    (rules,) = [step["expected_materials"] for step in layout["steps"] if step["name"] == name]
    assert not any("elsewhere" in part for rule in rules for part in rule)


def test_tables_of_the_run_that_is_continued_are_allowed_to_the_split_alone(named: dict[str, Record]) -> None:
    for name in ("0003-split", "0010-train-smote"):
        step = named[name].step
        more = next(iter(step.inputs.values())).model_copy(update={"digest": "0" * 64})
        named[name] = named[name].model_copy(
            update={"step": step.model_copy(update={"inputs": step.inputs | {"earlier_test": more}})}
        )
    layout, _ = said(named)
    rules = {step["name"]: step["expected_materials"] for step in layout["steps"]}
    allowed = [name for name in rules if ["ALLOW", "elsewhere/earlier_test"] in rules[name]]
    assert allowed == ["0003-split"]


def test_one_key_signs_every_step_and_the_layout_outlives_its_readers(named: dict[str, Record]) -> None:
    layout, _ = said(named)
    keyid = own_key().public.keyid
    assert set(layout["keys"]) == {keyid}
    assert all(step["pubkeys"] == [keyid] and step["threshold"] == 1 for step in layout["steps"])
    assert [step["name"] for step in layout["steps"]] == list(named)
    assert layout["expires"] == "2056-11-18T12:00:00Z"


def test_the_same_run_gives_the_same_bytes(named: dict[str, Record]) -> None:
    key = own_key().public
    assert payloads(named, FINISHED, key) == payloads(dict(named), FINISHED, key)
