"""Training: weights, folds and predictions in which no row has a say about itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from sklearn.utils.class_weight import compute_sample_weight

from evenkeel import execution, units
from evenkeel.errors import DataError
from evenkeel.preprocessing import PreprocessConfig
from evenkeel.splitting import stratified_folds
from evenkeel.store import Store
from evenkeel.tables import ROW_ID, encode_labels
from evenkeel.training import (
    CODE,
    FOLD,
    ORIGIN,
    ModelSpec,
    Recipe,
    check_chain,
    encode,
    fit,
    out_of_fold,
    predict_fold,
    predictions_frame,
    read_predictions,
    resample,
    resampled_arrays,
    resampled_frame,
    row_weights,
)

FOLDS = 3
LOGISTIC = ModelSpec(kind="logistic", params={})
SMOTE = [("SMOTE", {"k_neighbors": 3})]
RECIPE = Recipe(
    target="ill",
    classes=("no", "yes"),
    numeric=("age", "bmi"),
    dates=(),
    categorical=("city",),
    preprocess=PreprocessConfig(),
    seed=5,
)


def table(rows: int = 90) -> pd.DataFrame:
    """Rows of which a third is ill, with missing cells and a category."""
    rng = np.random.default_rng(0)
    ill = np.arange(rows) % 3 == 0
    frame = pd.DataFrame(
        {
            ROW_ID: [f"r{i}" for i in range(rows)],
            "age": rng.normal(50, 10, rows) + 10 * ill,
            "bmi": rng.normal(25, 4, rows) + 2 * ill,
            "city": rng.choice(["a", "b", "c"], rows),
            "ill": np.where(ill, "yes", "no"),
        }
    ).astype({ROW_ID: "str", "city": "str", "ill": "str"})
    frame.loc[::7, "bmi"] = np.nan
    return frame


def parts_of(
    frame: pd.DataFrame, chain: Any = (), spec: ModelSpec = LOGISTIC
) -> list[npt.NDArray[np.float64]]:
    codes = encode_labels(frame["ill"], RECIPE.classes).codes
    return [
        predict_fold(encode(frame.iloc[inside], RECIPE), frame.iloc[outside], chain, spec, RECIPE)
        for inside, outside in stratified_folds(codes, FOLDS, RECIPE.seed)
    ]


@pytest.mark.parametrize("sizes", [(90, 30), (5, 1), (10, 20, 70), (4, 4)])
def test_balanced_weights_are_scikit_learns(sizes: tuple[int, ...]) -> None:
    y = np.random.default_rng(0).permutation(np.repeat(np.arange(len(sizes)), sizes))
    found = row_weights(y, "balanced", [str(code) for code in range(len(sizes))])
    np.testing.assert_array_equal(found, compute_sample_weight("balanced", y))


def test_a_class_without_rows_does_not_change_the_balance() -> None:
    y = np.repeat([0, 2], [6, 3])
    np.testing.assert_array_equal(
        row_weights(y, "balanced", ["a", "b", "c"]), compute_sample_weight("balanced", y)
    )


def test_named_weights_are_given_by_name_and_the_others_weigh_one() -> None:
    found = row_weights(np.array([0, 1, 2, 1]), {"b": 2.5}, ["a", "b", "c"])
    assert found is not None
    assert found.tolist() == [1.0, 2.5, 1.0, 2.5]


def test_without_weights_there_are_none() -> None:
    assert row_weights(np.array([0, 1]), None, ["a", "b"]) is None


def test_a_weight_for_an_unknown_class_is_refused_by_name() -> None:
    with pytest.raises(DataError, match=r"got \['z'\]\. Available: \['a', 'b'\]"):
        row_weights(np.array([0, 1]), {"z": 2.0}, ["a", "b"])


def test_weights_reach_the_model() -> None:
    encoded = encode(table(), RECIPE)
    plain, weighted = (
        fit(encoded.X, encoded.y, LOGISTIC.model_copy(update={"class_weight": weight}), RECIPE)
        for weight in (None, {"yes": 50.0})
    )
    assert weighted.predict_proba(encoded.X)[:, 1].mean() > plain.predict_proba(encoded.X)[:, 1].mean() + 0.2


def test_out_of_fold_predictions_cover_every_row_once_in_order() -> None:
    frame = table()
    found = out_of_fold(frame, RECIPE, parts_of(frame))
    assert found[ROW_ID].tolist() == frame[ROW_ID].tolist()
    assert found[CODE].tolist() == frame["ill"].tolist()
    assert sorted(found[FOLD].unique()) == list(range(FOLDS))
    np.testing.assert_allclose(found[["p(no)", "p(yes)"]].sum(axis=1), 1)


def test_every_prediction_is_of_the_model_that_did_not_see_the_row() -> None:
    frame, codes = table(), encode_labels(table()["ill"], RECIPE.classes).codes
    found = out_of_fold(frame, RECIPE, [np.full((30, 2), number / 10) for number in range(FOLDS)])
    for number, (_, outside) in enumerate(stratified_folds(codes, FOLDS, RECIPE.seed)):
        assert (found.loc[outside, FOLD] == number).all()
        assert (found.loc[outside, "p(yes)"] == number / 10).all()


CHANGES = {
    "label": lambda held: held.assign(ill="yes"),
    "number": lambda held: held.assign(age=np.where(np.arange(len(held)) == 0, 1e9, held["age"])),
    "missing": lambda held: held.assign(bmi=[np.nan, *held["bmi"].tolist()[1:]]),
    "category": lambda held: held.assign(city=["never seen", *held["city"].tolist()[1:]]),
}


@pytest.mark.parametrize("chain", [[], SMOTE], ids=["as they are", "smote"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_held_out_row_has_no_say_about_the_others(change: str, chain: Any) -> None:
    frame = table()
    inside, outside = stratified_folds(encode_labels(frame["ill"], RECIPE.classes).codes, FOLDS, RECIPE.seed)[
        0
    ]
    held = frame.iloc[outside]
    honest = predict_fold(encode(frame.iloc[inside], RECIPE), held, chain, LOGISTIC, RECIPE)
    changed = predict_fold(encode(frame.iloc[inside], RECIPE), CHANGES[change](held), chain, LOGISTIC, RECIPE)
    assert changed[1:].tobytes() == honest[1:].tobytes()


def test_through_the_store_a_held_out_row_changes_its_own_prediction_alone(tmp_path: Path) -> None:
    frame, store = table(), Store(tmp_path)
    codes = encode_labels(frame["ill"], RECIPE.classes).codes
    _, outside = stratified_folds(codes, FOLDS, RECIPE.seed)[0]
    changed = frame.assign(age=frame["age"].where(~frame.index.isin(outside[:3]), -1e6))
    honest, other = (
        units.predict_fold(str(store.root), store.put_table(f, "train"), RECIPE, SMOTE, LOGISTIC, FOLDS, 0)
        for f in (frame, changed)
    )
    assert other.probabilities[3:].tobytes() == honest.probabilities[3:].tobytes()
    assert other.probabilities[:3].tobytes() != honest.probabilities[:3].tobytes()


def test_preprocessing_of_a_fold_has_not_seen_its_held_out_rows() -> None:
    frame = table()
    inside, outside = stratified_folds(encode_labels(frame["ill"], RECIPE.classes).codes, FOLDS, RECIPE.seed)[
        0
    ]
    wild = frame.copy()
    wild.loc[outside, ["age", "bmi"]] = 1e9
    wild.loc[outside, "city"] = "never seen"
    honest, other = (encode(f.iloc[inside], RECIPE) for f in (frame, wild))
    assert other.X.tobytes() == honest.X.tobytes()
    assert other.preprocessor.names == honest.preprocessor.names


@pytest.mark.parametrize("chain", [[], SMOTE, [("RandomUnderSampler", {})]], ids=str)
def test_a_resampled_set_survives_its_table(chain: Any, tmp_path: Path) -> None:
    encoded, store = encode(table(), RECIPE), Store(tmp_path)
    made = resample(encoded, chain, RECIPE)
    frame = store.get_table(store.put_table(resampled_frame(encoded, made, RECIPE), "resampled"))
    X, y = resampled_arrays(frame, RECIPE)
    assert X.tobytes() == np.ascontiguousarray(made.X).tobytes()
    assert y.tolist() == made.y.tolist()


def test_a_copy_names_its_train_row_and_a_synthetic_row_none() -> None:
    frame = table()
    encoded = encode(frame, RECIPE)
    under = resampled_frame(encoded, resample(encoded, [("RandomUnderSampler", {})], RECIPE), RECIPE)
    labels = frame.set_index(ROW_ID)["ill"]
    assert under[CODE].tolist() == labels[under[ORIGIN]].tolist()
    over = resampled_frame(encoded, resample(encoded, SMOTE, RECIPE), RECIPE)
    assert over[ORIGIN].isna().all()


def test_predictions_survive_their_table() -> None:
    frame = table()
    found = np.random.default_rng(0).random((len(frame), 2))
    y, back = read_predictions(predictions_frame(frame, RECIPE, found), RECIPE.classes)
    assert back.tobytes() == found.tobytes()
    assert y.tolist() == encode_labels(frame["ill"], RECIPE.classes).codes.tolist()


def test_a_chain_that_lacks_rows_is_refused_before_anything_is_fitted() -> None:
    with pytest.raises(DataError, match="got 3"):
        check_chain(SMOTE, np.array([60, 3]), RECIPE)
    check_chain(SMOTE, np.array([60, 4]), RECIPE)
    check_chain([], np.array([60, 1]), RECIPE)


def test_a_model_that_cannot_be_fitted_is_a_data_error_with_a_next_step() -> None:
    encoded = encode(table(), RECIPE)
    spec = ModelSpec(kind="logistic", params={"l1_ratio": 7})
    with pytest.raises(DataError, match=r"Model logistic could not be fitted: .*Next: look at model\.params"):
        fit(encoded.X, encoded.y, spec, RECIPE)


@pytest.mark.parametrize("kind", ["logistic", "xgboost"])
def test_workers_and_this_process_give_the_same_bits(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train = Store(tmp_path).put_table(table(), "train")
    spec = ModelSpec(kind=kind, params={"n_estimators": 5} if kind == "xgboost" else {})
    work = [
        (units.predict_fold, (str(tmp_path), train, RECIPE, SMOTE, spec, FOLDS, number))
        for number in range(FOLDS)
    ]
    here = dict(execution.run(work))
    monkeypatch.setenv("EVENKEEL_WORKERS", "2")
    try:
        there = dict(execution.run(work))
    finally:
        execution.stop()
    for number in range(FOLDS):
        assert there[number].probabilities.tobytes() == here[number].probabilities.tobytes()
