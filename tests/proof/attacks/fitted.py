"""Attacks on what is fitted: by rows that it must not see, with all that follows made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score

from evenkeel.models import load_model, probabilities, save_estimator
from evenkeel.preprocessing import Preprocessor, fit_preprocessor
from evenkeel.recipe import Treatment, encode
from evenkeel.tables import FOLD, encode_labels
from evenkeel.training import ModelSpec, fit_final
from evenkeel.treatment import products, training_arrays
from tests.proof.attacks.attack import Attack, all_rows, recipe_of, side

if TYPE_CHECKING:
    from tests.proof.conftest import Forger


def strategies(forger: Forger) -> list[str]:
    return [str(r.step.subject) for r in forger.records if r.step.stage == "train"]


def put_preprocessor(forger: Forger, leaking: Preprocessor) -> None:
    """Another preprocessor, with the models, predictions and figures that it gives."""
    record, recipe = forger.record("preprocess"), recipe_of(forger)
    stored = forger.store.put(save_estimator(leaking.transformer), "model")
    forger.swap(record.outputs["preprocessor"], stored)
    forger.replace("preprocess", facts=record.facts | {"columns": leaking.names})
    for name in strategies(forger):
        resampled = forger.store.get_table(forger.record(f"resample {name}").outputs["resampled"])
        forger.swap_model(name, *training_arrays(resampled, leaking, recipe))


def fitted_on_all(forger: Forger) -> Preprocessor:
    recipe = recipe_of(forger)
    return fit_preprocessor(all_rows(forger)[0], recipe.features, recipe.preprocess)


def preprocessor_on_all(forger: Forger) -> None:
    put_preprocessor(forger, fitted_on_all(forger))


def learned(step: str, *names: str) -> Any:
    """One step of the numbers' pipeline knows all rows, the others train alone."""

    def forge(forger: Forger) -> None:
        honest, leaking = forger.preprocessor(), fitted_on_all(forger)
        mine, theirs = (p.transformer.named_transformers_["numbers"][step] for p in (honest, leaking))
        for name in names:
            setattr(mine, name, getattr(theirs, name))
        put_preprocessor(forger, honest)

    return forge


def encoder_on_all(forger: Forger) -> None:
    """It knows a city that train does not have; the numbers are as they should be."""
    honest, leaking = forger.preprocessor(), fitted_on_all(forger)
    blocks = leaking.transformer.transformers_
    kept = honest.transformer.named_transformers_["numbers"]
    leaking.transformer.transformers_ = [(n, kept if n == "numbers" else b, c) for n, b, c in blocks]
    put_preprocessor(forger, leaking)


def model_on_all(forger: Forger) -> None:
    frame, y = all_rows(forger)
    forger.swap_model("smote", forger.preprocessor().transform(frame), y)


def stopped_by_test(forger: Forger) -> None:
    """As many trees as are best for test, which is what early stopping on it comes to."""
    record, recipe = forger.record("train none"), recipe_of(forger)
    spec = ModelSpec.model_validate(record.step.parameters["model"])
    test, preprocessor = side(forger, "test"), forger.preprocessor()
    resampled = forger.store.get_table(forger.record("resample none").outputs["resampled"])
    X, y = training_arrays(resampled, preprocessor, recipe)
    seen, truth = preprocessor.transform(test), encode_labels(test[recipe.target], recipe.classes).codes

    def fitted(trees: int) -> bytes:
        return fit_final(
            X, y, spec.model_copy(update={"params": spec.params | {"n_estimators": trees}}), recipe
        )

    def score(model: bytes) -> float:
        found = probabilities(load_model("xgboost", model), seen)[:, 1]
        return float(average_precision_score(truth, found))

    best = max((fitted(trees) for trees in (1, 2, 3, 8, 13)), key=score)
    forger.swap(record.outputs["model"], forger.store.put(best, "model"))
    forger.judge("none")


def smote_on_all(forger: Forger) -> None:
    """Synthetic rows between train and test rows, and the model that learns from them."""
    step, recipe = forger.record("resample smote").step, recipe_of(forger)
    treatment = Treatment.model_validate(step.parameters["treatment"])
    made = products(encode(all_rows(forger)[0], recipe), treatment, recipe).frame
    forger.swap_table("resample smote", "resampled", lambda _: made)
    forger.swap_model("smote", *training_arrays(made, forger.preprocessor(), recipe))


