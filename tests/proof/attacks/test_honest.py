"""No false alarm: honest runs over real tables verify, with every replay.

A few thousand rows of each by default; `--whole` takes the whole tables and some hours.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from evenkeel.proof import verify
from evenkeel.runs import find
from evenkeel.store import Store
from tests.proof.attacks.honest import HONEST, Honest, read, sampled


def config_of(honest: Honest, folder: Path) -> list[str]:
    """What the config says, the cheapest model first, so that others may take its place."""
    parts = [f"name={honest.name}", f"target.column={honest.target}", "model={kind: logistic}", "folds=2"]
    return [*parts, *honest.said]


def run(honest: Honest, frame: pd.DataFrame, folder: Path) -> Any:
    from flows.train import train
    from flows.xray import xray

    config, store = folder / "honest.yaml", str(folder / "store")
    frame.to_parquet(folder / "rows.parquet", index=False)
    config.write_text(f"source: {{kind: parquet, path: {folder / 'rows.parquet'}}}\ntarget: {{column: y}}\n")
    said = config_of(honest, folder)
    if honest.flow == "xray":
        return xray.fn(str(config), None, store, said)
    return train.fn(str(config), store, said)


@pytest.mark.parametrize("honest", HONEST, ids=lambda honest: honest.name)
def test_an_honest_run_verifies(
    honest: Honest, shared_data: Callable[[str], Path], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    frame = read(shared_data(honest.table))
    if not request.config.getoption("--whole"):
        frame = sampled(frame, honest)
    frame = honest.prepare(frame)
    if honest.continued:
        run(honest, frame.iloc[: len(frame) * 3 // 4], tmp_path)
    done = run(honest, frame, tmp_path)
    verdict = verify(find(Store(tmp_path / "store"), done["run"]))
    assert {c.code: c.explanation for c in verdict.claims if c.outcome == "failed"} == {}


def test_there_are_twenty() -> None:
    assert len({honest.name for honest in HONEST}) == len(HONEST) == 20
