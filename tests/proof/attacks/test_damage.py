"""One thousand seeded single faults over all files of a run: every one is found without a replay."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from evenkeel.errors import EvenkeelError
from evenkeel.proof import verify
from evenkeel.proof.case import Broken
from evenkeel.proof.files import check_files
from evenkeel.runs import Run

if TYPE_CHECKING:
    from tests.proof.attacks.conftest import Runs

FAULTS, CHUNKS = 1000, 10


def flip(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


def cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data))]


def insert(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.randbytes(rng.randint(1, 8)) + data[at:]


def zero(data: bytes, rng: random.Random) -> bytes:
    """A stretch of zeros over bytes of which one at least is none."""
    at = rng.choice([place for place, byte in enumerate(data[:4096]) if byte])
    length = min(rng.randint(1, 64), len(data) - at)
    return data[:at] + bytes(length) + data[at + length :]


CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (flip, cut, insert, zero)
HOWS = ("change", "change", "change", "change", "delete", "swap")


def files_of(run: Run) -> list[Path]:
    """The run's folder, its objects and its looks; what the store remembers of steps belongs to no run."""
    folders = ("runs", "objects", "sealed", "looks")
    found = (path for name in folders for path in (run.store.root / name).rglob("*") if path.is_file())
    return sorted(found)


def damage(paths: list[Path], rng: random.Random) -> tuple[str, dict[Path, bytes]]:
    """Do one fault; what was done, and what the files held before."""
    path, how = rng.choice(paths), rng.choice(HOWS)
    before = {path: path.read_bytes()}
    if how == "delete":
        path.unlink()
    elif how == "swap":
        other = rng.choice([p for p in paths if p.read_bytes() != before[path]])
        before[other] = other.read_bytes()
        path.write_bytes(before[other])
        other.write_bytes(before[path])
    else:
        change = rng.choice(CHANGES)
        path.write_bytes(change(before[path], rng))
        how = change.__name__
    return f"{how} {path}", before


def is_found(run: Run, *, whole: bool) -> bool:
    """Whether a claim fails: the first is asked alone, all of them where it holds, or the `whole` verdict."""
    run = Run(run.store, run.folder)
    if not whole:
        with contextlib.suppress(EvenkeelError, ValueError):
            records = run.records()
            try:
                check_files(run, records)
            except Broken:
                return True
    return not verify(run, replay=False).verified


@pytest.fixture(scope="module")
def damaged(attacked: Runs) -> Run:
    """A run of which one file at a time is damaged, and mended again."""
    return attacked["spoiled"]


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_fault_is_found(damaged: Run, chunk: int) -> None:
    rng, paths = random.Random(f"evenkeel {chunk}"), files_of(damaged)
    missed = []
    for number in range(FAULTS // CHUNKS):
        what, before = damage(paths, rng)
        if not is_found(damaged, whole=number % 10 == 0):
            missed.append(what)
        for path, data in before.items():
            path.write_bytes(data)
    assert not missed
    assert verify(Run(damaged.store, damaged.folder), replay=False).verified
