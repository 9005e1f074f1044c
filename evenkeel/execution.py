"""Where units of work run: a pool of local processes, one thread each.

The pool is made on first use and serves the whole run. `EVENKEEL_WORKERS` sets its size; 0 runs every
unit in this process, one after the other, with the same results. What units say about their progress is
heard here, wherever they run. Workers end with this process, however it ends.

Workers may be sealed: then the kernel forbids them to open the files that hold what they must not see.
"""

from __future__ import annotations

import atexit
import contextlib
import multiprocessing
import multiprocessing.forkserver
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection, resource_tracker
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from evenkeel import landlock, progress
from evenkeel.errors import EvenkeelError, SealBroken
from evenkeel.landlock import Isolation
from evenkeel.wire import Sender, Wire

# a function of a module, and its arguments: both must be small, because they travel to a worker
Unit = tuple[Callable[..., Any], tuple[Any, ...]]

# the files and folders that workers must not open
Seal = tuple[str, ...]

# never fork: this process has threads (Prefect's, Arrow's), which a fork would leave in odd states
METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
PRELOAD = ["evenkeel.units"]
# seconds between two looks at what workers say, where somebody listens
TICK = 0.2
# seconds that a worker has to tidy up when it is told to end; in compiled code it hears nothing
GRACE = 0.5


class Label(NamedTuple):
    """What a person calls a unit, and a note on what is expected of it."""

    name: str
    note: str = ""


class _Pool(NamedTuple):
    executor: ProcessPoolExecutor
    wire: Wire
    seal: Seal


_pool: _Pool | None = None
# in a worker: where it sends what it has to say
_sender: Sender | None = None


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
    if not workers() or METHOD != "forkserver":
        return
    multiprocessing.get_context(METHOD).set_forkserver_preload(PRELOAD)
    # on its own start the tracker would unblock what is blocked here
    resource_tracker.ensure_running()
    # Ctrl-C is for this process, which then ends its workers in order; they are born deaf to it
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        multiprocessing.forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def isolation(seal: Seal) -> Isolation:
    """What keeps units that run with `seal` from the files it names: a worker has tried to open them."""
    if not seal or not workers() or not landlock.version():
        return "none"
    with _beside_main():
        asked = _the_pool(seal).executor.submit(_openable, seal)
    openable: list[str] = asked.result()
    if openable:
        raise SealBroken(
            f"A sealed worker could open {openable}. Next: this is a defect; the run stops here."
        )
    return "landlock"


def run(
    units: Sequence[Unit], labels: Sequence[Label] | None = None, *, seal: Seal = ()
) -> Iterator[tuple[int, Any]]:
    """Do every unit; yields (position, result) as they are done, begun in the order given.

    `labels` are what listeners hear the units called. The first error stops what has not begun, and is
    raised here. A unit that tries to open what `seal` forbids is a `SealBroken`, where the kernel can tell.
    """
    called = [None] * len(units) if labels is None else labels
    if not workers():
        yield from ((i, _do(called[i], *unit)) for i, unit in enumerate(units))
        return
    pool, do = _the_pool(seal), _do_and_tell if progress.is_heard() else _do
    with _beside_main():
        futures: dict[Future[Any], int] = {
            pool.executor.submit(do, called[i], *unit): i for i, unit in enumerate(units)
        }
    try:
        for future in _as_done(futures, pool.wire):
            yield futures[future], _result(future, seal, called[futures[future]])
    except BrokenProcessPool as error:
        stop()
        raise EvenkeelError(
            "A worker process died, most likely for want of memory. What was finished is kept. "
            "Next: run again with EVENKEEL_WORKERS=1, or on fewer rows."
        ) from error
    finally:
        for future in futures:
            future.cancel()
        pool.wire.hush()


