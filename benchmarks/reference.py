"""The recommended result on rows that others were measured on: average precision, Brier score, false alarms.

Two public tables, split as scikit-learn's `train_test_split(test_size=0.2, random_state=0)` does it,
stratified; Evenkeel is given that split by a column. It searches parameters, with the same budget for raw
rows and for random over-sampling, and recommends one of them by folds of train. Beside it stand what
is fitted here on the same rows, and figures that others have published or measured on these rows.
Usage: python benchmarks/reference.py FOLDER_OF_TABLES [--trials 12] [--only stroke] [--write FILE.md]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from imblearn.ensemble import BalancedRandomForestClassifier
from pipelines import prepared
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from xgboost import XGBClassifier

Scores = npt.NDArray[np.float64]


class Table(NamedTuple):
    """A table's file and target, what is no feature, and what others reached: found, false alarms."""

    file: str
    target: str
    drop: tuple[str, ...]
    precision: Mapping[str, float]
    alarms: Mapping[str, tuple[int, int]]


TABLES = {
    "stroke": Table(
        "stroke_43400/data.csv.gz",
        "stroke",
        ("id",),
        {"AutoGluon, 60 s": 0.117},
        {
            "logistic regression, balanced": (129, 2213),
            "threshold for balanced accuracy": (129, 2005),
            "BalancedRandomForest": (117, 1685),
            "SelfPacedEnsemble": (93, 1223),
        },
    ),
    "vehicle": Table(
        "vehicle_insurance_fraud/data.csv.gz",
        "FraudFound_P",
        ("PolicyNumber",),
        {"AutoGluon, 60 s": 0.274},
        {},
    ),
}
HEAD = """# On rows that others were measured on

<!-- Written by benchmarks/reference.py -->

Two public tables, split as scikit-learn's `train_test_split(test_size=0.2, random_state=0, stratify=y)` does
it. Evenkeel is given the split, searches {trials} sets of parameters for raw rows and as many for
random over-sampling, and recommends one by folds of train. The other models here are fitted on the same rows;
what is called published was measured by others."""
# slow learners of few rows and columns each, and gaps left to the trees: who has none, tells something by it
BEGIN = {
    "max_depth": 3,
    "learning_rate": 0.03,
    "n_estimators": 300,
    "subsample": 0.8,
    "colsample_bytree": 0.8,
}
SPACE = {
    "max_depth": {"options": [3, 4, 5, 6]},
    "n_estimators": {"options": [200, 300]},
    "colsample_bytree": {"options": [0.5, 0.8]},
    "min_child_weight": {"options": [1, 2, 5]},
}
RAW = {"n_estimators": 200, "max_depth": 4, "learning_rate": 0.05}


def main() -> None:
    """Measure each table, and print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--trials", type=int, default=12)
    parser.add_argument("--only", nargs="+", default=list(TABLES), choices=list(TABLES))
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    parts = [HEAD.format(trials=options.trials)]
    for name in options.only:
        parts.append(part(name, options.folder, options.trials))
        print(parts[-1], file=sys.stderr, flush=True)
    page = "\n\n".join(parts) + "\n"
    print(page)
    if options.write:
        options.write.write_text(page, encoding="utf-8")


def part(name: str, folder: Path, trials: int) -> str:
    """The tables of one data set."""
    table = TABLES[name]
    frame = pd.read_csv(folder / table.file)
    frame = frame.drop(columns=[column for column in table.drop if column in frame])
    y = frame[table.target]
    train, test = train_test_split(frame.index, test_size=0.2, random_state=0, stratify=y)
    strategy, ours = by_evenkeel(frame, test, table.target, trials)
    X, truth = frame.drop(columns=table.target), y[test].to_numpy()
    found = {f"Evenkeel: {strategy}": ours, **fitted(X.loc[train], y[train], X.loc[test])}
    lines = [
        f"| {who} | {average_precision_score(truth, scores):.4f} | {brier_score_loss(truth, scores):.5f} |"
        for who, scores in found.items()
    ]
    lines += [f"| {who} (published) | {value:.3f} | |" for who, value in table.precision.items()]
    head = ["| | average precision | Brier score |", "| --- | --- | --- |"]
    title = f"## {name}: {len(test):,} test rows, {int(truth.sum())} positives"
    return "\n".join([title, "", *head, *lines, *equal_recall(table, truth, ours)])


def equal_recall(table: Table, truth: Scores, ours: Scores) -> list[str]:
    """How many false alarms the recommended model raises where it finds as many positives as others did."""
    if not table.alarms:
        return []
    lines = [
        f"| {who} | {found} of {int(truth.sum())} | {theirs:,} | {alarms(truth, ours, found):,} |"
        for who, (found, theirs) in table.alarms.items()
    ]
    head = "| at the recall of | found | false alarms, theirs | Evenkeel's |"
    return ["", head, "| --- | --- | --- | --- |", *lines]


def alarms(truth: Scores, scores: Scores, found: int) -> int:
    """False alarms among the most suspicious rows, down to the row that is the positive number `found`."""
    order = np.argsort(-scores, kind="stable")
    return int(np.searchsorted(np.cumsum(truth[order]), found)) + 1 - found


def by_evenkeel(frame: pd.DataFrame, test: pd.Index[int], target: str, trials: int) -> tuple[str, Scores]:
    """The recommended strategy and its probabilities for the test rows."""
    from evenkeel import compare

    part = pd.Series("train", index=frame.index).where(~frame.index.isin(test), "test")
    with tempfile.TemporaryDirectory() as store:
        result = compare(
            frame.assign(part_of_the_split=part),
            target=target,
            positive=1,
            strategies=["none"],
            preprocess={"impute": "none"},
            model={"kind": "xgboost", "params": BEGIN},
            split={"column": "part_of_the_split", "test": "test"},
            tuning={"trials": trials, "metric": "average_precision", "space": {"xgboost": SPACE}},
            explain=False,
            store=store,
        )
        return result.recommended, result.predict(frame.loc[test])["p(1)"].to_numpy()


def fitted(X: pd.DataFrame, y: pd.Series[int], asked: pd.DataFrame) -> dict[str, Scores]:
    """Probabilities of what a careful person would fit in a notebook."""
    models: dict[str, Any] = {
        "XGBoost, 200 trees of depth 4, rate .05": XGBClassifier(**RAW, n_jobs=1),
        "XGBoost, its own defaults": XGBClassifier(n_jobs=1),
        "logistic regression, balanced": LogisticRegression(class_weight="balanced", max_iter=2000),
        "BalancedRandomForest": BalancedRandomForestClassifier(random_state=0),
    }
    return {
        who: make_pipeline(prepared(), model).fit(X, y).predict_proba(asked)[:, 1]
        for who, model in models.items()
    }


if __name__ == "__main__":
    main()
