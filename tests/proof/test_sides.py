"""EK018 and EK019: rows on the wrong side are found by name, whatever digests and keys were made to fit."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evenkeel.errors import ConfigError, DataError, StoreError
from evenkeel.ledger import Record
from evenkeel.proof import check_records, verify
from evenkeel.runs import Run, find
from evenkeel.store import Store
from evenkeel.tables import FOLD, ROW_ID

CONFIG = """
source: {{kind: csv, path: {path}}}
target: {{column: y, positive: 1}}
model: {{kind: logistic}}
baselines: false
strategies: [none]
folds: 3
"""


def visits(rows: int, *, seed: int = 0) -> pd.DataFrame:
    """Visits of patients, one in three of them ill, with days; few of the values are equal."""
    rng = np.random.default_rng(seed)
    ill = np.arange(rows) % 3 == 0
    return pd.DataFrame(
        {
            "id": np.arange(rows),
            "patient": [f"p{i}" for i in rng.integers(0, rows // 2, rows)],
            "day": (pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(rows), unit="D")).astype(str),
            "x": rng.integers(0, 12, rows) + 2 * ill,
            "z": rng.integers(0, 12, rows),
            "y": ill.astype(int),
        }
    )


TRIES: dict[str, list[str]] = {
    "groups": ["id=id", "groups=patient", "drop=[day]"],
    "equal": ["id=id", "drop=[day, patient]"],
    "time": ["id=id", "time=day", "drop=[patient]"],
}
RunOf = Callable[..., Run]


@pytest.fixture(scope="session")
def run_of() -> RunOf:
    """Run a table below a folder, in the one store there; runs of one folder have one name."""
    from flows.train import train

    def run(frame: pd.DataFrame, folder: Path, *overrides: str) -> Run:
        folder.mkdir(parents=True, exist_ok=True)
        frame.to_csv(folder / "visits.csv", index=False)
        (folder / "visits.yaml").write_text(CONFIG.format(path=folder / "visits.csv"), encoding="utf-8")
        done = train.fn(str(folder / "visits.yaml"), str(folder / "store"), list(overrides))
        return find(Store(folder / "store"), done["run"])

    return run


@pytest.fixture(scope="session")
def tied(run_of: RunOf, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """A run of every way in which rows are tied; read only."""
    folder = tmp_path_factory.mktemp("tied")
    return {name: run_of(visits(150), folder / name, *said) for name, said in TRIES.items()}


@pytest.fixture(scope="session")
def grown(run_of: RunOf, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Run]:
    """A run, and one that continues it with more rows; read only."""
    folder = tmp_path_factory.mktemp("grown")
    said = ("id=id", "groups=patient", "drop=[day]", "split.continues=latest")
    return run_of(visits(200).iloc[:150], folder, *said), run_of(visits(200), folder, *said)


def split_record(run: Run) -> Record:
    return next(record for record in run.records() if record.step.stage == "split")


def tables(run: Run) -> tuple[pd.DataFrame, pd.DataFrame]:
    outputs = split_record(run).outputs
    return run.store.get_table(outputs["train"]), run.store.get_table(outputs["test"])


def outcome(run: Run, code: str, *, replay: bool = False) -> tuple[str, str]:
    claim = next(claim for claim in verify(run, replay=replay).claims if claim.code == code)
    return claim.outcome, claim.explanation


def copied(run: Run, folder: Path) -> Run:
    shutil.copytree(run.store.root, folder / "store")
    return find(Store(folder / "store"), run.name)


Tables = tuple[pd.DataFrame, pd.DataFrame]


def forged(run: Run, change: Callable[[pd.DataFrame, pd.DataFrame], Tables], **step: Any) -> dict[str, Any]:
    """The claims about the run's records if its split had written other tables, every ref made to fit."""
    old = split_record(run).outputs
    sides = zip(("train", "test"), change(*tables(run)), strict=True)
    new = {old[side].digest: run.store.put_table(frame, side) for side, frame in sides}  # type: ignore[arg-type]

    def swapped(refs: dict[str, Any]) -> dict[str, Any]:
        return {name: new.get(ref.digest, ref) for name, ref in refs.items()}

    records = []
    for record in run.records():
        mine = step if record.step.stage == "split" else {}
        if record.step.stage != "report":
            changed = record.step.model_copy(update={"inputs": swapped(record.step.inputs), **mine})
            records.append(record.model_copy(update={"step": changed, "outputs": swapped(record.outputs)}))
    return {claim["code"]: claim for claim in check_records(run.store, records)}


