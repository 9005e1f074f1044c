"""EK014: what was not fitted on train alone is found, even where all files and figures agree with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from evenkeel.models import load_model, save_estimator
from evenkeel.proof import verify
from evenkeel.proof.refit import compare_out_of_fold, refit_fold, replay_model, replay_preprocess
from evenkeel.runs import Run, find
from evenkeel.store import Store
from tests.proof.attacks.attack import all_rows
from tests.proof.attacks.fitted import (
    model_on_all,
    preprocessor_on_all,
    saw_the_fold,
    smote_before_the_folds,
)

if TYPE_CHECKING:
    from tests.proof.conftest import Forger

FOUND = {"EK014"}


def why(forger: Forger) -> str:
    verdict = forger.verdict()
    assert {claim.code for claim in verdict.claims if claim.outcome == "failed"} == FOUND
    return next(claim.explanation for claim in verdict.claims if claim.code == "EK014")


def test_an_honest_run_of_every_kind_comes_out_to_the_bit(typed_run: Run) -> None:
    """Typed columns, gaps, samplers of all families, an ensemble of balanced bags."""
    claim = next(claim for claim in verify(typed_run).claims if claim.code == "EK014")
    assert (claim.outcome, claim.explanation) == ("passed", "10 of 10 came out the same")


def test_a_preprocessor_fitted_on_all_rows_is_found(forger: Forger) -> None:
    """Models, predictions and figures are those that it gives."""
    preprocessor_on_all(forger)
    told = why(forger)
    assert told.startswith("preprocess: train: 120 of 120 rows differ, by up to ")
    assert "test: 30 of 30 rows differ" in told


def test_a_model_fitted_on_test_rows_as_well_is_found(forger: Forger) -> None:
    model_on_all(forger)
    assert why(forger).startswith("train smote: model on resampled set: 192 of 192 rows differ")


def test_out_of_fold_predictions_of_a_model_that_saw_the_fold_are_found(forger: Forger) -> None:
    saw_the_fold(forger)
    told = why(forger)
    assert told.startswith("train none: fold 1: p(0): 40 of 40 rows differ, by up to ")
    assert all(f"fold {number}: " in told for number in (1, 2, 3))


def test_out_of_fold_predictions_that_are_better_in_one_fold_alone_name_it(forger: Forger) -> None:
    def better(table: pd.DataFrame) -> pd.DataFrame:
        right = (table["__class__"] == "1") & (table["__fold__"] == 1)
        return table.assign(**{"p(1)": table["p(1)"].mask(right, 0.99)})

    forger.swap_out_of_fold("smote", better)
    told = why(forger)
    assert told.startswith("train smote: fold 2: p(1): 8 of 40 rows differ, by up to 0.")
    assert "fold 1" not in told


def test_folds_in_which_the_rows_were_resampled_before_are_found(forger: Forger) -> None:
    smote_before_the_folds(forger)
    assert "train smote: fold 1" in why(forger)


@pytest.mark.parametrize("how", ["order", "ids", "fold"])
def test_out_of_fold_predictions_of_other_rows_are_found(forger: Forger, how: str) -> None:
    changes: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
        "order": lambda table: table.sort_values("__fold__", kind="stable", ignore_index=True),
        "ids": lambda table: table.assign(__row_id__=table["__row_id__"].to_numpy()[::-1]),
        "fold": lambda table: table.assign(__fold__=(table["__fold__"] + 1) % 3),
    }
    forger.swap_out_of_fold("none", changes[how])
    assert "out-of-fold predictions" in why(forger) or "fold 1" in why(forger)


# what does the same to train, but not to test


def test_a_fill_for_gaps_that_only_test_has_is_found(
    typed_table: pd.DataFrame,
    typed_run_of: Callable[..., Run],
    tmp_path: Path,
    forger_of: Callable[[Run], Forger],
) -> None:
    whole = typed_table.assign(
        bmi=typed_table["bmi"].where(
            typed_table["part"] == "test", 25.0 + typed_table["age"].fillna(40).astype(float) / 10
        )
    )
    forger = forger_of(typed_run_of(whole, tmp_path / "run", "strategies=[none]"))
    transformer = forger.preprocessor().transformer
    transformer.named_transformers_["numbers"]["impute"].statistics_[1] += 1
    old = forger.record("preprocess").outputs["preprocessor"]
    forger.swap(old, forger.store.put(save_estimator(transformer), "model"))
    forger.judge("none")
    told = why(forger)
    assert told.startswith("preprocess: test: ")


def test_a_model_that_knows_train_as_it_should_and_test_too_is_found(
    small_config: Path, tmp_path: Path, forger_of: Callable[[Run], Forger]
) -> None:
    """A tree that is grown until it knows every row: on train it is the same with and without test rows."""
    from flows.train import train

    tree = "model={kind: random_forest, params: {n_estimators: 1, bootstrap: false, max_features: null}}"
    done = train.fn(str(small_config), str(tmp_path), [tree, "strategies=[none]"])
    forger = forger_of(find(Store(tmp_path), done["run"]))
    frame, y = all_rows(forger)
    forger.swap_model("none", forger.preprocessor().transform(frame), y)
    told = why(forger)
    assert told.startswith("train none: model on test: ")
    assert "model on train" not in told


# the units by themselves


def test_other_bytes_of_a_format_that_is_stable_are_at_most_close(small_config: Path, tmp_path: Path) -> None:
    from flows.train import train

    boosted = "model={kind: xgboost, params: {n_estimators: 5}}"
    done = train.fn(str(small_config), str(tmp_path), [boosted, "strategies=[none]"])
    run = find(Store(tmp_path), done["run"])
    record = next(r for r in run.records() if r.step.label == "train none")
    test = next(r for r in run.records() if r.step.stage == "split").outputs["test"]
    assert [found.likeness for found in replay_model(str(tmp_path), record, test)] == ["exact"]
    model = load_model("xgboost", run.store.get(record.outputs["model"]))
    model.get_booster().set_attr(note="mine")
    ref = run.store.put(bytes(model.get_booster().save_raw("ubj")), "model")
    other = record.model_copy(update={"outputs": record.outputs | {"model": ref}})
    found = replay_model(str(tmp_path), other, test)
    assert [compared.likeness for compared in found] == ["close", "exact", "exact", "exact"]


def test_names_of_columns_are_compared(finished_run: Run) -> None:
    records = {record.step.label: record for record in finished_run.records()}
    record, root = records["preprocess"], str(finished_run.store.root)
    test = records["split"].outputs["test"]
    other = record.model_copy(update={"facts": {"columns": ["x1", "x0"]}})
    assert {c.likeness for c in replay_preprocess(root, record, test)} == {"exact"}
    assert [c.what for c in replay_preprocess(root, other, test) if c.likeness != "exact"] == [
        "fact 'columns'"
    ]


def test_a_fold_is_predicted_as_the_run_predicted_it(finished_run: Run) -> None:
    record = next(r for r in finished_run.records() if r.step.label == "train smote")
    root = str(finished_run.store.root)
    parts = [refit_fold(root, record, number) for number in range(3)]
    assert [c.likeness for c in compare_out_of_fold(root, record, parts)] == ["exact"]
    parts[1] = parts[1][::-1]
    assert [c.what for c in compare_out_of_fold(root, record, parts)] == ["fold 2"]
