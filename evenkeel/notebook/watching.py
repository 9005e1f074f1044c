"""How far a comparison is: bars on a terminal, one line that moves in a notebook."""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

from evenkeel import bars, progress

# seconds between two changes of what a notebook shows
PAUSE = 0.2


@contextmanager
def shown(stream: TextIO, notes: Sequence[str] = ()) -> Iterator[None]:
    """Show what listeners hear in the notebook if this is one, else on `stream`; `notes` come first."""
    if not in_notebook():
        with bars.shown(stream):
            for note in notes:
                progress.say(note)
            yield
        return
    cell = _Cell()
    try:
        with progress.listening(cell):
            yield
    finally:
        cell.close()


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook; IPython on a terminal is none."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return hasattr(shell, "kernel")


class _Cell(progress.Listener):
    """One line of a cell's output: the stage, how much of it is done, and at last how long it all took."""

    def __init__(self) -> None:
        from IPython.display import HTML, display

        self.html = HTML
        self.began, self.next = time.monotonic(), 0.0
        self.stage, self.what, self.done, self.total = "", "", 0, 0
        self.steps = self.reused = 0
        self.handle: Any = display(self.html(self._text()), display_id=True)

    def begin(self, stage: str) -> None:
        self.stage, self.what, self.done, self.total = stage, "", 0, 0
        self._show()

    def advance(self, done: int, total: int, what: str) -> None:
        self.done, self.total, self.what = done, total, what
        self._show(patient=True)

    def work(self, key: str, at: progress.Work | None) -> None:  # noqa: ARG002 - there is room for one
        if at is not None:
            self.what = " › ".join(at.names)
            self._show(patient=True)

    def end(self, stage: str, *, steps: int, reused: int, seconds: float) -> None:  # noqa: ARG002
        self.steps, self.reused = self.steps + steps, self.reused + reused

    def close(self) -> None:
        seconds = time.monotonic() - self.began
        again = f", {self.reused} of them as before" if self.reused else ""
        self.handle.update(self.html(f"<small>{self.steps} steps in {seconds:.1f} s{again}</small>"))

    def _show(self, *, patient: bool = False) -> None:
        if patient and time.monotonic() < self.next:
            return
        self.next = time.monotonic() + PAUSE
        self.handle.update(self.html(self._text()))

    def _text(self) -> str:
        stage, what = html.escape(self.stage or "starting"), html.escape(self.what)
        share = f' value="{self.done}" max="{self.total}"' if self.total else ""
        count = f"{self.done} of {self.total}" if self.total else ""
        return f'<small>{stage} <progress aria-label="{stage}"{share}></progress> {count} {what}</small>'
