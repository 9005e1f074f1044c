"""Looks: each is counted once, before it happens, and none can be changed or taken out unseen."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from evenkeel import looks
from evenkeel.canonical import json_bytes, sha256
from evenkeel.looks import BrokenChain, Count, Intent, Look, count, name_of, read, take
from evenkeel.store import Store

TABLE, TEST = "a" * 64, "b" * 64


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def intent(key: object, **changes: str) -> Intent:
    whole = {"table": TABLE, "test": TEST, "split": "s", "config": "c", "strategy": "none", "model": "m"}
    return Intent(**(whole | {"decision": "d", "key": str(key)} | changes))


def taken(store: Store, number: int) -> list[Look]:
    return [take(store, intent(key)) for key in range(number)]


def test_looks_are_numbered_and_each_names_the_one_before(store: Store) -> None:
    made = taken(store, 3)
    assert [look.number for look in made] == [1, 2, 3]
    assert [look.previous for look in made] == [None, made[0].digest, made[1].digest]
    assert read(store, TABLE) == made


def test_a_look_is_stored_as_canonical_json_under_its_number(store: Store) -> None:
    (look,) = taken(store, 1)
    data = (store.root / "looks" / TABLE / "000001.json").read_bytes()
    assert data == look.data == json_bytes(json.loads(data))
    assert look.digest == sha256(data)
    assert look.at.endswith("Z")


def test_the_same_question_is_the_same_look(store: Store) -> None:
    first, second = taken(store, 2)
    assert take(store, intent(0)) == first
    assert take(store, intent(1, strategy="called otherwise")) == second
    assert len(read(store, TABLE)) == 2


def test_looks_at_another_table_are_counted_on_their_own(store: Store) -> None:
    taken(store, 2)
    other = take(store, intent(0, table="e" * 64))
    assert (other.number, other.previous) == (1, None)
    assert len(read(store, TABLE)) == 2


def test_where_nothing_was_looked_at_there_are_no_looks(store: Store) -> None:
    assert read(store, TABLE) == []
    assert not store.root.exists()


def test_of_many_looks_at_once_every_one_is_counted(store: Store) -> None:
    together = threading.Barrier(6)

    def look(key: int) -> Look:
        together.wait()
        return take(store, intent(key))

    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(look, range(6)))
    assert sorted(look.number for look in made) == [1, 2, 3, 4, 5, 6]
    assert read(store, TABLE) == sorted(made, key=lambda look: look.number)


AT_ONCE = """
import sys
from evenkeel.looks import Intent, take
from evenkeel.store import Store
sys.stdin.readline()
for key in range(20):
    take(Store(sys.argv[1]), Intent(table="a" * 64, test="b", split="s", config="c", strategy="none",
                                    model="m", decision="d", key=f"{sys.argv[2]} {key}"))
"""


def test_two_processes_at_once_lose_no_look_and_break_no_chain(store: Store) -> None:
    command = [sys.executable, "-c", AT_ONCE, str(store.root)]
    both = [subprocess.Popen([*command, name], stdin=subprocess.PIPE, text=True) for name in ("one", "two")]
    for process in both:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in both:
        process.communicate()
    assert [process.returncode for process in both] == [0, 0]
    keys = {look.intent.key for look in read(store, TABLE)}
    assert keys == {f"{name} {key}" for name in ("one", "two") for key in range(20)}


def path(store: Store, number: int) -> Path:
    return store.root / name_of(TABLE, number)


def edit(store: Store, number: int, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    file = path(store, number)
    file.write_bytes(json_bytes(change(json.loads(file.read_bytes()))))


def swap(store: Store) -> None:
    one, two = path(store, 1).read_bytes(), path(store, 2).read_bytes()
    path(store, 1).write_bytes(two)
    path(store, 2).write_bytes(one)


BROKEN: dict[str, Callable[[Store], object]] = {
    "the first taken out": lambda store: path(store, 1).unlink(),
    "one in the middle taken out": lambda store: path(store, 2).unlink(),
    "one taken out, the rest moved up": lambda store: path(store, 4).replace(path(store, 3)),
    "two that traded places": swap,
    "one told twice": lambda store: path(store, 5).write_bytes(path(store, 4).read_bytes()),
    "another number": lambda store: edit(store, 2, lambda look: look | {"number": 7}),
    "another time": lambda store: edit(store, 2, lambda look: look | {"at": "2001-01-01T00:00:00.000000Z"}),
    "another strategy": lambda store: edit(
        store, 1, lambda look: look | {"intent": look["intent"] | {"strategy": "smote"}}
    ),
    "another table": lambda store: edit(
        store, 4, lambda look: look | {"intent": look["intent"] | {"table": "f" * 64}}
    ),
    "a field more": lambda store: edit(store, 4, lambda look: look | {"more": 1}),
    "a blank more": lambda store: path(store, 4).write_bytes(path(store, 4).read_bytes() + b" "),
    "junk": lambda store: path(store, 3).write_bytes(b"\xff"),
    "nothing": lambda store: path(store, 3).write_bytes(b""),
    "a file that is no look": lambda store: (path(store, 1).parent / "note.txt").write_text("hi"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_chain_that_was_tampered_with_is_broken(store: Store, what: str) -> None:
    taken(store, 4)
    BROKEN[what](store)
    with pytest.raises(BrokenChain, match=f"table {TABLE[:12]}"):
        read(store, TABLE)
    with pytest.raises(BrokenChain):
        take(store, intent("another"))


def test_the_last_ones_taken_out_are_missed_by_whoever_pinned_them(store: Store) -> None:
    """The chain alone cannot tell; the records of the run can."""
    made = taken(store, 4)
    path(store, 4).unlink()
    assert read(store, TABLE) == made[:3]
    again = take(store, intent("another"))
    assert again.number == 4
    assert again.digest != made[3].digest


def test_what_is_being_written_is_no_look(store: Store) -> None:
    made = taken(store, 2)
    (path(store, 1).parent / ".000003.json.tmp").write_text("half")
    assert read(store, TABLE) == made


def chain(*tests: str) -> list[Look]:
    return [
        Look(number=number, previous=None, at="", intent=intent(number, test=test))
        for number, test in enumerate(tests, start=1)
    ]


@pytest.mark.parametrize(
    ("tests", "last", "expected"),
    [
        ("b", 1, Count(test=1, others=0)),
        ("bbb", 3, Count(test=3, others=0)),
        ("bbb", 2, Count(test=2, others=0)),
        ("xbb", 3, Count(test=2, others=1)),
        ("xyxb", 4, Count(test=1, others=2)),
        ("bxb", 3, Count(test=2, others=0)),
        ("bx", 1, Count(test=1, others=0)),
    ],
)
def test_looks_are_counted_up_to_the_last_and_others_before_the_first(
    tests: str, last: int, expected: Count
) -> None:
    assert count(chain(*tests), "b", last) == expected


def test_a_look_says_what_is_fixed_and_nothing_of_what_comes_out() -> None:
    assert set(Intent.model_fields) == {
        *("table", "test", "split", "config", "strategy", "model", "decision", "key")
    }
    assert looks.FORMAT == 1