def moved(frame: pd.DataFrame, rows: Any) -> Callable[[pd.DataFrame, pd.DataFrame], Tables]:
    """Move the test rows that `rows` marks to train."""

    def change(train: pd.DataFrame, test: pd.DataFrame) -> Tables:
        chosen = rows(test)
        both = pd.concat([train, test[chosen]], ignore_index=True)
        return both, test[~chosen].reset_index(drop=True)

    return change


# honest runs


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("groups", "groups are each on one side; "),
        ("equal", "sets of equal rows are each on one side"),
        ("time", "train lasts until 2024-04-29T00:00:00, test begins at 2024-04-30T00:00:00 by 'day'"),
    ],
)
def test_an_honest_run_keeps_together_what_belongs_together(
    tied: dict[str, Run], name: str, words: str
) -> None:
    verdict = {claim.code: claim for claim in verify(tied[name]).claims}
    assert words in verdict["EK018"].explanation
    assert {code for code, claim in verdict.items() if claim.outcome == "failed"} == set()
    assert (verdict["EK019"].outcome, verdict["EK019"].explanation) == (
        "not applicable",
        "the split continues no earlier one",
    )


def test_the_folds_keep_groups_together_too(tied: dict[str, Run]) -> None:
    run = tied["groups"]
    trained = next(record for record in run.records() if record.step.stage == "train")
    folds = run.store.get_table(trained.outputs["out_of_fold"]).set_index(ROW_ID)[FOLD]
    train = tables(run)[0].set_index(ROW_ID)
    assert (folds.loc[train.index].groupby(train["patient"]).nunique() == 1).all()
    assert train["patient"].duplicated().any()


def test_the_folds_keep_equal_rows_together_too(tied: dict[str, Run]) -> None:
    run = tied["equal"]
    trained = next(record for record in run.records() if record.step.stage == "train")
    folds = run.store.get_table(trained.outputs["out_of_fold"]).set_index(ROW_ID)[FOLD]
    train = tables(run)[0].set_index(ROW_ID)
    assert (folds.loc[train.index].groupby([train["x"], train["z"]]).nunique() == 1).all()
    assert train.duplicated(["x", "z"]).any()


@pytest.mark.parametrize("name", TRIES)
def test_what_ties_rows_is_no_feature(tied: dict[str, Run], name: str) -> None:
    facts = split_record(tied[name]).facts
    assert facts["numeric"] == ["x", "z"]
    assert facts["categorical"] == []


def test_a_config_that_ties_nothing_has_nothing_to_show(run_of: RunOf, tmp_path: Path) -> None:
    run = run_of(visits(90), tmp_path, "id=id", "drop=[day, patient]", "split.duplicates=apart")
    assert outcome(run, "EK018") == (
        "not applicable",
        "the config names no groups and no time, and leaves equal rows apart",
    )
    assert split_record(run).facts["duplicates"]["test_rows_in_train"] > 0


# forgeries: the records say what the tables are, and every digest fits


def test_a_group_that_was_torn_is_found(tied: dict[str, Run], tmp_path: Path) -> None:
    run = copied(tied["groups"], tmp_path)
    test = tables(run)[1]
    name = test["patient"][test["patient"].duplicated()].iloc[0]
    claims = forged(run, moved(test, lambda t: (t["patient"] == name) & ~t["patient"].duplicated()))
    assert claims["EK006"]["outcome"] == "passed"
    assert claims["EK018"]["outcome"] == "failed"
    assert "1 groups are on both sides, for example the group of" in claims["EK018"]["explanation"]


