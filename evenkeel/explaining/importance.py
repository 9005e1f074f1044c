"""Which columns move the scores of a model, over all rows and for each row.

XGBoost tells of each row what every column adds to the log odds (Lundberg & Lee, "A unified approach to
interpreting model predictions", 2017, by its own exact tree algorithm). Any other model is asked: what does
its average precision lose if a column is shuffled (Breiman 2001), and what does a row's score lose if a
column has its most usual value instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evenkeel.evaluation.metrics import METRICS, Codes, Floats
from evenkeel.preprocessing import Matrix

Predict = Callable[[pd.DataFrame], Floats]

CONTRIBUTION, PERMUTATION = "contribution", "permutation"
# shuffles of each column, and rows that they are judged on at the most
SHUFFLES, MOST_ROWS = 3, 20_000
EDGE = 1e-12


def contributions(model: Any, X: Matrix, sources: Sequence[str]) -> tuple[list[str], Floats]:
    """What each source column adds to the log odds of each row, by an XGBoost classifier.

    Columns, and shape (rows, columns); for several classes (rows, columns, classes). `sources` names the
    table's column behind each column of `X`, and what belongs to one is added up.
    """
    import xgboost

    found = model.get_booster().predict(xgboost.DMatrix(X), pred_contribs=True).astype(np.float64)
    if found.ndim == 3:
        found = found.transpose(0, 2, 1)
    columns = list(dict.fromkeys(sources))
    # the last one is what all rows have in common
    parts = found[:, : len(sources)]
    at = [[place for place, source in enumerate(sources) if source == column] for column in columns]
    return columns, np.stack([parts[:, places].sum(axis=1) for places in at], axis=1)


def by_contribution(columns: Sequence[str], found: Floats) -> list[dict[str, Any]]:
    """Columns by the mean size of what they add, greatest first: {column, value}."""
    sizes = np.abs(found)
    means = sizes.mean(axis=0) if sizes.ndim == 2 else sizes.sum(axis=2).mean(axis=0)
    return _ranked(columns, means)


def by_permutation(
    predict: Predict, frame: pd.DataFrame, y: Codes, columns: Sequence[str], seed: int
) -> list[dict[str, Any]]:
    """Columns by what the average precision loses when they are shuffled, greatest first: {column, value}.

    `predict` gives class probabilities, shape (rows, classes). Of many rows a part is taken, which keeps all
    that are not of the most frequent class as far as there is room.
    """
    score = METRICS["average_precision"].score
    assert score is not None
    draws = np.random.default_rng(seed)
    rows = _some(y, draws)
    frame, y = frame.iloc[rows].reset_index(drop=True), y[rows]
    whole = score(y, predict(frame))
    lost = []
    for column in columns:
        drops = []
        for _ in range(SHUFFLES):
            order = draws.permutation(len(frame))
            shuffled = frame.assign(**{column: frame[column].iloc[order].reset_index(drop=True)})
            drops.append(whole - score(y, predict(shuffled)))
        lost.append(float(np.mean(drops)))
    return _ranked(columns, lost)


def by_replacement(
    predict: Predict, frame: pd.DataFrame, columns: Sequence[str], usual: pd.Series, code: int = 1
) -> Floats:
    """What each column's usual value, in place of its own, would take from the log odds, (rows, columns).

    The log odds are those of the class `code` against all others.
    """
    own = _log_odds(predict(frame)[:, code])
    return np.stack(
        [own - _log_odds(predict(_with(frame, column, usual[column]))[:, code]) for column in columns], axis=1
    )


def usual_values(frame: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """The median of a column of numbers, or the most frequent value of any other."""
    return pd.Series({column: _usual(frame[column]) for column in columns}, dtype=object)


def _usual(values: pd.Series) -> Any:
    known = values.dropna()
    if known.empty:
        return None
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return known.quantile(0.5, interpolation="nearest")
    return known.mode().iloc[0]


def _with(frame: pd.DataFrame, column: str, value: Any) -> pd.DataFrame:
    same = pd.Series([value] * len(frame), index=frame.index).astype(frame[column].dtype)
    return frame.assign(**{column: same})


def _some(y: Codes, draws: np.random.Generator) -> npt.NDArray[np.intp]:
    if len(y) <= MOST_ROWS:
        return np.arange(len(y))
    common = y == np.bincount(y).argmax()
    rare = np.flatnonzero(~common)[: MOST_ROWS // 2]
    rest = draws.choice(np.flatnonzero(common), MOST_ROWS - len(rare), replace=False)
    return np.sort(np.concatenate([rare, rest]))


def _ranked(columns: Sequence[str], values: Any) -> list[dict[str, Any]]:
    order = np.argsort(-np.asarray(values), kind="stable")
    return [{"column": columns[place], "value": float(values[place])} for place in order]


def _log_odds(scores: Floats) -> Floats:
    from scipy.special import logit

    return np.asarray(logit(np.clip(scores, EDGE, 1 - EDGE)))
