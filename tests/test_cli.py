"""The command line: exit statuses, one JSON object on stdout, one clear message for a mistake."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from evenkeel.cli import main
from evenkeel.runs import Run

Cli = Callable[..., "Finished"]


class Finished(NamedTuple):
    """What a call of the command line did."""

    returncode: int
    stdout: str
    stderr: str


# five columns: a number, a text, a date, a bool, and one positive in ten
ROWS = "\n".join(
    f"{i * 0.37 % 5:.3f},{'xyz'[i % 3]},2024-01-{1 + i % 28:02},{i % 2 == 0},{int(i % 10 == 0)}"
    for i in range(300)
)
TABLE = "a,b,c,d,y\n" + ROWS + "\n"
CONFIG = """
source: {kind: csv, path: t.csv}
target: {column: y, positive: 1}
model: {params: {n_estimators: 5}}
baselines: false
strategies: [none, smote]
folds: 3
"""


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Call `evenkeel`, in this process, in a folder that holds t.csv and c.yaml."""
    (tmp_path / "t.csv").write_text(TABLE, encoding="utf-8")
    (tmp_path / "c.yaml").write_text(CONFIG, encoding="utf-8")

    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Finished:
        monkeypatch.setattr(sys, "argv", ["evenkeel", *arguments])
        with pytest.raises(SystemExit) as stopped:
            main()
        said = capsys.readouterr()
        return Finished(int(stopped.value.code or 0), said.out, said.err)

    return call


