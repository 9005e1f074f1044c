"""Run the README's commands and put their real output under them.

Every ```console block is run, in order, in a folder that looks like a checkout but has data of its own.
`python docs/run_readme.py STROKE_TABLE` writes the README again; a test checks that nothing would change.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
SIGNER = re.compile(r"signed by [0-9a-f]{12}")
KERNEL = re.compile(r"^\S+ +EK016.*$", re.MULTILINE)
RUN_ID = re.compile(r"\b([a-z][a-z-]*)-\d{8}-\d{6}-[0-9a-f]{4}\b")


def checkout(folder: Path, stroke: Path, environment: Path) -> None:
    """Make `folder` look like a checkout whose `.venv` is `environment`."""
    for name in (
        "Makefile",
        "pyproject.toml",
        "constraints.txt",
        "configs",
        "docs",
        "evenkeel",
        "flows",
        "tasks",
    ):
        (folder / name).symlink_to(ROOT / name)
    (folder / ".venv").symlink_to(environment)
    # the environment is there: `make` has nothing to install
    (environment / ".ready").touch()
    (folder / "data").mkdir()
    with gzip.open(stroke) as packed, (folder / "data" / "stroke.csv").open("wb") as plain:
        shutil.copyfileobj(packed, plain)


def replay(text: str, folder: Path) -> str:
    """`text` with the output of every command as it is now."""
    return BLOCK.sub(lambda match: f"```console\n{_block(match[1], folder)}```", text)


def comparable(text: str) -> str:
    """`text` without what differs from run to run and between machines: run ids, keys, and Landlock."""
    return KERNEL.sub("EK016", SIGNER.sub("signed by KEY", RUN_ID.sub(r"\1-RUN", text)))


def _block(block: str, folder: Path) -> str:
    commands = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    return "".join(f"$ {command}\n{_output(command, folder)}" for command in commands)


def _output(command: str, folder: Path) -> str:
    settings = {
        name: value for name, value in os.environ.items() if not name.startswith(("EVENKEEL", "PREFECT"))
    }
    # a key of its own
    settings["XDG_CONFIG_HOME"] = str(folder / ".config")
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=settings,
        capture_output=True,
        text=True,
    )
    if done.returncode not in (0, 4):
        raise RuntimeError(f"{command} ended with {done.returncode}:\n{done.stderr}")
    # make shows the command that it runs
    return "".join(
        f"{line}\n" for line in done.stdout.splitlines() if not line.startswith(("make", ".venv/bin/"))
    )


def main() -> None:
    """Write the README again."""
    readme = ROOT / "README.md"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        checkout(folder, Path(sys.argv[1]), Path(sys.prefix))
        readme.write_text(replay(readme.read_text(encoding="utf-8"), folder), encoding="utf-8")


if __name__ == "__main__":
    main()
