"""Nine strategies and five folds on the stroke table: `evenkeel run` against a plain script, in one go.

Both do the same fits with the same parameters: per strategy one model on the resampled train set and five
on resampled training folds. The plain script does them one after the other with two threads wherever
imbalanced-learn and XGBoost take them; Evenkeel also splits, validates, evaluates, reports and seals.
Usage: python benchmarks/nine_strategies.py PATH_OF_THE_STROKE_TABLE
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from imblearn.base import BaseSampler
from imblearn.combine import SMOTEENN
from imblearn.over_sampling import ADASYN, SMOTE, SVMSMOTE, KMeansSMOTE, RandomOverSampler
from imblearn.under_sampling import RandomUnderSampler, TomekLinks
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from xgboost import XGBClassifier

CONFIG = Path(__file__).with_name("nine_strategies.yaml")
SAMPLERS: dict[str, BaseSampler | None] = {
    "none": None,
    "random-over": RandomOverSampler(random_state=42),
    "random-under": RandomUnderSampler(random_state=42),
    "smote": SMOTE(random_state=42),
    "adasyn": ADASYN(random_state=42),
    "kmeans-smote": KMeansSMOTE(cluster_balance_threshold=0.01, random_state=42, n_jobs=2),
    "svm-smote": SVMSMOTE(random_state=42),
    "tomek-links": TomekLinks(n_jobs=2),
    "smote-enn": SMOTEENN(random_state=42, n_jobs=2),
}
NUMBERS = ["age", "avg_glucose_level", "bmi"]


def main() -> None:
    """Measure both and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path)
    parser.add_argument("--only", choices=["plain", "evenkeel"])
    options = parser.parse_args()
    if options.only == "plain":
        plain(options.table)
        return
    seconds = {"plain script": timed([sys.executable, __file__, str(options.table), "--only", "plain"])}
    with tempfile.TemporaryDirectory() as store:
        command = [sys.executable, "-m", "evenkeel.cli", "run", str(CONFIG)]
        command += ["--store", store, "--set", f"source.path={options.table}"]
        seconds["evenkeel run"] = timed(command)
    for name, value in seconds.items():
        print(f"{name:14}{value:8.1f} s")
    print(f"ratio         {seconds['evenkeel run'] / seconds['plain script']:8.2f}")


def timed(command: list[str]) -> float:
    """Wall seconds of a whole process, imports included."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def plain(path: Path) -> None:
    """What a careful person would write in a notebook: one fit after the other."""
    frame = pd.read_csv(path)
    X, y = frame.drop(columns=["id", "stroke"]), frame["stroke"]
    X_train, _, y_train, _ = train_test_split(X, y, test_size=0.2, random_state=42)
    folds = list(StratifiedKFold(5, shuffle=True, random_state=42).split(X_train, y_train))
    for sampler in SAMPLERS.values():
        fit(sampler, X_train, y_train)
        for inside, _ in folds:
            fit(sampler, X_train.iloc[inside], y_train.iloc[inside])


def fit(sampler: BaseSampler | None, X: pd.DataFrame, y: pd.Series[int]) -> XGBClassifier:
    """Preprocess, resample and fit with two threads."""
    matrix, labels = np.asarray(preprocessing(X).fit_transform(X)), y
    if sampler is not None:
        matrix, labels = sampler.fit_resample(matrix, labels)
    return XGBClassifier(max_depth=3, learning_rate=0.1, n_estimators=100, n_jobs=2).fit(matrix, labels)


def preprocessing(X: pd.DataFrame) -> ColumnTransformer:
    """Median and scaling for numbers, the mode and one-hot columns for the rest."""
    categories = [name for name in X.columns if name not in NUMBERS]
    return ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), NUMBERS),
            (
                "categories",
                make_pipeline(
                    SimpleImputer(strategy="most_frequent"),
                    OneHotEncoder(handle_unknown="ignore", sparse_output=False),
                ),
                categories,
            ),
        ]
    )


if __name__ == "__main__":
    main()
