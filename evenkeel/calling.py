"""How a flow is called, by the command line and from notebooks alike: quietly, and without a server.

A Prefect server that is configured (PREFECT_API_URL) watches the same stages; they give the same results.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evenkeel.errors import EvenkeelError

# seen from the working directory
DEFAULT_STORE = Path("data/store")
# names another one
STORE_VARIABLE = "EVENKEEL_STORE"


def default_store() -> Path:
    """The folder that EVENKEEL_STORE names, or `data/store` in the working directory."""
    return Path(os.environ.get(STORE_VARIABLE) or DEFAULT_STORE)


def quiet_prefect() -> None:
    """To be called before Prefect is imported: no telemetry."""
    os.environ.setdefault("DO_NOT_TRACK", "1")


def result_of(flow: Any, *arguments: Any) -> Any:
    """What the flow gives; `EvenkeelError` where the configured Prefect server does not answer."""
    try:
        return _watched(flow)(*arguments)
    except RuntimeError as error:
        if "Failed to reach API" not in str(error):
            raise
        raise EvenkeelError(
            f"Expected a Prefect server where PREFECT_API_URL says, got no answer: {error} "
            f"Next: start it (prefect server start), or unset PREFECT_API_URL to run without one."
        ) from error


@contextlib.contextmanager
def ending_workers() -> Iterator[None]:
    """Inside the block workers end with the work, where it does not end well."""
    from evenkeel.execution import stop

    try:
        yield
    except BaseException:
        stop(wait=False)
        raise


def _watched(flow: Any) -> Any:
    """The flow itself where a Prefect server is configured to watch it, a plain function otherwise."""
    from prefect.settings import PREFECT_API_URL

    if not PREFECT_API_URL.value():
        return flow.fn
    for name in ("prefect.flow_runs", "prefect.task_runs"):
        logging.getLogger(name).addFilter(_without_traceback)
    return flow


def _without_traceback(record: logging.LogRecord) -> bool:
    """A user's mistake never shows a traceback, on Prefect's log as little as on ours."""
    if record.exc_info and isinstance(record.exc_info[1], EvenkeelError):
        record.exc_info = None
        record.exc_text = None
    return True