FORTY = "strategies=[{name: s, resample: {sampler: SMOTE, params: {k_neighbors: 40}}}]"
MISTAKES: dict[str, tuple[str, str, list[str], str]] = {
    "missing file": ("", "", ["--set", "source.path=no.csv"], "Expected a file at no.csv"),
    "empty file": ("t.csv", "", [], "got an empty file"),
    "header only": ("t.csv", "a,y\n", [], "got 0 rows"),
    "target absent": ("", "", ["--set", "target.column=yy"], "`target.column` names column 'yy'"),
    "one class": ("t.csv", "a,y\n" + "1.5,1\n" * 50, [], "at least two classes"),
    "positive absent": ("", "", ["--set", "target.positive=2"], "Expected '2' (`target.positive`)"),
    "unknown sampler": ("", "", ["--set", "strategies=[smot]"], "Did you mean 'smote'?"),
    "unknown sampler parameter": (
        "",
        "",
        ["--set", "strategies=[{name: s, resample: {sampler: SMOTE, params: {k_neigbors: 3}}}]"],
        "Did you mean 'k_neighbors'?",
    ),
    "fewer minority rows than neighbours": (
        "",
        "",
        ["--set", FORTY, "--set", "resample_space=encoded"],
        "Expected at least 41 rows of class '1' for SMOTE with k_neighbors=40, got 16",
    ),
    "fewer minority rows than neighbours of a strict run": (
        "",
        "",
        ["--set", FORTY, "--set", "strict=true"],
        "Expected at least 41 rows of class '1' for k_neighbors=40, got 24 rows. Next: set k_neighbors to 23",
    ),
    "a limit of one row": ("", "", ["--set", "max_rows=1"], "max_rows: Input should be greater than or"),
    "an unknown space": ("", "", ["--set", "resample_space=x"], "should be 'native' or 'encoded'"),
    "not a mapping": ("c.yaml", "- a\n- b\n", [], "to be a YAML mapping"),
    "empty config": ("c.yaml", "", [], "to be a YAML mapping"),
    "unknown key": ("", "", ["--set", "strategys=[none]"], "Did you mean 'strategies'?"),
    "unknown model parameter": (
        "",
        "",
        ["--set", "model.params={lerning_rate: 1}"],
        "Did you mean 'learning_rate'?",
    ),
    "impossible model parameter": (
        "",
        "",
        ["--set", "model.params={max_depth: deep}"],
        "Model xgboost could not",
    ),
    "unknown column": ("", "", ["--set", "drop=[bb]"], "`drop` names column 'bb'"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_one_message_exit_2_and_nothing_half_written(
    mistake: str, cli: Cli, tmp_path: Path
) -> None:
    file, content, arguments, message = MISTAKES[mistake]
    if file:
        (tmp_path / file).write_text(content, encoding="utf-8")
    done = cli("run", "c.yaml", "--store", "store", *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("evenkeel: ") == 1
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not list((tmp_path / "store").rglob("*.tmp")) + list((tmp_path / "store").glob("runs/*"))


def test_a_wrong_encoding_is_named(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"a,y\ncaf\xe9,1\nb,0\n")
    done = cli("run", "c.yaml", "--store", "store")
    assert (done.returncode, "0xe9" in done.stderr, "latin-1" in done.stderr) == (2, True, True)


def test_run_json_is_one_object_with_the_promised_keys(cli: Cli) -> None:
    done = cli("run", "c.yaml", "--store", "store", "--json")
    result = json.loads(done.stdout)
    assert {"run", "status", "report", "certificate", "recommended", "strategies", "timings"} <= set(result)
    assert list(result["strategies"]) == ["none", "smote"]
    one = result["strategies"]["smote"]
    assert set(one) == {"train_counts", "cv", "test"}
    assert set(one["cv"]["roc_auc"]) == {"mean", "low", "high"}
    assert {"tn", "fp", "fn", "tp"} <= set(one["test"]["at_half"])
    assert set(one["test"]["at_operating_point"]) == {"threshold", "tn", "fp", "fn", "tp"}
    assert Path(result["report"]).is_file()
    assert Path(result["certificate"]).is_file()


def test_a_mistake_with_json_is_one_object_too(cli: Cli) -> None:
    done = cli("run", "no.yaml", "--json")
    assert json.loads(done.stdout)["status"] == "error"
    assert done.returncode == 2


def test_a_failed_gate_exits_3_and_can_be_shown(cli: Cli) -> None:
    done = cli("run", "c.yaml", "--store", "store", "--set", "folds=30", "--json")
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    stopped = json.loads(done.stdout)
    shown = cli("show", stopped["run"], "--store", "store", "--json")
    assert stopped["status"] == json.loads(shown.stdout)["status"] == "stopped"
    assert json.loads(shown.stdout)["checks"][0]["check"] == "enough rows per class"
    refused = cli("show", stopped["run"], "--store", "store", "--config")
    assert (refused.returncode, "which stopped before" in refused.stderr) == (2, True)


def test_a_user_suite_stops_with_the_check_the_column_and_the_rows(cli: Cli) -> None:
    suite = "[{expect: column_values_to_be_between, column: a, max_value: 4, severity: critical}]"
    done = cli("run", "c.yaml", "--store", "store", "--set", f"validation={suite}")
    assert done.returncode == 3
    for part in ("expect", "column    a", "observed", "rows"):
        assert part in done.stderr


def test_verify_exits_4_when_a_byte_changed_and_says_where(cli: Cli, run_copy: Run) -> None:
    store = str(run_copy.store.root)
    assert cli("verify", "latest", "--store", store).returncode == 0
    with (run_copy.folder / "report.html").open("ab") as page:
        page.write(b"x")
    done = cli("verify", "latest", "--store", store)
    assert done.returncode == 4
    assert "FAIL EK001" in done.stdout
    assert "changed: report.html" in done.stdout


def test_verify_needs_neither_prefect_nor_great_expectations(run_copy: Run, tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules.update(dict.fromkeys(['prefect', 'great_expectations', 'flows', 'tasks']));"
        "from evenkeel.cli import main; main()"
    )
    command = [sys.executable, "-c", code, "verify", str(run_copy.folder), "--json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    verdict = json.loads(done.stdout)
    assert verdict["verified"] is True
    assert [claim["code"] for claim in verdict["claims"]] == sorted(
        claim["code"] for claim in verdict["claims"]
    )


def test_off_a_terminal_verify_says_its_verdict_and_nothing_else(cli: Cli, run_copy: Run) -> None:
    done = cli("verify", str(run_copy.folder), "--json")
    assert json.loads(done.stdout)["verified"] is True
    assert done.stderr == ""


def test_without_replay_the_replayed_claims_are_not_applicable(cli: Cli, run_copy: Run) -> None:
    done = cli("verify", str(run_copy.folder), "--no-replay", "--json")
    outcomes = {claim["code"]: claim["outcome"] for claim in json.loads(done.stdout)["claims"]}
    assert outcomes["EK001"] == "passed"
    assert outcomes["EK008"] == "not applicable"


def test_runs_are_listed_and_found_by_a_prefix(cli: Cli, run_copy: Run) -> None:
    store = str(run_copy.store.root)
    listed = json.loads(cli("runs", "--store", store, "--json").stdout)["runs"]
    assert [run["run"] for run in listed] == [run_copy.name]
    assert cli("report", run_copy.name[:-2], "--store", store).stdout.strip().endswith("report.html")
    assert "none" in cli("show", "small", "--store", store).stdout
    assert "operating_point:\n  threshold:" in cli("show", "small", "--store", store, "--config").stdout


def test_an_unknown_run_names_those_that_are_there(cli: Cli, run_copy: Run) -> None:
    done = cli("verify", "nope", "--store", str(run_copy.store.root))
    assert done.returncode == 2
    assert run_copy.name in done.stderr


@pytest.mark.parametrize(("command", "key"), [("samplers", "samplers"), ("models", "models")])
def test_tables_are_listed(cli: Cli, command: str, key: str) -> None:
    assert json.loads(cli(command, "--json").stdout)[key]
    assert cli(command).returncode == 0


def test_the_models_that_balance_their_own_bags_say_so(cli: Cli) -> None:
    listed = {row["kind"]: row["balances"] for row in json.loads(cli("models", "--json").stdout)["models"]}
    assert [kind for kind, balances in listed.items() if balances] == [
        "balanced_random_forest",
        "easy_ensemble",
        "rus_boost",
        "balanced_bagging",
    ]
    assert cli("models").stdout.count("its own bags") == 4


def test_the_schema_is_a_json_schema(cli: Cli) -> None:
    schema = json.loads(cli("schema").stdout)
    assert {"source", "target"} <= set(schema["required"])


def test_a_resampled_set_is_written_and_told_as_one_object(cli: Cli, tmp_path: Path) -> None:
    done = cli("resample", "c.yaml", "--strategy", "smote", "-o", "made.parquet", "--store", "s", "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 0
    assert (tmp_path / "made.parquet").is_file()
    assert told["output"] == "made.parquet"
    assert told["rows"] == sum(told["counts"].values())
    assert told["made"]["synthetic"] > 0


def test_a_resampled_set_is_told_in_words(cli: Cli) -> None:
    done = cli("resample", "c.yaml", "-s", "smote", "-o", "made.csv", "--store", "s")
    assert done.returncode == 0
    assert "synthetic" in done.stdout
    assert done.stdout.endswith("written to made.csv\n")


def test_a_strategy_that_there_is_not_is_the_users_to_mend(cli: Cli, tmp_path: Path) -> None:
    done = cli("resample", "c.yaml", "-s", "smoth", "-o", "made.csv", "--store", "s")
    assert done.returncode == 2
    assert "Did you mean 'smote'?" in done.stderr
    assert not (tmp_path / "made.csv").exists()


def test_an_xray_is_one_object_or_a_table_and_a_sentence(cli: Cli) -> None:
    told = cli("xray", "c.yaml", "--json", "--strategy", "random-over")
    assert told.returncode == 0, told.stderr
    found = json.loads(told.stdout)
    assert found["xray"]["strategy"] == "random-over"
    assert [line["name"] for line in found["xray"]["lines"]][:2] == ["honest", "resample-before-split"]
    assert {"run", "status", "report", "certificate", "strategies", "timings"} <= set(found)
    text = cli("xray", "c.yaml", "-s", "random-over").stdout
    assert text.startswith("random-over on the 240 train rows in 3 folds; the test set is not looked at here")
    for line in found["xray"]["lines"]:
        assert line["name"] in text
    assert found["xray"]["sentence"] in text
    assert f"{found['xray']['lines'][1]['too_good']['roc_auc']:+.3f}" in text


def test_an_xray_of_what_resamples_nothing_is_the_users_to_mend(cli: Cli) -> None:
    said = cli("xray", "c.yaml", "-s", "none")
    assert said.returncode == 2
    assert "Expected a strategy that resamples, got 'none'" in said.stderr
