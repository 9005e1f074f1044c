"""Calibrated probabilities are frequencies again, and rank rows as before."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from evenkeel.canonical import json_bytes
from evenkeel.evaluation.calibration import FEWEST_FOR_ISOTONIC, apply, fit, prior_factors
from evenkeel.evaluation.metrics import METRICS

HELD_OUT = {"method": "held-out"}


def odds(p):
    return p / (1 - p)


def drawn(rows, seed, classes=2):
    """True probabilities, and labels drawn from them; the first class is the most frequent."""
    draws = np.random.default_rng(seed)
    p = draws.dirichlet([8.0, *[1.0] * (classes - 1)], rows)
    y = (p.cumsum(axis=1) < draws.random(rows)[:, None]).sum(axis=1)
    return p, y


def distorted(p, weights):
    made = p * weights
    return made / made.sum(axis=1, keepdims=True)


@given(st.floats(0.001, 0.999), st.floats(0.01, 100))
def test_a_weight_of_the_positive_class_is_taken_back(p, weight):
    learned = weight * odds(p) / (1 + weight * odds(p))
    factors = prior_factors([900, 100], [900, 100 * weight])
    made = apply(
        fit({"method": "prior", "factors": factors}, np.array([]), None), np.array([[1 - learned, learned]])
    )
    assert made[0, 1] == pytest.approx(p, rel=1e-9)
    assert made.sum() == pytest.approx(1)


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_shares_of_any_number_of_classes_are_taken_back(classes):
    p, y = drawn(200, 1, classes)
    before = np.bincount(y, minlength=classes)
    after = np.full(classes, before.max())
    asked = {"method": "prior", "factors": prior_factors(before, after)}
    made = apply(asked, distorted(p, after / before))
    assert np.allclose(made, p)


@pytest.mark.parametrize(("rows", "method"), [(3_000, "sigmoid"), (12_000, "isotonic")])
def test_scores_of_a_balanced_model_become_frequencies(rows, method):
    p, y = drawn(rows, 2)
    assert (np.bincount(y).min() >= FEWEST_FOR_ISOTONIC) == (method == "isotonic")
    scores = distorted(p, [1.0, 8.0])
    found = fit(HELD_OUT, y, scores)
    assert found["method"] == method
    # judged on rows that the map has not seen
    p, y = drawn(20_000, 3)
    raw = distorted(p, [1.0, 8.0])
    made = apply(found, raw)
    for name in ("brier", "log_loss"):
        best, now, before = (METRICS[name].score(y, scores) for scores in (p, made, raw))
        assert now - best < 0.05 * (before - best)
    assert made[:, 1].mean() == pytest.approx(y.mean(), abs=0.01)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 60), st.booleans())
def test_two_classes_are_ranked_as_before(seed, rows, many):
    draws = np.random.default_rng(seed)
    y = draws.integers(0, 2, rows)
    scores = np.round(draws.random(rows), 3)
    if many:
        y, scores = np.tile(y, 2_500), np.tile(scores, 2_500)
    found = fit(HELD_OUT, y, np.column_stack([1 - scores, scores]))
    fresh = np.linspace(0.001, 0.999, 400)
    made = apply(found, np.column_stack([1 - fresh, fresh]))[:, 1]
    assert (np.diff(made) > 0).all()
    assert ((made >= 0) & (made <= 1)).all()


def test_a_map_is_the_same_after_it_was_stored():
    p, y = drawn(9_000, 4, 3)
    for asked in (HELD_OUT, {"method": "prior", "factors": [1.0, 0.25, 0.5]}):
        found = fit(asked, y, p)
        again = json.loads(json_bytes(found))
        assert np.array_equal(apply(found, p), apply(again, p))
        assert np.allclose(apply(found, p).sum(axis=1), 1)


@pytest.mark.parametrize("y", [np.zeros(20, dtype=int), np.ones(20, dtype=int)])
def test_one_class_alone_moves_nothing(y):
    scores = np.linspace(0.1, 0.9, 20)
    p = np.column_stack([1 - scores, scores])
    assert np.allclose(apply(fit(HELD_OUT, y, p), p), p)


def test_scores_that_mislead_become_the_share_of_positives():
    draws = np.random.default_rng(5)
    y = (draws.random(2_000) < 0.1).astype(int)
    scores = np.clip(0.5 - 0.3 * y + 0.1 * draws.normal(size=2_000), 0.01, 0.99)
    made = apply(
        fit(HELD_OUT, y, np.column_stack([1 - scores, scores])), np.column_stack([1 - scores, scores])
    )
    assert np.allclose(made[:, 1], y.mean(), atol=0.005)


def test_no_map_is_no_change():
    p, _ = drawn(10, 6)
    assert apply(None, p) is p


def test_a_map_is_the_same_bits_with_any_number_of_threads():
    draws = np.random.default_rng(0)
    scores = draws.beta(1, 8, 35_000)
    y = (draws.random(35_000) < scores / 10).astype(np.int64)
    given = np.column_stack([1 - scores, scores])
    made = []
    for threads in (1, 2, 4):
        with threadpool_limits(threads):
            made.append(json_bytes(fit(HELD_OUT, y, given)))
    assert made[0] == made[1] == made[2]
