"""Who wants to know how far a run is: listeners are told of stages and of units within them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Listener(Protocol):
    """What the command line shows, and tests watch."""

    def begin(self, stage: str) -> None:
        """A stage starts."""

    def advance(self, done: int, total: int, what: str) -> None:
        """A unit of the current stage is finished."""

    def say(self, text: str) -> None:
        """Something worth a line of its own."""

    def end(self, stage: str, *, steps: int, reused: int, seconds: float) -> None:
        """A stage is finished; `reused` of its steps had been done before."""


_listeners: list[Listener] = []


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Tell `listener` of everything that happens inside the block."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def begin(stage: str) -> None:
    """A stage starts."""
    for listener in _listeners:
        listener.begin(stage)


def advance(done: int, total: int, what: str) -> None:
    """A unit of the current stage is finished."""
    for listener in _listeners:
        listener.advance(done, total, what)


def say(text: str) -> None:
    """Something worth a line of its own."""
    for listener in _listeners:
        listener.say(text)


def end(stage: str, *, steps: int, reused: int, seconds: float) -> None:
    """A stage is finished."""
    for listener in _listeners:
        listener.end(stage, steps=steps, reused=reused, seconds=seconds)
