"""The misses that are told are misses, with true neighbours and what pushed them down."""

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist

from evenkeel.explaining.missed import (
    MOST_MISSES,
    NEIGHBOURS,
    REASONS,
    Known,
    missed,
    worst_given_away,
    worst_misses,
)


def test_the_surest_misses_come_first():
    draws = np.random.default_rng(0)
    y, scores = draws.integers(0, 2, 200), draws.random(200)
    places = worst_misses(y, scores, 0.7)
    assert len(places) == MOST_MISSES
    assert (y[places] == 1).all()
    assert (scores[places] < 0.7).all()
    assert scores[places].tolist() == sorted(scores[y == 1].tolist())[:MOST_MISSES]
    assert len(worst_misses(y, scores, 0.0)) == 0


def test_rows_of_a_class_that_went_to_another_come_by_how_improbable_it_was():
    draws = np.random.default_rng(0)
    y, p = draws.integers(0, 3, 300), draws.dirichlet(np.ones(3), 300)
    called = p.argmax(axis=1)
    places = worst_given_away(y, p, called, 2)
    assert len(places) == MOST_MISSES
    assert (y[places] == 2).all()
    assert (called[places] != 2).all()
    assert p[places, 2].tolist() == sorted(p[places, 2].tolist())


def told(X, known, pushes=None):
    frame = pd.DataFrame({f"c{i}": np.arange(len(X)) + i for i in range(4)})
    pushes = np.zeros((len(X), 4)) if pushes is None else pushes
    ids = [f"r{i}" for i in range(len(X))]
    return missed(frame, ids, np.linspace(0, 1, len(X)), X, pushes, list(frame), known)


def test_neighbours_are_the_nearest_train_rows():
    draws = np.random.default_rng(1)
    X, train = draws.normal(size=(5, 3)), draws.normal(size=(60, 3))
    known = Known([f"t{i}" for i in range(60)], ["0", "1"] * 30, train)
    distances = cdist(X, train)
    for row, found in zip(distances, told(X, known), strict=True):
        near = found["neighbours"]
        assert [n["row"] for n in near] == [f"t{i}" for i in np.argsort(row)[:NEIGHBOURS]]
        assert np.allclose([n["distance"] for n in near], np.sort(row)[:NEIGHBOURS])
        assert {n["label"] for n in near} <= {"0", "1"}


def test_gaps_are_no_reason_to_have_no_neighbours():
    X = np.array([[0.0, np.nan]])
    known = Known(["near", "far"], ["0", "1"], np.array([[0.1, 5.0], [9.0, 5.0]]))
    assert [n["row"] for n in told(X, known)[0]["neighbours"]] == ["near", "far"]


def test_reasons_push_down_and_the_hardest_comes_first():
    pushes = np.array([[-1.0, 2.0, -3.0, 0.0], [1.0, 1.0, 1.0, 1.0]])
    first, second = told(np.zeros((2, 2)), Known(["t"], ["0"], np.zeros((1, 2))), pushes)
    assert [(r["column"], r["push"]) for r in first["reasons"]] == [("c2", -3.0), ("c0", -1.0)]
    assert first["reasons"][0]["value"] == "2"
    assert second["reasons"] == []
    assert len(first["reasons"]) <= REASONS


def test_no_miss_is_an_empty_list():
    assert told(np.empty((0, 2)), Known(["t"], ["0"], np.zeros((1, 2)))) == []
