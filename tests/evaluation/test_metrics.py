"""Metrics: scikit-learn's and imbalanced-learn's figures, and None where there is none."""

import warnings

import numpy as np
import pytest
import sklearn.metrics as sk
from hypothesis import given, settings
from hypothesis import strategies as st
from imblearn.metrics import geometric_mean_score
from sklearn.preprocessing import label_binarize

from evenkeel.evaluation.metrics import METRICS, Counts, confusion_matrix, count, measure

CHECK = settings(max_examples=60, deadline=None)
SCORES = ("roc_auc", "average_precision", "brier", "log_loss")


def cases(classes: int):
    """Labels, decisions and class probabilities; ties and absent classes are common."""
    code, weight = st.integers(0, classes - 1), st.integers(0, 4)
    row = st.tuples(code, code, st.lists(weight, min_size=classes, max_size=classes).filter(sum))
    return st.lists(row, min_size=1, max_size=30).map(as_arrays)


def as_arrays(rows):
    y, decided, weights = (np.array(column) for column in zip(*rows, strict=True))
    return y, decided, weights / weights.sum(axis=1, keepdims=True)


def quietly(function, *arguments, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*arguments, **options)


def g_mean(recalls) -> float:
    return float(np.prod(recalls) ** (1 / len(recalls)))


@CHECK
@given(cases(2))
def test_binary_figures_of_decisions_are_scikit_learns(case):
    y, decided, probabilities = case
    recalls = sk.recall_score(y, decided, labels=[0, 1], average=None, zero_division=0)
    expected = {
        "recall": sk.recall_score(y, decided, zero_division=0),
        "precision": sk.precision_score(y, decided, zero_division=0),
        "f1": sk.f1_score(y, decided, zero_division=0),
        "f2": sk.fbeta_score(y, decided, beta=2, zero_division=0),
        "balanced_accuracy": recalls.mean(),
        "g_mean": g_mean(recalls),
        "mcc": quietly(sk.matthews_corrcoef, y, decided),
    }
    found = measure(y, probabilities, decided)
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-12)


@CHECK
@given(cases(2).filter(lambda case: len(set(case[0])) == 2))
def test_with_both_classes_present_these_are_the_libraries_own_functions(case):
    y, decided, probabilities = case
    found = measure(y, probabilities, decided)
    assert found["balanced_accuracy"] == pytest.approx(sk.balanced_accuracy_score(y, decided))
    assert found["g_mean"] == pytest.approx(geometric_mean_score(y, decided))


@CHECK
@given(cases(2).filter(lambda case: len(set(case[0])) == 2))
def test_binary_figures_of_scores_are_scikit_learns(case):
    y, decided, probabilities = case
    scores = probabilities[:, 1]
    expected = {
        "roc_auc": sk.roc_auc_score(y, scores),
        "average_precision": sk.average_precision_score(y, scores),
        "brier": sk.brier_score_loss(y, scores),
        "log_loss": sk.log_loss(y, probabilities),
    }
    found = measure(y, probabilities, decided)
    assert {name: found[name] for name in SCORES} == pytest.approx(expected, abs=1e-12)


@CHECK
@given(cases(3))
def test_multiclass_figures_of_decisions_are_the_macro_means(case):
    y, decided, probabilities = case
    macro = {"average": "macro", "zero_division": 0}
    expected = {
        "recall": sk.recall_score(y, decided, **macro),
        "precision": sk.precision_score(y, decided, **macro),
        "f1": sk.f1_score(y, decided, **macro),
        "f2": sk.fbeta_score(y, decided, beta=2, **macro),
        "balanced_accuracy": sk.recall_score(y, decided, **macro),
        "g_mean": quietly(geometric_mean_score, y, decided, average="multiclass"),
        "mcc": quietly(sk.matthews_corrcoef, y, decided),
    }
    found = quietly(measure, y, probabilities, decided)
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-12)


@CHECK
@given(cases(3).filter(lambda case: len(set(case[0])) == 3))
def test_multiclass_figures_of_scores_are_scikit_learns(case):
    y, decided, probabilities = case
    expected = {
        "roc_auc": sk.roc_auc_score(y, probabilities, multi_class="ovr"),
        "average_precision": sk.average_precision_score(label_binarize(y, classes=[0, 1, 2]), probabilities),
        "brier": sk.brier_score_loss(y, probabilities, scale_by_half=False),
        "log_loss": sk.log_loss(y, probabilities),
    }
    found = measure(y, probabilities, decided)
    assert {name: found[name] for name in SCORES} == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("y", "decided"), [([0, 0, 0], [0, 0, 0]), ([0, 0, 1], [2, 2, 2])], ids=["one class", "a class absent"]
)
def test_a_fold_without_all_classes_warns_of_nothing(y, decided):
    measure(np.array(y), np.full((3, 3), 1 / 3), np.array(decided))