@contextlib.contextmanager
def _beside_main() -> Iterator[None]:
    """Inside the block processes are begun that do not import the script which began them.

    Units are functions of modules. A script of a few lines that compares strategies, without the guard that
    multiprocessing asks for, would begin again in every worker.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def stop(*, wait: bool = True) -> None:
    """End the workers; what has not begun is dropped, and without `wait` what has begun as well."""
    global _pool
    if _pool is None:
        return
    (executor, wire, _), _pool = _pool, None
    begun = list((executor._processes or {}).values())
    manager: Any = executor._executor_manager_thread
    executor.shutdown(wait=wait, cancel_futures=True)
    if not wait:
        _end(begun)
        # at exit the interpreter writes to this thread's pipe, which it may be closing just then
        if manager is not None:
            manager.join(GRACE)
    wire.close()


def _as_done(futures: Sequence[Future[Any]] | dict[Future[Any], int], wire: Wire) -> Iterator[Future[Any]]:
    """Each future when it is done; meanwhile listeners hear what the workers say."""
    left = set(futures)
    while left:
        done, left = wait(left, TICK if progress.is_heard() else None, FIRST_COMPLETED)
        wire.relay()
        yield from done


def _result(future: Future[Any], seal: Seal, label: Label | None) -> Any:
    try:
        return future.result()
    except Exception as error:
        if touched := _touched(error, seal):
            name = label.name if label else "A unit of work"
            raise SealBroken(
                f"{name} tried to open {touched}, which it must not see: only evaluation reads test rows. "
                f"The kernel refused it; the run stops here. Next: remove what opens files while it fits."
            ) from error
        raise


def _touched(error: BaseException, seal: Seal) -> str | None:
    """The sealed path that the system refused to open, if that is what `error` is about."""
    found: BaseException | None = error
    while found is not None:
        # Arrow names the file in its text alone; of a worker's causes only the text has come over
        refused = isinstance(found, PermissionError) or "PermissionError" in str(found)
        if refused and (path := next((path for path in seal if path in str(found)), None)):
            return path
        found = found.__cause__ or found.__context__
    return None


def _openable(seal: Seal) -> list[str]:
    """In a worker: which of the sealed files it can open all the same."""
    files = [found for path in map(Path, seal) for found in ([path] if path.is_file() else path.rglob("*"))]
    return [str(path) for path in files if path.is_file() and _opens(path)]


def _opens(path: Path) -> bool:
    try:
        path.open("rb").close()
    except (PermissionError, FileNotFoundError):
        # what another run was writing a moment ago may be gone, under this name
        return False
    return True


def _end(processes: Sequence[BaseProcess]) -> None:
    """Ask processes to end, and soon see to it."""
    for process in processes:
        process.terminate()
    left, until = {process.sentinel for process in processes}, time.monotonic() + GRACE
    while left and (patience := until - time.monotonic()) > 0:
        left.difference_update(connection.wait(left, patience))
    for process in processes:
        if process.sentinel in left:
            process.kill()


def _do(label: Label | None, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    if label is None:
        return function(*arguments)
    with progress.working(*label):
        return function(*arguments)


def _do_and_tell(label: Label | None, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """As `_do`, in a worker whose parent has listeners."""
    assert _sender is not None, "a worker has begun"
    with progress.listening(_sender):
        return _do(label, function, arguments)


def _the_pool(seal: Seal) -> _Pool:
    global _pool
    if _pool is not None and _pool.seal != seal:
        # what the kernel was told stands for as long as a process lives
        stop()
    if _pool is None:
        warm()
        context = multiprocessing.get_context(METHOD)
        wire = Wire(context)
        executor = ProcessPoolExecutor(
            workers(), mp_context=context, initializer=_begin, initargs=(wire.writer, seal)
        )
        _pool = _Pool(executor, wire, seal)
        atexit.register(stop)
    return _pool


def _begin(writer: connection.Connection, seal: Seal) -> None:
    """Make a worker of this process."""
    global _sender
    if seal:
        # before there is any other thread
        landlock.forbid(seal)
    _sender = Sender(writer)
    # see `warm`; without a fork server it has not been done
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # an exception, so that a file that is being written is removed
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None, "a worker has a parent"
    connection.wait([parent.sentinel])
    os._exit(1)
