"""Fixtures that many tests share: real data sets, a small finished run, and work inside this process."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evenkeel.runs import Run, find
from evenkeel.store import Store

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
IN_CI = os.environ.get("CI") == "true"

SMALL_CONFIG = """
name: small
source: {kind: synthetic, generator: moons, rows: 120, ratio: 0.25, params: {noise: 0.2}}
target: {column: target, positive: 1}
model: {kind: logistic}
strategies: [none, smote, random-under, {name: weights, class_weight: balanced}]
folds: 3
"""


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


@pytest.fixture(autouse=True, scope="session")
def _work_in_this_process() -> Iterator[None]:
    """Units run in the test's own process: faster for small tables, and the results are the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVENKEEL_WORKERS", "0")
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
