"""How far a comparison is, shown in a notebook: one line that moves, and nothing of it on stderr."""

from __future__ import annotations

import sys
import types

import pytest

from evenkeel import progress
from evenkeel.notebook import watching


class _Handle:
    def __init__(self) -> None:
        self.shown: list[str] = []

    def update(self, html: str) -> None:
        self.shown.append(html)


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> _Handle:
    """What a notebook's kernel has of IPython, as far as it is asked for."""
    handle = _Handle()
    shown = types.ModuleType("IPython.display")
    shown.HTML = str  # type: ignore[attr-defined]
    shown.display = lambda html, display_id: handle.update(html) or handle  # type: ignore[attr-defined]
    module = types.ModuleType("IPython")
    module.display = shown  # type: ignore[attr-defined]
    module.get_ipython = lambda: types.SimpleNamespace(kernel=object())  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", module)
    monkeypatch.setitem(sys.modules, "IPython.display", shown)
    return handle


def test_a_notebook_shows_one_line_that_moves(kernel: _Handle, capsys: pytest.CaptureFixture[str]) -> None:
    with watching.shown(sys.stderr, ["a note"]):
        progress.begin("train")
        progress.advance(1, 4, "<b>")
        progress.begin("evaluate")
        progress.end("evaluate", steps=2, reused=1, seconds=1.0)
    assert capsys.readouterr().err == ""
    assert "starting" in kernel.shown[0]
    assert "train <progress" in kernel.shown[1]
    assert "2 steps in" in kernel.shown[-1]
    assert "1 of them as before" in kernel.shown[-1]
    assert "<b>" not in "".join(kernel.shown)


def test_ipython_on_a_terminal_is_no_notebook(kernel: _Handle, monkeypatch: pytest.MonkeyPatch) -> None:
    assert watching.in_notebook()
    monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: object())
    assert not watching.in_notebook()
    monkeypatch.delitem(sys.modules, "IPython")
    assert not watching.in_notebook()
