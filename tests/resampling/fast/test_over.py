"""Over-samplers at the border make the rows that imbalanced-learn's make, bit for bit."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits

from evenkeel.resampling import SAMPLERS
from evenkeel.resampling.fast import neighbours, over

Matrix = npt.NDArray[Any]
Tables = Callable[..., tuple[Matrix, Matrix]]

FAST = [name for name, entry in SAMPLERS.items() if (entry.fast or "").startswith(over.__name__)]
VARIANTS: list[tuple[str, dict[str, Any]]] = [
    *((name, {}) for name in FAST),
    *((name, {"sampling_strategy": "all"}) for name in FAST),
    ("ADASYN", {"n_neighbors": 2}),
    ("ADASYN", {"n_neighbors": NearestNeighbors(n_neighbors=4, metric="manhattan")}),
    ("BorderlineSMOTE", {"kind": "borderline-2"}),
    ("BorderlineSMOTE", {"m_neighbors": 4, "k_neighbors": NearestNeighbors(n_neighbors=3)}),
    ("SVMSMOTE", {"m_neighbors": 4, "svm_estimator": SVC(kernel="linear"), "out_step": 0.2}),
]


def outcome(sampler: Any, X: Matrix, y: Matrix) -> tuple[bytes, list[Any], str]:
    """The rows that were made and their classes, or the error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            made, labels = sampler.fit_resample(X, y)
        except (ValueError, RuntimeError) as error:
            return b"", [], str(error)
    return made.tobytes(), labels.tolist(), ""


def assert_identical(name: str, params: dict[str, Any], X: Matrix, y: Matrix) -> None:
    entry = SAMPLERS[name]
    ours, theirs = (cls(**params, random_state=0) for cls in (entry.load_fast(), entry.load()))
    assert outcome(ours, X, y) == outcome(theirs, X, y)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.integers(0, 8),
    rows=st.integers(30, 500),
    columns=st.sampled_from([1, 5, 16, 30, 200]),
    classes=st.integers(2, 3),
    seed=st.integers(0, 2**32 - 1),
    variant=st.sampled_from(VARIANTS),
    threads=st.sampled_from([1, 2]),
)
def test_any_table_grows_as_by_the_owner(
    everywhere: None,
    tables: Tables,
    kind: int,
    rows: int,
    columns: int,
    classes: int,
    seed: int,
    variant: tuple[str, dict[str, Any]],
    threads: int,
) -> None:
    with threadpool_limits(threads):
        assert_identical(*variant, *tables(kind, rows, columns, classes, seed))


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: "-".join(map(str, variant)))
def test_every_parameter_is_heeded(
    everywhere: None, tables: Tables, variant: tuple[str, dict[str, Any]]
) -> None:
    for kind, columns in (("plain", 20), ("grid", 16), ("some duplicates", 12)):
        with threadpool_limits(1):
            assert_identical(*variant, *tables(kind, 900, columns, 3, 0))


@pytest.mark.parametrize("name", ["ADASYN", "BorderlineSMOTE"])
def test_a_large_table_grows_as_by_the_owner(
    monkeypatch: pytest.MonkeyPatch, tables: Tables, name: str
) -> None:
    searches = []
    rank = neighbours.rank
    monkeypatch.setattr(neighbours, "rank", lambda *given: searches.append(given) or rank(*given))
    with threadpool_limits(1):
        assert_identical(name, {}, *tables("plain", 14_000, 20, 2, 0))
    assert searches


@pytest.mark.parametrize("labels", [["no", "yes"], [2.0, 1.0], [7, -1]])
def test_labels_and_matrices_of_any_type_are_left_as_they_are(
    everywhere: None, tables: Tables, labels: list[Any]
) -> None:
    X, y = tables("plain", 400, 20, 2, 0)
    for name in FAST:
        for rows in (X, X.astype(np.float32), np.asfortranarray(X), X[:, ::2]):
            assert_identical(name, {}, rows, np.array(labels)[y])
