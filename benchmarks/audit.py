"""The leak audit on a large generated table: a line per check, its seconds, and the peak of memory.

300,000 train and 75,000 test rows of 30 columns, numbers and categories, 1 % positives, honest or with leaks.
Usage: python benchmarks/audit.py [--rows 375000] [--columns 30] [--leaky]
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np
import pandas as pd
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split

from evenkeel.proof.audit import examine


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=375_000)
    parser.add_argument("--columns", type=int, default=30)
    parser.add_argument(
        "--leaky", action="store_true", help="with copies, SMOTE and scaling before the split"
    )
    options = parser.parse_args()
    frame = table(options.rows, options.columns)
    train, test = split(resampled(frame) if options.leaky else frame)
    if options.leaky:
        train = pd.concat([train, test.sample(500, random_state=0)], ignore_index=True)
    started, worked = time.perf_counter(), time.process_time()
    made = examine(train, test, target="y")
    seconds, work = time.perf_counter() - started, time.process_time() - worked
    for check in made:
        worst = {"critical": 3, "warning": 2, "info": 1}
        severity = max((f.severity for f in check.findings), key=lambda s: worst[s], default="")
        print(f"{check.code}  {check.seconds:7.2f} s  {severity or check.outcome:14}{check.title}")
    print(f"{len(train):,} + {len(test):,} rows x {train.shape[1]} columns: {seconds:.1f} s in all")
    print(f"processor time of all threads: {work:.1f} s")
    print(f"peak of memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


def table(rows: int, columns: int) -> pd.DataFrame:
    """Floats, decimals, whole numbers and categories, an id, and one positive in a hundred."""
    numbers = columns - 6
    X, y = make_classification(
        rows, numbers, n_informative=8, weights=[0.99], flip_y=0.001, class_sep=0.8, random_state=0
    )
    draws = np.random.default_rng(0)
    frame = pd.DataFrame(X, columns=[f"x{i}" for i in range(numbers)])
    frame["x0"] = frame["x0"].round(1)
    frame["x1"] = (20 * frame["x1"]).round().astype(int)
    frame.insert(0, "row_id", draws.permutation(rows))
    for size in (3, 12, 60, 400):
        frame[f"level_{size}"] = draws.integers(0, size, rows).astype(str)
    return frame.assign(amount=draws.lognormal(3, 1, rows).round(2), y=y)


def resampled(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with its positives tripled by SMOTE, in the numeric columns alone."""
    from imblearn.over_sampling import SMOTE

    X, y = frame.select_dtypes("number").drop(columns=["y", "row_id"]), frame["y"]
    wanted = {1: 3 * int(y.sum())}
    new, labels = SMOTE(sampling_strategy=wanted, random_state=0).fit_resample(X.astype(float), y)
    made: pd.DataFrame = new.assign(y=labels)
    return made


def split(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Four fifths and one fifth, stratified."""
    train, test = train_test_split(frame, test_size=0.2, random_state=0, stratify=frame["y"])
    return train.reset_index(drop=True), test.reset_index(drop=True)


if __name__ == "__main__":
    main()
