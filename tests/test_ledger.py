"""The ledger: the same question is answered once, and no fitting step ever sees a test row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from evenkeel.errors import SealBroken
from evenkeel.ledger import (
    STAGES,
    Products,
    Record,
    Step,
    answer_intact,
    answer_name,
    environment,
    find,
    perform,
    step_key,
    write,
)
from evenkeel.store import Ref, Store

REF = Ref(digest="a" * 64, kind="table", role="train", rows=3, content="b" * 64)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


class Work:
    """Work that counts how often it was done, and says something else each time if told so."""

    def __init__(self, store: Store, *, changing: bool = False) -> None:
        self.store, self.changing, self.times = store, changing, 0

    def __call__(self) -> Products:
        self.times += 1
        value = {"times": self.times} if self.changing else "always the same"
        return Products({"results": self.store.put_json(value)}, {"n": 1})


def resample(**changes: Any) -> Step:
    return Step(
        **{"stage": "resample", "subject": "s", "parameters": {"k": 5}, "inputs": {"train": REF}, **changes}
    )


def overwrite(path: Path, change: Callable[[bytes], bytes]) -> None:
    path.write_bytes(change(path.read_bytes()))


def test_the_same_question_is_answered_once(store: Store) -> None:
    work = Work(store)
    first, second = perform(store, resample(), work), perform(store, resample(), work)
    assert work.times == 1
    assert (first.reused, second.reused) == (False, True)
    assert (first.outputs, first.facts, first.key) == (second.outputs, second.facts, second.key)


def test_a_question_that_was_never_asked_has_no_answer(store: Store) -> None:
    assert find(store, resample()) is None


OTHER = Ref(digest="c" * 64, kind="table", role="train")


@pytest.mark.parametrize(
    "changes",
    [
        {"parameters": {"k": 6}},
        {"parameters": {"k": 5, "m": 1}},
        {"parameters": {}},
        {"inputs": {"train": OTHER}},
        {"inputs": {"train": REF, "more": OTHER}},
        {"inputs": {"rows": REF}},
        {"stage": "train"},
    ],
    ids=str,
)
def test_another_question_has_another_key(changes: dict[str, Any]) -> None:
    assert resample(**changes).key != resample().key


def test_the_name_of_the_subject_is_not_part_of_the_question() -> None:
    assert resample(subject="another").key == resample(subject=None).key == resample().key


def test_the_order_of_parameters_is_not_part_of_the_question() -> None:
    assert resample(parameters={"a": 1, "b": 2}).key == resample(parameters={"b": 2, "a": 1}).key


def test_another_version_of_the_code_has_another_key() -> None:
    assert step_key(resample(), 1, environment()) != step_key(resample(), 2, environment())


@pytest.mark.parametrize("package", environment()["packages"])
def test_another_version_of_a_package_has_another_key(package: str) -> None:
    where = environment() | {"packages": environment()["packages"] | {package: "0.0.0"}}
    assert step_key(resample(), 1, where) != step_key(resample(), 1, environment())


def test_another_python_has_another_key() -> None:
    assert step_key(resample(), 1, environment() | {"python": "3.0"}) != step_key(
        resample(), 1, environment()
    )


def test_the_machine_is_recorded_but_not_part_of_the_question() -> None:
    elsewhere = environment() | {"system": "Plan 9", "machine": "vax"}
    assert step_key(resample(), 1, elsewhere) == step_key(resample(), 1, environment())


def test_a_key_is_pinned() -> None:
    where = {"packages": {"numpy": "2.4.6"}, "python": "3.11.0"}
    assert (
        step_key(resample(), 1, where) == "86b7e83231e745039f3d803e2330a7dd7c3f13e9df3e1bdb6dfd4ee73d788c9b"
    )


DAMAGE = {
    "one byte": lambda data: data[:-3] + bytes([data[-3] ^ 1]) + data[-2:],
    "its digest": lambda data: b"0" + data[1:],
    "cut off": lambda data: data[: len(data) // 2],
    "emptied": lambda _: b"",
    "not JSON": lambda _: b"junk\nmore junk",
}


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_answer_is_made_again_and_healed(store: Store, how: str) -> None:
    work = Work(store)
    key = perform(store, resample(), work).key
    overwrite(store.root / answer_name(key), DAMAGE[how])
    assert not answer_intact(store, key)
    assert not perform(store, resample(), work).reused
    assert answer_intact(store, key)
    assert perform(store, resample(), work).reused
    assert work.times == 2


@pytest.mark.parametrize("how", ["damaged", "deleted"])
@pytest.mark.parametrize("changing", [False, True], ids=["the same again", "something else"])
def test_a_lost_product_is_made_again_and_healed(store: Store, how: str, changing: bool) -> None:
    work = Work(store, changing=changing)
    path = store.object_path(perform(store, resample(), work).outputs["results"].digest)
    path.unlink() if how == "deleted" else overwrite(path, lambda data: data + b" ")
    healed = perform(store, resample(), work)
    assert not healed.reused
    assert store.intact(healed.outputs["results"])
    again = perform(store, resample(), work)
    assert again.reused
    assert again.outputs == healed.outputs
    assert work.times == 2


def test_an_intact_answer_is_never_replaced(store: Store) -> None:
    first = write(store, resample(), Products({"results": store.put_json(1)}, {}), seconds=0)
    write(store, resample(), Products({"results": store.put_json(2)}, {}), seconds=0)
    found = find(store, resample())
    assert found is not None
    assert found.outputs == first.outputs


@pytest.mark.parametrize("stage", [name for name, stage in STAGES.items() if stage.fits])
def test_no_stage_that_fits_may_read_test_rows_or_the_unsplit_table(stage: str) -> None:
    assert not STAGES[stage].reads & {"test", "raw"}


def test_only_evaluation_what_looks_at_it_and_a_split_that_continues_another_may_read_test_rows() -> None:
    readers = [name for name, stage in STAGES.items() if "test" in stage.reads]
    assert readers == ["split", "evaluate", "compare", "explain", "diagnose"]


@pytest.mark.parametrize("role", ["raw", "train", "test", "resampled"])
@pytest.mark.parametrize("stage", STAGES)
def test_a_step_that_must_not_read_a_role_is_stopped_before_it_works(
    store: Store, stage: str, role: str
) -> None:
    ref = store.put_table(pd.DataFrame({"v": [1]}), role)
    step, work = Step(stage=stage, inputs={"rows": ref}), Work(store)
    if role in STAGES[stage].reads:
        assert not perform(store, step, work).reused
        assert work.times == 1
    else:
        with pytest.raises(SealBroken, match=f"'rows' has the role '{role}'"):
            perform(store, step, work)
        assert work.times == 0
        with pytest.raises(SealBroken):
            write(store, step, Products({}, {}), seconds=0)


def test_a_forbidden_answer_is_not_even_found(store: Store) -> None:
    """The key does not hold roles, so the check cannot be left to it."""
    work = Work(store)
    perform(store, resample(), work)
    sneaky = resample(inputs={"train": REF.model_copy(update={"role": "test"})})
    assert sneaky.key == resample().key
    with pytest.raises(SealBroken):
        perform(store, sneaky, work)


def test_work_that_fails_leaves_no_answer(store: Store) -> None:
    def fails() -> Products:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        perform(store, resample(), fails)
    assert find(store, resample()) is None


def test_a_record_survives_json_and_keeps_its_key(store: Store) -> None:
    record = perform(store, resample(), Work(store))
    back = Record.model_validate_json(record.model_dump_json())
    assert back == record
    assert step_key(back.step, back.version, back.environment) == back.key


def test_a_record_names_every_artifact(store: Store) -> None:
    record = perform(store, resample(), Work(store))
    assert record.refs() == [REF, record.outputs["results"]]
