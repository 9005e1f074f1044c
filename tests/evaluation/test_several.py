"""Several classes: figures are those of the metric table, and intervals hold their values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, precision_score, recall_score, roc_auc_score

from evenkeel.evaluation import several
from evenkeel.evaluation.metrics import METRICS, measure
from evenkeel.evaluation.several import Classed, classed, compared

NAMES = ["none", "smote", "weights"]


def scored(sizes: tuple[int, ...], seed: int = 0, skill: float = 1.5) -> tuple[Any, Any, Any]:
    """Labels, row ids in no order, and probabilities of three strategies, (strategies, rows, classes)."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    logits = rng.normal(size=(3, len(y), len(sizes))) + skill * np.eye(len(sizes))[y]
    p = np.exp(logits)
    return y, np.array([f"r{i}" for i in rng.permutation(len(y))]), p / p.sum(axis=2, keepdims=True)


def made(sizes: tuple[int, ...], **options: Any) -> Classed:
    y, ids, p = scored(sizes, **options)
    return classed(y, ids, p, p.argmax(axis=2))


def labels(of: Classed) -> list[str]:
    return [f"c{code}" for code in range(len(of.sizes))]


@pytest.mark.parametrize("sizes", [(60, 20, 9, 2), (40, 12), (30, 5, 1), (30, 20, 0, 4)])
def test_figures_over_all_classes_are_those_of_the_metric_table(sizes: tuple[int, ...]) -> None:
    of = made(sizes)
    found = compared(of, NAMES, labels(of), 1)["intervals"]
    for place, name in enumerate(NAMES):
        table = measure(of.truth, of.scores[place], of.decided[place])
        told = {key: found[name][key]["value"] for key in found[name]}
        assert told == pytest.approx({key: value for key, value in table.items() if value is not None})
        assert set(METRICS) - set(told) == {key for key, value in table.items() if value is None}


def test_figures_of_a_class_are_scikit_learns_of_it_against_the_rest() -> None:
    of = made((60, 20, 9, 2))
    found = compared(of, NAMES, labels(of), 1)["classes"]
    for place, name in enumerate(NAMES):
        for code, told in enumerate(found[name].values()):
            truth, called = of.truth == code, of.decided[place] == code
            assert (told["rows"], told["called"]) == (truth.sum(), called.sum())
            for key, figure in (("recall", recall_score), ("precision", precision_score), ("f1", f1_score)):
                assert told[key]["value"] == pytest.approx(figure(truth, called, zero_division=0))
            scores = of.scores[place, :, code]
            assert told["roc_auc"]["value"] == pytest.approx(roc_auc_score(truth, scores))
            assert told["average_precision"]["value"] == pytest.approx(average_precision_score(truth, scores))


@pytest.mark.parametrize("sizes", [(60, 20, 9, 2), (40, 12), (30, 5, 1)])
def test_every_interval_holds_its_value_and_stays_in_its_limits(sizes: tuple[int, ...]) -> None:
    of = made(sizes)
    found = compared(of, NAMES, labels(of), 1)
    for figures in found["intervals"].values():
        for key, told in figures.items():
            low, high = METRICS[key].limits
            assert low <= told["low"] <= told["value"] <= told["high"] <= high
            assert told["low"] < told["high"]
    for classes in found["classes"].values():
        for told in classes.values():
            for row in (told[key] for key in told if key not in ("rows", "called")):
                assert 0 <= row["low"] <= row["value"] <= row["high"] <= 1
                assert row["low"] < row["high"]


def test_what_holds_for_all_is_wider_and_a_difference_turns_over_with_its_reference() -> None:
    of = made((60, 20, 9))
    found = compared(of, NAMES, labels(of), 1)["differences"]
    for reference in NAMES:
        for name, figures in found[reference].items():
            for key, told in figures.items():
                assert told["all_low"] <= told["low"] <= told["value"] <= told["high"] <= told["all_high"]
                back = found[name][reference][key]
                assert (back["value"], back["low"]) == pytest.approx((-told["value"], -told["high"]))


def test_the_same_strategy_under_two_names_differs_by_nothing() -> None:
    y, ids, p = scored((30, 10, 4))
    p[1] = p[0]
    of = classed(y, ids, p, p.argmax(axis=2))
    told = compared(of, NAMES, labels(of), 1)["differences"]["none"]["smote"]
    assert {(row["all_low"], row["all_high"]) for row in told.values()} == {(0.0, 0.0)}


def test_the_order_of_rows_does_not_matter_and_the_seed_does() -> None:
    y, ids, p = scored((30, 10, 4))
    order = np.random.default_rng(5).permutation(len(y))
    one = classed(y, ids, p, p.argmax(axis=2))
    other = classed(y[order], ids[order], p[:, order], p.argmax(axis=2)[:, order])
    assert compared(one, NAMES, labels(one), 1) == compared(other, NAMES, labels(one), 1)
    assert compared(one, NAMES, labels(one), 1) != compared(one, NAMES, labels(one), 2)


def test_rows_of_a_class_stay_as_many_in_every_replicate(monkeypatch: pytest.MonkeyPatch) -> None:
    of = made((30, 10, 4))
    monkeypatch.setattr(several, "REPLICATES", 50)
    drawn = several._drawn(of, several.weights(of.sizes, 50, 3)).confusion
    smoothed = several._smoothed(drawn, of, 3)
    for counts in (drawn, smoothed):
        assert counts.sum(axis=2) == pytest.approx(np.broadcast_to(np.array(of.sizes)[:, None], (3, 3, 50)))
        assert (counts >= 0).all()


def test_more_is_known_of_a_mean_than_of_its_rarest_class_and_less_than_of_all_rows() -> None:
    assert made((100, 100, 100)).known == pytest.approx(1 + 3 * 101)
    assert 10 < made((1000, 10, 10, 10)).known < 40
    assert 2 <= made((50, 1)).seen < made((50, 1)).known < 10


def test_one_row_is_known_to_nobody() -> None:
    """Where a class has one row, every replicate has that row, and says nothing of others."""
    of = made((60, 20, 1), skill=9.0)
    found = compared(of, NAMES, labels(of), 1)
    for name in NAMES:
        told = found["classes"][name]["c2"]
        assert all(told[key]["low"] < 0.4 for key in ("recall", "precision", "f1"))
        assert all(told[key]["low"] < 0.4 for key in ("roc_auc", "average_precision"))
        # a third of the macro figures is of that class
        assert found["intervals"][name]["recall"]["low"] < 0.8
        assert found["intervals"][name]["roc_auc"]["low"] < 0.8
