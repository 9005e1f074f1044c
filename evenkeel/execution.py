"""Where units of work run: a pool of local processes, one thread each.

The pool is made on first use and serves the whole run. `EVENKEEL_WORKERS` sets its size; 0 runs every
unit in this process, one after the other, with the same results.
"""

from __future__ import annotations

import atexit
import multiprocessing
import multiprocessing.forkserver
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from evenkeel.errors import EvenkeelError

# a function of a module, and its arguments: both must be small, because they travel to a worker
Unit = tuple[Callable[..., Any], tuple[Any, ...]]

# never fork: this process has threads (Prefect's, Arrow's), which a fork would leave in odd states
METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
PRELOAD = ["evenkeel.units"]

_pool: ProcessPoolExecutor | None = None


def workers() -> int:
    """How many processes work: one per core that this process may use, unless EVENKEEL_WORKERS says."""
    if (given := os.environ.get("EVENKEEL_WORKERS")) is not None:
        if not given.isdigit():
            raise EvenkeelError(f"Expected EVENKEEL_WORKERS to be a number of processes, got {given!r}.")
        return int(given)
    # fewer than the machine has where this process is confined, for example in a container
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def warm() -> None:
    """Begin the workers' imports now, so that they overlap with reading and validation; does not wait."""
    if workers() and METHOD == "forkserver":
        multiprocessing.get_context(METHOD).set_forkserver_preload(PRELOAD)
        multiprocessing.forkserver.ensure_running()


def run(units: Sequence[Unit]) -> Iterator[tuple[int, Any]]:
    """Do every unit; yields (position, result) as they are done, begun in the order given.

    The first error stops what has not begun, and is raised here.
    """
    if not workers():
        yield from ((i, function(*arguments)) for i, (function, arguments) in enumerate(units))
        return
    pool = _the_pool()
    futures: dict[Future[Any], int] = {pool.submit(f, *args): i for i, (f, args) in enumerate(units)}
    try:
        for future in as_completed(futures):
            yield futures[future], future.result()
    except BrokenProcessPool as error:
        stop()
        raise EvenkeelError(
            "A worker process died, most likely for want of memory. What was finished is kept. "
            "Next: run again with EVENKEEL_WORKERS=1, or on fewer rows."
        ) from error
    finally:
        for future in futures:
            future.cancel()


def stop(*, wait: bool = True) -> None:
    """End the workers; what has not begun is dropped, and without `wait` what has begun as well."""
    global _pool
    if _pool is not None:
        workers_now = list((_pool._processes or {}).values())
        _pool.shutdown(wait=wait, cancel_futures=True)
        if not wait:
            for process in workers_now:
                process.terminate()
        _pool = None


def _the_pool() -> ProcessPoolExecutor:
    global _pool
    if _pool is None:
        warm()
        context = multiprocessing.get_context(METHOD)
        _pool = ProcessPoolExecutor(workers(), mp_context=context, initializer=_begin)
        atexit.register(stop)
    return _pool


def _begin() -> None:
    # Ctrl-C is for the parent, which then ends its workers in order
    signal.signal(signal.SIGINT, signal.SIG_IGN)
