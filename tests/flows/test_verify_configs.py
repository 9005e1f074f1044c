"""Whatever a config may say, an honest run of it verifies: the page and the records follow from its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenkeel.proof import verify
from evenkeel.runs import find
from evenkeel.store import Store
from flows.train import train

ROOT = Path(__file__).parents[2]

# keys out of order, numbers as keys, nested samplers: all that JSON writes in its own way
UNORDERLY = """
source: {kind: synthetic, ratio: 0.2, rows: 200, generator: moons, params: {noise: 0.3}}
target: {positive: 1, column: target}
model: {kind: xgboost, params: {n_estimators: 8, max_depth: 3, learning_rate: 0.2}}
validation: [{severity: warning, expect: column_values_to_be_between, max_value: 9, column: x0}]
operating_point: {precision_at_least: 0.999}
baselines: false
strategies:
  - none
  - {name: zeta, class_weight: {1: 5, 0: 1}}
  - name: counts
    resample: {sampler: SMOTE, params: {sampling_strategy: {1: 90}, k_neighbors: 3}}
  - name: nested
    resample: {sampler: SMOTEENN, params: {smote: {sampler: SMOTE, params: {sampling_strategy: 0.7}}}}
  - name: alpha
    resample: [{sampler: random-under, params: {sampling_strategy: 0.5}}, tomek-links]
folds: 3
"""


@pytest.fixture
def unorderly(tmp_path: Path) -> Path:
    path = tmp_path / "unorderly.yaml"
    path.write_text(UNORDERLY, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["quickstart", "moons", "blobs"])
def test_a_config_of_ours_verifies(name: str, tmp_path: Path) -> None:
    small = ["model.kind=logistic", "model.params={}", "folds=2"]
    result = train.fn(str(ROOT / "configs" / f"{name}.yaml"), str(tmp_path), small)
    failed = [
        claim for claim in verify(find(Store(tmp_path), result["run"])).claims if claim.outcome == "failed"
    ]
    assert not failed


def test_an_unorderly_config_verifies(unorderly: Path, tmp_path: Path) -> None:
    result = train.fn(str(unorderly), str(tmp_path / "store"))
    run = find(Store(tmp_path / "store"), result["run"])
    failed = [claim for claim in verify(run).claims if claim.outcome == "failed"]
    assert not failed
    assert list(result["strategies"]) == ["none", "zeta", "counts", "nested", "alpha"]


@pytest.mark.parametrize(
    "wrong", ["drop=[nope]", "categorical=[nope]", "target.column=nope", "target.positive=7"]
)
def test_a_wrong_column_is_named_whether_or_not_the_rows_are_known_already(
    wrong: str, small_config: Path, tmp_path: Path
) -> None:
    from evenkeel.errors import EvenkeelError

    store = str(tmp_path / "store")
    train.fn(str(small_config), store, ["strategies=[none]"])
    with pytest.raises(EvenkeelError, match=r"nope|'7'") as known:
        train.fn(str(small_config), store, [wrong])
    with pytest.raises(EvenkeelError) as unknown:
        train.fn(str(small_config), str(tmp_path / "other"), [wrong])
    assert str(known.value) == str(unknown.value)
    assert known.value.exit_status == 2


def test_a_split_that_leaves_a_side_without_positives_is_refused(tmp_path: Path) -> None:
    from evenkeel.errors import DataError

    table, config = tmp_path / "t.csv", tmp_path / "c.yaml"
    rows = [f"{i},{int(i < 20)},{'test' if i >= 80 else 'train'}" for i in range(100)]
    table.write_text("a,y,fold\n" + "\n".join(rows), encoding="utf-8")
    config.write_text(
        f"source: {{kind: csv, path: {table}}}\ntarget: {{column: y, positive: 1}}\n"
        "strategies: [none]\nbaselines: false\n"
        "split: {column: fold, test: test}\n",
        encoding="utf-8",
    )
    with pytest.raises(DataError, match="1 test row of class '1'"):
        train.fn(str(config), str(tmp_path / "store"))
