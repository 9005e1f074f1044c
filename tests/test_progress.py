"""Progress: whoever listens is told everything, and nobody else is."""

from __future__ import annotations

import pytest

from evenkeel import progress


class Heard:
    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    def begin(self, stage: str) -> None:
        self.told.append(("begin", stage))

    def advance(self, done: int, total: int, what: str) -> None:
        self.told.append((done, total, what))

    def end(self, stage: str, *, steps: int, reused: int, seconds: float) -> None:
        self.told.append(("end", stage, steps, reused, seconds))


def say_all() -> None:
    progress.begin("train")
    progress.advance(1, 2, "smote")
    progress.end("train", steps=2, reused=1, seconds=0.5)


ALL = [("begin", "train"), (1, 2, "smote"), ("end", "train", 2, 1, 0.5)]


def test_a_listener_is_told_everything_in_order() -> None:
    heard = Heard()
    with progress.listening(heard):
        say_all()
    assert heard.told == ALL


def test_every_listener_is_told() -> None:
    outer, inner = Heard(), Heard()
    with progress.listening(outer), progress.listening(inner):
        say_all()
    assert outer.told == inner.told == ALL


def test_after_the_block_nobody_is_told_even_if_it_failed() -> None:
    heard = Heard()
    with pytest.raises(RuntimeError), progress.listening(heard):
        raise RuntimeError
    say_all()
    assert heard.told == []


def test_without_a_listener_nothing_happens() -> None:
    say_all()
