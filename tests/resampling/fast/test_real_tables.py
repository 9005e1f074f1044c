"""On real tables, with their ties, odd scales and rare classes, the same rows are kept and made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from sklearn.preprocessing import StandardScaler

from evenkeel.resampling import SAMPLERS

Matrix = npt.NDArray[Any]

SAMPLERS_TRIED: list[tuple[str, dict[str, Any]]] = [
    ("EditedNearestNeighbours", {"sampling_strategy": "all"}),
    ("EditedNearestNeighbours", {"kind_sel": "mode"}),
    ("TomekLinks", {"sampling_strategy": "all"}),
    ("NeighbourhoodCleaningRule", {}),
    ("AllKNN", {}),
    ("NearMiss", {}),
    ("NearMiss", {"version": 2}),
    ("NearMiss", {"version": 3}),
    ("ADASYN", {"random_state": 0}),
    ("BorderlineSMOTE", {"random_state": 0}),
]
ZENODO = ("abalone_19", "mammography", "oil", "optical_digits", "ozone_level", "thyroid_sick", "yeast_me2")
TABLES: dict[str, tuple[str, str, int]] = {
    **{name: (f"zenodo/{name}.parquet", "target", 2_500) for name in ZENODO},
    "stroke": ("stroke_43400/data.csv.gz", "stroke", 3_000),
    "give_me_some_credit": ("give_me_some_credit/data.csv.gz", "SeriousDlqin2yrs", 3_000),
    "shuttle": ("shuttle_multiclass/train.parquet", "class", 3_000),
    "creditcard": ("creditcard_int40/data.parquet", "Class", 3_000),
}


def encoded(path: Path, target: str, rows: int) -> tuple[Matrix, Matrix]:
    """At most so many rows: numbers, with the median where one is missing, and categories one-hot."""
    frame = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    frame = frame.sample(min(rows, len(frame)), random_state=0)
    frame = frame.drop(columns=["id", "row_id", "split", "class_raw"], errors="ignore")
    y = pd.factorize(frame.pop(target), sort=True)[0]
    frame = pd.get_dummies(frame.fillna(frame.median(numeric_only=True))).astype(float)
    return np.ascontiguousarray(frame.to_numpy()), y


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("scaled", [False, True], ids=["raw", "scaled"])
@pytest.mark.parametrize("name", TABLES)
def test_a_real_table_is_resampled_as_by_the_owner(
    everywhere: None, shared_data: Callable[[str], Path], name: str, scaled: bool
) -> None:
    path, target, rows = TABLES[name]
    X, y = encoded(shared_data(path), target, rows)
    X = StandardScaler().fit_transform(X) if scaled else X
    for sampler, params in SAMPLERS_TRIED:
        entry = SAMPLERS[sampler]
        theirs, ours = (outcome(cls(**params), X, y) for cls in (entry.load(), entry.load_fast()))
        assert ours == theirs, (sampler, params)


def outcome(sampler: Any, X: Matrix, y: Matrix) -> tuple[bytes, bytes] | str:
    """The rows and their classes, or why there are none."""
    try:
        made, labels = sampler.fit_resample(X, y)
    except (ValueError, RuntimeError) as error:
        return str(error)
    return made.tobytes(), labels.tobytes()
