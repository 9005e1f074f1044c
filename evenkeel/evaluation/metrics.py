"""The metric table. Figures that need a decision are formulas of the four counts, so that one formula
serves a single confusion matrix and a whole sweep of thresholds alike.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Counts:
    """A binary confusion matrix, or arrays of them: one per threshold."""

    tn: Any
    fp: Any
    fn: Any
    tp: Any

    def as_dict(self) -> dict[str, int]:
        """The four counts, for JSON."""
        return {"tn": int(self.tn), "fp": int(self.fp), "fn": int(self.fn), "tp": int(self.tp)}


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One figure: by `formula` from counts, or by `score` from labels and class probabilities.

    `macro` is its multi-class form, the plain mean over classes, from labels and decisions.
    """

    title: str
    higher_is_better: bool = True
    limits: tuple[float, float] = (0.0, 1.0)
    formula: Callable[[Counts], Any] | None = None
    score: Callable[[Codes, Floats], float] | None = None
    macro: Callable[[Codes, Codes], float] | None = None

    @property
    def needs_threshold(self) -> bool:
        """Whether the figure judges decisions rather than scores."""
        return self.formula is not None


def count(y: Codes, decided: Codes) -> Counts:
    """The confusion matrix of binary labels and decisions (1 = positive)."""
    tp = int(np.sum((y == 1) & (decided == 1)))
    fp = int(np.sum((y == 0) & (decided == 1)))
    return Counts(tn=int(np.sum(y == 0)) - fp, fp=fp, fn=int(np.sum(y == 1)) - tp, tp=tp)


def confusion_matrix(y: Codes, decided: Codes, classes: int) -> list[list[int]]:
    """Counts with the true class in rows and the decided one in columns."""
    matrix = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(matrix, (y, decided), 1)
    return [[int(cell) for cell in row] for row in matrix]


def measure(y: Codes, probabilities: Floats, decided: Codes) -> dict[str, float | None]:
    """Every metric of the table; None where it is undefined, for example with one class in `y`.

    `y` and `decided` are class codes, shape (rows,); `probabilities` has shape (rows, classes).
    """
    return {name: _value(metric, y, probabilities, decided) for name, metric in METRICS.items()}


def _value(metric: Metric, y: Codes, probabilities: Floats, decided: Codes) -> float | None:
    binary = probabilities.shape[1] == 2
    if metric.score is not None:
        if len(np.unique(y)) < probabilities.shape[1]:
            return None
        value = metric.score(y, probabilities)
    elif binary and metric.formula is not None:
        value = metric.formula(count(y, decided))
    else:
        assert metric.macro is not None
        value = metric.macro(y, decided)
    return float(value) if np.isfinite(value) else None


def _ratio(top: Any, bottom: Any) -> Any:
    """top / bottom, and 0 where there is nothing to divide by, as scikit-learn's zero_division=0."""
    top, bottom = np.asarray(top, dtype=np.float64), np.asarray(bottom, dtype=np.float64)
    return np.divide(top, bottom, out=np.zeros(np.broadcast(top, bottom).shape), where=bottom != 0)


def _recall(c: Counts) -> Any:
    return _ratio(c.tp, np.add(c.tp, c.fn))


def _precision(c: Counts) -> Any:
    return _ratio(c.tp, np.add(c.tp, c.fp))


def _specificity(c: Counts) -> Any:
    return _ratio(c.tn, np.add(c.tn, c.fp))


def _f(beta: float) -> Callable[[Counts], Any]:
    b = beta * beta
    return lambda c: _ratio(
        (1 + b) * np.asarray(c.tp), (1 + b) * np.asarray(c.tp) + b * np.asarray(c.fn) + c.fp
    )


def _mcc(c: Counts) -> Any:
    tn, fp, fn, tp = (np.asarray(v, dtype=np.float64) for v in (c.tn, c.fp, c.fn, c.tp))
    return _ratio(tp * tn - fp * fn, np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)))


def _macro(name: str, **options: Any) -> Callable[[Codes, Codes], float]:
    def compute(y: Codes, decided: Codes) -> float:
        import sklearn.metrics

        with warnings.catch_warnings():
            # an absent class is not worth a warning: it counts 0, and the report shows the counts
            warnings.simplefilter("ignore")
            return float(getattr(sklearn.metrics, name)(y, decided, **options))

    return compute


def _macro_g_mean(y: Codes, decided: Codes) -> float:
    from imblearn.metrics import geometric_mean_score

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(geometric_mean_score(y, decided, average="multiclass"))


def _roc_auc(y: Codes, p: Floats) -> float:
    from sklearn.metrics import roc_auc_score

    if p.shape[1] == 2:
        return float(roc_auc_score(y, p[:, 1]))
    return float(np.mean([roc_auc_score(y == code, p[:, code]) for code in range(p.shape[1])]))


def _average_precision(y: Codes, p: Floats) -> float:
    from sklearn.metrics import average_precision_score

    if p.shape[1] == 2:
        return float(average_precision_score(y, p[:, 1]))
    return float(np.mean([average_precision_score(y == code, p[:, code]) for code in range(p.shape[1])]))


def _brier(y: Codes, p: Floats) -> float:
    if p.shape[1] == 2:
        return float(np.mean((p[:, 1] - y) ** 2))
    return float(np.mean(np.sum((p - np.eye(p.shape[1])[y]) ** 2, axis=1)))


def _log_loss(y: Codes, p: Floats) -> float:
    from sklearn.metrics import log_loss

    return float(log_loss(y, p / p.sum(axis=1, keepdims=True), labels=np.arange(p.shape[1])))


_MACRO = {"average": "macro", "zero_division": 0}

METRICS: Mapping[str, Metric] = {
    "recall": Metric(title="recall", formula=_recall, macro=_macro("recall_score", **_MACRO)),
    "precision": Metric(title="precision", formula=_precision, macro=_macro("precision_score", **_MACRO)),
    "f1": Metric(title="F1", formula=_f(1), macro=_macro("f1_score", **_MACRO)),
    "f2": Metric(title="F2", formula=_f(2), macro=_macro("fbeta_score", beta=2, **_MACRO)),
    "balanced_accuracy": Metric(
        title="balanced accuracy",
        formula=lambda c: (_recall(c) + _specificity(c)) / 2,
        # the mean recall: scikit-learn's balanced_accuracy_score leaves classes out that have no rows
        macro=_macro("recall_score", **_MACRO),
    ),
    "g_mean": Metric(
        title="G-mean", formula=lambda c: np.sqrt(_recall(c) * _specificity(c)), macro=_macro_g_mean
    ),
    "mcc": Metric(title="MCC", limits=(-1.0, 1.0), formula=_mcc, macro=_macro("matthews_corrcoef")),
    "roc_auc": Metric(title="ROC AUC", score=_roc_auc),
    "average_precision": Metric(title="average precision", score=_average_precision),
    "brier": Metric(title="Brier score", limits=(0.0, 2.0), score=_brier, higher_is_better=False),
    "log_loss": Metric(title="log loss", limits=(0.0, float("inf")), score=_log_loss, higher_is_better=False),
}
