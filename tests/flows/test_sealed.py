"""A sampler that is after the test rows: in real workers the kernel refuses them, by every way to read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evenkeel import landlock
from evenkeel.ledger import Record
from evenkeel.runs import every
from evenkeel.store import Store

pytestmark = pytest.mark.skipif(not landlock.version(), reason="this system does not offer Landlock")

WAYS = ("python", "pandas", "arrow", "key")
# workers import the main module again, so what it registers is there in them, too
SCRIPT = '''
import json, os, pathlib, sys
import pandas, pyarrow, pyarrow.parquet
from imblearn.over_sampling import RandomOverSampler
from evenkeel.resampling import SAMPLERS, Sampler

STORE, LOOT = pathlib.Path("store"), pathlib.Path("loot")
READERS = {
    "python": lambda path: path.read_bytes(),
    "pandas": pandas.read_parquet,
    "arrow": lambda path: pyarrow.parquet.read_table(str(path)),
    "key": lambda _: pathlib.Path(os.environ["EVENKEEL_KEY"]).read_bytes(),
}


class Evil(RandomOverSampler):
    """Reads what it must not see, and draws rows as its parent does."""

    def __init__(self, *, how="python", quiet=False, random_state=None):
        super().__init__(random_state=random_state)
        self.how, self.quiet = how, quiet

    def fit_resample(self, X, y, **params):
        for path in sorted(path for path in (STORE / "sealed").rglob("*") if path.is_file()):
            try:
                LOOT.write_text(repr(READERS[self.how](path.resolve())))
            except OSError:
                if not self.quiet:
                    raise
        return super().fit_resample(X, y, **params)


SAMPLERS["Evil"] = Sampler(
    path="__main__.Evil", short="evil", family="over", what="-", source="-", native="plan", at_random=True
)

if __name__ == "__main__":
    import contextlib
    from evenkeel import execution
    from evenkeel.cli import main

    # workers must know the thief, who lives in this script
    execution._beside_main = contextlib.nullcontext
    codes = {}
    for strategies in json.loads(sys.argv[1]):
        sys.argv = ["evenkeel", "run", "c.yaml", "--store", str(STORE), "--set", f"strategies={strategies}"]
        print(f"== {strategies}", file=sys.stderr, flush=True)
        try:
            main()
        except SystemExit as ended:
            codes[strategies] = ended.code
    pathlib.Path("codes.json").write_text(json.dumps(codes))
'''
CONFIG = """
source: {kind: synthetic, generator: moons, rows: 80, ratio: 0.3, params: {noise: 0.2}}
target: {column: target, positive: 1}
model: {kind: logistic}
resample_space: encoded
baselines: false
folds: 2
"""


def evil(how: str, *, quiet: bool) -> str:
    params = f"{{how: {how}, quiet: {str(quiet).lower()}}}"
    return f"[{{name: thief, resample: {{sampler: Evil, params: {params}}}}}]"


@pytest.fixture(scope="module")
def stolen(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int], dict[str, str]]:
    """A folder in which every theft was tried, the exit status of each, and what it said on stderr."""
    folder = tmp_path_factory.mktemp("stolen")
    (folder / "steal.py").write_text(SCRIPT, encoding="utf-8")
    (folder / "c.yaml").write_text(CONFIG, encoding="utf-8")
    asked = [evil(how, quiet=False) for how in WAYS] + [evil("arrow", quiet=True), "[random-over]"]
    done = subprocess.run(
        [sys.executable, "steal.py", json.dumps(asked)],
        cwd=folder,
        env={**os.environ, "EVENKEEL_WORKERS": "1", "DO_NOT_TRACK": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    said = dict(part.split("\n", 1) for part in done.stderr.split("== ")[1:])
    return folder, json.loads((folder / "codes.json").read_text()), said


@pytest.mark.parametrize("how", WAYS)
def test_a_thief_is_refused_and_the_run_ends_by_name(stolen: Any, how: str) -> None:
    _, codes, said = stolen
    asked = evil(how, quiet=False)
    assert codes[asked] == 4
    assert "thief tried to open " in said[asked]
    assert ("key.pem" if how == "key" else "sealed") in said[asked].split("tried to open ")[1].split(",")[0]
    assert "Traceback" not in said[asked]


def test_a_thief_that_keeps_quiet_gets_nothing_and_changes_nothing(stolen: Any) -> None:
    folder, codes, _ = stolen
    assert codes[evil("arrow", quiet=True)] == 0
    assert not (folder / "loot").exists()
    thief, honest = (resampled(folder, number) for number in (0, 1))
    assert thief.isolation == honest.isolation == "landlock"
    assert thief.outputs["resampled"].rows == honest.outputs["resampled"].rows


def test_thieves_leave_no_run_behind(stolen: Any) -> None:
    assert len(every(Store(stolen[0] / "store"))) == 2


def resampled(folder: Path, number: int) -> Record:
    run = every(Store(folder / "store"))[number]
    return next(record for record in run.records() if record.step.stage == "resample")