def test_equal_rows_on_both_sides_are_found_though_the_config_says_together(
    tied: dict[str, Run], tmp_path: Path
) -> None:
    run = copied(tied["equal"], tmp_path)
    test = tables(run)[1]
    twin = test.index[test.duplicated(["x", "z"])][0]
    claims = forged(run, moved(test, lambda t: t.index == twin))
    assert claims["EK006"]["outcome"] == "passed"
    assert claims["EK018"]["outcome"] == "failed"
    assert "1 sets of equal rows are on both sides" in claims["EK018"]["explanation"]


def test_a_late_row_in_train_is_found(tied: dict[str, Run], tmp_path: Path) -> None:
    run = copied(tied["time"], tmp_path)
    claims = forged(run, moved(tables(run)[1], lambda t: t["day"] == t["day"].max()))
    assert claims["EK006"]["outcome"] == "passed"
    assert claims["EK018"]["outcome"] == "failed"
    assert "29 test rows are not later by 'day' than train" in claims["EK018"]["explanation"]


def test_an_old_test_row_in_train_is_found(grown: tuple[Run, Run], tmp_path: Path) -> None:
    first, second = grown
    run = copied(second, tmp_path)
    old = tables(first)[1]
    alone = old[~old["patient"].duplicated(keep=False)][ROW_ID].iloc[0]
    claims = forged(run, moved(tables(run)[1], lambda t: t[ROW_ID] == alone))
    assert claims["EK006"]["outcome"] == "passed"
    assert claims["EK019"]["outcome"] == "failed"
    assert (
        claims["EK019"]["explanation"]
        == f"1 rows that are test in run {first.name} are train here: ['{alone}']"
    )


def test_a_new_row_of_an_old_test_group_in_train_is_found(grown: tuple[Run, Run], tmp_path: Path) -> None:
    run = copied(grown[1], tmp_path)
    old, test = tables(grown[0])[1], tables(run)[1]
    new = test[test["patient"].isin(old["patient"]) & ~test[ROW_ID].isin(old[ROW_ID])][ROW_ID].iloc[0]
    claims = forged(run, moved(test, lambda t: t[ROW_ID] == new))
    assert (claims["EK006"]["outcome"], claims["EK019"]["outcome"]) == ("passed", "passed")
    assert claims["EK018"]["outcome"] == "failed"
    assert f"that they belong to: ['{new}']" in claims["EK018"]["explanation"]


def test_another_earlier_table_than_the_named_run_recorded_is_found(
    grown: tuple[Run, Run], tmp_path: Path
) -> None:
    run = copied(grown[1], tmp_path)
    inputs = split_record(run).step.inputs
    fewer = run.store.put_table(run.store.get_table(inputs["earlier_test"]).iloc[1:], "test")
    claims = forged(run, lambda *both: both, inputs=inputs | {"earlier_test": fewer})
    assert claims["EK019"]["outcome"] == "failed"
    assert (
        f"earlier_test is {fewer.digest[:12]}, run {grown[0].name} recorded" in claims["EK019"]["explanation"]
    )


@pytest.mark.parametrize("name", ["earlier_train", "earlier_test"])
def test_a_table_that_nobody_made_is_no_input_under_any_other_name(
    grown: tuple[Run, Run], tmp_path: Path, name: str
) -> None:
    run = copied(grown[1], tmp_path)
    inputs = split_record(run).step.inputs
    stray = run.store.put_table(tables(run)[0].iloc[:3], "train")
    claims = forged(run, lambda *both: both, inputs=inputs | {f"{name}s": stray})
    assert claims["EK002"]["outcome"] == "failed"


def test_a_record_that_names_no_earlier_tables_is_found(grown: tuple[Run, Run], tmp_path: Path) -> None:
    run = copied(grown[1], tmp_path)
    table = split_record(run).step.inputs["table"]
    claims = forged(run, lambda *both: both, inputs={"table": table})
    assert claims["EK019"]["outcome"] == "failed"


# runs that continue a split


