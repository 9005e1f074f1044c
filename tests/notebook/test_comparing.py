"""`compare` gives what `evenkeel run` gives, from a frame, and shows it without trusting the data."""

from __future__ import annotations

import datetime
import html
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import evenkeel
from evenkeel import Comparison, compare, progress
from evenkeel.cli import main
from evenkeel.errors import (
    ConfigError,
    DataError,
    EvenkeelError,
    SourceError,
    StoreError,
    ValidationStopped,
)
from evenkeel.evaluation import calibration
from evenkeel.notebook import frames, keywords
from evenkeel.runs import every
from evenkeel.store import Store

ROOT = Path(__file__).parents[2]
QUICK: dict[str, Any] = {
    "strategies": ["none", "smote"],
    "model": {"kind": "logistic"},
    "folds": 3,
    "baselines": False,
}


def table(rows: int = 160) -> pd.DataFrame:
    """Numbers of three decimals, a text and a bool, gaps; every fifth row is positive."""
    rng = np.random.default_rng(0)
    y = (np.arange(rows) % 5 == 0).astype(int)
    frame = pd.DataFrame(
        {
            "a": rng.normal(size=rows).round(3) + y,
            "b": rng.choice(["x", "y", "z"], rows),
            "c": rng.random(rows) < 0.3 + 0.3 * y,
            "n": rng.integers(0, 40, rows),
            "y": y,
        }
    )
    frame.loc[::9, "a"] = np.nan
    return frame


def quiet(frame: Any, store: Path, target: Any = "y", **config: Any) -> Comparison:
    return compare(frame, target, store=store, progress=False, **{**QUICK, **config})


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """A comparison of the small table; look at it, but change nothing."""
    return quiet(table(), tmp_path_factory.mktemp("compared") / "store")


