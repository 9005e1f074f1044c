"""Every sampler on real tables in native space: mixed types, blanks, text, many classes, classes of two."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from evenkeel.errors import DataError
from evenkeel.forecast import sample
from evenkeel.resampling import SAMPLERS, resample_native
from evenkeel.resampling.lineage import Rows, train_rows
from evenkeel.resampling.space import fit_space
from evenkeel.sources import CsvSource
from evenkeel.tables import ROW_ID, class_names, encode_labels, find_features


class Real(NamedTuple):
    """A real table: its file, its target, the positive class, what is no feature."""

    file: str
    target: str
    positive: object
    drop: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


TABLES = {
    "stroke": Real("stroke_43400/data.csv.gz", "stroke", 1, ("id",)),
    "telco": Real("telco_churn/data.csv.gz", "Churn", "Yes", ("customerID",)),
    "vehicle": Real("vehicle_insurance_fraud/data.csv.gz", "FraudFound_P", 1, ("PolicyNumber",)),
    "diabetes": Real(
        "diabetes130/data.csv.gz", "readmitted", "<30", ("encounter_id", "patient_nbr"), missing=("?",)
    ),
    "ecoli": Real("ecoli_multiclass/data.csv.gz", "class", None),
}
# what a search through all rows, or a fit, costs on a whole table is for the benchmarks
ROWS = {"CondensedNearestNeighbour": 500, "InstanceHardnessThreshold": 1_500}
USUAL = 4_000
WHOLE = ("RandomOverSampler", "SMOTE", "RandomUnderSampler")
# no cluster of these tables is half of the minority, as its default asks
PARAMS = {"KMeansSMOTE": {"cluster_balance_threshold": 0.01}}


@functools.lru_cache(maxsize=2)
def table(path: Path, real: Real) -> tuple[pd.DataFrame, np.ndarray, tuple[str, ...]]:
    frame = CsvSource(kind="csv", path=path, missing=real.missing).read(0)
    frame = frame.drop(columns=list(real.drop)).dropna(subset=[real.target])
    classes = class_names(frame[real.target], real.positive)
    y = encode_labels(frame[real.target], classes).codes
    frame.insert(0, ROW_ID, [f"r{i}" for i in range(len(frame))])
    return frame.reset_index(drop=True), y, classes


def made(path: Path, real: Real, sampler: str, rows: int) -> tuple[Rows, Rows]:
    frame, y, classes = table(path, real)
    if rows < len(y):
        drawn = sample(y, rows, 0)
        frame, y = frame.iloc[drawn], y[drawn]
    features = find_features(frame, exclude={real.target})
    train = train_rows(frame, y)
    chain = [(sampler, PARAMS.get(sampler, {}))]
    return train, resample_native(train, chain, fit_space(frame, features), seed=0, classes=classes).rows


def check(train: Rows, found: Rows) -> None:
    assert list(found.frame.columns) == list(train.frame.columns)
    assert found.frame.dtypes.equals(train.frame.dtypes)
    copies = np.flatnonzero(found.lineage.origin >= 0)
    pd.testing.assert_frame_equal(
        found.frame.iloc[copies].reset_index(drop=True),
        train.frame.iloc[found.lineage.origin[copies]].reset_index(drop=True),
    )
    synthetic = found.lineage.origin < 0
    assert (found.lineage.first[synthetic] >= 0).all()
    for name, column in found.frame.items():
        if pd.api.types.is_integer_dtype(column.dtype):
            assert column.between(train.frame[name].min(), train.frame[name].max()).all()
        elif not pd.api.types.is_float_dtype(column.dtype) and name != ROW_ID:
            assert set(column.dropna()) <= set(train.frame[name].dropna())


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("name", TABLES)
def test_every_sampler_that_applies_gives_a_valid_table(
    name: str, sampler: str, shared_data: Callable[[str], Path]
) -> None:
    real = TABLES[name]
    path = shared_data(real.file)
    try:
        check(*made(path, real, sampler, ROWS.get(sampler, USUAL)))
    except DataError as error:
        # classes of two rows give these two nothing to start from
        assert (name, sampler) in {("ecoli", "KMeansSMOTE"), ("ecoli", "SVMSMOTE")}
        assert "Next:" in str(error)


@pytest.mark.parametrize("sampler", WHOLE)
@pytest.mark.parametrize("name", ["stroke", "diabetes"])
def test_large_tables_are_resampled_whole(
    name: str, sampler: str, shared_data: Callable[[str], Path]
) -> None:
    real = TABLES[name]
    path = shared_data(real.file)
    check(*made(path, real, sampler, 10**9))