def saw_the_fold(forger: Forger) -> None:
    """Predictions for train by the final model, passed off as out-of-fold."""
    record = forger.record("train none")
    model = load_model("logistic", forger.store.get(record.outputs["model"]))
    found = probabilities(model, forger.preprocessor().transform(side(forger, "train")))
    forger.swap_out_of_fold("none", lambda table: table.assign(**{"p(0)": found[:, 0], "p(1)": found[:, 1]}))


def smote_before_the_folds(forger: Forger) -> None:
    """The usual mistake: SMOTE on all of train, and only then the folds."""
    record, recipe = forger.record("train smote"), recipe_of(forger)
    resampled = forger.store.get_table(forger.record("resample smote").outputs["resampled"])
    X, y = training_arrays(resampled, forger.preprocessor(), recipe)
    known = forger.preprocessor().transform(side(forger, "train"))
    spec = ModelSpec.model_validate(record.step.parameters["model"])

    def leaked(table: pd.DataFrame) -> pd.DataFrame:
        for number in sorted(table[FOLD].unique()):
            mine = (table[FOLD] == number).to_numpy()
            inside = np.ones(len(X), dtype=bool)
            inside[: len(mine)] = ~mine
            model = load_model("logistic", fit_final(X[inside], y[inside], spec, recipe))
            table.loc[mine, ["p(0)", "p(1)"]] = probabilities(model, known[mine])
        return table

    forger.swap_out_of_fold("smote", leaked)


def give_test_to(label: str) -> Any:
    def forge(forger: Forger) -> None:
        test = forger.record("split").outputs["test"].model_copy(update={"role": "train"})
        forger.restep(label, inputs=forger.record(label).step.inputs | {"more": test})

    return forge


def give_disguised_test(forger: Forger) -> None:
    """The test rows in other bytes, as a second product of ingest, so that no digest is known."""
    other = forger.store.put_table(side(forger, "test").iloc[::-1], "train")
    forger.replace("ingest", outputs=forger.record("ingest").outputs | {"notes": other})
    forger.restep("train smote", inputs=forger.record("train smote").step.inputs | {"more": other})


def model_of_another_strategy(forger: Forger) -> None:
    models = (forger.record(f"train {name}").outputs["model"] for name in ("none", "smote"))
    forger.swap(*models)
    forger.judge("none")


def false_environment(forger: Forger) -> None:
    """A leak that is declared to be rounding."""
    forger.pretend(numpy="2.3.1")
    model_on_all(forger)


def _follow(name: str, how: str, forge: Any, on: str = "plain", code: str = "EK014") -> Attack:
    return Attack(name, how, code, forge, on=on, replay=True)


FITTED = (
    _follow("preprocessor fitted on all rows", "models and figures follow", preprocessor_on_all),
    _follow(
        "scaler fitted on all rows", "all else on train", learned("scale", "mean_", "var_", "scale_"), "typed"
    ),
    _follow("imputer fitted on all rows", "all else on train", learned("impute", "statistics_"), "typed"),
    _follow("encoder fitted on all rows", "it knows a category of test alone", encoder_on_all, "typed"),
    _follow("model fitted on test rows too", "predictions and figures follow", model_on_all),
    _follow("model stopped early on test", "as many trees as suit test best", stopped_by_test, "boosted"),
    _follow("SMOTE between train and test rows", "the model follows", smote_on_all, code="EK008"),
    _follow("SMOTE before the folds", "threshold and figures follow", smote_before_the_folds),
    _follow("out-of-fold by a model that saw the fold", "threshold and figures follow", saw_the_fold),
    _follow("model of another strategy", "predictions and figures follow", model_of_another_strategy),
    _follow("a leak declared to be rounding", "false versions in every record", false_environment),
    Attack("test given to a sampler", "under the role of train", "EK005", give_test_to("resample smote")),
    Attack("test given to the choice of thresholds", "likewise", "EK005", give_test_to("decide smote")),
    Attack("test given under a digest of its own", "as a product of ingest", "EK011", give_disguised_test),
)
