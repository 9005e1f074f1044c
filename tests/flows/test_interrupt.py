"""Long work is seen on a terminal, and whoever asks a command to end is obeyed at once and in order."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evenkeel.runs import Run

PATIENCE = 180
# ten thousand trees for so few rows that nothing is forecast: minutes on any machine
CONFIG = """
source: {kind: synthetic, generator: moons, rows: 600, ratio: 0.5, params: {noise: 0.3}}
target: {column: target, positive: 1}
model: {kind: logistic}
baselines: false
strategies:
  - random-under
  - {name: hard, resample: {sampler: InstanceHardnessThreshold, params: {cv: 100}}}
folds: 2
"""
COMMANDS = {
    "run": ["run", "c.yaml", "--store", "store", "--json"],
    "resample": ["resample", "c.yaml", "-s", "hard", "-o", "made.parquet", "--store", "store", "--json"],
}


# who leads a session and opens a terminal gets it as the one whose Ctrl-C counts; a shell that runs the tests
# in the background has them, and so their children, ignore it
COMMAND = (
    "import os, signal; os.open(os.ttyname(2), os.O_RDWR); "
    "signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from evenkeel.cli import main; main()"
)


class Terminal:
    """A command of evenkeel's in a session and on a terminal of its own; stdout goes to a file."""

    def __init__(self, arguments: list[str], folder: Path, workers: int, before: str = "") -> None:
        self.said = ""
        self._screen, other_end = pty.openpty()
        os.set_blocking(self._screen, False)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT")}
        with (folder / "stdout").open("w") as stdout:
            self.process = subprocess.Popen(
                [sys.executable, "-c", before + COMMAND, *arguments],
                cwd=folder,
                env=kept | {"TERM": "xterm", "COLUMNS": "200", "EVENKEEL_WORKERS": str(workers)},
                stdin=other_end,
                stdout=stdout,
                stderr=other_end,
                start_new_session=True,
            )
        os.close(other_end)

    def wait_for(self, reached: Callable[[], bool]) -> None:
        """Watch the screen until it is so; fail with what is there when patience ends."""
        until = time.monotonic() + PATIENCE
        while not reached():
            self._look()
            if time.monotonic() > until:
                pytest.fail(self.said[-2000:])
        self._look()

    def shows(self, pattern: str) -> bool:
        if self.process.poll() is not None:
            pytest.fail(f"has ended: {self.said[-2000:]}")
        return re.search(pattern, self.said) is not None

    def press_ctrl_c(self) -> None:
        os.write(self._screen, b"\x03")

    def session(self) -> list[int]:
        """All processes of the command's session that still do something."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                state, _, _, session = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(session) == self.process.pid and state not in "ZX":
                found.append(int(entry.name))
        return found

    def close(self) -> None:
        for process in self.session():
            os.kill(process, signal.SIGKILL)
        self.process.wait()
        os.close(self._screen)

    def _look(self) -> None:
        time.sleep(0.05)
        # nothing new, or nobody left who could write
        with contextlib.suppress(OSError):
            self.said += os.read(self._screen, 2**20).decode(errors="replace")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "c.yaml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


@pytest.fixture
def opened() -> Iterator[list[Terminal]]:
    terminals: list[Terminal] = []
    yield terminals
    for terminal in terminals:
        terminal.close()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize(
    ("command", "workers", "number"),
    [("run", 2, signal.SIGINT), ("resample", 1, signal.SIGTERM), ("resample", 0, signal.SIGINT)],
)
def test_a_command_ends_when_asked_and_the_next_goes_on(
    command: str, workers: int, number: signal.Signals, folder: Path, opened: list[Terminal]
) -> None:
    opened.append(terminal := Terminal(COMMANDS[command], folder, workers))
    terminal.wait_for(
        lambda: terminal.shows(r"InstanceHardnessThreshold · \d+ s · \d+% of 10,000 trees grown")
    )
    if number == signal.SIGINT:
        terminal.press_ctrl_c()
    else:
        terminal.process.send_signal(number)
    terminal.wait_for(lambda: terminal.process.poll() is not None)
    assert terminal.process.returncode == 128 + number
    assert "evenkeel: stopped; what was finished is kept for the next run." in terminal.said
    assert "Traceback" not in terminal.said
    terminal.wait_for(lambda: not terminal.session())
    assert json.loads((folder / "stdout").read_text())["status"] == "interrupted"
    assert not (folder / "made.parquet").exists()
    assert not list((folder / "store").rglob("*.tmp")) + list((folder / "store").glob("runs/*"))

    again = ["run", "c.yaml", "--store", "store", "--set", "strategies=[random-under]"]
    opened.append(next_one := Terminal(again, folder, 0))
    next_one.wait_for(lambda: next_one.process.poll() is not None)
    assert next_one.process.returncode == 0
    assert "(as before)" in next_one.said


# a replay that is nowhere near its end
FOREVER = (
    "import time; from evenkeel.proof import batch; do = batch.execution.run; "
    "batch.execution.run = lambda units, labels: do([(time.sleep, (600.0,))] * len(units), labels); "
)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("workers", [0, 2])
def test_a_replay_shows_how_far_it_is_and_ends_when_asked(
    workers: int, run_copy: Run, tmp_path: Path, opened: list[Terminal]
) -> None:
    before = {path: path.read_bytes() for path in run_copy.store.root.rglob("*") if path.is_file()}
    arguments = ["verify", str(run_copy.folder), "--json"]
    opened.append(terminal := Terminal(arguments, tmp_path, workers, FOREVER))
    terminal.wait_for(lambda: terminal.shows(r"replay .*0/33") and terminal.shows("report"))
    terminal.press_ctrl_c()
    terminal.wait_for(lambda: terminal.process.poll() is not None)
    assert terminal.process.returncode == 128 + signal.SIGINT
    assert "evenkeel: stopped; nothing was changed." in terminal.said
    assert "Traceback" not in terminal.said
    terminal.wait_for(lambda: not terminal.session())
    assert json.loads((tmp_path / "stdout").read_text())["status"] == "interrupted"
    assert {p: p.read_bytes() for p in run_copy.store.root.rglob("*") if p.is_file()} == before
