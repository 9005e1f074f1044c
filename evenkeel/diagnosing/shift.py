"""EKD005: are the test rows like the train rows?

A model is asked to tell one side from the other, by the features alone. It knows no label, it is thrown away,
and nothing that fits or decides comes after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evenkeel.diagnosing.found import Finds, Found, NotLooked, Severity
from evenkeel.diagnosing.seen import Codes, Floats, Positions, Truths
from evenkeel.errors import DataError
from evenkeel.splitting import bundled_folds

# ROC AUCs of two normal distributions that lie 0.2, 0.5 and 1.2 standard deviations apart: small, medium
# (Cohen 1988) and very large (Sawilowsky 2009) effects; AUC = Phi(d / sqrt 2), Ruscio 2008
SMALL, MEDIUM, VERY_LARGE = 0.556, 0.638, 0.802
# how improbable a find must be, one-sided, if both sides were drawn alike
LEVEL = 0.01
# bundles that each side needs: an AUC of 20 against 80 is known to ±0.14
FEWEST, FOLDS = 20, 5
# rows of each side, and cells of the matrix, that are looked at: a few seconds of one core
MOST_ROWS, MOST_CELLS = 10_000, 1_500_000
COLUMNS = 3
MODEL = {"n_estimators": 40, "max_depth": 3, "learning_rate": 0.2, "tree_method": "hist", "n_jobs": 1}
# how much the share of a class differs before it is told: by a quarter
RATIO = 1.25


def shifted(matrix: Floats, sources: Sequence[str], bundle: Codes, in_test: Truths, seed: int) -> Finds:
    """Whether a model tells test rows from train rows; folds keep the rows of a `bundle` together.

    `matrix` is what models read, shape (rows, columns), and `sources` names the column of the table behind
    each of its columns.
    """
    side, tied = in_test.astype(np.int64), np.unique(bundle, return_inverse=True)[1]
    sizes = [len(np.unique(tied[side == code])) for code in (0, 1)]
    if min(sizes) < FEWEST:
        raise NotLooked(f"{min(sizes)} independent rows on one side are too few to tell the sides apart by")
    auc, gains = _adversarial(matrix, side, tied, seed)
    # the deviation of an AUC where both sides are alike (Mann & Whitney 1947); tied rows count once
    deviation = float(np.sqrt((sum(sizes) + 1) / (12 * sizes[0] * sizes[1])))
    severity = _severity(auc, deviation)
    if severity:
        numbers = {"roc_auc": auc, "deviation": deviation, "columns": _columns(gains, sources)}
        yield Found(severity, None, numbers)


def _severity(auc: float, deviation: float) -> Severity | None:
    from scipy import stats

    if auc < SMALL or (auc - 0.5) / deviation < stats.norm.isf(LEVEL):
        return None
    return "critical" if auc >= VERY_LARGE else "warning" if auc >= MEDIUM else "info"


def _adversarial(matrix: Floats, side: Codes, bundle: Codes, seed: int) -> tuple[float, Floats]:
    """The mean ROC AUC of the folds, and what each column of the matrix gained in them, shape (columns,)."""
    from sklearn.metrics import roc_auc_score
    from xgboost import XGBClassifier

    try:
        folds = bundled_folds(side, bundle, FOLDS, seed, ("train", "test"))
    except DataError as error:
        raise NotLooked("rows that belong together leave no folds to tell the sides apart in") from error
    found, gains = [], np.zeros(matrix.shape[1])
    for fit, held_out in folds:
        model = XGBClassifier(**MODEL, random_state=seed).fit(matrix[fit], side[fit])
        found.append(roc_auc_score(side[held_out], model.predict_proba(matrix[held_out])[:, 1]))
        gains += model.feature_importances_
    return float(np.mean(found)), gains


def drawn(in_test: Truths, columns: int, seed: int) -> Positions:
    """Rows of both sides to look at: all, or of many a draw; `columns` is the width of their matrix."""
    most = max(100, min(MOST_ROWS, MOST_CELLS // (2 * columns)))
    draws = np.random.default_rng(seed)
    sides = [np.flatnonzero(~in_test), np.flatnonzero(in_test)]
    kept = [rows if len(rows) <= most else draws.choice(rows, most, replace=False) for rows in sides]
    return np.sort(np.concatenate(kept))


def _columns(gains: Floats, sources: Sequence[str]) -> list[str]:
    """The columns of the table that tell most, the first first."""
    total: dict[str, float] = {}
    for name, gain in zip(sources, gains, strict=True):
        total[name] = total.get(name, 0.0) + float(gain)
    return [name for name in sorted(total, key=lambda name: -total[name])[:COLUMNS] if total[name] > 0]


def classes_shifted(train: Mapping[str, int], test: Mapping[str, int], target: str) -> Finds:
    """Whether the classes have other shares in test than in train; the arguments count rows by class."""
    from scipy.stats import fisher_exact

    sizes = sum(train.values()), sum(test.values())
    rarest = min(train, key=lambda name: train[name])
    have = train[rarest], test[rarest]
    shares = [rows / max(1, size) for rows, size in zip(have, sizes, strict=True)]
    if max(shares) < RATIO * min(shares):
        return
    p = fisher_exact(np.array([[a, size - a] for a, size in zip(have, sizes, strict=True)])).pvalue
    if p < LEVEL:
        yield Found(
            "warning", target, {"class": rarest, "in_train": shares[0], "in_test": shares[1], "p": float(p)}
        )


def tell_shifted(found: Found) -> str:
    """EKD005 in a sentence."""
    n: Mapping[str, Any] = found.numbers
    if "class" in n:
        shares = f"{n['in_train']:.2%} of the train rows and {n['in_test']:.2%} of the test rows"
        return f"Class {n['class']!r} is {shares}."
    columns = ", ".join(repr(name) for name in n["columns"])
    return (
        f"A model tells test rows from train rows by their features with a ROC AUC of {n['roc_auc']:.3f} "
        f"(alike: 0.5 ± {2 * n['deviation']:.3f}), most by {columns or 'no column in particular'}."
    )
