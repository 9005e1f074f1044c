"""The README's Prefect commands, as they stand: server, work pool, deployment, worker, and a finished run."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from evenkeel.proof import verify
from evenkeel.runs import every
from evenkeel.store import Store

ROOT = Path(__file__).parents[2]
PATIENCE = 180


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with what a deployment needs, and a data folder of its own."""
    for name in ("configs", "evenkeel", "flows", "tasks", "prefect.yaml"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


@pytest.fixture
def terminals() -> list[str]:
    """What the README types into the first terminal, and into the second."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("## Schedule it")[1]
    return re.findall(r"```sh\n(.*?)```", section, re.DOTALL)


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def settings(tmp_path: Path, free_port: int) -> dict[str, str]:
    """An environment of the test's own: nothing of the user's Prefect is read or changed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT", "EVENKEEL"))}
    return kept | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "PREFECT_SERVER_API_PORT": str(free_port),
        "PREFECT_WORKER_QUERY_SECONDS": "2",
    }


@contextmanager
def terminal(
    script: str, folder: Path, settings: dict[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a script in a process group of its own, and end the whole group."""
    with log.open("w") as out:
        process = subprocess.Popen(
            ["bash", "-e", "-c", script],
            cwd=folder,
            env=settings,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.mark.prefect
@pytest.mark.xdist_group("prefect")
def test_the_readme_deploys_and_a_worker_runs_it(
    terminals: list[str], checkout: Path, settings: dict[str, str], free_port: int
) -> None:
    first, second = terminals[0], terminals[1].replace("4200", str(free_port))
    log = checkout / "worker.log"
    with terminal(first, checkout, settings, checkout / "server.log") as server:
        wait_for(lambda: answers(free_port), server, checkout / "server.log")
        with terminal(second, checkout, settings, log) as worker:
            wait_for(lambda: bool(every(Store(checkout / "data" / "store"))), worker, log)
    (run,) = every(Store(checkout / "data" / "store"))
    assert run.about["name"] == "quickstart"
    assert verify(run).verified


def answers(port: int) -> bool:
    """Whether the server is there."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/api/health").status_code == 200
    except httpx.TransportError:
        return False


def wait_for(reached: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    """Poll until it is so; fail with the log when the process ends or patience does."""
    for _ in range(PATIENCE):
        if reached():
            return
        if process.poll() is not None:
            break
        time.sleep(1)
    pytest.fail(log.read_text(encoding="utf-8")[-3000:])
