"""Execution: the same results in any number of processes, and an error that is heard."""

from __future__ import annotations

import operator
import os
from collections.abc import Iterator

import pytest

from evenkeel import execution
from evenkeel.errors import EvenkeelError


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
