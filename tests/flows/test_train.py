"""The main flow, as a plain function and on a Prefect server."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evenkeel.errors import ValidationStopped
from evenkeel.proof import verify
from evenkeel.runs import Run, every, find
from evenkeel.store import Store
from flows.train import train

# what a Prefect server says of itself is not ours to mend
PREFECT_NOISE = (
    "ignore::DeprecationWarning",
    "ignore::ResourceWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
)
STAGES = [
    "ingest",
    "validate",
    "split",
    "preprocess",
    "resample",
    "train",
    "decide",
    "evaluate",
    "compare",
    "explain",
    "diagnose",
    "report",
]


def products(run: Run) -> dict[str, str]:
    """The content digests of split, resampled sets and predictions."""
    return {
        f"{record.step.label} {name}": ref.content
        for record in run.records()
        for name, ref in record.outputs.items()
        if ref.content is not None
    }


def reused(run: Run) -> dict[str, bool]:
    return {record.step.label: record.reused for record in run.records()}


def test_every_stage_leaves_a_record_and_the_run_verifies(finished_run: Run) -> None:
    stages = [record.step.stage for record in finished_run.records()]
    assert list(dict.fromkeys(stages)) == STAGES
    assert verify(finished_run).verified


def test_an_unchanged_config_redoes_nothing(small_config: Path, run_copy: Run) -> None:
    again = train.fn(str(small_config), str(run_copy.store.root))
    run = find(run_copy.store, again["run"])
    assert all(reused(run).values())
    assert verify(run).verified


def test_another_operating_point_fits_nothing_again(small_config: Path, run_copy: Run) -> None:
    again = train.fn(str(small_config), str(run_copy.store.root), ["operating_point={recall_at_least: 0.9}"])
    done_again = {
        label.split()[0] for label, old in reused(find(run_copy.store, again["run"])).items() if not old
    }
    assert done_again == {"decide", "evaluate", "compare", "explain", "diagnose", "report"}


def test_two_empty_stores_give_the_same_digests(
    small_config: Path, finished_run: Run, tmp_path: Path
) -> None:
    other = train.fn(str(small_config), str(tmp_path))
    assert products(find(Store(tmp_path), other["run"])) == products(finished_run)


def test_another_seed_gives_another_resampled_set(
    small_config: Path, finished_run: Run, tmp_path: Path
) -> None:
    other = train.fn(str(small_config), str(tmp_path), ["seed=7", "source.params={noise: 0.2}"])
    mine, theirs = products(finished_run), products(find(Store(tmp_path), other["run"]))
    assert mine["resample smote resampled"] != theirs["resample smote resampled"]


def test_a_stopped_run_keeps_its_validation_and_nothing_after_it(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("id,a,y\n" + "".join(f"{i // 2},{i},{i % 2}\n" for i in range(60)), encoding="utf-8")
    config = tmp_path / "c.yaml"
    config.write_text(
        f"source: {{kind: csv, path: {table}}}\ntarget: {{column: y, positive: 1}}\nid: id\n",
        encoding="utf-8",
    )
    with pytest.raises(ValidationStopped, match="ids are unique"):
        train.fn(str(config), str(tmp_path / "store"))
    (run,) = every(Store(tmp_path / "store"))
    assert run.about["status"] == "stopped"
    assert [record.step.stage for record in run.records()] == ["ingest", "validate"]
    assert verify(run).verified


def test_an_infinite_number_stops_the_run(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    rows = (f"{'-inf' if i == 7 else i * 0.5},{i % 2}\n" for i in range(60))
    table.write_text("a,y\n" + "".join(rows), encoding="utf-8")
    config = tmp_path / "c.yaml"
    config.write_text(
        f"source: {{kind: csv, path: {table}}}\ntarget: {{column: y, positive: 1}}\n", encoding="utf-8"
    )
    with pytest.raises(ValidationStopped, match=r"numbers are finite(.|\n)*1 infinite values"):
        train.fn(str(config), str(tmp_path / "store"))
    (run,) = every(Store(tmp_path / "store"))
    assert (run.about["status"], verify(run).verified) == ("stopped", True)


def test_contaminated_ids_stop_the_run(shared_data, tmp_path: Path) -> None:
    table = shared_data("stroke_43660_contaminated/data.csv.gz")
    config = tmp_path / "c.yaml"
    config.write_text(
        f"source: {{kind: csv, path: {table}}}\ntarget: {{column: stroke, positive: 1}}\nid: id\n",
        encoding="utf-8",
    )
    with pytest.raises(ValidationStopped, match="ids are unique") as stopped:
        train.fn(str(config), str(tmp_path / "store"))
    # 260 ids stand twice
    assert "520" in str(stopped.value)


def test_several_classes_go_through_every_stage(tmp_path: Path) -> None:
    config = tmp_path / "c.yaml"
    config.write_text(
        "source: {kind: sklearn, dataset: iris}\ntarget: {column: target}\nmodel: {kind: logistic}\n"
        "strategies: [none, smote]\nbaselines: false\nfolds: 3\n",
        encoding="utf-8",
    )
    result = train.fn(str(config), str(tmp_path / "store"))
    at = result["strategies"]["none"]["test"]["at_operating_point"]
    assert at["threshold"] is None
    assert sum(map(sum, at["matrix"])) == 30
    assert verify(find(Store(tmp_path / "store"), result["run"])).verified


ENSEMBLES = """
name: ensembles
source: {kind: synthetic, generator: moons, rows: 120, ratio: 0.25, params: {noise: 0.2}}
target: {column: target, positive: 1}
model: {kind: logistic}
baselines: false
strategies:
  - none
  - balanced-random-forest
  - {model: {kind: easy_ensemble, params: {n_estimators: 2, sampling_strategy: {"0": 20}}}}
  - rus-boost
  - BalancedBagging
  - {name: spw, scale_pos_weight: balanced}
  - {name: spw-xgboost, scale_pos_weight: 4, model: {kind: xgboost, params: {n_estimators: 5}}}
