"""The wire: news of workers arrives whole or not at all, and nobody waits for it."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator

import pytest

from evenkeel import progress
from evenkeel.progress import Work
from evenkeel.wire import Sender, Wire


class Heard(progress.Listener):
    def __init__(self) -> None:
        self.told: list[tuple[str, Work | None]] = []

    def work(self, key: str, at: Work | None) -> None:
        self.told.append((key, at))


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire(multiprocessing.get_context("spawn"))
    yield made
    made.close()


@pytest.fixture
def heard() -> Iterator[Heard]:
    with progress.listening(listener := Heard()):
        yield listener


def test_news_comes_out_as_it_went_in(wire: Wire, heard: Heard) -> None:
    news = [("1.0", Work(("smote-enn, fold 2", "SMOTEENN"), "Großes erwartet", "rows", 3, 9)), ("1.0", None)]
    for key, at in news:
        Sender(wire.writer).work(key, at)
    assert heard.told == []
    wire.relay()
    assert heard.told == news


def test_a_full_pipe_loses_news_and_makes_nobody_wait(wire: Wire, heard: Heard) -> None:
    sender = Sender(wire.writer)
    for done in range(20_000):
        sender.work("1.0", Work(("a",), "", "rows", done, 20_000))
    wire.relay()
    assert 0 < len(heard.told) < 20_000
    sender.work("1.0", None)
    wire.relay()
    assert heard.told[-1] == ("1.0", None)


def test_news_too_long_to_arrive_whole_is_not_sent(wire: Wire, heard: Heard) -> None:
    Sender(wire.writer).work("1.0", Work(("x" * 1_000,)))
    wire.relay()
    assert heard.told == []


def test_work_that_nobody_ends_is_ended(wire: Wire, heard: Heard) -> None:
    Sender(wire.writer).work("1.0", Work(("a",)))
    wire.relay()
    wire.hush()
    wire.hush()
    assert heard.told == [("1.0", Work(("a",))), ("1.0", None)]


def test_where_nobody_reads_any_more_a_sender_goes_on() -> None:
    wire = Wire(multiprocessing.get_context("spawn"))
    wire._reader.close()
    Sender(wire.writer).work("1.0", None)
    wire.writer.close()
