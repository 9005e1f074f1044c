"""What the command line shows while it works: a line per finished stage, and what moves on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from evenkeel import progress

if TYPE_CHECKING:
    from rich.progress import Progress, Task, TaskID

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


class _Bars(_Lines):
    """A line per finished stage, a bar for the one that runs, and a line for each long piece of its work."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self.bar, self.works = _progress(stream)
        self.bar.start()
        self.stage = self.bar.add_task("", total=None, what="")
        self.tasks: dict[str, TaskID] = {}

    def begin(self, stage: str) -> None:
        self.bar.reset(self.stage, description=stage, total=None, what="")

    def advance(self, done: int, total: int, what: str) -> None:
        self.bar.update(self.stage, completed=done, total=total, what=what)

    def work(self, key: str, at: progress.Work | None) -> None:
        if at is None:
            self.works.remove_task(self.tasks.pop(key))
            return
        if key not in self.tasks:
            self.tasks[key] = self.works.add_task(at.names[0], at=at)
        self.works.update(self.tasks[key], completed=at.done, total=at.total or None, at=at)

    def say(self, text: str) -> None:
        self.bar.console.print(f"  {text}", highlight=False, markup=False)

    def end(self, stage: str, *, steps: int, reused: int, seconds: float) -> None:
        self.bar.console.print(_stage_line(stage, steps, reused, seconds), highlight=False)

    def close(self) -> None:
        self.bar.stop()


def _progress(stream: TextIO) -> tuple[Progress, Progress]:
    """The bar of the stage, which shows below itself what is in the second: the work."""
    from rich.console import Console, RenderableType
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn
    from rich.progress import TimeElapsedColumn as Elapsed
    from rich.text import Text

    class Told(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(told(task.fields["at"], task.elapsed or 0.0), no_wrap=True, overflow="ellipsis")

    class Stage(Progress):
        def get_renderables(self) -> Iterator[RenderableType]:
            yield self.make_tasks_table(self.tasks)
            yield works.make_tasks_table(_long(works.tasks))

    console = Console(file=stream)
    works = Progress(TextColumn("    {task.description}"), BarColumn(20), Told(), console=console)
    columns = TextColumn("{task.description:11}"), BarColumn(), MofNCompleteColumn(), Elapsed()
    return Stage(*columns, TextColumn("{task.fields[what]}"), console=console, transient=True), works


def told(at: progress.Work, seconds: float) -> str:
    """A piece of work in words: what it is, for how long, and how far it is if that is known."""
    spent = f"{seconds:.0f} s" if seconds < 120 else f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
    share = f"{at.done / at.total:.0%} of {at.total:,} {at.doing}" if at.total else ""
    what = " › ".join(at.names[1:])
    return " · ".join(filter(None, [what, ", ".join(filter(None, [spent, at.note])), share]))


def _long(tasks: list[Task]) -> list[Task]:
    return sorted((t for t in tasks if (t.elapsed or 0) > LONG), key=lambda t: -(t.elapsed or 0))[:MOST]


def _stage_line(stage: str, steps: int, reused: int, seconds: float) -> str:
    again = "" if not reused else "  (as before)" if reused == steps else f"  ({reused} of {steps} as before)"
    return f"  {stage:11} {seconds:8.1f} s{again}"
