"""What the command line shows while it works: a line per finished stage, and what moves on a terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from evenkeel import progress

if TYPE_CHECKING:
    from rich.progress import Progress
    from rich.table import Table

# seconds from which work has a line of its own
LONG = 2.0
# lines of work: those that have been at it for longest
MOST = 8


@contextmanager
def shown(stream: TextIO) -> Iterator[None]:
    """Tell `stream` of the stages; on a terminal, and only there, of what goes on as well."""
    listener = _Bars(stream) if stream.isatty() else _Lines(stream)
    try:
        with progress.listening(listener):
            yield
    finally:
        listener.close()


class _Lines(progress.Listener):
    """One line per stage."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def say(self, text: str) -> None:
        print(f"  {text}", file=self.stream, flush=True)

    def end(self, stage: str, *, steps: int, reused: int, seconds: float) -> None:
        print(_stage_line(stage, steps, reused, seconds), file=self.stream, flush=True)

    def close(self) -> None:
        pass


@dataclass
class _Line:
    """A piece of work, since when it goes on, and since when that of which its note speaks."""

    at: progress.Work
    began: float
    clock: float

    def hear(self, at: progress.Work, now: float) -> None:
        if at.note != self.at.note:
            self.clock = now
        self.at = at


class _Bars(_Lines):
    """A line per finished stage, a bar for the one that runs, and a line for each long piece of its work."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self.works: dict[str, _Line] = {}
        self.bar = _progress(stream, self.works)
        self.bar.start()
        self.stage = self.bar.add_task("", total=None, what="")

    def begin(self, stage: str) -> None:
        # a reset would keep the last stage's total
        self.bar.remove_task(self.stage)
        self.stage = self.bar.add_task(stage, total=None, what="")

    def advance(self, done: int, total: int, what: str) -> None:
        self.bar.update(self.stage, completed=done, total=total, what=what)

    def work(self, key: str, at: progress.Work | None) -> None:
        now = time.monotonic()
        if at is None:
            self.works.pop(key, None)
        else:
            self.works.setdefault(key, _Line(at, now, now)).hear(at, now)

    def say(self, text: str) -> None:
        self.bar.console.print(f"  {text}", highlight=False, markup=False)

    def end(self, stage: str, *, steps: int, reused: int, seconds: float) -> None:
        self.bar.console.print(_stage_line(stage, steps, reused, seconds), highlight=False)

    def close(self) -> None:
        self.bar.stop()


def _progress(stream: TextIO, works: Mapping[str, _Line]) -> Progress:
    """The bar of the stage, which shows what is in `works` below itself."""
    from rich.console import Console, RenderableType
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    class Stage(Progress):
        def get_renderables(self) -> Iterator[RenderableType]:
            yield self.make_tasks_table(self.tasks)
            yield _table(list(works.values()), time.monotonic())

    columns = TextColumn("{task.description:11}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    what = TextColumn("{task.fields[what]}")
    return Stage(*columns, what, console=Console(file=stream), transient=True)


def _table(works: Sequence[_Line], now: float) -> Table:
    """Long work: whose it is, a bar that moves or says how far it is, and the rest in words."""
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 1))
    long = sorted((line for line in works if now - line.began > LONG), key=lambda line: line.began)
    for line in long[:MOST]:
        total = line.at.total or None
        bar = ProgressBar(total, line.at.done, width=20, pulse=total is None, animation_time=now)
        words = Text(told(line.at, now - line.clock), no_wrap=True, overflow="ellipsis")
        table.add_row(Text(f"    {line.at.names[0]}", no_wrap=True), bar, words)
    return table


def told(at: progress.Work, seconds: float) -> str:
    """A piece of work in words: what it is, for how long, and how far it is if that is known."""
    spent = f"{seconds:.0f} s" if seconds < 120 else f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
    share = f"{at.done / at.total:.0%} of {at.total:,} {at.doing}" if at.total else ""
    what = " › ".join(at.names[1:])
    return " · ".join(filter(None, [what, ", ".join(filter(None, [spent, at.note])), share]))


def _stage_line(stage: str, steps: int, reused: int, seconds: float) -> str:
    again = "" if not reused else "  (as before)" if reused == steps else f"  ({reused} of {steps} as before)"
    return f"  {stage:11} {seconds:8.1f} s{again}"
