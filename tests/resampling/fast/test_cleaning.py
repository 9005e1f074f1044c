"""Every cleaning sampler keeps the rows that imbalanced-learn's keeps, in the same order."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from imblearn import under_sampling
from sklearn.datasets import make_classification
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from threadpoolctl import threadpool_limits

from evenkeel.resampling import SAMPLERS
from evenkeel.resampling.fast import answers, cleaning, editing
from evenkeel.resampling.fast.table import Table

Matrix = npt.NDArray[Any]

ENN, SEEDED = "EditedNearestNeighbours", {"OneSidedSelection", "SMOTEENN", "SMOTETomek"}
FAST = [name for name, entry in SAMPLERS.items() if (entry.fast or "").startswith(cleaning.__name__)]
VARIANTS: list[tuple[str, dict[str, Any]]] = [
    *((name, {}) for name in FAST),
    *(("TomekLinks", {"sampling_strategy": s}) for s in ("all", "majority", "not majority", [0])),
    *((ENN, {"sampling_strategy": s}) for s in ("all", "majority", "not minority", [0, 1])),
    *((ENN, {"n_neighbors": k}) for k in (1, 2, 5, 7)),
    (ENN, {"kind_sel": "mode"}),
    (ENN, {"kind_sel": "mode", "n_neighbors": 4, "sampling_strategy": "all"}),
    (ENN, {"n_neighbors": NearestNeighbors(n_neighbors=3)}),
    (ENN, {"n_neighbors": NearestNeighbors(n_neighbors=3, metric="manhattan")}),
    (ENN, {"n_jobs": 2}),
    ("RepeatedEditedNearestNeighbours", {"max_iter": 2}),
    ("RepeatedEditedNearestNeighbours", {"sampling_strategy": "all", "kind_sel": "mode"}),
    ("AllKNN", {"allow_minority": True, "n_neighbors": 5}),
    ("AllKNN", {"kind_sel": "mode", "sampling_strategy": "all"}),
    ("NeighbourhoodCleaningRule", {"threshold_cleaning": 0.1, "n_neighbors": 5}),
    ("NeighbourhoodCleaningRule", {"threshold_cleaning": 2.0}),
    ("NeighbourhoodCleaningRule", {"edited_nearest_neighbours": under_sampling.EditedNearestNeighbours()}),
    ("NeighbourhoodCleaningRule", {"edited_nearest_neighbours": under_sampling.AllKNN()}),
    ("OneSidedSelection", {"n_seeds_S": 20, "n_neighbors": 3}),
    ("OneSidedSelection", {"n_neighbors": KNeighborsClassifier(n_neighbors=1), "sampling_strategy": "all"}),
    ("SMOTEENN", {"enn": under_sampling.EditedNearestNeighbours(kind_sel="mode")}),
    ("SMOTETomek", {"tomek": under_sampling.TomekLinks(sampling_strategy="majority")}),
]


class Outcome(NamedTuple):
    """All that a sampler tells: rows, labels, which they were and in how many rounds, or its error."""

    X: bytes
    y: list[Any]
    kept: list[int] | None
    rounds: int | None
    error: str


def outcome(sampler: Any, X: Matrix, y: Matrix) -> Outcome:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            made, labels = sampler.fit_resample(X, y)
        except ValueError as error:
            return Outcome(b"", [], None, None, str(error))
    kept = getattr(sampler, "sample_indices_", None)
    assert kept is None or np.asarray(kept).dtype.kind == "i"
    return Outcome(
        made.tobytes(),
        labels.tolist(),
        None if kept is None else kept.tolist(),
        getattr(sampler, "n_iter_", None),
        "",
    )


def assert_identical(name: str, params: dict[str, Any], X: Matrix, y: Matrix) -> Outcome:
    params = params | ({"random_state": 0} if name in SEEDED else {})
    theirs = outcome(SAMPLERS[name].load()(**params), X, y)
    assert outcome(SAMPLERS[name].load_fast()(**params), X, y) == theirs
    return theirs


def repeated(X: Matrix, draws: np.random.Generator) -> Matrix:
    return X[draws.integers(0, max(1, len(X) // 3), len(X))]


TROUBLES: dict[str, Callable[[Matrix, np.random.Generator], Matrix]] = {
    "none": lambda X, _: X,
    "grid": lambda X, _: np.round(X),
    "binary": lambda X, _: (X > 0).astype(float),
    "duplicates": repeated,
    "near duplicates": lambda X, draws: repeated(X, draws) + 1e-9 * draws.normal(size=X.shape),
    "constant": lambda X, _: np.where(np.arange(X.shape[1]) % 2, X, 3.7),
    "single precision": lambda X, _: X.astype(np.float32).astype(float),
    "far away": lambda X, _: X + 1e7,
    "outliers": lambda X, draws: X * np.exp(2 * draws.normal(size=(len(X), 1)) ** 2),
    "tiny numbers": lambda X, _: X * 1e-25,
}


def table(trouble: str, rows: int, columns: int, classes: int, seed: int) -> tuple[Matrix, Matrix]:
    """Rows with some trouble in them, and classes that get rarer and lie in one another."""
    draws = np.random.default_rng(seed)
    y = np.minimum(draws.geometric(0.6, rows) - 1, classes - 1)
    y[: 2 * classes] = np.repeat(np.arange(classes), 2)[:rows]
    X = draws.normal(size=(rows, columns)) + 0.7 * y[:, None] * (np.arange(columns) < 2)
    return TROUBLES[trouble](X, draws), y


tables = st.builds(
    table,
    st.sampled_from(sorted(TROUBLES)),
    st.integers(6, 700),
    st.sampled_from([1, 2, 5, 15, 16, 30, 200]),
    st.integers(2, 4),
    st.integers(0, 2**32 - 1),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=tables, variant=st.sampled_from(VARIANTS), threads=st.sampled_from([1, 2]))
def test_any_table_is_cleaned_as_by_the_owner(
    everywhere: None, data: tuple[Matrix, Matrix], variant: tuple[str, dict[str, Any]], threads: int
) -> None:
    with threadpool_limits(threads):
        assert_identical(*variant, *data)


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: "-".join(map(str, variant)))
def test_every_parameter_is_heeded(everywhere: None, variant: tuple[str, dict[str, Any]]) -> None:
    for trouble, columns in (("none", 20), ("grid", 16), ("grid", 4)):
        assert_identical(*variant, *table(trouble, 1200, columns, 3, 0))


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("name", [ENN, "TomekLinks"])
def test_thousands_of_rows_in_blocks_are_cleaned_as_by_the_owner(
    everywhere: None, trouble: str, name: str
) -> None:
    for columns in (10, 18):
        assert_identical(name, {"sampling_strategy": "all"}, *table(trouble, 2500, columns, 2, 1))


@pytest.mark.parametrize("name", FAST)
def test_a_large_table_is_cleaned_as_by_the_owner(name: str) -> None:
    X, y = make_classification(
        7_000, 30, n_informative=10, n_redundant=5, weights=[0.98], flip_y=0.005, random_state=0
    )
    theirs = assert_identical(name, {}, X, y)
    assert theirs.y != y.tolist()


def test_the_fast_way_was_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table for which nothing has to be asked for in full, so a detour over the owner would be seen."""
    monkeypatch.setattr(editing, "MOST_DOUBTFUL", 1.0)
    monkeypatch.setattr(Table, "is_mixed", lambda *_: False)
    for whole in ("_asked", "_all"):
        monkeypatch.setattr(answers, whole, lambda *_: pytest.fail("the whole query was asked"))
    X, y = table("none", 6000, 20, 2, 0)
    for sampler in (cleaning.EditedNearestNeighbours(), cleaning.TomekLinks()):
        sampler.fit_resample(X, y)


