"""Runs: a folder that appears whole, is found by any part of its name, and lists every byte it stands on."""

from __future__ import annotations

import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from evenkeel import runs
from evenkeel.canonical import sha256
from evenkeel.config import RunConfig
from evenkeel.errors import StoreError
from evenkeel.ledger import Products, Record, Step, perform
from evenkeel.runs import SUMS, Run, every, find, write
from evenkeel.store import Store

CONFIG = RunConfig.model_validate(
    {"name": "demo", "source": {"kind": "sklearn", "dataset": "iris"}, "target": {"column": "target"}}
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def records(store: Store, count: int = 1, subject: str | None = None) -> list[Record]:
    return [
        perform(
            store,
            Step(stage="report", subject=subject, parameters={"n": n}),
            lambda n=n: Products({"json": store.put_json(n)}, {}),
        )
        for n in range(count)
    ]


def a_run(store: Store, **about: Any) -> Run:
    name = write(
        store, CONFIG, records(store), status="completed", files={"report.html": b"<p>"}, about=about
    )
    return find(store, name)


def listed(run: Run) -> dict[str, str]:
    lines = (run.folder / SUMS).read_text().splitlines()
    return {name: digest for digest, name in (line.split("  ") for line in lines)}


def test_the_list_holds_every_file_and_object_as_sha256sum_reads_it(finished_run: Run) -> None:
    for name, digest in listed(finished_run).items():
        assert sha256((finished_run.folder / name).read_bytes()) == digest
    files = {
        p.relative_to(finished_run.folder).as_posix() for p in finished_run.folder.rglob("*") if p.is_file()
    }
    objects = {p.name for p in finished_run.store.root.glob("*/sha256/*/*") if p.is_file()}
    assert files - {SUMS} == {name for name in listed(finished_run) if not name.startswith("..")}
    assert objects == {Path(name).name for name in listed(finished_run) if name.startswith("..")}


def test_the_certificate_names_what_it_certifies(finished_run: Run) -> None:
    certificate = finished_run.certificate()
    assert certificate["run"] == finished_run.name
    assert certificate["claims"]
    for name, digest in certificate["files"].items():
        assert sha256((finished_run.folder / name).read_bytes()) == digest


def test_records_come_back_in_their_order(store: Store) -> None:
    made = records(store, 12)
    assert find(store, write(store, CONFIG, made, status="completed")).records() == made


def test_more_than_ninety_nine_records_come_back_in_their_order(store: Store) -> None:
    made = records(store, 101)
    assert find(store, write(store, CONFIG, made, status="completed")).records() == made


@pytest.mark.parametrize("subject", ["a/b", "../../up", "\\", "ü ß", "..", " "])
def test_no_name_of_a_strategy_leaves_the_folder(store: Store, subject: str) -> None:
    made = records(store, 1, subject)
    run = find(store, write(store, CONFIG, made, status="completed"))
    assert [path.parent for path in run.folder.rglob("0001-*.json")] == [run.folder / "records"]
    assert run.records() == made


def test_a_run_says_what_it_is(store: Store) -> None:
    run = a_run(store, recommended="none")
    about = {key: run.about[key] for key in ("run", "name", "status", "recommended")}
    assert about == {"run": run.name, "name": "demo", "status": "completed", "recommended": "none"}


@pytest.mark.parametrize(
    "positive",
    [1, None],
    ids=["binary", "multi-class"],
)
def test_a_config_comes_back_from_its_run(store: Store, positive: int | None) -> None:
    target = {"column": "target", "positive": positive}
    config = RunConfig.model_validate({"source": {"kind": "sklearn", "dataset": "iris"}, "target": target})
    run = find(store, write(store, config, [], status="completed"))
    assert RunConfig.model_validate_json((run.folder / "config.json").read_text()) == config


def test_a_run_is_found_by_its_name_its_beginning_its_folder_and_as_the_latest(store: Store) -> None:
    run = a_run(store)
    for name in (run.name, run.name[:-2], "demo", "latest", str(run.folder)):
        assert find(store, name).folder.resolve() == run.folder.resolve()


def test_a_beginning_that_several_runs_share_lists_them(store: Store) -> None:
    names = [a_run(store).name for _ in range(3)]
    with pytest.raises(StoreError, match="several") as raised:
        find(store, "demo")
    assert all(name in str(raised.value) for name in names)


def test_an_unknown_run_is_answered_with_the_known_ones(store: Store) -> None:
    with pytest.raises(StoreError, match=r"no such run.*none yet"):
        find(store, "latest")
    run = a_run(store)
    with pytest.raises(StoreError, match=f"no such run.*Available: {run.name}"):
        find(store, "other")


def test_a_damaged_run_is_listed_but_never_the_latest(store: Store) -> None:
    good, bad = a_run(store, finished="2001-01-01T00:00:00Z"), a_run(store)
    (bad.folder / "run.json").write_text("{")
    assert {run.name for run in every(store)} == {good.name, bad.name}
    assert find(store, "latest").name == good.name
    assert find(store, bad.name).name == bad.name


def test_runs_are_listed_oldest_first(store: Store) -> None:
    days = ["2003-01-01T00:00:00Z", "2001-01-01T00:00:00Z", "2002-01-01T00:00:00Z"]
    made = {day: a_run(store, finished=day).name for day in days}
    assert [run.name for run in every(store)] == [made[day] for day in sorted(days)]


def test_of_two_runs_in_one_second_the_latest_is_the_later(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends, noon = iter(["ffff", "0000"]), datetime.datetime(2030, 1, 1, 12, tzinfo=datetime.UTC)
    times = iter([noon, noon + datetime.timedelta(microseconds=1)])
    clock = SimpleNamespace(datetime=SimpleNamespace(now=lambda _: next(times)), UTC=datetime.UTC)
    monkeypatch.setattr(runs, "datetime", clock)
    monkeypatch.setattr(runs, "secrets", SimpleNamespace(token_hex=lambda _: next(ends)))
    first, second = (write(store, CONFIG, [], status="completed") for _ in range(2))
    assert first != second
    assert find(store, "latest").name == second


def test_a_run_that_cannot_be_written_leaves_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    made, whole = records(store), Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if path.name == SUMS:
            raise OSError(28, "No space left on device")
        return whole(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(StoreError, match=r"No space left.*Next: "):
            write(store, CONFIG, made, status="completed")
    assert list((store.root / "runs").iterdir()) == []
    assert every(store) == []


def test_an_unfinished_folder_is_no_run(store: Store) -> None:
    run = a_run(store)
    (store.root / "runs" / ".demo-unfinished").mkdir()
    assert [found.name for found in every(store)] == [run.name]


def test_a_damaged_record_is_a_store_error_that_names_it(store: Store) -> None:
    run = a_run(store)
    (path,) = run.folder.glob("records/*.json")
    path.write_text("{")
    with pytest.raises(StoreError, match=path.name):
        run.records()
