"""The runs that are attacked, as small as they can be; each is made once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from evenkeel.runs import Run, find
from evenkeel.store import Store

if TYPE_CHECKING:
    from tests.proof.conftest import Forger

TABLE = """
source: {{kind: csv, path: {path}}}
target: {{column: y, positive: 1}}
id: id
model: {{kind: logistic}}
baselines: false
strategies: [none]
folds: 2
"""


def visits(rows: int) -> pd.DataFrame:
    """Visits of patients, one in three of them ill."""
    rng = np.random.default_rng(0)
    ill = np.arange(rows) % 3 == 0
    x, z = rng.integers(0, 12, rows) + 2 * ill, rng.integers(0, 12, rows)
    patients = [f"p{i}" for i in rng.integers(0, rows // 2, rows)]
    return pd.DataFrame({"id": np.arange(rows), "patient": patients, "x": x, "z": z, "y": ill.astype(int)})


class Runs:
    """Runs by name, made when they are first asked for."""

    def __init__(self, folder: Path, config: Path, typed: Callable[[Path], Run]) -> None:
        self.folder, self.config, self.typed = folder, config, typed
        self.made: dict[str, Run] = {}

    def __getitem__(self, name: str) -> Run:
        if name not in self.made:
            self.made[name] = getattr(self, f"_{name}")(self.folder / name)
        return self.made[name]

    def _of(self, config: Path, store: Path, *said: str) -> Run:
        from flows.train import train

        return find(Store(store), train.fn(str(config), str(store), list(said))["run"])

    def _plain(self, folder: Path) -> Run:
        return self._of(self.config, folder, "strategies=[none, smote]", "folds=2")

    def _spoiled(self, folder: Path) -> Run:
        return self._of(self.config, folder, "strategies=[none]", "folds=2")

    def _boosted(self, folder: Path) -> Run:
        model = "model={kind: xgboost, params: {n_estimators: 5}}"
        return self._of(self.config, folder, model, "strategies=[none]", "folds=2")

    def _twice(self, folder: Path) -> Run:
        said = ("strategies=[none, smote]", "folds=2")
        self._of(self.config, folder, "split.seed=1", *said)
        return self._of(self.config, folder, "split.seed=2", *said)

    def _typed(self, folder: Path) -> Run:
        return self.typed(folder)

    def _equal(self, folder: Path) -> Run:
        return self._visits(folder, 120, "drop=[patient]")

    def _grown(self, folder: Path) -> Run:
        said = ("groups=patient", "split.continues=latest")
        self._visits(folder, 120, *said)
        return self._visits(folder, 160, *said)

    def _visits(self, folder: Path, rows: int, *said: str) -> Run:
        folder.mkdir(exist_ok=True)
        visits(160).iloc[:rows].to_csv(folder / "visits.csv", index=False)
        (folder / "visits.yaml").write_text(TABLE.format(path=folder / "visits.csv"), encoding="utf-8")
        return self._of(folder / "visits.yaml", folder / "store", *said)


@pytest.fixture(scope="session")
def attacked(
    small_config: Path,
    typed_table: pd.DataFrame,
    typed_run_of: Callable[..., Run],
    tmp_path_factory: pytest.TempPathFactory,
) -> Runs:
    # a city that train does not have
    cities = typed_table["city"].mask(typed_table.index >= 150, "Ischl")

    def typed(folder: Path) -> Run:
        return typed_run_of(typed_table.assign(city=cities), folder, "strategies=[none]", "folds=2")

    return Runs(tmp_path_factory.mktemp("attacked"), small_config, typed)


@pytest.fixture
def forger_on(attacked: Runs, tmp_path: Path, forger_of: Callable[[Run], Forger]) -> Callable[[str], Forger]:
    """A forger with a copy of the run of that name."""

    def forger(name: str) -> Forger:
        run = attacked[name]
        shutil.copytree(run.store.root, tmp_path / "store")
        return forger_of(find(Store(tmp_path / "store"), run.name))

    return forger
