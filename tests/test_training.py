"""Training: weights, folds and predictions in which no row has a say about itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from sklearn.datasets import make_classification
from sklearn.utils.class_weight import compute_sample_weight
from xgboost import XGBClassifier

from evenkeel import execution, units
from evenkeel.errors import DataError
from evenkeel.models import MODELS, build_model, probabilities, save_estimator, takes_weights
from evenkeel.preprocessing import PreprocessConfig
from evenkeel.recipe import Recipe, Treatment, encode
from evenkeel.splitting import stratified_folds
from evenkeel.store import Store
from evenkeel.tables import CODE, FOLD, ROW_ID, encode_labels
from evenkeel.training import (
    ModelSpec,
    fit,
    load_preprocessor,
    out_of_fold,
    positive_weight,
    predict_fold,
    predictions_frame,
    read_predictions,
    row_weights,
)

FOLDS = 3
LOGISTIC = ModelSpec(kind="logistic", params={})
NOTHING = Treatment()
SMOTE = Treatment(chain=(("SMOTE", {"k_neighbors": 3}),))
SPACES = ("native", "encoded")
RECIPE = Recipe(
    target="ill",
    classes=("no", "yes"),
    numeric=("age", "bmi"),
    dates=(),
    categorical=("city",),
    preprocess=PreprocessConfig(),
    resample_space="native",
    strict=False,
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
    frame: pd.DataFrame, treatment: Treatment = NOTHING, spec: ModelSpec = LOGISTIC
) -> list[npt.NDArray[np.float64]]:
    codes = encode_labels(frame["ill"], RECIPE.classes).codes
    return [
        predict_fold(encode(frame.iloc[inside], RECIPE), frame.iloc[outside], treatment, spec, RECIPE)
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
    with pytest.raises(DataError, match=r"got 'z'\. Available: \['a', 'b'\]"):
        row_weights(np.array([0, 1]), {"z": 2.0}, ["a", "b"])


def test_weights_reach_the_model() -> None:
    encoded = encode(table(), RECIPE)
    plain, weighted = (
        fit(encoded.X, encoded.y, LOGISTIC.model_copy(update={"class_weight": weight}), RECIPE)
        for weight in (None, {"yes": 50.0})
    )
    assert weighted.predict_proba(encoded.X)[:, 1].mean() > plain.predict_proba(encoded.X)[:, 1].mean() + 0.2


def test_a_model_without_weights_is_fitted_as_if_there_were_no_such_parameter() -> None:
    encoded = encode(table(), RECIPE)
    for kind in MODELS:
        spec = BALANCING.get(kind, ModelSpec(kind=kind, params={}))
        ours = probabilities(fit(encoded.X, encoded.y, spec, RECIPE), encoded.X)
        theirs = build_model(kind, spec.params, RECIPE.seed).fit(encoded.X, encoded.y)
        assert ours.tobytes() == probabilities(theirs, encoded.X).tobytes()


def many(rows: int = 3000) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """More distinct numbers in a column than a histogram has bins, and a tenth of positives."""
    X, y = make_classification(rows, 6, weights=[0.9], random_state=0)
    return X, y.astype(np.int64)


@pytest.mark.parametrize("weight", [0.25, 7.5, "balanced"])
@pytest.mark.parametrize("rows", [200, 3000])
def test_the_weight_of_positives_is_xgboosts_own_bit_for_bit(weight: Any, rows: int) -> None:
    X, y = many(rows)
    number = (y == 0).sum() / (y == 1).sum() if weight == "balanced" else weight
    spec = ModelSpec(kind="xgboost", params={"n_estimators": 20}, scale_pos_weight=weight)
    theirs = XGBClassifier(
        n_estimators=20, tree_method="hist", n_jobs=1, random_state=RECIPE.seed, scale_pos_weight=number
    )
    found = probabilities(fit(X, y, spec, RECIPE), X)
    assert found.tobytes() == probabilities(theirs.fit(X, y), X).tobytes()


def test_xgboosts_own_parameter_still_weighs_positives() -> None:
    X, y = many()
    params = {"n_estimators": 5}
    own = ModelSpec(kind="xgboost", params={**params, "scale_pos_weight": 7.5})
    spec = ModelSpec(kind="xgboost", params=params, scale_pos_weight=7.5)
    one, two = (probabilities(fit(X, y, given, RECIPE), X) for given in (own, spec))
    assert one.tobytes() == two.tobytes()


@pytest.mark.parametrize("kind", [kind for kind in MODELS if takes_weights(kind) and kind != "xgboost"])
def test_for_other_models_the_weight_of_positives_is_that_of_their_class(kind: str) -> None:
    X, y = many(200)
    spec = BALANCING.get(kind, ModelSpec(kind=kind, params={}))
    by_class = spec.model_copy(update={"class_weight": {"yes": 3.0}})
    by_positive = spec.model_copy(update={"scale_pos_weight": 3.0})
    one, two = (probabilities(fit(X, y, given, RECIPE), X) for given in (by_class, by_positive))
    assert one.tobytes() == two.tobytes()


def test_balance_is_counted_on_the_rows_that_the_model_is_fitted_on() -> None:
    assert positive_weight(np.repeat([0, 1], [90, 10]), "balanced") == 9
    assert positive_weight(np.repeat([0, 1], [10, 40]), "balanced") == 0.25
    assert positive_weight(np.repeat([0, 1], [90, 10]), 2.5) == 2.5
    assert positive_weight(np.zeros(4, dtype=np.int64), "balanced") == 4


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


BALANCING = {
    kind: ModelSpec(kind=kind, params={"n_estimators": 3}) for kind, entry in MODELS.items() if entry.balances
}
CAPPED = Treatment(chain=(("SMOTE", {"k_neighbors": 3}), ("TomekLinks", {})), max_rows=50)
TREATMENTS = {
    "as they are": (NOTHING, LOGISTIC),
    "smote": (SMOTE, LOGISTIC),
    "capped": (CAPPED, LOGISTIC),
    **{kind: (NOTHING, spec) for kind, spec in BALANCING.items()},
}


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize(("treatment", "spec"), TREATMENTS.values(), ids=TREATMENTS)
@pytest.mark.parametrize("change", CHANGES)
def test_a_held_out_row_has_no_say_about_the_others(
    change: str, treatment: Treatment, spec: ModelSpec, space: str
) -> None:
    frame, recipe = table(), RECIPE.model_copy(update={"resample_space": space})
    inside, outside = stratified_folds(encode_labels(frame["ill"], RECIPE.classes).codes, FOLDS, RECIPE.seed)[
        0
    ]
    held = frame.iloc[outside]
    honest, changed = (
        predict_fold(encode(frame.iloc[inside], recipe), rows, treatment, spec, recipe)
        for rows in (held, CHANGES[change](held))
    )
    assert changed[1:].tobytes() == honest[1:].tobytes()


@pytest.mark.parametrize("spec", BALANCING.values(), ids=BALANCING)
def test_bags_are_drawn_from_the_rows_of_the_other_folds_alone(spec: ModelSpec, tmp_path: Path) -> None:
    frame, store = table(), Store(tmp_path)
    codes = encode_labels(frame["ill"], RECIPE.classes).codes
    _, outside = stratified_folds(codes, FOLDS, RECIPE.seed)[0]
    # every held-out row but one becomes noise: the one has the prediction that it had
    rng = np.random.default_rng(1)
    noise = frame.copy()
    noise.loc[outside[1:], ["age", "bmi"]] = rng.normal(0, 1000, (len(outside) - 1, 2))
    honest, other = (
        units.predict_fold(str(store.root), store.put_table(f, "train"), RECIPE, NOTHING, spec, FOLDS, 0)
        for f in (frame, noise)
    )
    assert other.probabilities[:1].tobytes() == honest.probabilities[:1].tobytes()
    assert other.probabilities[1:].tobytes() != honest.probabilities[1:].tobytes()


@pytest.mark.parametrize("space", SPACES)
def test_through_the_store_a_held_out_row_changes_its_own_prediction_alone(
    space: str, tmp_path: Path
) -> None:
    frame, store = table(), Store(tmp_path)
    recipe = RECIPE.model_copy(update={"resample_space": space})
    codes = encode_labels(frame["ill"], RECIPE.classes).codes
    _, outside = stratified_folds(codes, FOLDS, RECIPE.seed)[0]
    changed = frame.assign(age=frame["age"].where(~frame.index.isin(outside[:3]), -1e6))
    honest, other = (
        units.predict_fold(str(store.root), store.put_table(f, "train"), recipe, SMOTE, LOGISTIC, FOLDS, 0)
        for f in (frame, changed)
    )
    assert other.probabilities[3:].tobytes() == honest.probabilities[3:].tobytes()
    assert other.probabilities[:3].tobytes() != honest.probabilities[:3].tobytes()


def test_predictions_survive_their_table() -> None:
    frame = table()
    found = np.random.default_rng(0).random((len(frame), 2))
    y, back = read_predictions(predictions_frame(frame, RECIPE, found), RECIPE.classes)
    assert back.tobytes() == found.tobytes()
    assert y.tolist() == encode_labels(frame["ill"], RECIPE.classes).codes.tolist()


def test_a_model_that_cannot_be_fitted_is_a_data_error_with_a_next_step() -> None:
    encoded = encode(table(), RECIPE)
    spec = ModelSpec(kind="logistic", params={"l1_ratio": 7})
    with pytest.raises(DataError, match=r"Model logistic could not be fitted: .*Next: look at model\.params"):
        fit(encoded.X, encoded.y, spec, RECIPE)


@pytest.mark.parametrize("kind", ["logistic", "xgboost", *BALANCING])
def test_workers_and_this_process_give_the_same_bits(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train = Store(tmp_path).put_table(table(), "train")
    spec = BALANCING.get(kind, ModelSpec(kind=kind, params={"n_estimators": 5} if kind == "xgboost" else {}))
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


def test_a_stored_preprocessor_gives_the_matrix_that_it_gave(tmp_path: Path) -> None:
    encoded = encode(table(), RECIPE)
    again = load_preprocessor(save_estimator(encoded.preprocessor.transformer), RECIPE)
    assert again.transform(table()).tobytes() == encoded.X.tobytes()