@CHECK
@given(st.one_of(cases(2), cases(3)))
def test_every_figure_stays_within_its_limits(case):
    y, decided, probabilities = case
    for name, value in quietly(measure, y, probabilities, decided).items():
        low, high = METRICS[name].limits
        assert value is None or low - 1e-12 <= value <= high + 1e-12


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("code", [0, 1])
def test_figures_of_scores_are_undefined_when_a_class_is_absent(classes, code):
    y = np.full(4, code)
    found = quietly(measure, y, np.full((4, classes), 1 / classes), y)
    assert [found[name] for name in SCORES] == [None] * 4
    assert None not in [value for name, value in found.items() if name not in SCORES]


def test_a_perfect_and_a_useless_model():
    y = np.array([0, 0, 0, 1])
    certain = np.eye(2)[y]
    perfect = measure(y, certain, y)
    assert perfect["log_loss"] == pytest.approx(0, abs=1e-12)
    assert {perfect[name] for name in METRICS if name not in {"brier", "log_loss"}} == {1.0}
    useless = measure(y, np.full((4, 2), 0.5), np.zeros(4, dtype=int))
    assert {useless[name] for name in ("recall", "precision", "f1", "f2", "g_mean", "mcc")} == {0.0}
    assert (useless["balanced_accuracy"], useless["roc_auc"], useless["brier"]) == (0.5, 0.5, 0.25)


def test_figures_by_hand():
    y = np.array([1] * 4 + [0] * 6)
    decided = np.array([1, 1, 1, 0, 1, 1, 0, 0, 0, 0])
    found = measure(y, np.eye(2)[decided], decided)
    assert found["recall"] == 3 / 4
    assert found["precision"] == 3 / 5
    assert found["f1"] == pytest.approx(2 / 3)
    assert found["f2"] == pytest.approx(5 * 3 / (5 * 3 + 4 * 1 + 2))
    assert found["g_mean"] == pytest.approx((3 / 4 * 4 / 6) ** 0.5)
    assert found["mcc"] == pytest.approx((3 * 4 - 2 * 1) / (5 * 4 * 6 * 5) ** 0.5)


@CHECK
@given(cases(2))
def test_counts_are_scikit_learns(case):
    y, decided, _ = case
    tn, fp, fn, tp = sk.confusion_matrix(y, decided, labels=[0, 1]).ravel().tolist()
    assert count(y, decided).as_dict() == {"tn": tn, "fp": fp, "fn": fn, "tp": tp}


@CHECK
@given(cases(4))
def test_the_matrix_has_the_true_class_in_rows(case):
    y, decided, _ = case
    assert confusion_matrix(y, decided, 4) == sk.confusion_matrix(y, decided, labels=range(4)).tolist()


@pytest.mark.parametrize("name", [name for name, metric in METRICS.items() if metric.needs_threshold])
def test_a_formula_serves_many_matrices_as_it_serves_one(name):
    formula = METRICS[name].formula
    grid = np.array(np.meshgrid(*[[0, 1, 7]] * 4)).reshape(4, -1)
    many = formula(Counts(*grid))
    assert many.tolist() == [float(formula(Counts(*(int(v) for v in column)))) for column in grid.T]


def test_counts_of_a_large_table_do_not_overflow():
    big = 2_000_000_000
    assert float(METRICS["mcc"].formula(Counts(*(np.int64(v) for v in (big, 0, 0, big))))) == pytest.approx(1)


@pytest.mark.parametrize(("name", "metric"), METRICS.items())
def test_every_metric_of_the_table_can_be_computed_for_both_kinds_of_task(name, metric):
    assert (metric.formula is None) != (metric.score is None)
    assert (metric.formula is None) == (metric.macro is None)
    assert metric.higher_is_better == (name not in {"brier", "log_loss"})
    assert metric.title


def test_the_names_of_the_metrics_are_pinned():
    assert list(METRICS) == [
        *("recall", "precision", "f1", "f2", "balanced_accuracy", "g_mean", "mcc"),
        *SCORES,
    ]
