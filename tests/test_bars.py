"""What is shown during the work: nothing that moves unless on a terminal, and no share that nobody knows."""

from __future__ import annotations

import io

import pytest

from evenkeel import bars, progress
from evenkeel.progress import Work


@pytest.mark.parametrize(
    ("at", "seconds", "text"),
    [
        (Work(("a", "KMeans"), "about 60 s expected"), 38.2, "KMeans · 38 s, about 60 s expected"),
        (Work(("a", "IHT"), "", "trees grown", 125, 500), 130.0, "IHT · 2 min 10 s · 25% of 500 trees grown"),
        (Work(("a", "SMOTEENN", "SMOTE")), 3.0, "SMOTEENN › SMOTE · 3 s"),
        (Work(("a",)), 3.0, "3 s"),
    ],
)
def test_work_is_told_by_its_share_only_where_that_is_known(at: Work, seconds: float, text: str) -> None:
    assert bars.told(at, seconds) == text


def test_elsewhere_than_on_a_terminal_there_is_a_line_per_stage_and_no_more() -> None:
    stream = io.StringIO()
    with bars.shown(stream):
        progress.begin("resample")
        with progress.working("smote", "about 60 s expected"):
            list(progress.slices(10, 1, "rows"))
        progress.advance(1, 1, "smote")
        progress.end("resample", steps=1, reused=0, seconds=1.5)
    assert stream.getvalue() == "  resample         1.5 s\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def drawn(monkeypatch: pytest.MonkeyPatch, long: float) -> str:
    monkeypatch.setattr(bars, "LONG", long)
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    listener = bars._Bars(stream)
    with progress.listening(listener), progress.working("quick-one"), progress.working("SMOTE"):
        listener.bar.refresh()
    listener.close()
    return stream.getvalue()


def test_work_has_a_line_of_its_own_once_it_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "SMOTE" in drawn(monkeypatch, -1.0)
    assert "SMOTE" not in drawn(monkeypatch, 3600.0)


def test_the_clock_runs_for_what_the_note_is_about() -> None:
    line = bars._Line(Work(("a", "KMeans"), "about 60 s expected"), 0.0, 0.0)
    line.hear(Work(("a", "KMeans"), "about 60 s expected", "rows", 1, 2), 50.0)
    assert line.clock == 0.0
    line.hear(Work(("a", "distances to train rows")), 70.0)
    assert (line.began, line.clock) == (0.0, 70.0)