folds: 3
"""


def test_ensembles_and_the_weight_of_positives_go_through_every_stage_and_verify(tmp_path: Path) -> None:
    config = tmp_path / "c.yaml"
    config.write_text(ENSEMBLES, encoding="utf-8")
    result = train.fn(str(config), str(tmp_path / "store"))
    run = find(Store(tmp_path / "store"), result["run"])
    kinds = {
        record.step.subject: record.step.parameters["model"]
        for record in run.records()
        if record.step.stage == "evaluate"
    }
    assert kinds == {
        "none": "logistic",
        "balanced-random-forest": "balanced_random_forest",
        "easy-ensemble": "easy_ensemble",
        "rus-boost": "rus_boost",
        "balanced-bagging": "balanced_bagging",
        "spw": "logistic",
        "spw-xgboost": "xgboost",
    }
    assert verify(run).verified
    again = train.fn(str(config), str(tmp_path / "store"))
    assert all(reused(find(run.store, again["run"])).values())


def test_a_test_set_of_noise_changes_no_ensemble(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(160, 2)), columns=["a", "b"]).assign(
        id=range(160), y=[int(i % 4 == 0) for i in range(160)], part=["test"] * 40 + ["train"] * 120
    )
    frame["a"] += 2 * frame["y"]
    noise = frame.assign(a=frame["a"].where(frame["part"] == "train", rng.normal(0, 99, 160)))
    found = []
    for number, rows in enumerate((frame, noise)):
        rows.to_csv(tmp_path / f"{number}.csv", index=False)
        config = tmp_path / f"{number}.yaml"
        config.write_text(
            f"source: {{kind: csv, path: {tmp_path / f'{number}.csv'}}}\ntarget: {{column: y, positive: 1}}\n"
            "id: id\nsplit: {column: part}\nfolds: 3\n"
            "strategies: [balanced-random-forest, easy-ensemble, rus-boost, balanced-bagging]\n"
            "baselines: false\n",
            encoding="utf-8",
        )
        run = find(Store(tmp_path / "store"), train.fn(str(config), str(tmp_path / "store"))["run"])
        found.append({label: digest for label, digest in products(run).items() if "out_of_fold" in label})
        # nothing that is fitted depends on the test set, so the second run fits nothing again
        assert all(old == bool(number) for label, old in reused(run).items() if label.startswith("train"))
    assert len(found[0]) == 4
    assert found[0] == found[1]


def test_a_split_by_column_is_taken_as_it_is_and_is_no_feature(shared_data, tmp_path: Path) -> None:
    table = shared_data("zenodo/abalone_19.parquet")
    config = tmp_path / "c.yaml"
    config.write_text(
        f"source: {{kind: parquet, path: {table}}}\ntarget: {{column: target, positive: 1}}\n"
        "model: {kind: logistic}\nstrategies: [none]\nbaselines: false\nfolds: 3\n"
        "split: {column: split, test: test}\n",
        encoding="utf-8",
    )
    train.fn(str(config), str(tmp_path / "store"))
    (run,) = every(Store(tmp_path / "store"))
    split = next(record for record in run.records() if record.step.stage == "split")
    assert "split" not in split.facts["numeric"] + split.facts["categorical"]
    assert set(run.store.get_table(split.outputs["test"])["split"]) == {"test"}
    assert verify(run).verified


@pytest.mark.prefect
@pytest.mark.xdist_group("prefect")
@pytest.mark.filterwarnings(*PREFECT_NOISE)
def test_on_a_server_stages_are_tasks_and_results_are_artifacts(small_config: Path, tmp_path: Path) -> None:
    from prefect.client.orchestration import get_client
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=60):
        result = train(str(small_config), str(tmp_path))
        with get_client(sync_client=True) as client:
            names = {task.name.rsplit("-", 1)[0] for task in client.read_task_runs()}
            states = {task.state_name for task in client.read_task_runs()}
            artifacts = {artifact.key: artifact for artifact in client.read_artifacts()}
    assert names == {*STAGES, "seal"}
    assert states == {"Completed"}
    assert set(artifacts) == {"validation", "class-counts", "comparison", "diagnostics", "verdict", "report"}
    assert "operating_point:" in str(artifacts["verdict"].data)
    assert "report.html" in str(artifacts["report"].data)
    compared = json.loads(str(artifacts["comparison"].data))
    assert [row["strategy"] for row in compared] == list(result["strategies"])