def test_a_split_that_is_continued_verifies(grown: tuple[Run, Run]) -> None:
    first, second = grown
    assert {c.code for c in verify(second).claims if c.outcome == "failed"} == set()
    facts = split_record(second).facts["continues"]
    assert facts["run"] == first.name
    assert sum(facts["new"].values()) == 50
    told = outcome(second, "EK019")[1]
    assert (
        f"{facts['kept']['train']} train and {facts['kept']['test']} test rows of run {first.name} stayed"
        in told
    )
    for old, new in zip(tables(first), tables(second), strict=True):
        assert set(old[ROW_ID]) <= set(new[ROW_ID])


def test_without_an_earlier_run_there_is_nothing_to_continue(grown: tuple[Run, Run]) -> None:
    assert split_record(grown[0]).facts["continues"]["note"] == "nothing to continue"
    assert outcome(grown[0], "EK019") == (
        "not applicable",
        "there was nothing to continue, says the record",
    )


def test_a_run_verifies_where_the_earlier_one_is_not(grown: tuple[Run, Run], tmp_path: Path) -> None:
    run = copied(grown[1], tmp_path)
    shutil.rmtree(run.folder.parent / grown[0].name)
    assert {c.code for c in verify(run, replay=True).claims if c.outcome == "failed"} == set()
    assert f"{grown[0].name} is not in this store, so its tables are believed" in outcome(run, "EK019")[1]


def test_the_rows_of_before_alone_give_the_same_split_again(run_of: RunOf, tmp_path: Path) -> None:
    said = ("id=[]", "drop=[id, day, patient]", "split.continues=latest")
    first, second = run_of(visits(90), tmp_path, *said), run_of(visits(90), tmp_path, *said)
    assert split_record(first).outputs == split_record(second).outputs
    assert split_record(second).step.parameters["earlier"] == first.name
    assert {c.code for c in verify(second).claims if c.outcome == "failed"} == set()


def test_another_id_than_in_the_earlier_run_is_refused(
    grown: tuple[Run, Run], run_of: RunOf, tmp_path: Path
) -> None:
    shutil.copytree(grown[0].store.root.parent, tmp_path / "here")
    with pytest.raises(
        ConfigError, match=r"known as those of run visits-.*, by \['id'\], got `id: \[\]`\. Next: "
    ):
        run_of(visits(150), tmp_path / "here", "drop=[id, day, patient]", "split.continues=latest")


def test_a_run_that_is_not_there_cannot_be_continued(run_of: RunOf, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="Expected a run, got 'visits-1'"):
        run_of(visits(90), tmp_path, "id=id", "split.continues=visits-1")


@pytest.mark.parametrize("wrong", ["groups=nobody", "time=never"])
def test_a_column_that_is_not_there_is_named(run_of: RunOf, tmp_path: Path, wrong: str) -> None:
    from evenkeel.errors import SourceError

    key, name = wrong.split("=")
    with pytest.raises(SourceError, match=f"`{key}` names column '{name}', which the source has not"):
        run_of(visits(60), tmp_path, wrong)


def test_too_few_groups_of_a_class_stop_the_run_before_the_split(run_of: RunOf, tmp_path: Path) -> None:
    from evenkeel.errors import ValidationStopped

    frame = visits(90)
    frame["patient"] = np.where(frame["y"] == 1, "one", frame["patient"])
    with pytest.raises(ValidationStopped, match=r"class '1' is in 1\. Next: set fewer folds"):
        run_of(frame, tmp_path, "id=id", "groups=patient", "drop=[day]")


def test_a_text_that_is_no_time_stops_the_run(run_of: RunOf, tmp_path: Path) -> None:
    from evenkeel.errors import ValidationStopped

    frame = visits(90)
    frame.loc[3, "day"] = "soon"
    with pytest.raises(ValidationStopped, match=r"got\s+'soon' \(1 of 90 rows\)"):
        run_of(frame, tmp_path, "id=id", "time=day", "drop=[patient]")


def test_equal_rows_that_leave_no_choice_are_explained(run_of: RunOf, tmp_path: Path) -> None:
    frame = visits(90).assign(x=0, z=lambda f: f["y"])
    with pytest.raises(DataError, match=r"`split\.duplicates: apart`"):
        run_of(frame, tmp_path, "id=id", "drop=[patient, day]")
