"""Importances name the columns that the label hangs on, by each of the ways to ask."""

import numpy as np
import pandas as pd
import pytest

from evenkeel.explaining import importance
from evenkeel.models import build_model, probabilities
from evenkeel.preprocessing import PreprocessConfig, fit_preprocessor
from evenkeel.tables import Features


@pytest.fixture(scope="module")
def frame():
    draws = np.random.default_rng(0)
    made = pd.DataFrame(
        {
            "much": draws.normal(size=1_500),
            "some": draws.choice(["a", "b", "c"], 1_500),
            "nothing": draws.normal(size=1_500),
        }
    )
    odds = -2 + 2 * made["much"] + 1.5 * (made["some"] == "b")
    return made.assign(y=(draws.random(1_500) < 1 / (1 + np.exp(-odds))).astype(int))


@pytest.fixture(scope="module")
def preprocessor(frame):
    return fit_preprocessor(
        frame, Features(numeric=("much", "nothing"), dates=(), categorical=("some",)), PreprocessConfig()
    )


def fitted(kind, frame, preprocessor, params=None):
    model = build_model(kind, params or {}, 0, ("0", "1"))
    return model.fit(preprocessor.transform(frame), frame["y"])


def test_every_column_of_the_matrix_has_its_source(preprocessor):
    assert preprocessor.sources == ["much", "nothing", "some", "some", "some"]
    assert len(preprocessor.sources) == len(preprocessor.names)


def test_contributions_add_up_to_the_log_odds(frame, preprocessor):
    model = fitted("xgboost", frame, preprocessor, {"n_estimators": 20})
    X = preprocessor.transform(frame)
    columns, found = importance.contributions(model, X, preprocessor.sources)
    assert columns == ["much", "nothing", "some"]
    assert found.shape == (len(frame), 3)
    p = probabilities(model, X)[:, 1]
    rest = np.log(p / (1 - p)) - found.sum(axis=1)
    assert np.ptp(rest) < 1e-3
    ranked = importance.by_contribution(columns, found)
    assert [told["column"] for told in ranked] == ["much", "some", "nothing"]


def test_contributions_of_several_classes_are_columns_still(frame, preprocessor):
    y = np.digitize(frame["much"], [-0.5, 0.5])
    model = build_model("xgboost", {"n_estimators": 5}, 0, ("a", "b", "c")).fit(
        preprocessor.transform(frame), y
    )
    columns, found = importance.contributions(model, preprocessor.transform(frame), preprocessor.sources)
    assert found.shape == (len(frame), 3, 3)
    assert importance.by_contribution(columns, found)[0]["column"] == "much"


def test_shuffling_what_matters_costs_most_and_changes_nothing(frame, preprocessor):
    model = fitted("logistic", frame, preprocessor)
    before = frame.copy()
    asked = (
        lambda rows: probabilities(model, preprocessor.transform(rows)),
        frame,
        frame["y"].to_numpy(),
        ["much", "nothing", "some"],
    )
    ranked = importance.by_permutation(*asked, seed=1)
    assert [told["column"] for told in ranked] == ["much", "some", "nothing"]
    assert abs(ranked[-1]["value"]) < 0.02
    assert ranked == importance.by_permutation(*asked, seed=1)
    pd.testing.assert_frame_equal(frame, before)


def test_a_replacement_takes_away_what_the_value_added(frame, preprocessor):
    model = fitted("logistic", frame, preprocessor)
    columns = ["much", "nothing", "some"]
    usual = importance.usual_values(frame, columns)
    assert usual["much"] == frame["much"].quantile(0.5, interpolation="nearest")
    assert usual["some"] == frame["some"].mode()[0]
    found = importance.by_replacement(
        lambda rows: probabilities(model, preprocessor.transform(rows)), frame, columns, usual
    )
    # a logistic model adds up columns: what is taken is the coefficient times the distance
    expected = model.coef_[0][0] * (frame["much"] - usual["much"]) / frame["much"].std(ddof=0)
    assert np.allclose(found[:, 0], expected)
    assert (found[(frame["some"] == usual["some"]).to_numpy(), 2] == 0).all()


def test_usual_values_of_gaps_and_truths():
    frame = pd.DataFrame({"none": [None, None], "flag": [True, True], "gap": [np.nan, 3.0]})
    usual = importance.usual_values(frame, list(frame))
    assert usual["none"] is None
    assert usual["flag"] is True or usual["flag"] == True  # noqa: E712 - numpy's truth is another object
    assert usual["gap"] == 3.0
