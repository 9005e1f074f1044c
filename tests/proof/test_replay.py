"""Replays: the same products from the same inputs, any other product a difference, and no trace left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evenkeel.ledger import Record
from evenkeel.proof.compare import Compared
from evenkeel.proof.replay import replay_decide, replay_evaluate, replay_resample, replay_split
from evenkeel.runs import Run
from evenkeel.store import Ref

REPLAYS: dict[str, Callable[[str, Record], list[Compared]]] = {
    "split": replay_split,
    "resample": replay_resample,
    "decide": replay_decide,
    "evaluate": replay_evaluate,
}
ELSE = "0" * 64


def records_of(run: Run, stage: str) -> list[Record]:
    return [record for record in run.records() if record.step.stage == stage]


def differences(found: list[Compared]) -> list[str]:
    assert {compared.likeness for compared in found} <= {"exact", "different"}
    return [str(compared) for compared in found if compared.likeness != "exact"]


def with_output(record: Record, name: str, **changes: Any) -> Record:
    ref: Ref = record.outputs[name].model_copy(update=changes)
    return record.model_copy(update={"outputs": record.outputs | {name: ref}})


def with_parameters(record: Record, **changes: Any) -> Record:
    step = record.step.model_copy(update={"parameters": record.step.parameters | changes})
    return record.model_copy(update={"step": step})


@pytest.mark.parametrize("stage", REPLAYS)
def test_every_step_comes_out_the_same(finished_run: Run, stage: str) -> None:
    records = records_of(finished_run, stage)
    assert records
    for record in records:
        found = REPLAYS[stage](str(finished_run.store.root), record)
        assert len(found) >= 2
        assert differences(found) == []


@pytest.mark.parametrize("stage", REPLAYS)
def test_a_replay_writes_nothing(finished_run: Run, stage: str) -> None:
    def state() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in finished_run.store.root.rglob("*") if path.is_file()}

    before = state()
    REPLAYS[stage](str(finished_run.store.root), records_of(finished_run, stage)[0])
    assert state() == before


@pytest.mark.parametrize(
    ("stage", "output", "changes"),
    [
        ("split", "train", {"content": ELSE}),
        ("split", "test", {"content": ELSE}),
        ("resample", "resampled", {"content": ELSE}),
        ("resample", "resampled", {"content": None}),
        ("resample", "scatter", {"digest": ELSE}),
        ("resample", "examples", {"digest": ELSE}),
        ("decide", "decision", {"digest": ELSE}),
        ("evaluate", "predictions", {"content": ELSE}),
        ("evaluate", "figures", {"digest": ELSE}),
    ],
)
def test_another_product_than_the_recorded_one_is_a_difference(
    finished_run: Run, stage: str, output: str, changes: dict[str, Any]
) -> None:
    record = with_output(records_of(finished_run, stage)[0], output, **changes)
    (told,) = differences(REPLAYS[stage](str(finished_run.store.root), record))
    assert told.startswith("rows: " if output == "resampled" else f"{output}: ")
    assert told.endswith("is recorded")


def test_another_seed_gives_another_split(finished_run: Run) -> None:
    (record,) = records_of(finished_run, "split")
    other = with_parameters(record, split=record.step.parameters["split"] | {"seed": 1})
    told = differences(replay_split(str(finished_run.store.root), other))
    assert [text.partition(":")[0] for text in told] == ["train", "test"]


def test_facts_of_the_split_are_replayed_too(finished_run: Run) -> None:
    (record,) = records_of(finished_run, "split")
    other = record.model_copy(update={"facts": record.facts | {"numeric": []}})
    (told,) = differences(replay_split(str(finished_run.store.root), other))
    assert told.startswith("fact 'numeric'")


def test_another_chain_gives_another_resampled_set(finished_run: Run) -> None:
    record = next(r for r in records_of(finished_run, "resample") if r.step.subject == "smote")
    other = with_parameters(record, treatment={"chain": [["SMOTE", {"k_neighbors": 4}]], "max_rows": None})
    told = differences(replay_resample(str(finished_run.store.root), other))
    assert {"rows", "scatter", "examples"} <= {text.partition(":")[0] for text in told}


def test_another_rule_gives_another_operating_point(finished_run: Run) -> None:
    record = with_parameters(records_of(finished_run, "decide")[0], rule={"threshold": 0.1})
    (told,) = differences(replay_decide(str(finished_run.store.root), record))
    assert told.startswith("decision: cv.")
    assert " more" in told


def test_the_facts_of_a_resampled_set_are_replayed_too(finished_run: Run) -> None:
    record = records_of(finished_run, "resample")[0]
    for name in record.facts:
        other = record.model_copy(update={"facts": record.facts | {name: "else"}})
        (told,) = differences(replay_resample(str(finished_run.store.root), other))
        assert told.startswith(f"fact {name!r}")


def test_what_cannot_be_done_again_is_a_difference_and_no_error(finished_run: Run) -> None:
    (record,) = records_of(finished_run, "split")
    other = with_parameters(record, target="no such column")
    (found,) = replay_split(str(finished_run.store.root), other)
    assert str(found) == "cannot be done again: KeyError: 'no such column'"
    assert found.likeness == "different"
