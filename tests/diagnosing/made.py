"""Finished comparisons that were made up: stable ones, in which nothing is wrong, and their parts."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from evenkeel.diagnosing import Judged, Seen
from evenkeel.evaluation.metrics import METRICS
from evenkeel.evaluation.operating import choose
from evenkeel.evaluation.thresholds import neighbours
from evenkeel.splitting import stratified_folds
from evenkeel.tables import find_features

RULE = {"maximize": "f2"}
MADE = {"synthetic": 0, "measured": 0, "majority_territory": None}


def stable_table(seed: int, rows: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Numbers, whole numbers, categories and gaps; the log odds of the label are linear in some of them."""
    draws = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "a": draws.normal(size=rows),
            "b": draws.normal(size=rows),
            "income": draws.lognormal(10, 0.5, rows).round(),
            "age": draws.integers(20, 80, rows),
            "city": draws.choice(["Graz", "Linz", "Wien"], rows),
            "gaps": np.where(draws.random(rows) < 0.1, np.nan, draws.normal(size=rows)),
        }
    )
    odds = draws.uniform(-2.5, -0.5) + frame["a"] + 0.7 * frame["b"] + 0.03 * (frame["age"] - 50)
    return frame, (draws.random(rows) < expit(odds.to_numpy())).astype(np.int64)


def matrix_of(frame: pd.DataFrame) -> np.ndarray:
    """The columns as standardized numbers, gaps filled by the mean."""
    numbers = frame.assign(**{n: pd.factorize(frame[n])[0] for n in frame if frame[n].dtype.kind not in "if"})
    scaled = (numbers - numbers.mean()) / numbers.std().replace(0, 1)
    return scaled.fillna(0.0).to_numpy(dtype=np.float64)


def decision_of(y: np.ndarray, scores: np.ndarray, fold: np.ndarray) -> dict[str, Any]:
    """What a decide step would store, as far as diagnostics read it."""
    score = METRICS["average_precision"].score
    chosen = choose(y, scores, RULE)
    both = np.column_stack([1 - scores, scores])
    return {
        "threshold": chosen.threshold,
        "kept": chosen.kept,
        "rule": RULE,
        "neighbours": neighbours(y, scores, RULE, chosen),
        "per_fold": {"average_precision": [score(y[fold == k], both[fold == k]) for k in np.unique(fold)]},
    }


def two(scores: np.ndarray) -> np.ndarray:
    return np.column_stack([1 - scores, scores])


def judged_by(
    model: Callable[[], Any], X: np.ndarray, y: np.ndarray, test: np.ndarray, **changes: Any
) -> Judged:
    """A strategy whose model is fitted on the train rows, `test` saying which are not."""
    X_train, y_train, folds = X[~test], y[~test], np.empty((~test).sum())
    number = np.zeros(len(y_train), dtype=np.int64)
    for k, (fit, held_out) in enumerate(stratified_folds(y_train, 5, 0)):
        number[held_out] = k
        folds[held_out] = model().fit(X_train[fit], y_train[fit]).predict_proba(X_train[held_out])[:, 1]
    final = model().fit(X_train, y_train)
    made = Judged(
        kind="logistic",
        effort=0,
        decision=decision_of(y_train, folds, number),
        made=MADE,
        fold=number,
        folds=two(folds),
        of_train=np.arange(len(y_train)),
        on_train=final.predict_proba(X_train),
        on_test=final.predict_proba(X[test]),
    )
    return dataclasses.replace(made, **changes)


def seen_of(frame: pd.DataFrame, y: np.ndarray, seed: int, **strategies: Judged) -> Seen:
    """A comparison whose last fifth of rows is test; by logistic regression where no strategy is given."""
    test = np.arange(len(frame)) >= round(0.8 * len(frame))
    X = matrix_of(frame)
    if not strategies:
        strategies = {
            "none": judged_by(LogisticRegression, X, y, test),
            "less": judged_by(lambda: LogisticRegression(C=0.3), X, y, test, effort=1),
        }
    return Seen(
        frame=frame,
        train_rows=int((~test).sum()),
        features=find_features(frame, exclude=()),
        groups=(),
        target="y",
        classes=("no", "yes"),
        y=y,
        encode=matrix_of,
        sources=list(frame.columns),
        strategies=strategies,
        chosen=next(iter(strategies)),
        metric="average_precision",
        seed=seed,
    )
