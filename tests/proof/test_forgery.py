"""Forged runs, in which no file contradicts another: each is found by the claim that is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from evenkeel.plan import MADE
from evenkeel.proof import Verdict, verify
from evenkeel.resampling.lineage import ORIGIN, PARENTS, SAMPLER, TO_OTHER, TO_OWN, WEIGHT
from evenkeel.runs import Run
from evenkeel.signing import unchecked_payload
from evenkeel.statements import read_statement, statement
from evenkeel.tables import ROW_ID
from tests.proof.attacks.chosen import other_page
from tests.proof.attacks.rows import (
    cell_changed,
    copy_test_row,
    copy_under_another_id,
    move_test_row,
    split_by_a_better_seed,
)

if TYPE_CHECKING:
    from tests.proof.conftest import Forger


def outcomes(run: Run, *, replay: bool = True) -> dict[str, str]:
    return {claim.code: claim.outcome for claim in verify(again(run), replay=replay).claims}


def explanation(verdict: Verdict, code: str) -> str:
    return next(claim.explanation for claim in verdict.claims if claim.code == code)


def again(run: Run) -> Run:
    """The same run, with nothing of it remembered."""
    return Run(run.store, run.folder)


def failures(verdict: Verdict) -> set[str]:
    return {claim.code for claim in verdict.claims if claim.outcome == "failed"}


def told(forger: Forger, code: str) -> str:
    """What a claim says once everything is sealed anew."""
    return next(claim.explanation for claim in forger.verdict().claims if claim.code == code)


def failed(forger: Forger, *, tell: bool = True) -> set[str]:
    """The claims that fail once everything is sealed anew."""
    return forger.failed(tell=tell)


def test_a_forger_who_changes_nothing_is_believed(forger: Forger) -> None:
    """So that what the forgeries below fail on is what they changed."""
    assert failed(forger) == set()


def test_a_test_row_moved_into_train_fails_the_replay_of_the_split(forger: Forger) -> None:
    move_test_row(forger)
    found = failed(forger)
    assert "EK007" in found
    assert not found & {"EK001", "EK002", "EK003", "EK004", "EK005", "EK006", "EK011"}


def test_a_test_row_copied_into_train_fails_disjointness(forger: Forger) -> None:
    copy_test_row(forger)
    found = failed(forger)
    assert {"EK006", "EK007"} <= found
    assert not found & {"EK001", "EK002", "EK003", "EK004", "EK005", "EK011"}


def test_a_test_row_in_train_under_another_id_fails_disjointness(forger: Forger) -> None:
    copy_under_another_id(forger)
    assert {"EK006", "EK007"} <= failed(forger)


def test_a_test_row_that_was_made_easier_fails_disjointness(forger: Forger) -> None:
    forger.swap_table("split", "test", lambda test: test.assign(x0=test["x0"] + 1e-9))
    assert {"EK006", "EK007"} <= failed(forger)


def test_hard_test_rows_left_out_fail_disjointness(forger: Forger) -> None:
    forger.swap_table("split", "test", lambda test: test.iloc[3:].reset_index(drop=True))
    assert "EK006" in failed(forger)


FITTING = ["preprocess", "resample smote", "train smote", "decide smote"]


def test_a_model_of_another_strategy_is_found_in_a_row_of_the_report(forger: Forger) -> None:
    other = forger.record("train random-under").outputs["model"]
    forger.restep("evaluate none", inputs=forger.record("evaluate none").step.inputs | {"model": other})
    verdict = verify(forger.seal(), replay=False)
    assert "EK011" in failures(verdict)
    assert "evaluate none" in explanation(verdict, "EK011")


@pytest.mark.parametrize("role", ["train", "test", "resampled", None])
@pytest.mark.parametrize("label", FITTING)
def test_test_rows_given_to_a_fitting_step_are_found_under_any_role(
    forger: Forger, label: str, role: str | None
) -> None:
    test = forger.record("split").outputs["test"].model_copy(update={"role": role})
    forger.restep(label, inputs=forger.record(label).step.inputs | {"more": test})
    run = forger.seal()
    verdict = verify(run, replay=False)
    # the step has an input that the plan does not know, and the report shows EK005 as passed
    assert failures(verdict) == {"EK005", "EK011", "EK012"}
    assert f"{label} fits something and read 'more'" in explanation(verdict, "EK005")


@pytest.mark.parametrize(
    "source", [("ingest", "table"), ("evaluate none", "predictions")], ids=["unsplit", "predicted"]
)
def test_what_holds_test_rows_is_found_in_a_fitting_step_too(forger: Forger, source: tuple[str, str]) -> None:
    ref = forger.record(source[0]).outputs[source[1]].model_copy(update={"role": "train"})
    label = "decide smote"
    forger.restep(label, inputs=forger.record(label).step.inputs | {"more": ref})
    assert outcomes(forger.seal(), replay=False)["EK005"] == "failed"


def test_a_test_set_that_did_not_leave_the_split_is_found(forger: Forger) -> None:
    step = forger.record("evaluate none").step
    easier = forger.store.put_table(forger.store.get_table(step.inputs["test"]).iloc[:10], "test")
    forger.restep("evaluate none", inputs=step.inputs | {"test": easier})
    assert "EK004" in failed(forger)


@pytest.mark.parametrize("name", ["none", "smote", "random-under"])
def test_one_changed_cell_of_a_resampled_set_fails_its_replay(forger: Forger, name: str) -> None:
    forger.swap_table(f"resample {name}", "resampled", cell_changed)
    # a model that is fitted on it may come out otherwise as well
    assert {"EK008"} <= failed(forger) <= {"EK008", "EK014"}


# what somebody might change in a cell of each kind, in the last row, which is synthetic after SMOTE
IN_A_CELL: dict[str, Callable[[Any], Any]] = {
    "age": lambda value: value + 1,
    "bmi": lambda value: np.nextafter(value, np.inf),
    "seen": lambda value: value + pd.Timedelta(days=1),
    "city": lambda value: "Wien" if value != "Wien" else "Graz",
    "smokes": lambda value: not value,
    "note": lambda value: value + ".",
    "y": lambda value: "ill" if value == "well" else "well",
    ROW_ID: lambda value: "p\\#1#new99",
    ORIGIN: lambda value: "p\\#1",
    PARENTS[0]: lambda value: "p\\#1",
    PARENTS[1]: lambda value: "p\\#2",
    WEIGHT: lambda value: value / 2,
    SAMPLER: lambda value: "ADASYN",
    TO_OWN: lambda value: value / 2,
    TO_OTHER: lambda value: value * 2,
}


@pytest.mark.parametrize("column", IN_A_CELL)
def test_one_changed_cell_of_any_type_in_a_typed_set_fails_its_replay(
    typed_forger: Forger, column: str
) -> None:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        whole = table[table.notna()[column] if column != ORIGIN else table[column].isna()]
        row = int(whole.index[-1])
        forged = table.copy()
        forged.loc[row, column] = IN_A_CELL[column](table.loc[row, column])
        assert forged.dtypes.tolist() == table.dtypes.tolist()
        assert not forged.equals(table)
        return forged

    typed_forger.swap_table("resample smote", "resampled", change)
    assert {"EK008"} <= failed(typed_forger) <= {"EK008", "EK014"}


OF_A_TABLE: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "a row left out": lambda table: table.iloc[:-1],
    "a row told twice": lambda table: pd.concat([table, table.iloc[-1:]], ignore_index=True),
    "rows in another order": lambda table: table.iloc[::-1].reset_index(drop=True),
    "a gap filled in": lambda table: table.assign(bmi=table["bmi"].fillna(table["bmi"].median())),
    "another type": lambda table: table.assign(bmi=table["bmi"].astype("float32")),
    "columns in another order": lambda table: table[table.columns[::-1]],
    "no provenance": lambda table: table.drop(columns=[*PARENTS]),
    "synthetic rows passed off as copies": lambda table: table.assign(
        **{ORIGIN: table[ORIGIN].fillna(table[PARENTS[0]])}
    ),
}


@pytest.mark.parametrize("how", OF_A_TABLE)
@pytest.mark.parametrize("name", ["smote", "cluster-centroids"])
def test_a_typed_set_that_was_tampered_with_fails_its_replay(
    typed_forger: Forger, name: str, how: str
) -> None:
    typed_forger.swap_table(f"resample {name}", "resampled", OF_A_TABLE[how])
    assert {"EK008"} <= failed(typed_forger) <= {"EK008", "EK014"}


def test_examples_that_were_made_prettier_fail_their_replay(typed_forger: Forger) -> None:
    typed_forger.swap_json("resample smote", "examples", lambda made: made[:1])
    assert failed(typed_forger) == {"EK008"}


@pytest.mark.parametrize("fact", ["synthetic", "copies", "duplicates", "majority_territory", "space"])
def test_a_prettier_story_fails_its_replay(typed_forger: Forger, fact: str) -> None:
    facts = typed_forger.record("resample smote").facts
    story = facts["made"] | {fact: "encoded" if fact == "space" else 1_000}
    typed_forger.replace("resample smote", facts=facts | {"made": story})
    # what the diagnosis was told is another story then
    assert failed(typed_forger) == {"EK008"} | ({"EK011"} if fact in MADE else set())


@pytest.mark.parametrize("said", [{"strict": True}, {"resample_space": "encoded"}])
def test_a_recipe_that_the_config_does_not_ask_for_is_found(forger: Forger, said: dict[str, Any]) -> None:
    step = forger.record("resample smote").step
    recipe = step.parameters["recipe"] | said
    forger.restep("resample smote", parameters=step.parameters | {"recipe": recipe})
    assert "EK011" in failed(forger)


def test_a_limit_on_rows_that_the_config_does_not_set_is_found(forger: Forger) -> None:
    step = forger.record("resample smote").step
    treatment = step.parameters["treatment"] | {"max_rows": 50}
    forger.restep("resample smote", parameters=step.parameters | {"treatment": treatment})
    assert failed(forger) == {"EK008", "EK011"}


def test_a_resampled_set_of_another_seed_fails_its_replay(forger: Forger) -> None:
    step = forger.record("resample smote").step
    recipe = step.parameters["recipe"] | {"seed": 7}
    forger.restep("resample smote", parameters=step.parameters | {"recipe": recipe})
    assert failed(forger) == {"EK008", "EK011"}


def test_a_changed_threshold_fails_its_replay(forger: Forger) -> None:
    forger.swap_json("decide smote", "decision", lambda made: made | {"threshold": made["threshold"] / 2})
    assert {"EK009"} <= failed(forger) <= {"EK009", "EK010", "EK021", "EK023"}


def test_a_changed_cross_validated_figure_fails_its_replay(forger: Forger) -> None:
    def better(made: dict[str, Any]) -> dict[str, Any]:
        return made | {"cv": made["cv"] | {"recall": {"mean": 1.0, "low": 1.0, "high": 1.0}}}

    forger.swap_json("decide none", "decision", better)
    assert failed(forger) == {"EK009"}


def test_a_changed_prediction_for_a_test_row_fails_its_replay(forger: Forger) -> None:
    def better(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(**{"p(1)": np.where(table.index == 0, 0.99, table["p(1)"])})

    forger.swap_table("evaluate none", "predictions", better)
    assert {"EK010", "EK021"} <= failed(forger) <= {"EK010", "EK021", "EK023"}


def test_a_changed_figure_fails_its_replay(forger: Forger) -> None:
    forger.swap_json(
        "evaluate none", "figures", lambda made: made | {"test": made["test"] | {"roc_auc": 1.0}}
    )
    assert failed(forger) == {"EK010"}


def test_another_model_fails_the_replay_of_its_figures(forger: Forger) -> None:
    forger.swap(forger.record("train none").outputs["model"], forger.record("train smote").outputs["model"])
    assert "EK010" in failed(forger)


def test_an_evaluation_that_names_another_kind_of_model_than_its_strategys_is_found(forger: Forger) -> None:
    parameters = forger.record("evaluate none").step.parameters
    forger.restep("evaluate none", parameters=parameters | {"model": "random_forest"})
    assert failed(forger) == {"EK011"}


def test_a_split_of_another_seed_than_recorded_fails_its_replay(forger: Forger) -> None:
    split_by_a_better_seed(forger)
    found = failed(forger)
    assert "EK007" in found
    assert not found & {"EK001", "EK002", "EK003", "EK004", "EK005", "EK006", "EK011"}


def test_a_recorded_seed_that_did_not_make_the_split_fails_its_replay(forger: Forger) -> None:
    step = forger.record("split").step
    forger.restep("split", parameters=step.parameters | {"split": step.parameters["split"] | {"seed": 7}})
    assert failed(forger) == {"EK007", "EK011"}


def test_a_seed_changed_in_config_records_and_report_alike_fails_the_replay_of_the_split(
    forger: Forger,
) -> None:
    step, shown = forger.record("split").step, forger.record("report").step.parameters
    how = step.parameters["split"] | {"seed": 7}
    forger.edit("config.json", lambda config: config | {"split": how})
    forger.restep("split", parameters=step.parameters | {"split": how})
    forger.restep("report", parameters=shown | {"config": shown["config"] | {"split": how}})
    assert failed(forger) == {"EK007"}


@pytest.mark.parametrize("side", ["train", "test"])
def test_changed_counts_of_the_split_fail_its_replay(forger: Forger, side: str) -> None:
    facts = forger.record("split").facts
    forger.replace("split", facts=facts | {side: facts[side] | {"1": 999}})
    # what is taken back of random resampling goes by the counts of train
    assert failed(forger) == {"EK007"} | ({"EK011"} if side == "train" else set())


@pytest.mark.parametrize(
    "label",
    ["ingest", "validate", "split", "preprocess", "resample smote", "train none", "decide none", "report"],
)
def test_a_dropped_record_is_missed(forger: Forger, label: str) -> None:
    forger.records = [record for record in forger.records if record.step.label != label]
    found = outcomes(forger.seal(tell=False), replay=False)
    assert found["EK002"] == "failed"
    assert found["EK001"] == "passed"


def test_a_dropped_evaluation_is_missed(forger: Forger) -> None:
    forger.records = [record for record in forger.records if record.step.label != "evaluate smote"]
    report = forger.record("report").step
    inputs = {name: ref for name, ref in report.inputs.items() if not name.startswith("evaluate smote")}
    forger.restep("report", inputs=inputs)
    assert {"EK002", "EK011"} <= failures(verify(forger.seal(tell=False), replay=False))


@pytest.mark.parametrize(
    "labels", [("split", "preprocess"), ("validate", "split"), ("decide none", "evaluate none")]
)
def test_records_in_another_order_are_found(forger: Forger, labels: tuple[str, str]) -> None:
    one, two = (forger.records.index(forger.record(label)) for label in labels)
    forger.records[one], forger.records[two] = forger.records[two], forger.records[one]
    assert outcomes(forger.seal(), replay=False)["EK002"] == "failed"


def test_a_record_told_twice_is_found(forger: Forger) -> None:
    forger.records.insert(2, forger.record("split"))
    assert outcomes(forger.seal(), replay=False)["EK002"] == "failed"


def test_a_wrong_key_is_found(forger: Forger) -> None:
    run = forger.seal()
    path = run.folder / "records" / "0003-split.json"
    record, place = read_statement(unchecked_payload(path.read_bytes()))
    said = statement(record.model_copy(update={"key": "0" * 64}), place)
    path.write_bytes(forger.key.envelope(said))
    verdict = verify(again(run), replay=False)
    assert "split: the key does not belong" in explanation(verdict, "EK002")


def test_a_wrong_number_of_rows_is_found(forger: Forger) -> None:
    test = forger.record("split").outputs["test"]
    forger.swap(test, test.model_copy(update={"rows": 10_000}))
    assert "EK003" in failed(forger)


def test_a_wrong_digest_of_the_content_is_found(forger: Forger) -> None:
    test = forger.record("split").outputs["test"]
    forger.swap(test, test.model_copy(update={"content": "0" * 64}))
    assert "EK003" in failed(forger)


FOLDER_ALONE: dict[str, tuple[str, Callable[[Forger], object]]] = {
    "a figure of report.json": (
        "EK012",
        lambda f: f.edit(
            "report.json", lambda r: r | {"recommended": r["recommended"] | {"sentence": "finds all"}}
        ),
    ),
    "report.html": ("EK012", lambda f: (f.run.folder / "report.html").write_text("<p>perfect</p>")),
    "no report.json": ("EK012", lambda f: (f.run.folder / "report.json").unlink()),
    "the figures of run.json": (
        "EK012",
        lambda f: f.edit("run.json", lambda r: r | {"recommended": "smote"}),
    ),
    "the name in run.json": ("EK012", lambda f: f.edit("run.json", lambda r: r | {"run": "another"})),
    "the status in run.json": ("EK002", lambda f: f.edit("run.json", lambda r: r | {"status": "stopped"})),
    "the seed of config.json": (
        "EK011",
        lambda f: f.edit("config.json", lambda c: c | {"split": c["split"] | {"seed": 7}}),
    ),
    "a strategy of config.json": (
        "EK011",
        lambda f: f.edit("config.json", lambda c: c | {"strategies": c["strategies"][:1]}),
    ),
    "the parameters of a strategy in config.json": (
        "EK011",
        lambda f: f.edit(
            "config.json",
            lambda c: c | {"strategies": [s | {"class_weight": "balanced"} for s in c["strategies"]]},
        ),
    ),
    "the model of a strategy in config.json": (
        "EK011",
        lambda f: f.edit(
            "config.json",
            lambda c: (
                c
                | {
                    "strategies": [
                        s | ({"model": {"kind": "random_forest"}} if s["name"] == "smote" else {})
                        for s in c["strategies"]
                    ]
                }
            ),
        ),
    ),
    "the claims of certificate.json": ("EK012", lambda f: f.certificate.update(claims=[])),
    "the files of certificate.json": ("EK012", lambda f: f.certificate.update(files={})),
    "the run of certificate.json": ("EK012", lambda f: f.certificate.update(run="another")),
}


@pytest.mark.parametrize("what", FOLDER_ALONE)
def test_a_file_that_contradicts_the_records_is_found(forger: Forger, what: str) -> None:
    claim, forge = FOLDER_ALONE[what]
    forge(forger)
    verdict = verify(forger.seal(tell=False), replay=False)
    assert claim in failures(verdict)
    assert "EK001" not in failures(verdict)


def test_a_page_that_shows_other_figures_than_the_report_is_found(forger: Forger) -> None:
    """Record, folder and certificate agree on the page; only drawing it again tells."""
    other_page(forger)
    assert failed(forger, tell=False) == {"EK012"}


def test_a_report_that_shows_other_figures_than_the_records_is_found(forger: Forger) -> None:
    def better(report: dict[str, Any]) -> dict[str, Any]:
        return report | {"recommended": report["recommended"] | {"sentence": "finds all"}}

    forger.swap_json("report", "json", better)
    forger.edit("report.json", better)
    verdict = verify(forger.seal(tell=False), replay=False)
    assert failures(verdict) == {"EK012"}
    assert explanation(verdict, "EK012") == "report.json does not follow from the records"


@pytest.mark.parametrize(
    "kept", [[], ["ingest"], ["ingest", "validate"], ["ingest", "validate", "split"]], ids=len
)
def test_a_run_that_was_not_stopped_cannot_say_so(forger: Forger, kept: list[str]) -> None:
    forger.records = [record for record in forger.records if record.step.label in kept]
    forger.edit("run.json", lambda about: about | {"status": "stopped"})
    verdict = verify(forger.seal(tell=False), replay=False)
    assert {"EK002", "EK012"} <= failures(verdict)
    why = "no check stops the run" if kept == ["ingest", "validate"] else "the stages are"
    assert why in explanation(verdict, "EK002")
    assert "a stopped run has no report" in explanation(verdict, "EK012")


def test_changed_out_of_fold_predictions_are_found(forger: Forger) -> None:
    def better(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(**{"p(1)": np.where(table["__class__"] == "1", 0.99, 0.01)})

    forger.swap_out_of_fold("smote", better)
    assert failed(forger) == {"EK014"}


def test_an_xray_that_flatters_less_than_it_should_is_found(xrayed_forger: Forger) -> None:
    def milder(found: dict[str, Any]) -> dict[str, Any]:
        found["lines"][1]["figures"] = found["lines"][0]["figures"]
        return found

    xrayed_forger.swap_json("xray smote", "xray", milder)
    assert failed(xrayed_forger) == {"EK020"}


def test_an_xray_of_test_rows_is_found(xrayed_forger: Forger) -> None:
    test = xrayed_forger.record("split").outputs["test"]
    xrayed_forger.restep("xray smote", inputs={"train": test.model_copy(update={"role": "train"})})
    assert {"EK005", "EK011", "EK020"} <= failed(xrayed_forger)


def test_a_difference_that_is_too_certain_is_found(forger: Forger) -> None:
    def certain(found: dict[str, Any]) -> dict[str, Any]:
        row = found["differences"]["none"]["smote"]["recall"]
        row["low"] = row["all_low"] = row["value"]
        return found

    forger.swap_json("compare", "comparison", certain)
    assert failed(forger) == {"EK021"}


def test_a_comparison_of_fewer_strategies_is_found(forger: Forger) -> None:
    said = forger.record("compare").step.parameters
    forger.restep("compare", parameters=said | {"strategies": said["strategies"][:2]})
    assert {"EK011", "EK021"} <= failed(forger)


def test_a_threshold_that_learned_from_a_comparison_is_found(forger: Forger) -> None:
    step = forger.record("decide none").step
    forger.restep(
        "decide none", inputs=step.inputs | {"seen": forger.record("compare").outputs["comparison"]}
    )
    assert {"EK005", "EK011"} <= failed(forger)


@pytest.mark.parametrize("stage", ["compare", "explain", "diagnose"])
def test_what_compares_explains_and_diagnoses_cannot_be_left_out(forger: Forger, stage: str) -> None:
    forger.records = [record for record in forger.records if record.step.stage != stage]
    inputs = forger.record("report").step.inputs
    kept = {name: ref for name, ref in inputs.items() if not name.startswith(stage)}
    forger.restep("report", inputs=kept)
    assert f"stage {stage} is not there, and config.json does ask for it" in told(forger, "EK011")


def test_an_explanation_that_the_config_does_not_ask_for_is_found(forger: Forger) -> None:
    forger.edit("config.json", lambda config: config | {"explain": False})
    assert "stage explain is there, and config.json does not ask for it" in told(forger, "EK011")


def test_a_finding_that_is_taken_out_of_the_diagnosis_is_missed(forger: Forger) -> None:
    forger.swap_json("diagnose", "diagnosis", lambda made: made | {"findings": made["findings"][1:]})
    assert "EK024" in failed(forger)


@pytest.mark.parametrize("stage", ["explain", "diagnose"])
def test_nothing_that_fits_reads_what_was_told_of_test_rows(forger: Forger, stage: str) -> None:
    (told_of,) = [r for r in forger.records if r.step.stage == stage]
    (ref,) = told_of.outputs.values()
    step = forger.record("decide smote").step
    forger.restep("decide smote", inputs=step.inputs | {"hint": ref})
    assert "EK005" in failed(forger)
