"""`evenkeel resample`: the resampled train set of one strategy as a file, and nothing of the test set."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from evenkeel import progress
from evenkeel.config import load
from evenkeel.errors import ConfigError, DataError, EvenkeelError
from evenkeel.resampling.lineage import PROVENANCE
from evenkeel.runs import every
from evenkeel.store import Store
from evenkeel.tables import ROW_ID
from flows.resample import resample
from flows.train import train

ROWS = [
    {"id": i, "age": 20 + i * 7 % 60, "wage": i * 1.37 % 9, "town": "abc"[i % 3], "sick": int(i % 8 == 0)}
    for i in range(240)
]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    pd.DataFrame(ROWS).to_csv(tmp_path / "t.csv", index=False)
    path = tmp_path / "c.yaml"
    path.write_text(
        f"""
source: {{kind: csv, path: {tmp_path / "t.csv"}}}
target: {{column: sick, positive: 1}}
id: id
model: {{kind: logistic}}
baselines: false
strategies: [none, smote, {{name: few, resample: random-over, max_rows: 200}}]
folds: 3
"""
    )
    return path


def written(config: Path, strategy: str, name: str = "out.parquet") -> pd.DataFrame:
    output = config.parent / name
    resample.fn(str(config), strategy, str(output), str(config.parent / "store"))
    return pd.read_parquet(output) if name.endswith(".parquet") else pd.read_csv(output)


def test_the_file_is_the_set_that_a_run_trains_on(config: Path) -> None:
    store = config.parent / "store"
    train.fn(str(config), str(store))
    (run,) = every(Store(store))
    (ref,) = (r.outputs["resampled"] for r in run.records() if r.step.label == "resample smote")
    pd.testing.assert_frame_equal(written(config, "smote"), Store(store).get_table(ref))


def test_it_holds_train_rows_and_their_offspring_alone(config: Path) -> None:
    made = written(config, "smote")
    source = pd.DataFrame(ROWS)
    assert list(made.columns) == [ROW_ID, *source.columns, *PROVENANCE]
    assert made[list(source.columns)].dtypes.equals(source.astype({"town": "str"}).dtypes)
    known = set(made.loc[made["__origin__"].notna(), "__origin__"])
    assert 0 < len(known) < len(source)
    assert set(made["__parent_1__"].dropna()) | set(made["__parent_2__"].dropna()) <= known


def test_a_sampler_need_not_be_in_the_config(config: Path) -> None:
    assert set(written(config, "adasyn")["__sampler__"].dropna()) == {"ADASYN"}


def test_a_limit_on_rows_holds(config: Path) -> None:
    assert len(written(config, "few")) == 200


@pytest.mark.parametrize("name", ["out.csv", "out.csv.gz"])
def test_text_formats_hold_the_same_rows(config: Path, name: str) -> None:
    pd.testing.assert_series_equal(written(config, "smote", name)["age"], written(config, "smote")["age"])


def test_an_unknown_strategy_is_answered_with_a_suggestion(config: Path) -> None:
    with pytest.raises(ConfigError, match="Did you mean 'smote'"):
        written(config, "smotee")


@pytest.mark.parametrize(("name", "text"), [("out.xlsx", "ends in"), ("none/out.csv", "Expected a folder")])
def test_a_file_that_cannot_be_written_is_refused_before_the_work(config: Path, name: str, text: str) -> None:
    with pytest.raises(EvenkeelError, match=text):
        written(config, "smote", name)
    assert not (config.parent / "store").exists()


def test_a_run_that_would_not_fit_in_memory_stops_with_advice(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENKEEL_MEMORY", "10kB")
    with pytest.raises(DataError, match=r"Strategy '.*' would make .* Next: .*max_rows"):
        train.fn(str(config), str(config.parent / "store"))
    assert [r for r in every(Store(config.parent / "store")) if r.about["status"] == "completed"] == []


def test_costs_are_said_before_the_work_and_only_for_new_work(config: Path) -> None:
    class Heard(progress.Listener):
        def __init__(self) -> None:
            self.lines: list[str] = []

        def say(self, text: str) -> None:
            self.lines.append(text)

    first, second = Heard(), Heard()
    for heard in (first, second):
        with progress.listening(heard):
            train.fn(str(config), str(config.parent / "store"))
    # what the test set can tell is said every time; then a warning that this process is not isolated
    power, isolation, *costs = first.lines
    assert "recall is known to" in power
    assert "no isolation" in isolation
    assert len(costs) == len([s for s in load(config).strategies if s.resample])
    assert all("rows" in line for line in costs)
    assert second.lines == [power]
