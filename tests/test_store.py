"""The store: what comes back is what was put in, whole, or nothing at all."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest

from evenkeel.canonical import frame_digest
from evenkeel.errors import StoreError
from evenkeel.store import Ref, Store

COLUMNS = {
    "int": pd.Series([1, -2, 3]),
    "int8": pd.Series([1, -2, 3], dtype="int8"),
    "Int64": pd.Series([1, None, 2**60 + 1], dtype="Int64"),
    "float": pd.Series([0.1, None, -1e300]),
    "Float64": pd.Series([0.1, None, 2.0], dtype="Float64"),
    "str": pd.Series(["a", None, "ß\n"], dtype="str"),
    "category": pd.Series(["a", None, "b"], dtype="category"),
    "ordered": pd.Series(pd.Categorical(["lo", "hi", None], ["lo", "mid", "hi"], ordered=True)),
    "bool": pd.Series([True, False, True]),
    "boolean": pd.Series([True, None, False], dtype="boolean"),
    "datetime": pd.to_datetime(pd.Series(["2024-02-29", None, "1969-12-31"])),
    "UTC": pd.to_datetime(pd.Series(["2024-02-29", None, "1969-12-31"]), utc=True),
    "all missing": pd.Series([None, None, None], dtype=object),
}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def files(store: Store) -> list[Path]:
    return [path for path in store.root.rglob("*") if path.is_file()]


def damage(store: Store, ref: Ref) -> None:
    path = store.object_path(ref.digest)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("data", [b"", b"x", bytes(range(256)) * 50])
def test_bytes_come_back(store: Store, data: bytes) -> None:
    assert store.get(store.put(data, "json")) == data


def test_json_comes_back(store: Store) -> None:
    value = {"a": [1, 2.5, None, "ß"], "b": {"c": True}}
    assert store.get_json(store.put_json(value)) == value


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_column_comes_back_with_its_type(store: Store, kind: str) -> None:
    frame = pd.DataFrame({"v": COLUMNS[kind]})
    ref = store.put_table(frame, "raw")
    back = store.get_table(ref)
    pd.testing.assert_frame_equal(back, frame)
    assert frame_digest(back) == frame_digest(frame) == ref.content


@pytest.mark.parametrize(
    "values", [[1, 2, 1], [1.5, None, 2.5], [True, False, True]], ids=["int", "float", "bool"]
)
def test_categories_of_any_type_come_back_as_categories(store: Store, values: list[object]) -> None:
    frame = pd.DataFrame({"v": pd.Series(values).astype("category")})
    pd.testing.assert_frame_equal(store.get_table(store.put_table(frame, "raw")), frame)


def test_an_index_is_not_kept(store: Store) -> None:
    frame = pd.DataFrame({"v": [1, 2]}, index=[9, 9])
    back = store.get_table(store.put_table(frame, "raw"))
    pd.testing.assert_frame_equal(back, frame.reset_index(drop=True))


@pytest.mark.parametrize("role", ["raw", "train", "test", "resampled"])
def test_a_table_ref_says_what_its_rows_are_for(store: Store, role: str) -> None:
    ref = store.put_table(pd.DataFrame({"v": [1, 2, 3]}), role)
    assert (ref.role, ref.rows, ref.kind) == (role, 3, "table")


def test_a_ref_without_rows_has_no_role(store: Store) -> None:
    ref = store.put_json([1])
    assert (ref.role, ref.rows, ref.content) == (None, None, None)


def test_the_same_bytes_have_one_ref_and_one_file(store: Store) -> None:
    assert store.put(b"same", "json") == store.put(b"same", "json")
    assert len(files(store)) == 1


def test_the_same_rows_in_another_role_are_the_same_object(store: Store) -> None:
    frame = pd.DataFrame({"v": [1, 2, 3]})
    one, two = store.put_table(frame, "train"), store.put_table(frame, "test")
    assert (one.digest, one.content) == (two.digest, two.content)


def test_a_ref_survives_json(store: Store) -> None:
    ref = store.put_table(pd.DataFrame({"v": [1]}), "test")
    assert Ref.model_validate_json(ref.model_dump_json()) == ref


def test_a_damaged_object_is_never_returned(store: Store) -> None:
    ref = store.put_json({"a": 1})
    damage(store, ref)
    with pytest.raises(StoreError, match=f"{ref.digest[:12]} is damaged"):
        store.get(ref)
    assert not store.intact(ref)


def test_a_damaged_object_is_healed_by_putting_it_again(store: Store) -> None:
    ref = store.put(b"content", "json")
    damage(store, ref)
    assert store.put(b"content", "json") == ref
    assert store.get(ref) == b"content"


def test_an_absent_object_is_a_store_error(store: Store) -> None:
    ref = Ref(digest="ab" * 32, kind="json")
    assert not store.intact(ref)
    with pytest.raises(StoreError, match="not there"):
        store.get(ref)


def test_an_empty_object_is_damaged(store: Store) -> None:
    ref = store.put(b"content", "json")
    store.object_path(ref.digest).write_bytes(b"")
    assert not store.intact(ref)


def test_create_never_replaces(store: Store) -> None:
    assert store.create("steps/ab/cd", b"first")
    assert not store.create("steps/ab/cd", b"second")
    assert store.read("steps/ab/cd") == b"first"


def test_of_many_writers_one_wins_and_its_bytes_stand(store: Store) -> None:
    texts = [b"%d" % number * 1000 for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda text: store.create("steps/x", text), texts))
    assert won.count(True) == 1
    assert store.read("steps/x") == texts[won.index(True)]
    assert len(files(store)) == 1


def test_many_writers_of_one_object_leave_it_whole(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        refs = set(pool.map(lambda _: store.put(b"z" * 10_000, "json"), range(16)))
    (ref,) = refs
    assert store.get(ref) == b"z" * 10_000
    assert len(files(store)) == 1


def test_what_was_discarded_can_be_created_again(store: Store) -> None:
    store.create("steps/x", b"old")
    store.discard("steps/x")
    store.discard("steps/x")
    assert store.read("steps/x") is None
    assert store.create("steps/x", b"new")


@pytest.mark.parametrize(
    "write", [lambda s: s.put(b"x", "json"), lambda s: s.create("steps/x", b"x")], ids=["put", "create"]
)
def test_a_full_disk_is_a_store_error_and_leaves_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch, write: object
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("evenkeel.store.os.fsync", full)
    with pytest.raises(StoreError, match=r"No space left.*Next: "):
        write(store)
    assert files(store) == []


def test_a_store_that_cannot_be_made_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreError):
        Store(tmp_path / "file").put(b"x", "json")


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="this system does not list threads")
def test_reading_a_table_begins_no_thread(store: Store) -> None:
    """A thread of Arrow's pools can abort a short process in the middle of its exit."""
    ref = store.put_table(pd.DataFrame({"a": range(5), "b": pd.Categorical(list("xyxyx"))}), "train")
    script = (
        "import os, pyarrow.parquet, pandas\n"
        "from evenkeel.store import Ref, Store\n"
        "before = len(os.listdir('/proc/self/task'))\n"
        f"Store({str(store.root)!r}).get_table(Ref.model_validate_json({ref.model_dump_json()!r}))\n"
        "print(len(os.listdir('/proc/self/task')) - before)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"
