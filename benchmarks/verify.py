"""A run, the check of its files, and its replay: each a whole process, imports included, in a fresh store.

`verify` fits everything again that the run fitted; it spares validation, Prefect and forecasts.
Usage: python benchmarks/verify.py CONFIG [--set source.path=PATH] [--repeat 3]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time

EVENKEEL = [sys.executable, "-m", "evenkeel.cli"]
STEPS = ("run", "verify --no-replay", "verify")


def main() -> None:
    """Measure and print medians with their ratio to the run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config")
    parser.add_argument("--set", action="append", default=[], help="passed on to the run")
    parser.add_argument("--repeat", type=int, default=1)
    options = parser.parse_args()
    overrides = [word for value in options.set for word in ("--set", value)]
    rounds = [measure(options.config, overrides) for _ in range(options.repeat)]
    medians = [statistics.median(values) for values in zip(*rounds, strict=True)]
    for name, seconds in zip(STEPS, medians, strict=True):
        print(f"{name:20}{seconds:8.1f} s   {seconds / medians[0]:5.2f} of the run")
    print(f"{'imports alone':20}{timed([sys.executable, '-c', 'import evenkeel.proof'])[0]:8.1f} s")


def measure(config: str, overrides: list[str]) -> tuple[float, float, float]:
    """Seconds of the run, of the check of its files, and of its replay, which must verify."""
    with tempfile.TemporaryDirectory() as folder:
        place = ["--store", folder, "--json"]
        run, said = timed([*EVENKEEL, "run", config, *place, *overrides])
        name = json.loads(said)["run"]
        files, _ = timed([*EVENKEEL, "verify", name, "--no-replay", *place])
        replay, _ = timed([*EVENKEEL, "verify", name, *place])
    return run, files, replay


def timed(command: list[str]) -> tuple[float, str]:
    """Wall seconds of a whole process, and what it said."""
    started = time.perf_counter()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return time.perf_counter() - started, done.stdout


if __name__ == "__main__":
    main()
