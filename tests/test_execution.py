"""Execution: the same results in any number of processes, and an error that is heard."""

from __future__ import annotations

import operator
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from evenkeel import execution, progress
from evenkeel.errors import EvenkeelError
from evenkeel.execution import Label
from evenkeel.progress import Work


@pytest.fixture
def two_workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("EVENKEEL_WORKERS", "2")
    yield
    execution.stop()


def test_without_workers_units_run_here_one_after_the_other() -> None:
    units = [(os.getpid, ()), (operator.add, (1, 2))]
    assert list(execution.run(units)) == [(0, os.getpid()), (1, 3)]


def test_results_come_with_the_position_of_their_unit(two_workers: None) -> None:
    units = [(operator.mul, (n, n)) for n in range(8)]
    assert dict(execution.run(units)) == {n: n * n for n in range(8)}


def test_the_pool_is_made_of_other_processes_and_ends_when_told(two_workers: None) -> None:
    ((_, worker),) = execution.run([(os.getpid, ())])
    assert worker != os.getpid()
    execution.stop()
    ((_, another),) = execution.run([(os.getpid, ())])
    assert another not in (worker, os.getpid())


def test_an_error_of_a_unit_is_raised_as_it_is(two_workers: None) -> None:
    with pytest.raises(ZeroDivisionError):
        list(execution.run([(operator.truediv, (1, 0))]))
    assert dict(execution.run([(operator.add, (1, 1))])) == {0: 2}


def test_here_the_first_error_stops_what_has_not_begun() -> None:
    begun: list[int] = []
    units = [(begun.append, (1,)), (operator.truediv, (1, 0)), (begun.append, (2,))]
    with pytest.raises(ZeroDivisionError):
        list(execution.run(units))
    assert begun == [1]


def test_a_worker_that_dies_is_an_error_for_a_person_and_the_next_run_works(two_workers: None) -> None:
    with pytest.raises(EvenkeelError, match=r"worker process died.*Next: .*EVENKEEL_WORKERS=1"):
        list(execution.run([(os._exit, (1,))]))
    assert dict(execution.run([(operator.add, (1, 1))])) == {0: 2}


@pytest.mark.parametrize("text", ["two", "-1", "1.5", ""])
def test_a_number_of_workers_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("EVENKEEL_WORKERS", text)
    with pytest.raises(EvenkeelError, match="EVENKEEL_WORKERS"):
        execution.workers()


def test_by_default_every_core_of_this_process_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EVENKEEL_WORKERS")
    assert 1 <= execution.workers() <= (os.cpu_count() or 1)


def test_no_units_are_no_work(two_workers: None) -> None:
    assert list(execution.run([])) == []


class Heard(progress.Listener):
    def __init__(self) -> None:
        self.told: list[tuple[str, Work | None]] = []

    def work(self, key: str, at: Work | None) -> None:
        self.told.append((key, at))


@pytest.mark.parametrize("processes", ["0", "2"])
def test_listeners_hear_of_labelled_units_wherever_they_run(
    monkeypatch: pytest.MonkeyPatch, processes: str
) -> None:
    monkeypatch.setenv("EVENKEEL_WORKERS", processes)
    try:
        with progress.listening(heard := Heard()):
            list(execution.run([(time.sleep, (0.5,))], [Label("nap", "about 1 s expected")]))
            list(execution.run([(time.sleep, (0.0,))]))
    finally:
        execution.stop()
    keys = {key for key, _ in heard.told}
    assert [at for _, at in heard.told] == [Work(("nap",), "about 1 s expected"), None]
    assert keys.pop().startswith(f"{os.getpid()}.") == (processes == "0")


def test_a_worker_that_dies_leaves_no_work_open(two_workers: None) -> None:
    with progress.listening(heard := Heard()), pytest.raises(EvenkeelError, match="worker process died"):
        list(execution.run([(os._exit, (1,))], [Label("doomed")]))
    assert len([at for _, at in heard.told if at]) == len([at for _, at in heard.told if at is None])


def test_workers_end_at_once_when_they_are_not_waited_for(two_workers: None) -> None:
    ((_, worker),) = execution.run([(os.getpid, ())])
    left = execution.run([(operator.add, (1, 1)), (time.sleep, (3600,))])
    assert next(left) == (0, 2)
    execution.stop(wait=False)
    assert is_gone(worker)


ORPHANS = """
import os, time
from evenkeel import execution
((_, worker),) = execution.run([(os.getpid, ())])
print(worker, flush=True)
list(execution.run([(time.sleep, (3600,))]))
"""


def test_workers_end_with_a_process_that_is_killed() -> None:
    environment = os.environ | {"EVENKEEL_WORKERS": "1"}
    command = [sys.executable, "-c", ORPHANS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        worker = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
    assert is_gone(worker)


def is_gone(process: int) -> bool:
    """Whether a process ends within a minute; what is left for a parent to read counts as gone."""
    for _ in range(600):
        try:
            with open(f"/proc/{process}/stat") as file:  # noqa: PTH123
                if file.read().rpartition(")")[2].split()[0] == "Z":
                    return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.1)
    return False