def test_rows_that_hang_on_a_tie_are_asked_in_whole_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    ask = answers._argkmin

    def counted(fitted: Any, Q: Matrix, *rest: Any) -> Any:
        asked.append(len(Q))
        return ask(fitted, Q, *rest)

    monkeypatch.setattr(editing, "MOST_DOUBTFUL", 1.0)
    monkeypatch.setattr(answers, "_argkmin", counted)
    monkeypatch.setattr(Table, "is_mixed", lambda *_: False)
    X, y = table("none", 6000, 20, 2, 0)
    X[5000], y[5000], y[10] = X[10], 1, 0
    assert_identical(ENN, {}, X, y)
    assert asked
    assert asked[0] % 256 == 0


@pytest.mark.parametrize("labels", [["no", "yes"], [False, True], [2.0, 1.0], [7, -1]])
def test_labels_of_any_type_are_left_as_they_are(everywhere: None, labels: list[Any]) -> None:
    X, y = table("none", 400, 20, 2, 0)
    for name in (ENN, "TomekLinks"):
        assert_identical(name, {}, X, np.array(labels)[y])


@pytest.mark.parametrize("convert", [np.asfortranarray, lambda X: X.astype(np.float32), lambda X: X[:, ::2]])
def test_matrices_of_any_layout_are_cleaned_as_by_the_owner(
    everywhere: None, convert: Callable[[Matrix], Matrix]
) -> None:
    X, y = table("none", 800, 40, 2, 0)
    for name in (ENN, "TomekLinks", "AllKNN"):
        assert_identical(name, {}, convert(X), y)


def test_the_number_of_threads_has_no_say(everywhere: None) -> None:
    X, y = table("none", 2500, 20, 2, 3)
    kept = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            kept.append(outcome(cleaning.EditedNearestNeighbours(sampling_strategy="all"), X, y))
    assert kept[0] == kept[1]
