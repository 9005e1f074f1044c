"""`evenkeel audit`: exit statuses, one JSON object, and a text that a person can act on."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest

from evenkeel.cli import main
from evenkeel.proof.audit import AUDITS

People = Callable[..., pd.DataFrame]
Halves = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]


class Finished(NamedTuple):
    """What a call of the command line did."""

    status: int
    stdout: str
    stderr: str


@pytest.fixture
def evenkeel(
    people: People,
    halves: Halves,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., Finished]:
    """Call `evenkeel` where honest.csv.gz, leaky.parquet and test.csv lie."""
    train, test = halves(people(400))
    train.to_csv(tmp_path / "honest.csv.gz", index=False)
    pd.concat([train, test[:20]]).to_parquet(tmp_path / "leaky.parquet")
    test.to_csv(tmp_path / "test.csv", index=False)
    test.drop(columns="bmi").to_csv(tmp_path / "narrow.csv", index=False)
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Finished:
        monkeypatch.setattr(sys, "argv", ["evenkeel", *arguments])
        with pytest.raises(SystemExit) as stopped:
            main()
        said = capsys.readouterr()
        return Finished(int(stopped.value.code or 0), said.out, said.err)

    return call


def test_a_leak_exits_4_and_is_told_with_rows_and_the_next_step(evenkeel: Callable[..., Finished]) -> None:
    done = evenkeel("audit", "leaky.parquet", "test.csv", "--target", "y")
    assert done.status == 4
    assert done.stdout.startswith("critical  EKA001  rows of test are in train\n")
    for part in (
        "rows  of test: 0, 1, 2",
        "next  drop these rows",
        "not checked",
        "--time",
        "NOT TO BE TRUSTED",
    ):
        assert part in done.stdout
    assert "Traceback" not in done.stderr


def test_honest_tables_exit_0(evenkeel: Callable[..., Finished]) -> None:
    done = evenkeel("audit", "honest.csv.gz", "test.csv", "--target", "y")
    assert done.status == 0
    assert done.stdout.endswith("0 critical, 0 warning, 1 info: nothing speaks against this test set\n")
    assert all(entry.code in done.stdout for entry in AUDITS)


def test_json_is_one_object_of_the_promised_form(evenkeel: Callable[..., Finished]) -> None:
    done = evenkeel("audit", "leaky.parquet", "test.csv", "--target", "y", "--json")
    told: dict[str, Any] = json.loads(done.stdout)
    assert done.status == 4
    assert list(told) == ["findings", "checked"]
    assert all(list(f) == ["code", "severity", "title", "evidence", "rows"] for f in told["findings"])
    first = told["findings"][0]
    assert (first["code"], first["severity"]) == ("EKA001", "critical")
    assert first["rows"][1] == {"table": "test", "count": 20, "numbers": list(range(20))}
    assert [check["code"] for check in told["checked"]] == [entry.code for entry in AUDITS]


def test_options_reach_the_checks(evenkeel: Callable[..., Finished]) -> None:
    done = evenkeel(
        "audit", "honest.csv.gz", "test.csv", "--target", "y", "--groups", "city", "--time", "age",
        "--ignore", "smokes", "--ignore", "person_id", "--json",
    )  # fmt: skip
    found = {f["code"]: f["severity"] for f in json.loads(done.stdout)["findings"]}
    assert found == {"EKA004": "critical", "EKA005": "critical"}


MISTAKES = [
    (["no.csv", "test.csv", "--target", "y"], "Expected the train table at no.csv"),
    (["honest.csv.gz", "no.parquet", "--target", "y"], "Expected the test table at no.parquet"),
    (["honest.csv.gz", "test.csv", "--target", "glucos"], "Did you mean 'glucose'?"),
    (["honest.csv.gz", "test.csv", "--target", "y", "--groups", "town"], "for groups, got 'town'"),
    (["honest.csv.gz", "narrow.csv", "--target", "y"], "only train has 'bmi'"),
    (["honest.csv.gz", "test.csv", "--target", "glucose"], "2 to 100 classes"),
    (["honest.csv.gz", "test.csv", "--target", "y", "--time", "city"], "Expected dates or numbers in 'city'"),
]


@pytest.mark.parametrize(("arguments", "said"), MISTAKES)
@pytest.mark.parametrize("as_json", [False, True])
def test_a_mistake_exits_2_with_one_message(
    evenkeel: Callable[..., Finished], arguments: list[str], said: str, as_json: bool
) -> None:
    done = evenkeel("audit", *arguments, *(["--json"] if as_json else []))
    assert done.status == 2
    assert said in done.stderr
    assert done.stderr.count("evenkeel: ") == 1
    assert "Traceback" not in done.stderr
    assert json.loads(done.stdout)["status"] == "error" if as_json else done.stdout == ""
