"""One trial in one fold: held-out rows, and those that stop a model early, reach no fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evenkeel import recipe as recipes
from evenkeel.recipe import fold_positions
from evenkeel.tables import ROW_ID
from evenkeel.tuning import Question, fold_of, folds, parts_of, score

Make = Callable[..., Question]


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("stops", [False, True])
def test_every_row_has_one_use_in_a_fold(
    frame: pd.DataFrame, question: Make, number: int, stops: bool
) -> None:
    parts = parts_of(frame, question().recipe, 4, number, stops=stops)
    assert sorted(np.concatenate(parts)) == list(range(len(frame)))
    assert bool(len(parts.watched)) is stops
    assert set(frame["y"].iloc[parts.fitted]) == {"0", "1"}


def test_rows_that_belong_together_stop_a_model_together(frame: pd.DataFrame, question: Make) -> None:
    parts = parts_of(frame, question(groups=("customer",)).recipe, 4, 0, stops=True)
    customers = [set(frame["customer"].iloc[part]) for part in parts]
    assert not (customers[0] & customers[1]) | (customers[0] & customers[2]) | (customers[1] & customers[2])


def test_a_rare_class_has_rows_on_both_sides_of_the_cut(frame: pd.DataFrame, question: Make) -> None:
    few = frame.drop(index=range(4, 30)).reset_index(drop=True)
    parts = parts_of(few, question().recipe, 2, 0, stops=True)
    assert all((few["y"].iloc[part] == "1").any() for part in parts)


def test_only_the_rows_to_fit_on_reach_anything_that_fits(
    frame: pd.DataFrame, question: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = question(kind="xgboost", chain=(("RandomOverSampler", {}),))
    params = {"model.max_depth": 2}
    parts = parts_of(frame, asked.recipe, 4, 1, stops=True)
    allowed = set(frame[ROW_ID].iloc[parts.fitted])
    seen: list[str] = []

    def encode(rows: pd.DataFrame, recipe: Any) -> Any:
        seen.append("encode")
        assert set(rows[ROW_ID]) == allowed
        return recipes.encode(rows, recipe)

    def treat(encoded: Any, *more: Any) -> Any:
        seen.append("treat")
        assert set(encoded.ids) == allowed
        made = original_treat(encoded, *more)
        matrices.append(made.X)
        return made

    def fit(X: Any, y: Any, spec: Any, recipe: Any, early: Any) -> Any:
        seen.append("fit")
        assert X is matrices[0]
        assert len(early.X) == len(parts.watched)
        return original_fit(X, y, spec, recipe, early)

    original_treat, original_fit, matrices = folds.treat, folds.fit, []
    monkeypatch.setattr(folds, "encode", encode)
    monkeypatch.setattr(folds, "treat", treat)
    monkeypatch.setattr(folds, "fit", fit)
    found = score(fold_of(frame, asked.recipe, 4, 1, stops=True), asked, params)
    assert seen == ["encode", "treat", "fit"]
    assert found.value is not None and found.rounds is not None


def test_what_is_held_out_does_not_change_the_rounds(frame: pd.DataFrame, question: Make) -> None:
    asked = question(kind="xgboost")
    parts = parts_of(frame, asked.recipe, 4, 0, stops=True)
    fold = fold_of(frame, asked.recipe, 4, 0, stops=True)
    other = frame.copy()
    other.loc[parts.held_out, ["a", "b"]] = 0.0
    # the folds go by classes alone, so the parts stay the same
    changed = fold_of(other, asked.recipe, 4, 0, stops=True)
    params = {"model.max_depth": 3, "model.learning_rate": 0.1}
    one, two = score(fold, asked, params), score(changed, asked, params)
    assert one.rounds == two.rounds
    assert one.value != two.value


def test_the_config_itself_is_tried_without_early_stopping(question: Make) -> None:
    asked = question(kind="xgboost", params={"n_estimators": 7})
    assert not asked.stops({})
    assert asked.stops({"model.max_depth": 3})
    assert not asked.stops({"model.n_estimators": 50})
    assert not question().stops({"model.C": 1.0})


def test_what_cannot_be_fitted_is_an_answer(frame: pd.DataFrame, question: Make) -> None:
    asked = question(chain=(("SMOTE", {}),), said={"SMOTE": {"sampling_strategy": [0.01, 0.9]}})
    found = score(fold_of(frame, asked.recipe, 4, 0, stops=False), asked, {"1.SMOTE.sampling_strategy": 0.02})
    assert found.value is None
    assert found.note


@pytest.mark.parametrize("metric", ["average_precision", "f2", "log_loss"])
def test_any_metric_judges_a_fold(frame: pd.DataFrame, question: Make, metric: str) -> None:
    asked = question(kind="xgboost", metric=metric)
    fold = fold_of(frame, asked.recipe, 4, 0, stops=True)
    assert (score(fold, asked, {"model.max_depth": 2}).value or 0) > 0


def test_the_folds_are_not_those_of_the_predictions(frame: pd.DataFrame, question: Make) -> None:
    from evenkeel.tuning import search_seed

    recipe = question().recipe
    other = recipe.model_copy(update={"seed": search_seed(recipe.seed)})
    one, two = (fold_positions(frame, each, 4)[0][1] for each in (recipe, other))
    assert set(one) != set(two)
