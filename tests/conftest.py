"""Fixtures that many tests share: real data sets, a small finished run, and work inside this process."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evenkeel import signing
from evenkeel.runs import Run, find
from evenkeel.store import Store

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
IN_CI = os.environ.get("CI") == "true"
# folders of tests whose modules make runs of their own and share them
SHARING = ("flows", "notebook", "proof")

SMALL_CONFIG = """
name: small
source: {kind: synthetic, generator: moons, rows: 120, ratio: 0.25, params: {noise: 0.2}}
target: {column: target, positive: 1}
model: {kind: logistic}
strategies: [none, smote, random-under, {name: weights, class_weight: balanced}]
baselines: false
folds: 3
"""

TYPED_CONFIG = """
source: {{kind: parquet, path: {path}}}
target: {{column: y, positive: ill}}
id: id
drop: [note]
split: {{column: part}}
model: {{kind: logistic}}
strategies:
  - none
  - random-over
  - smote
  - adasyn
  - tomek-links
  - cluster-centroids
  - smote-enn
  - {{name: few, resample: [smote, random-under], max_rows: 60}}
  - {{name: balanced, model: {{kind: balanced_random_forest, params: {{n_estimators: 5}}}}}}
baselines: false
folds: 3
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of our own."""
    parser.addoption(
        "--whole",
        action="store_true",
        help="compare samplers with imbalanced-learn's on whole tables: an hour or two",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a module that shares whole runs in one worker: else each worker makes these runs."""
    for item in items:
        folder = item.path.relative_to(Path(__file__).parent).parts[0]
        if folder in SHARING and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.fixture
def shared_data() -> Callable[[str], Path]:
    """The path of a real data set; skips where there is none, and fails instead where CI=true."""

    def find_data(name: str) -> Path:
        path = SHARED / name
        if not path.exists():
            reason = f"needs the real data set {name}, which is not at {path}"
            pytest.fail(reason) if IN_CI else pytest.skip(reason)
        return path

    return find_data


@pytest.fixture(scope="session")
def tool() -> Callable[[str], str]:
    """The path of a command that others made; skips where there is none, and fails instead where CI=true."""

    def find_tool(name: str) -> str:
        # what pip has installed lies beside this Python, which need not be on the path
        beside = Path(sys.executable).parent / name
        if found := str(beside) if beside.exists() else shutil.which(name):
            return found
        reason = f"needs the command {name}"
        raise (pytest.fail.Exception if IN_CI else pytest.skip.Exception)(reason)

    return find_tool


@pytest.fixture(autouse=True, scope="session")
def _work_in_this_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Units run in the test's own process: faster for small tables, and the results are the same.

    Runs are signed by a key of the tests' own: that of whoever runs them is none of their business.
    """
    key = tmp_path_factory.mktemp("key") / "key.pem"
    signing.make(key)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVENKEEL_WORKERS", "0")
        patch.setenv(signing.VARIABLE, str(key))
        yield


@pytest.fixture(scope="session")
def small_config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A config that runs in about two seconds."""
    path = tmp_path_factory.mktemp("configs") / "small.yaml"
    path.write_text(SMALL_CONFIG, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def finished_run(small_config: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A finished run; read it, but change nothing: for that there is `run_copy`."""
    from flows.train import train

    root = tmp_path_factory.mktemp("store")
    result = train.fn(str(small_config), str(root))
    return find(Store(root), result["run"])


@pytest.fixture
def run_copy(finished_run: Run, tmp_path: Path) -> Run:
    """A finished run in a store of the test's own."""
    root = tmp_path / "store"
    shutil.copytree(finished_run.store.root, root)
    return find(Store(root), finished_run.name)


@pytest.fixture(scope="session")
def xrayed_run(finished_run: Run, small_config: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The finished run once more, in a store of its own, with an X-ray of SMOTE; change nothing of it."""
    from flows.xray import xray

    root = tmp_path_factory.mktemp("xrayed") / "store"
    shutil.copytree(finished_run.store.root, root)
    return find(Store(root), xray.fn(str(small_config), None, str(root))["run"])


@pytest.fixture(scope="session")
def typed_table() -> pd.DataFrame:
    """Text, whole numbers, dates, truths and gaps; every fourth row is ill, the last 40 are test."""
    rows, rng = 160, np.random.default_rng(0)
    ill = np.arange(rows) % 4 == 0
    frame = pd.DataFrame(
        {
            "id": [f"p#{i}" for i in range(rows)],
            "age": pd.array(rng.integers(20, 60, rows) + 10 * ill, dtype="Int64"),
            "bmi": rng.normal(25, 4, rows).round(2) + 2 * ill,
            "seen": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, rows), unit="D"),
            "city": rng.choice(["Graz", "Linz", "Wien"], rows),
            "smokes": rng.random(rows) < 0.3 + 0.3 * ill,
            "note": [f"said {i}" for i in range(rows)],
            "part": np.where(np.arange(rows) < 120, "train", "test"),
            "y": np.where(ill, "ill", "well"),
        }
    )
    frame.loc[::9, "age"] = pd.NA
    frame.loc[::7, "bmi"] = np.nan
    frame.loc[::11, "city"] = None
    return frame


@pytest.fixture(scope="session")
def typed_run_of() -> Callable[..., Run]:
    """Run a table like `typed_table` in a store of its own below a folder, with overrides of the config."""
    from flows.train import train

    def run_of(frame: pd.DataFrame, folder: Path, *overrides: str) -> Run:
        folder.mkdir(parents=True)
        frame.to_parquet(folder / "people.parquet", index=False)
        config = folder / "people.yaml"
        config.write_text(TYPED_CONFIG.format(path=folder / "people.parquet"), encoding="utf-8")
        done = train.fn(str(config), str(folder / "store"), list(overrides))
        return find(Store(folder / "store"), done["run"])

    return run_of


@pytest.fixture(scope="session")
def typed_run(
    typed_table: pd.DataFrame, typed_run_of: Callable[..., Run], tmp_path_factory: pytest.TempPathFactory
) -> Run:
    """A finished run of a typed table by many strategies; read it, but change nothing."""
    return typed_run_of(typed_table, tmp_path_factory.mktemp("typed") / "run")
