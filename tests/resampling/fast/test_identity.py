"""Thirty data sets and more, real and generated, on which every fast sampler gives its owner's rows.

Usually a sample of each large table is taken, on which the fast way is forced. ``pytest --whole`` takes the
tables up to 50,000 rows, and the samplers as users meet them: it takes an hour or two.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from sklearn.datasets import make_blobs, make_circles, make_classification, make_moons
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from evenkeel.resampling import SAMPLERS

Matrix = npt.NDArray[Any]
Data = tuple[Matrix, Matrix]

# rows of a sample, and the most of a table that is called whole: above, imbalanced-learn alone takes hours
SAMPLE, WHOLE = 1_200, 50_000
# what imbalanced-learn cannot do with so many rows in minutes
FEW = {"CondensedNearestNeighbour": 400, "InstanceHardnessThreshold": 300, "SVMSMOTE": 1_000}
FEW_WHOLE = {"CondensedNearestNeighbour": 3_000, "InstanceHardnessThreshold": 20_000, "SVMSMOTE": 20_000}
TRIED: dict[str, tuple[str, dict[str, Any]]] = {
    **{name: (name, {}) for name, entry in SAMPLERS.items() if entry.fast},
    "TomekLinks of all": ("TomekLinks", {"sampling_strategy": "all"}),
    "ENN of all": ("EditedNearestNeighbours", {"sampling_strategy": "all"}),
    "ENN by votes": ("EditedNearestNeighbours", {"kind_sel": "mode"}),
    "NearMiss 2": ("NearMiss", {"version": 2}),
    "NearMiss 3": ("NearMiss", {"version": 3}),
}
FOREST = "InstanceHardnessThreshold"


class Real(NamedTuple):
    """A real table: its file, its target, and what is no feature."""

    file: str
    target: str = "target"
    drop: tuple[str, ...] = ("split",)


REAL = {
    **{
        name: Real(f"zenodo/{name}.parquet")
        for name in (
            "abalone_19",
            "mammography",
            "oil",
            "optical_digits",
            "ozone_level",
            "thyroid_sick",
            "wine_quality",
            "yeast_me2",
        )
    },
    "stroke": Real("stroke_43400/data.csv.gz", "stroke", ("id",)),
    "stroke_contaminated": Real("stroke_43660_contaminated/data.csv.gz", "stroke", ("id",)),
    "give_me_some_credit": Real("give_me_some_credit/data.csv.gz", "SeriousDlqin2yrs", ("row_id",)),
    "creditcard_int40": Real("creditcard_int40/data.parquet", "Class"),
    "creditcard_sample5000": Real("creditcard_sample5000/data.csv.gz", "Class"),
    "shuttle": Real("shuttle_multiclass/train.parquet", "class", ("class_raw",)),
    "shuttle_test": Real("shuttle_multiclass/test.parquet", "class", ("class_raw",)),
    "telco_churn": Real("telco_churn/data.csv.gz", "Churn", ("customerID", "TotalCharges")),
    "vehicle_insurance_fraud": Real("vehicle_insurance_fraud/data.csv.gz", "FraudFound_P", ("PolicyNumber",)),
    "diabetes130": Real("diabetes130/data.csv.gz", "readmitted", ("encounter_id", "patient_nbr")),
    "ecoli": Real("ecoli_multiclass/data.csv.gz", "class", ("seq",)),
    "fraud_handbook_sim": Real(
        "fraud_handbook_sim/data.parquet",
        "TX_FRAUD",
        (
            "TRANSACTION_ID",
            "TX_DATETIME",
            "CUSTOMER_ID",
            "TERMINAL_ID",
            "TX_TIME_SECONDS",
            "TX_TIME_DAYS",
            "TX_FRAUD_SCENARIO",
        ),
    ),
}


def labelled(X: Matrix, share: float = 0.1, *, seed: int = 0) -> Data:
    """Rows of which so many, along the first column with some noise, are of the rare class."""
    draws = np.random.default_rng(seed)
    score = X[:, 0] + 0.5 * draws.normal(size=len(X))
    return np.ascontiguousarray(X), (score > np.quantile(score, 1 - share)).astype(np.int64)


def normal(columns: int, rows: int = SAMPLE) -> Matrix:
    return np.random.default_rng(columns).normal(size=(rows, columns))


def imbalanced(data: Data, share: float = 0.05) -> Data:
    """All of class 0 and so few of class 1."""
    X, y = data
    chosen = np.sort(np.append(np.flatnonzero(y == 0), np.flatnonzero(y == 1)[: int(share * len(y))]))
    return np.ascontiguousarray(X[chosen]), y[chosen]


# a forest does not see a scale, has five hundred trees, and a test file of its own
WITH_FOREST = ("ecoli", "oil", "shuttle_test", "stroke")
CASES = [
    pytest.param(name, table, scaled, id=f"{name}-{table}-{'scaled' if scaled else 'raw'}")
    for name in TRIED
    for table in REAL
    for scaled in (False, True)
    if name != FOREST or (table in WITH_FOREST and not scaled)
]


GENERATED: dict[str, Callable[[], Data]] = {
    "one column": lambda: labelled(normal(1)),
    "one column of ties": lambda: labelled(normal(1).round(1)),
    "moons": lambda: imbalanced(make_moons(SAMPLE, noise=0.2, random_state=0)),
    "circles": lambda: imbalanced(make_circles(SAMPLE, noise=0.1, factor=0.8, random_state=0)),
    "blobs of four classes": lambda: make_blobs([1500, 500, 100, 30], 20, cluster_std=6.0, random_state=0),
    "two hundred columns": lambda: labelled(normal(200, 1200)),
    "integer grid": lambda: labelled(normal(20).round(0)),
    "zeros and ones": lambda: labelled((normal(30) > 0.8).astype(float)),
    "duplicates": lambda: labelled(normal(20)[np.random.default_rng(1).integers(0, 500, SAMPLE)]),
    "constant columns": lambda: labelled(np.where(np.arange(20) % 3, normal(20), 3.7)),
    "single precision": lambda: labelled(normal(20).astype(np.float32)),
    "single precision as double": lambda: labelled(normal(20).astype(np.float32).astype(float)),
    "far from zero": lambda: labelled(normal(20) + 1e7),
    "heavy tails": lambda: labelled(np.random.default_rng(2).standard_cauchy((SAMPLE, 18))),
    "half and half": lambda: labelled(normal(25), 0.5),
    "one in two hundred": lambda: labelled(normal(30, 4000), 0.005),
    "classification": lambda: make_classification(
        SAMPLE, 30, n_informative=10, weights=[0.9, 0.07, 0.03], n_classes=3, random_state=0
    ),
}


@functools.lru_cache(maxsize=2)
def encoded(path: Path, real: Real, rows: int) -> Data:
    """At most so many rows: numbers, with the median where one is missing, and categories one-hot."""
    frame = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    frame = frame.sample(min(rows, len(frame)), random_state=0)
    y = pd.factorize(frame.pop(real.target), sort=True)[0]
    frame = frame.drop(columns=list(real.drop), errors="ignore")
    # of a text column with thousands of levels the hundred most frequent are enough here
    for name in frame.select_dtypes(exclude="number"):
        frame[name] = frame[name].where(frame[name].isin(frame[name].value_counts().index[:100]))
    frame = pd.get_dummies(frame.fillna(frame.median(numeric_only=True))).astype(float)
    return np.ascontiguousarray(frame.to_numpy()), y.astype(np.int64)


@pytest.fixture
def whole(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--whole"))


@pytest.fixture
def forced(request: pytest.FixtureRequest, whole: bool) -> Iterator[None]:
    """No detour over the owner because a sample is small; on whole tables, samplers as users meet them."""
    if not whole:
        request.getfixturevalue("everywhere")
    yield


def outcome(cls: type, params: dict[str, Any], X: Matrix, y: Matrix) -> tuple[Any, ...]:
    """The rows, or why there are none."""
    sampler = cls(**params)
    try:
        made, labels = sampler.fit_resample(X, y)
    except (ValueError, RuntimeError, IndexError) as error:
        return ("refused", str(error))
    kept = getattr(sampler, "sample_indices_", None)
    return (made.tobytes(), labels.tobytes(), None if kept is None else np.asarray(kept).tolist())


def assert_identical(tried: str, X: Matrix, y: Matrix, few: dict[str, int]) -> None:
    name, params = TRIED[tried]
    chosen = np.sort(np.random.default_rng(0).permutation(len(y))[: few.get(name, len(y))])
    X, y = np.ascontiguousarray(X[chosen]), y[chosen]
    entry = SAMPLERS[name]
    if "random_state" in entry.load()().get_params():
        params = params | {"random_state": 0}
    # with more threads, scikit-learn's own order of ties is not the same twice; trees are faster by threads
    with warnings.catch_warnings(), threadpool_limits(2 if name == FOREST else 1):
        warnings.simplefilter("ignore")
        theirs = outcome(entry.load(), params, X, y)
        ours = outcome(entry.load_fast(), params, X, y)
    # not `==` in the assert: a difference of megabytes would be printed
    same = ours == theirs
    assert same, f"{tried} gives other rows than its owner"


@pytest.mark.parametrize(("name", "table", "scaled"), CASES)
def test_a_real_table_is_resampled_as_by_the_owner(
    forced: None, whole: bool, shared_data: Callable[[str], Path], name: str, table: str, scaled: bool
) -> None:
    real = REAL[table]
    X, y = encoded(shared_data(real.file), real, WHOLE if whole else SAMPLE)
    X = StandardScaler().fit_transform(X) if scaled else X
    assert_identical(name, X, y, FEW_WHOLE if whole else FEW)


@pytest.mark.parametrize("table", GENERATED)
@pytest.mark.parametrize("name", TRIED)
def test_a_generated_table_is_resampled_as_by_the_owner(forced: None, table: str, name: str) -> None:
    X, y = GENERATED[table]()
    assert_identical(name, X, y, FEW)