def told(run: Path) -> dict[str, Any]:
    """The figures of a run, without its name and what differs from time to time."""
    found = json.loads((run / "run.json").read_bytes())
    return {key: found[key] for key in ("recommended", "sentence", "strategies")}


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_the_figures_are_those_of_the_command_line(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / f"t.{kind}"
    getattr(table(), f"to_{kind}")(file, index=False)
    config = (
        "target: {column: y, positive: 1}\nstrategies: [none, smote]\nmodel: {kind: logistic}\nfolds: 3\n"
        "baselines: false\n"
    )
    (tmp_path / "t.yaml").write_text(f"source: {{kind: {kind}, path: {file}}}\n{config}", encoding="utf-8")
    called = ["evenkeel", "run", str(tmp_path / "t.yaml"), "--store", str(tmp_path / "cli"), "--json"]
    monkeypatch.setattr(sys, "argv", called)
    with pytest.raises(SystemExit):
        main()
    printed = json.loads(capsys.readouterr().out)
    frame = pd.read_csv(file) if kind == "csv" else pd.read_parquet(file)
    mine = quiet(frame, tmp_path / "notebook")
    assert told(mine.run) == {key: printed[key] for key in told(mine.run)}


def test_the_config_that_was_written_gives_the_same_again(compared: Comparison, tmp_path: Path) -> None:
    from flows.train import train

    assert compared.config is not None
    again = train.fn(str(compared.config), str(tmp_path / "store"))
    assert told(tmp_path / "store" / "runs" / again["run"]) == told(compared.run)


def test_every_claim_of_the_run_holds(compared: Comparison) -> None:
    verdict = compared.verify(progress=False)
    assert verdict.verified
    assert "EK010" in repr(verdict)
    assert html.escape(repr(verdict)) in verdict._repr_html_()


def test_the_table_has_a_row_per_strategy_and_the_figures_of_the_report(compared: Comparison) -> None:
    shown = compared.table
    assert list(shown.index) == ["none", "smote"]
    assert list(shown.index[shown["recommended"]]) == [compared.recommended]
    for name, row in shown.iterrows():
        strategy = compared.findings["strategies"][name]
        at = strategy["test"]["at_operating_point"]
        assert (row["found"], row["missed"], row["false_alarms"]) == (at["tp"], at["fn"], at["fp"])
        assert row["average_precision"] == strategy["test"]["average_precision"]
        assert row["average_precision_cv_low"] == strategy["cv"]["average_precision"]["low"]
        assert row["roc_auc_high"] == strategy["test_intervals"]["roc_auc"]["high"]
    assert shown["found"].dtype.kind == "i"


def test_every_figure_is_one_row(compared: Comparison) -> None:
    found = compared.figures.set_index(["strategy", "metric"])
    assert found.index.is_unique
    strategy = compared.findings["strategies"]["smote"]
    assert found.loc[("smote", "mcc"), "test"] == strategy["test"]["mcc"]
    assert found.loc[("smote", "mcc"), "test_low"] == strategy["test_intervals"]["mcc"]["low"]
    assert found.loc[("smote", "mcc"), "cv_high"] == strategy["cv"]["mcc"]["high"]


def test_nothing_is_done_again_for_the_same_rows(compared: Comparison) -> None:
    store = compared.run.parent.parent
    files = sorted((store / "inputs").iterdir())
    again = quiet(table().set_index(pd.Index(range(160, 320))), store)
    assert sorted((store / "inputs").iterdir()) == files
    assert told(again.run) == told(compared.run)
    assert all(record.reused for record in again._run.records())


def test_a_damaged_input_is_written_again(tmp_path: Path) -> None:
    first = quiet(table(), tmp_path)
    (file,) = (tmp_path / "inputs").glob("*.parquet")
    file.write_bytes(b"damaged")
    assert told(quiet(table(), tmp_path).run) == told(first.run)


def test_the_frame_is_not_changed(compared: Comparison, tmp_path: Path) -> None:
    frame = table()
    frame.attrs["note"] = object()
    before = frame.copy()
    frames.parquet(frames.tidy(frame).frame)
    pd.testing.assert_frame_equal(frame, before)
    assert "note" in frame.attrs


def test_predictions_for_the_test_rows_are_those_that_were_judged(compared: Comparison) -> None:
    records = {(r.step.stage, r.step.subject): r for r in compared._run.records()}
    store = compared._run.store
    test = store.get_table(records["split", None].outputs["test"])
    stored = store.get_table(records["evaluate", "smote"].outputs["predictions"])
    given = test.drop(columns=["__row_id__", "y"]).set_axis([f"r{i}" for i in range(len(test))])
    found = compared.predict(given, "smote")
    assert list(found.index) == list(given.index)
    decision = store.get_json(records["decide", "smote"].outputs["decision"])
    judged = calibration.apply(decision["calibration"], stored[["p(0)", "p(1)"]].to_numpy())
    np.testing.assert_array_equal(found[["p(0)", "p(1)"]], judged)
    row = compared.table.loc["smote"]
    assert int(found["decided"].sum()) == row["found"] + row["false_alarms"]
    assert set(found["decided"]) <= {0, 1}


def test_predicting_without_a_feature_or_a_strategy_says_so(compared: Comparison) -> None:
    with pytest.raises(DataError, match=r"none called 'b'. .*Available: a, c, n"):
        compared.predict(table().drop(columns=["b", "y"]))
    with pytest.raises(StoreError, match="Did you mean 'smote'"):
        compared.predict(table(), "smot")


def test_an_earlier_run_is_found_again(compared: Comparison, tmp_path: Path) -> None:
    store = compared.run.parent.parent
    assert Comparison.of(compared.run.name, store=store).table.equals(compared.table)
    with pytest.raises(StoreError, match="Available: none yet"):
        Comparison.of(store=tmp_path / "empty")


def test_the_report_is_a_path_and_is_shown_in_a_frame_of_its_own(
    compared: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    page = compared.report()
    assert Path(page) == compared.run / "report.html"
    assert not opened
    shown = page._repr_html_()
    assert 'sandbox="allow-scripts"' in shown
    assert shown.count("<") < 10
    assert compared.report(open=True).html == page.html
    assert opened == [Path(page).resolve().as_uri()]


def test_what_is_shown_has_no_script_and_loads_nothing(compared: Comparison) -> None:
    shown = compared._repr_html_()
    assert compared.sentence in shown
    assert not re.search(r"<script|<img|<link|\son\w+=|https?://|@import|url\(", shown)
    assert not re.search(r"(color|background)\s*:", shown), "the notebook's own colours are right"
    text = repr(compared)
    assert compared.sentence in text
    assert str(compared.run) in text


def test_names_from_data_are_escaped(tmp_path: Path) -> None:
    evil = "<img src=x onerror=alert(1)>"
    frame = table().rename(columns={"y": evil}).replace({evil: {1: "<b>", 0: "no"}})
    weights = {"name": evil, "class_weight": "balanced"}
    found = quiet(frame, tmp_path, evil, positive="<b>", strategies=[weights])
    shown = found._repr_html_()
    assert "<img" not in shown
    assert "<b>" not in shown
    assert "&lt;img src=x" in shown


def test_two_classes_of_equal_standing_have_no_threshold(tmp_path: Path) -> None:
    found = quiet(table().assign(y=table()["y"].map({0: "no", 1: "yes"})), tmp_path)
    assert "threshold" not in found.table
    assert f"macro recall is {found.table.loc[found.recommended, 'balanced_accuracy']:.3f}" in found.sentence
    assert "positive=&#x27;yes&#x27;" in found._repr_html_()


# what each mistake is, and what is said of it
MISTAKES: dict[str, tuple[dict[str, Any], type[EvenkeelError], str]] = {
    "unknown key": ({"fold": 3}, ConfigError, r"compare: unknown key 'fold'\. Did you mean 'folds'"),
    "unknown sampler": ({"strategies": ["smot"]}, ConfigError, "Did you mean 'smote'"),
    "source": ({"source": {"kind": "csv"}}, ConfigError, "the frame is it"),
    "target absent": ({"target": "yy"}, SourceError, "`target.column` names column 'yy'"),
    "positive absent": ({"positive": 7}, DataError, "Expected '7'"),
    "column absent": ({"drop": "aa"}, SourceError, "`drop` names column 'aa'"),
    "wrong type": ({"folds": "many"}, ConfigError, "folds: .*got 'many'"),
    "a model": ({"model": LogisticRegression()}, ConfigError, '{"kind": "LogisticRegression"'),
    "an object": ({"model": {"params": {"x": object()}}}, ConfigError, "model.params.x: .*got a object"),
    "no suite": ({"validation": "no.yaml"}, ConfigError, "Expected a YAML file at no.yaml"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_are_told_as_the_command_line_tells_them(case: str, tmp_path: Path) -> None:
    config, kind, said = MISTAKES[case]
    with pytest.raises(kind, match=said):
        quiet(table(), tmp_path, **config)
    assert not every(Store(tmp_path))


def test_a_sampler_is_told_how_it_is_named(tmp_path: Path) -> None:
    from imblearn.over_sampling import SMOTE

    with pytest.raises(ConfigError, match=r"strategies.0: .*\"resample\": {\"sampler\": \"SMOTE\""):
        quiet(table(), tmp_path, strategies=[SMOTE()])


def test_a_critical_check_stops_the_run(tmp_path: Path) -> None:
    suite = [{"expect": "column_values_to_not_be_null", "column": "a"}]
    with pytest.raises(ValidationStopped) as stopped:
        quiet(table(), tmp_path, validation=suite)
    assert stopped.value.run
    with pytest.raises(StoreError, match="stopped before its report"):
        Comparison.of(store=tmp_path)


UNLIKE: dict[str, tuple[Any, str]] = {
    "a path": ("t.csv", "got str.*pandas.read_csv"),
    "an array": (np.zeros((3, 2)), "got ndarray"),
    "no rows": (table().head(0), "got 0 rows and 5 columns"),
    "two of a name": (table().set_axis(["a", "b", "a", "n", "y"], axis=1), r"\['a'\] twice"),
    "two of a name as text": (table().set_axis(["1", 1, "a", "n", "y"], axis=1), r"\['1'\] twice"),
    "levels": (table().set_axis(pd.MultiIndex.from_product([["l"], list("abcde")]), axis=1), "one level"),
    "lists": (table().assign(a=[[1]] * 160), "'a' with values of type list"),
    "bytes": (table().assign(a=[b"1"] * 160), "'a' with values of type bytes"),
    "objects": (table().assign(a=[object()] * 160), "'a' with values of type object"),
    "mixed": (table().assign(a=[1, "x"] * 80), r"of type int, str.*df\['a'\].astype\(str\)"),
    "complex": (table().assign(a=1j), "'a' with values of type complex"),
}


@pytest.mark.parametrize("case", UNLIKE)
def test_what_is_no_table_is_told_by_name(case: str, tmp_path: Path) -> None:
    frame, said = UNLIKE[case]
    with pytest.raises(SourceError, match=said):
        quiet(frame, tmp_path)
    assert not (tmp_path / "inputs").exists()


WHEN = pd.Series(pd.date_range("2024-01-01", periods=160))
KINDS: dict[str, Any] = {
    "category of texts": pd.Categorical(["p", "q", None, "q"] * 40, categories=["q", "p", "unused"]),
    "category of numbers": pd.Categorical([3, 1, None, 1] * 40),
    "category of bools": pd.Categorical([True, False] * 80),
    "category of intervals": pd.cut(pd.Series(range(160)), 4),
    "category of dates": pd.Categorical(WHEN.dt.normalize().dt.to_period("M").dt.to_timestamp()),
    "intervals": pd.Series(pd.arrays.IntervalArray.from_breaks(range(161))),
    "periods": WHEN.dt.to_period("D"),
    "sparse": pd.Series(pd.arrays.SparseArray([0, 0, 1, 2] * 40)),
    "arrow numbers": pd.Series([1, None, 3, 4] * 40, dtype="int64[pyarrow]"),
    "arrow texts": pd.Series(["p", "q", None, "q"] * 40, dtype="string[pyarrow]"),
    "nullable numbers": pd.Series([1, None, 3, 4] * 40, dtype="Int64"),
    "nullable bools": pd.Series([True, None, False, True] * 40, dtype="boolean"),
    "dates": WHEN,
    "dates with a zone": WHEN.dt.tz_localize("Europe/Vienna"),
    "durations": WHEN - WHEN[0],
    "days": pd.Series([datetime.date(2024, 1, 1 + i % 28) for i in range(160)]),
    "half floats": pd.Series(np.arange(160, dtype=np.float16)),
}
NUMBERS = {"sparse", "arrow numbers", "nullable numbers", "half floats"}
DATES = {"periods", "dates", "dates with a zone", "durations"}


def test_every_kind_of_column_is_a_feature_of_its_kind(tmp_path: Path) -> None:
    frame = table().assign(**{name: pd.Series(values) for name, values in KINDS.items()})
    found = quiet(frame, tmp_path)
    split = next(record for record in found._run.records() if record.step.stage == "split")
    assert {*split.facts["numeric"]} == NUMBERS | {"a", "n"}
    assert {*split.facts["dates"]} == DATES
    assert {*split.facts["categorical"]} == {*KINDS} - NUMBERS - DATES | {"b", "c"}
    assert found.findings["config"]["categorical"] == ["category of numbers"]
    assert found.verify(replay=False).verified
    assert len(found.predict(frame.drop(columns="y").head(7))) == 7


def test_names_that_are_no_texts_become_texts(tmp_path: Path) -> None:
    frame = table().set_axis(range(5), axis=1)
    found = quiet(frame, tmp_path, 4, drop=[3], model={"kind": "logistic", "params": {"C": np.float64(0.5)}})
    assert found.findings["data"]["target"] == "4"
    assert found.findings["data"]["features"] == 3


@pytest.mark.parametrize(
    ("values", "positive", "noted"),
    [
        ([0, 1], 1, "the positive class of 'y' is 1"),
        ([0.0, 1.0], 1, "is 1"),
        ([False, True], True, "is True"),
        (["0", "1"], 1, "is 1"),
        (["no", "yes"], None, "positive='yes' looks for the rarer one"),
        ([1, 2], None, "two classes, '2' and '1'"),
        ([0, 1, 2], None, None),
    ],
)
def test_the_positive_class_is_guessed_only_where_it_is_obvious(
    values: list[Any], positive: Any, noted: str | None
) -> None:
    frame = pd.DataFrame({"y": [values[0]] * 6 + values[1:] * 2})
    raw, notes = keywords.described(frame, "y", keywords.GUESSED, {})
    assert raw["target"].get("positive") == positive
    assert [bool(re.search(re.escape(noted or ""), note)) for note in notes] == [True] * bool(noted)
    said, none = keywords.described(frame, "y", None, {})
    assert (said["target"], none) == ({"column": "y", "positive": None}, ())


def test_several_classes_have_a_table_without_a_threshold(tmp_path: Path) -> None:
    frame = table().assign(y=np.resize([0, 1, 2, 2], 160))
    found = quiet(frame, tmp_path)
    assert "threshold" not in found.table
    assert {"balanced_accuracy", "balanced_accuracy_cv", "balanced_accuracy_cv_low"} <= {*found.table}
    assert "p(2)" in found.predict(frame)
    assert "macro recall" in found._repr_html_()


def test_an_index_that_says_something_is_missed_aloud() -> None:
    named = frames.tidy(table().set_index("n"))
    assert "the index 'n' is left out" in named.notes[0]
    assert len(named.frame) == 160
    assert frames.tidy(table()[::-1]).notes == ()
    assert frames.tidy(table().set_axis([f"r{i}" for i in range(160)])).notes
    # rows keep their order, and an index that repeats loses none
    repeated = frames.tidy(table().set_axis([0] * 160))
    assert repeated.frame["n"].tolist() == table()["n"].tolist()


def test_frames_of_other_libraries_come_as_pandas() -> None:
    import pyarrow as pa

    assert frames.tidy(pa.table({"a": [1, 2]})).frame.equals(pd.DataFrame({"a": [1, 2]}))


def test_notes_and_progress_go_to_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compare(table(), "y", store=tmp_path, **QUICK)
    said = capsys.readouterr()
    assert said.out == ""
    assert "the positive class of 'y' is 1" in said.err
    assert re.search(r"report +\d", said.err)


def test_the_store_is_the_one_of_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from evenkeel.calling import default_store

    monkeypatch.delenv("EVENKEEL_STORE", raising=False)
    assert default_store() == Path("data/store")
    monkeypatch.setenv("EVENKEEL_STORE", str(tmp_path))
    assert default_store() == tmp_path


def test_an_interrupted_comparison_leaves_no_run_and_can_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Impatient(progress.Listener):
        def begin(self, stage: str) -> None:
            if stage == "evaluate":
                raise KeyboardInterrupt

    with progress.listening(Impatient()), pytest.raises(KeyboardInterrupt):
        quiet(table(), tmp_path)
    assert not every(Store(tmp_path))
    assert not list(tmp_path.rglob("*.tmp"))
    found = quiet(table(), tmp_path)
    assert {r.step.stage for r in found._run.records() if r.reused} >= {"train", "decide"}
    assert found.verify(replay=False).verified


def test_a_mistake_shows_no_traceback_in_a_notebook() -> None:
    # IPython shows what this gives, if an exception has it
    assert ConfigError("Expected a, got b.")._render_traceback_() == ["ConfigError: Expected a, got b."]


def test_importing_the_package_imports_nothing_else() -> None:
    heavy = {"pandas", "prefect", "numpy", "evenkeel.notebook"}
    code = f"import sys, evenkeel; print(sorted({heavy} & {{*sys.modules}}))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"
    assert {"compare", "Comparison"} <= {*evenkeel.__all__}
    with pytest.raises(AttributeError, match="no attribute 'compere'"):
        evenkeel.compere  # noqa: B018 - asking is the test


def stroke_like() -> pd.DataFrame:
    return table().rename(columns={"y": "stroke"}).assign(id=range(160))


@pytest.mark.parametrize("page", ["README.md", "docs/notebook.md"])
def test_what_the_pages_show_works(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    stroke_like().to_csv(tmp_path / "data" / "stroke.csv", index=False)
    monkeypatch.chdir(tmp_path)
    code = re.search(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    assert code is not None
    names: dict[str, Any] = {}
    exec(code[1], names)
    assert "data/store" in repr(names["result"])


def test_the_page_names_everything_that_a_result_has() -> None:
    text = (ROOT / "docs/notebook.md").read_text(encoding="utf-8")
    public = {name for name in dir(Comparison) if not name.startswith("_")} - {"of"}
    assert public <= set(re.findall(r"result\.(\w+)", text))


SCRIPT = """
import pandas as pd
from evenkeel import compare

print("begun")
df = pd.read_csv("t.csv")
found = compare(df, "y", model={"kind": "logistic"}, strategies="none", baselines=False, progress=False)
print(len(found.table))
"""


def test_a_script_needs_no_guard_against_its_workers(
    tmp_path: Path, tool: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    table().to_csv(tmp_path / "t.csv", index=False)
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    monkeypatch.setenv("EVENKEEL_WORKERS", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("begun\n1\n", "")
