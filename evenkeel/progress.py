"""Who wants to know how far a run is: listeners are told of stages, of units, and of the work inside them.

Long work says what it is (`working`) and, in loops over rows, how far it is (`tracked`, `counter`). Where
nobody listens, neither costs anything. Nothing here knows who listens, or in which process.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple, TypeVar

T = TypeVar("T")

# seconds between two messages of one piece of work
PAUSE = 0.25


class Work(NamedTuple):
    """What goes on somewhere, and how far it is as far as that is known.

    `names` say what, the whole first: ("smote-enn", "SMOTEENN", "EditedNearestNeighbours"). `note` is what is
    expected of all that it is told with. `done` of `total` are counted in what `doing` says; nothing is
    counted where `total` is 0.
    """

    names: tuple[str, ...]
    note: str = ""
    doing: str = ""
    done: int = 0
    total: int = 0


class Listener:
    """What the command line shows, and tests watch; a subclass needs only what it wants to hear."""

    def begin(self, stage: str) -> None:
        """A stage starts."""

    def advance(self, done: int, total: int, what: str) -> None:
        """A unit of the current stage is finished."""

    def work(self, key: str, at: Work | None) -> None:
        """How far the work `key` is, at most a few times a second; None when it is over."""

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


def is_heard() -> bool:
    """Whether anybody listens."""
    return bool(_listeners)


def begin(stage: str) -> None:
    """A stage starts."""
    for listener in _listeners:
        listener.begin(stage)


def advance(done: int, total: int, what: str) -> None:
    """A unit of the current stage is finished."""
    for listener in _listeners:
        listener.advance(done, total, what)


def work(key: str, at: Work | None) -> None:
    """How far a piece of work is; None when it is over."""
    for listener in _listeners:
        listener.work(key, at)


def say(text: str) -> None:
    """Something worth a line of its own."""
    for listener in _listeners:
        listener.say(text)


def end(stage: str, *, steps: int, reused: int, seconds: float) -> None:
    """A stage is finished."""
    for listener in _listeners:
        listener.end(stage, steps=steps, reused=reused, seconds=seconds)


class _Teller:
    """A piece of work under way, and when listeners may hear of it again."""

    def __init__(self, key: str, at: Work) -> None:
        self.key, self.at = key, at
        self._next, self._counts = 0.0, False

    def name(self) -> None:
        """Say what it is, without a count."""
        self._counts = False
        work(self.key, self.at)

    def count(self, doing: str, done: int, total: int) -> None:
        """Say how far it is, unless that was said just now."""
        now = time.monotonic()
        if now >= self._next:
            self._next, self._counts = now + PAUSE, True
            work(self.key, self.at._replace(doing=doing, done=done, total=total))

    def stop_counting(self) -> None:
        """What comes next is not counted."""
        if self._counts:
            self.name()


_current: ContextVar[_Teller | None] = ContextVar("_current", default=None)
_muted: ContextVar[bool] = ContextVar("_muted", default=False)
_numbers = itertools.count()


@contextmanager
def working(name: str, note: str | None = None) -> Iterator[None]:
    """Inside the block goes on what `name` says, as a part of the work around it, if there is any.

    Without a `note` that of the work around it holds; "" is for a part that it does not speak of.
    """
    if not _listeners or _muted.get():
        yield
        return
    outer = _current.get()
    if outer is None:
        teller = _Teller(f"{os.getpid()}.{next(_numbers)}", Work((name,), note or ""))
    else:
        said = outer.at.note if note is None else note
        teller = _Teller(outer.key, Work((*outer.at.names, name), said))
    token = _current.set(teller)
    teller.name()
    try:
        yield
    finally:
        _current.reset(token)
        if outer is None:
            work(teller.key, None)
        else:
            outer.name()


@contextmanager
def muted() -> Iterator[None]:
    """Inside the block work is done for its own sake, and its parts are nobody's business."""
    tokens = _current.set(None), _muted.set(True)
    try:
        yield
    finally:
        _current.reset(tokens[0])
        _muted.reset(tokens[1])


def tracked(
    items: Iterable[T], total: int, doing: str, size: Callable[[T], int] = lambda _: 1
) -> Iterator[T]:
    """The items one by one; listeners hear how much of `total` is done by the sizes of those gone through."""
    teller = _current.get()
    if teller is None:
        yield from items
        return
    done = 0
    try:
        for item in items:
            teller.count(doing, done, total)
            yield item
            done += size(item)
    finally:
        # a loop that is left early has no more to say either
        teller.stop_counting()


def slices(rows: int, size: int, doing: str) -> Iterator[slice]:
    """Slices of at most `size` rows; listeners hear how many of the rows are done."""
    parts = (slice(start, min(start + size, rows)) for start in range(0, rows, size))
    return tracked(parts, rows, doing, lambda part: part.stop - part.start)


def counter(total: int, doing: str) -> Callable[[], None]:
    """A function that counts its calls, from any thread, as steps of the work under way now."""
    teller, calls = _current.get(), itertools.count(1)

    def count() -> None:
        if teller is not None:
            teller.count(doing, next(calls), total)

    return count
