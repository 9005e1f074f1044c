"""Plans: imbalanced-learn's very rows, with their parents, and refusals that say a way out."""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imblearn import over_sampling
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.neighbors import NearestNeighbors
from sklearn.svm import SVC

from evenkeel import memory
from evenkeel.errors import ConfigError, DataError
from evenkeel.resampling import SAMPLERS
from evenkeel.resampling.plans import PLANNERS, Plan, plan
from evenkeel.resampling.plans.tasks import Part, Task
from evenkeel.resampling.samplers import build_sampler

Matrix = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

BORDERLINE_2 = ("BorderlineSMOTE", {"kind": "borderline-2"})
CASES: list[tuple[str, dict[str, Any]]] = [
    ("RandomOverSampler", {}),
    ("SMOTE", {}),
    ("SMOTE", {"k_neighbors": 2}),
    ("ADASYN", {}),
    ("BorderlineSMOTE", {}),
    ("BorderlineSMOTE", {"k_neighbors": 3, "m_neighbors": 6}),
    BORDERLINE_2,
    ("KMeansSMOTE", {"cluster_balance_threshold": 0.05}),
    ("KMeansSMOTE", {"kmeans_estimator": 1, "density_exponent": 2.0}),
    ("KMeansSMOTE", {"kmeans_estimator": 2, "cluster_balance_threshold": 0.01, "n_jobs": 1}),
    ("SVMSMOTE", {}),
    ("SVMSMOTE", {"out_step": 0.2, "m_neighbors": 7}),
]
STRATEGIES: list[tuple[tuple[int, ...], Any]] = [
    ((60, 16), "auto"),
    ((60, 16), 0.7),
    ((60, 16), {1: 31}),
    ((60, 16), {0: 75, 1: 40}),
    ((50, 24, 14), "auto"),
    ((50, 24, 14), "minority"),
    ((50, 24, 14), "all"),
    ((50, 24, 14), {0: 50, 2: 33}),
]


def blobs(sizes: tuple[int, ...], seed: int = 0, columns: int = 3) -> tuple[Matrix, Codes]:
    """Overlapping clouds, shuffled."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.repeat(np.arange(len(sizes)), sizes)).astype(np.int64)
    return rng.normal(size=(len(y), columns)) + y[:, None], y


def theirs(name: str, X: Matrix, y: Codes, params: dict[str, Any], seed: int) -> tuple[Matrix, Codes]:
    """What imbalanced-learn makes of it; a ValueError or RuntimeError where it cannot."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        X_new, y_new = SAMPLERS[name].load()(random_state=seed, **params).fit_resample(X, y)
    return X_new, y_new


def same_rows(name: str, X: Matrix, y: Codes, params: dict[str, Any], seed: int) -> Plan:
    """The plan, after an assertion that it gives the sampler's rows bit for bit."""
    X_new, y_new = theirs(name, X, y, params, seed)
    made = plan(name, X, y, params, seed)
    way = made.reach[:, None] * (X[made.neighbour] - X[made.base])
    formula = X[made.base] + made.weight[:, None] * way
    assert np.array_equal(np.vstack([X, formula]), X_new)
    assert np.array_equal(made.place(X), formula)
    assert np.array_equal(np.concatenate([y, made.label]), y_new)
    return made


@pytest.mark.parametrize("seed", [0, 7])
@pytest.mark.parametrize(("sizes", "strategy"), STRATEGIES)
@pytest.mark.parametrize(("name", "params"), CASES)
def test_a_plan_places_the_very_rows_of_the_sampler(
    name: str, params: dict[str, Any], sizes: tuple[int, ...], strategy: Any, seed: int
) -> None:
    X, y = blobs(sizes, seed)
    made = same_rows(name, X, y, {**params, "sampling_strategy": strategy}, seed)
    assert len(made.base) > 0


@given(
    case=st.sampled_from(CASES),
    seed=st.integers(0, 2**32 - 1),
    sizes=st.sampled_from([(40, 12), (35, 35, 10), (30, 20, 15, 9)]),
    # from 16 columns on, scikit-learn looks for neighbours in another way
    columns=st.sampled_from([1, 2, 5, 17]),
    twist=st.sampled_from(["ties", "duplicates", "constant", "large", "column order"]),
)
@settings(max_examples=40, deadline=None)
def test_twisted_tables_give_the_same_bits_or_are_refused_by_both(
    case: tuple[str, dict[str, Any]], seed: int, sizes: tuple[int, ...], columns: int, twist: str
) -> None:
    X, y = blobs(sizes, seed, columns)
    if twist == "ties":
        X = np.round(X)
    elif twist == "duplicates":
        X[::2] = X[np.random.default_rng(seed).integers(0, len(X), len(X[::2]))]
    elif twist == "constant":
        X[:, 0] = 3.0
    elif twist == "large":
        X *= 1e6
    else:
        X = np.asfortranarray(X)
    try:
        theirs(case[0], X, y, case[1], seed)
    except (ValueError, RuntimeError):
        # where all distances in all clusters are zero, they divide by zero and a plan goes on
        with contextlib.suppress(DataError):
            assert any("grows evenly" in note for note in plan(case[0], X, y, case[1], seed).notes)
    else:
        same_rows(case[0], X, y, case[1], seed)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("sizes", "strategy"), STRATEGIES)
def test_the_second_kind_of_borderline_goes_at_most_half_of_the_way_to_another_class(
    sizes: tuple[int, ...], strategy: Any, seed: int
) -> None:
    X, y = blobs(sizes, seed)
    made = plan("BorderlineSMOTE", X, y, {**BORDERLINE_2[1], "sampling_strategy": strategy}, seed)
    strange = y[made.neighbour] != made.label
    assert strange.any()
    assert (made.reach[strange] < 0.5).all()
    assert (made.reach[~strange] == 1.0).all()


@pytest.mark.parametrize(("name", "params"), CASES)
def test_bases_and_votes_are_of_the_rows_class(name: str, params: dict[str, Any]) -> None:
    X, y = blobs((60, 30, 20))
    made = plan(name, X, y, params, 3)
    assert (y[made.base] == made.label).all()
    assert (y[made.votes] == made.label[:, None]).all()
    assert ((made.neighbour >= 0) & (made.neighbour < len(X))).all()
    if params.get("kind") != "borderline-2":
        assert (y[made.neighbour] == made.label).all()
        assert (made.votes == made.neighbour[:, None]).any(axis=1).all()


@pytest.mark.parametrize("case", [("SMOTE", {}), ("ADASYN", {}), ("SVMSMOTE", {}), BORDERLINE_2])
def test_votes_are_the_nearest_of_the_class_in_order(case: tuple[str, dict[str, Any]]) -> None:
    X, y = blobs((60, 20))
    made = plan(case[0], X, y, case[1], 3)
    own = np.flatnonzero(y == 1)
    nearest = NearestNeighbors(n_neighbors=6).fit(X[own]).kneighbors(X[made.base], return_distance=False)
    assert np.array_equal(made.votes, own[nearest[:, 1:]])


@pytest.mark.parametrize(("name", "params"), CASES)
def test_shapes_and_types_are_as_promised(name: str, params: dict[str, Any]) -> None:
    X, y = blobs((60, 20))
    for made in (plan(name, X, y, params, 3), plan(name, X, y, {**params, "sampling_strategy": {1: 20}}, 3)):
        n = len(made.base)
        assert [made.base.dtype, made.neighbour.dtype, made.votes.dtype] == [np.dtype(np.intp)] * 3
        assert [made.weight.dtype, made.label.dtype] == [np.dtype(np.float64), np.dtype(np.int64)]
        assert made.neighbour.shape == made.weight.shape == made.label.shape == (n,)
        assert made.votes.ndim == 2
        assert len(made.votes) == n
        assert made.place(X).shape == (n, X.shape[1])
    assert n == 0


@pytest.mark.parametrize(("name", "params"), CASES)
def test_the_seed_decides_all(name: str, params: dict[str, Any]) -> None:
    X, y = blobs((60, 20))
    first, again, other = (plan(name, X, y, params, seed) for seed in (1, 1, 2))
    for field in ("base", "neighbour", "weight", "label", "votes"):
        assert getattr(first, field).tobytes() == getattr(again, field).tobytes()
    assert first.notes == again.notes
    assert first.place(X).tobytes() != other.place(X).tobytes()


def test_random_state_among_the_parameters_goes_before_the_seed() -> None:
    X, y = blobs((60, 20))
    given_twice = plan("SMOTE", X, y, {"random_state": 5}, 1)
    assert np.array_equal(given_twice.weight, plan("SMOTE", X, y, {}, 5).weight)


def test_copies_have_themselves_as_neighbour_and_only_vote() -> None:
    X, y = blobs((60, 20))
    X[0, 0], X[1, 1] = np.nan, np.inf
    made = plan("RandomOverSampler", X, y, {"sampling_strategy": {0: 200, 1: 60}}, 3)
    assert np.array_equal(made.neighbour, made.base)
    assert np.array_equal(made.votes, made.base[:, None])
    assert not made.weight.any()
    assert made.place(X).tobytes() == X[made.base].tobytes()


@pytest.mark.parametrize("size", ["1MB", "2GB"])
def test_the_size_of_the_kernel_cache_changes_nothing(size: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # more than a megabyte of kernel
    X, y = blobs((900, 300))
    before = plan("SVMSMOTE", X, y, {}, 3)
    monkeypatch.setenv("EVENKEEL_SVM_CACHE", size)
    after = plan("SVMSMOTE", X, y, {}, 3)
    for name in ("base", "neighbour", "weight"):
        np.testing.assert_array_equal(getattr(before, name), getattr(after, name))


@pytest.mark.parametrize("size", ["1MB", "2GB"])
def test_nor_does_it_in_the_space_after_preprocessing(size: str, monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = blobs((900, 300))
    monkeypatch.setenv("EVENKEEL_SVM_CACHE", size)
    sampler = build_sampler("SVMSMOTE", {}, seed=3)
    made, _ = sampler.fit_resample(X, y)
    assert sampler.svm_estimator_.cache_size == memory.kernel_cache() / 2**20
    np.testing.assert_array_equal(made, over_sampling.SVMSMOTE(random_state=3).fit_resample(X, y)[0])


def test_only_svm_smote_leads_away_from_the_neighbour_and_never_further_than_out_step() -> None:
    X, y = blobs((60, 20))
    weights = {name: plan(name, X, y, params, 3).weight for name, params in CASES[:-1]}
    assert weights["SVMSMOTE"].min() < 0
    assert weights["SVMSMOTE"].min() >= -0.5
    assert all(weight.min() >= 0 for name, weight in weights.items() if name != "SVMSMOTE")
    assert all(weight.max() < 1 for weight in weights.values())


SHRINKING = [
    ("SMOTE", {}, "k_neighbors 5 -> 3 for class 1: it has 4 rows"),
    ("ADASYN", {}, "n_neighbors 5 -> 3 for class 1: it has 4 rows"),
    ("BorderlineSMOTE", {"m_neighbors": 30}, "k_neighbors 5 -> 3 for class 1: it has 4 rows"),
    ("SVMSMOTE", {"m_neighbors": 30}, "k_neighbors 5 -> 3 for class 1: it has 4 rows"),
    (
        "KMeansSMOTE",
        {"k_neighbors": 5, "kmeans_estimator": 1},
        "k_neighbors 5 -> 3 for class 1: it has 4 rows",
    ),
]


@pytest.mark.parametrize(("name", "params", "note"), SHRINKING)
def test_k_shrinks_to_the_rows_that_a_class_has(name: str, params: dict[str, Any], note: str) -> None:
    X, y = blobs((50, 4))
    made = plan(name, X, y, params, 3)
    assert note in made.notes
    assert (y[made.neighbour] == 1).all()
    assert made.votes.shape[1] == 3


@pytest.mark.parametrize(("name", "params", "note"), SHRINKING)
def test_strict_refuses_to_shrink_and_says_what_would_do(
    name: str, params: dict[str, Any], note: str
) -> None:
    X, y = blobs((50, 4))
    parameter = note.split()[0]
    message = (
        f"Expected at least 6 rows of class 1 for {parameter}=5, got 4 rows. Next: set {parameter} to 3."
    )
    with pytest.raises(DataError, match=re.escape(message)):
        plan(name, X, y, params, 3, strict=True)
    made = plan(name, X, y, {**params, parameter: 3}, 3, strict=True)
    assert np.array_equal(made.base, plan(name, X, y, params, 3).base)


def test_a_shrunk_class_repeats_its_votes_in_order() -> None:
    X, y = blobs((30, 12, 3))
    made = plan("SMOTE", X, y, {}, 3)
    votes = made.votes[made.label == 2]
    assert votes.shape[1] == 5
    assert np.array_equal(votes[:, [2, 3, 4]], votes[:, [0, 1, 0]])


@pytest.mark.parametrize("name", ["SMOTE", "ADASYN", "SVMSMOTE", "KMeansSMOTE"])
def test_a_class_with_one_row_is_copied(name: str) -> None:
    X, y = blobs((30, 1))
    made = plan(name, X, y, {}, 3)
    assert np.array_equal(made.place(X), np.repeat(X[y == 1], 29, axis=0))
    assert not made.weight.any()
    assert "class 1 is copied: it has 1 row, and so no neighbours" in made.notes
    with pytest.raises(DataError, match=r"got 1 row. Next: copy it with RandomOverSampler"):
        plan(name, X, y, {}, 3, strict=True)


@pytest.mark.parametrize("kind", ["borderline-1", "borderline-2"])
def test_a_class_without_borderline_rows_does_not_grow(kind: str) -> None:
    X, y = blobs((30, 1))
    made = same_rows("BorderlineSMOTE", X, y, {"kind": kind}, 3)
    assert made.notes == (
        "class 1 has no borderline rows to start from",
        "class 1 grows by 0 rows, not by the 29 that were asked for",
    )


def test_borderline_needs_no_more_rows_than_imbalanced_learn() -> None:
    X, y = blobs((30, 4))
    params = {"kind": "borderline-2", "m_neighbors": 20}
    assert len(theirs("BorderlineSMOTE", X, y, params, 3)[0]) == 60
    assert plan("BorderlineSMOTE", X, y, params, 3, strict=True).votes.shape == (26, 3)


def test_m_shrinks_to_the_rows_of_the_table() -> None:
    X, y = blobs((8, 3))
    made = plan("BorderlineSMOTE", X, y, {"m_neighbors": 50}, 3)
    assert "m_neighbors 50 -> 10 for the table: it has 11 rows" in made.notes


def test_a_plan_says_when_it_makes_another_number_of_rows() -> None:
    X, y = blobs((97, 20))
    made = plan("ADASYN", X, y, {}, 3)
    assert len(made.base) != 77
    assert made.notes == (f"class 1 grows by {len(made.base)} rows, not by the 77 that were asked for",)
    assert plan("SMOTE", X, y, {}, 3).notes == ()


def test_warnings_along_the_way_become_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    def wary(task: Task) -> Iterator[Part]:
        warnings.warn("clusters  are\nempty", ConvergenceWarning, stacklevel=2)
        warnings.warn("not for users", RuntimeWarning, stacklevel=2)
        yield from PLANNERS["RandomOverSampler"](task)

    monkeypatch.setitem(PLANNERS, "SMOTE", wary)
    assert plan("SMOTE", *blobs((60, 20)), {}, 3).notes == ("clusters are empty",)


def apart(minority: int = 12) -> tuple[Matrix, Codes]:
    """A small class spread thinly over eight far groups of the large one, and eight clusters find them."""
    rng = np.random.default_rng(0)
    group = np.arange(240 + minority) % 8
    X = rng.normal(size=(len(group), 2)) + 50 * np.column_stack([group % 3, group // 3])
    return X, (np.arange(len(group)) >= 240).astype(np.int64)


@pytest.mark.parametrize("minority", [9, 20, 40])
def test_kmeans_smote_without_a_cluster_proposes_parameters_that_work(minority: int) -> None:
    X, y = apart(minority)
    with pytest.raises(DataError, match="Expected a cluster with a share of class 1 of at least") as refused:
        plan("KMeansSMOTE", X, y, {}, 3)
    text = str(refused.value)
    assert re.search(r"got 8 clusters, the best with 0\.\d{3} \(\d of 3\d rows\), ", text)
    threshold = re.search(r"Next: set cluster_balance_threshold to (0\.\d{3})", text)
    assert threshold
    params: dict[str, Any] = {"cluster_balance_threshold": float(threshold[1])}
    if fewer := re.search(r" and k_neighbors to (\d+)", text):
        params["k_neighbors"] = int(fewer[1])
    assert bool(fewer) == (minority == 9)
    assert len(same_rows("KMeansSMOTE", X, y, params, 3).base) >= 240 - minority
    higher = {**params, "cluster_balance_threshold": float(threshold[1]) + 0.001}
    with pytest.raises(DataError):
        plan("KMeansSMOTE", X, y, higher, 3)


def test_the_proposed_threshold_serves_all_classes() -> None:
    X, y = apart(40)
    y[np.flatnonzero(y == 1)[::3]] = 2
    with pytest.raises(DataError) as refused:
        plan("KMeansSMOTE", X, y, {"k_neighbors": 1, "cluster_balance_threshold": 0.5}, 3)
    threshold = re.search(r"threshold to (0\.\d{3})\.", str(refused.value))
    assert threshold
    params = {"k_neighbors": 1, "cluster_balance_threshold": float(threshold[1])}
    assert set(plan("KMeansSMOTE", X, y, params, 3).label) == {1, 2}


def test_where_no_threshold_would_do_kmeans_smote_says_so() -> None:
    X, y = apart(6)
    with pytest.raises(DataError, match=r"take fewer clusters \(kmeans_estimator\).*no threshold would do"):
        plan("KMeansSMOTE", X, y, {}, 3)


def test_kmeans_smote_counts_rows_by_the_rounded_product_as_imbalanced_learn_does() -> None:
    X, y = blobs((71, 29))
    params = {"kmeans_estimator": 1, "k_neighbors": 28}
    with pytest.raises(RuntimeError, match="No clusters found"):
        theirs("KMeansSMOTE", X, y, params, 3)
    with pytest.raises(DataError, match=r"Next: .* and k_neighbors to 27\."):
        plan("KMeansSMOTE", X, y, params, 3)
    same_rows("KMeansSMOTE", X, y, {**params, "k_neighbors": 27}, 3)


def test_kmeans_smote_says_how_many_clusters_grow() -> None:
    X, y = blobs((60, 20))
    made = plan("KMeansSMOTE", X, y, {"cluster_balance_threshold": 0.3}, 3)
    assert re.fullmatch(r"class 1 grows in \d of 8 clusters", made.notes[0])


def test_rows_that_coincide_grow_evenly() -> None:
    X, y = blobs((60, 20))
    X[y == 1] = np.repeat([[9.0, 9.0, 9.0], [-9.0, -9.0, -9.0]], 10, axis=0)
    made = plan("KMeansSMOTE", X, y, {"cluster_balance_threshold": 0.1}, 3)
    assert any("grows evenly" in note for note in made.notes)
    assert np.bincount((X[made.base, 0] > 0).astype(int)).tolist() == [20, 20]


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("SMOTE", {"k_neighbors": NearestNeighbors(n_neighbors=3)}),
        ("ADASYN", {"n_neighbors": NearestNeighbors(n_neighbors=3)}),
        ("BorderlineSMOTE", {"m_neighbors": NearestNeighbors(n_neighbors=3)}),
        ("KMeansSMOTE", {"kmeans_estimator": KMeans()}),
        ("SVMSMOTE", {"svm_estimator": SVC()}),
        ("SMOTE", {"random_state": None}),
    ],
)
def test_what_could_not_be_made_again_is_refused(name: str, params: dict[str, Any]) -> None:
    X, y = blobs((60, 20))
    (parameter,) = params
    with pytest.raises(DataError, match=f"Expected a whole number as {parameter} of {name}, got"):
        plan(name, X, y, params, 3)


def test_shrinkage_is_refused_because_no_two_rows_explain_it() -> None:
    X, y = blobs((60, 20))
    with pytest.raises(DataError, match=r"no shrinkage for RandomOverSampler, got 0\.1: it moves copies"):
        plan("RandomOverSampler", X, y, {"shrinkage": 0.1}, 3)
    assert len(plan("RandomOverSampler", X, y, {"shrinkage": None}, 3).base) == 40


def test_a_sampler_that_cannot_be_planned_is_refused_by_name() -> None:
    X, y = blobs((60, 20))
    with pytest.raises(DataError, match=r"got 'TomekLinks'\. .*Available: ADASYN, BorderlineSMOTE"):
        plan("TomekLinks", X, y, {}, 3)


def test_parameters_are_checked_by_their_owner() -> None:
    X, y = blobs((60, 20))
    with pytest.raises(ConfigError, match="got 'k_neighbours'"):
        plan("SMOTE", X, y, {"k_neighbours": 3}, 3)
    with pytest.raises(ConfigError, match="k_neighbors"):
        plan("SMOTE", X, y, {"k_neighbors": 0}, 3)


@pytest.mark.parametrize("strategy", [0.1, {5: 10}, {1: 3}])
def test_an_impossible_strategy_is_a_data_error(strategy: Any) -> None:
    X, y = blobs((60, 20))
    with pytest.raises(DataError, match=r"SMOTE cannot plan for 80 rows: .* Next: change its parameters"):
        plan("SMOTE", X, y, {"sampling_strategy": strategy}, 3)


def test_missing_values_are_a_data_error() -> None:
    X, y = blobs((60, 20))
    X[:, 0] = np.nan
    with pytest.raises(DataError, match="NaN"):
        plan("SMOTE", X, y, {}, 3)


def test_adasyn_refuses_a_class_that_lies_by_itself() -> None:
    X, y = blobs((60, 20))
    X[y == 1] += 100
    with pytest.raises(DataError, match=r"none among the 5 nearest of any of its rows. Next: use SMOTE"):
        plan("ADASYN", X, y, {}, 3)


def test_adasyn_refuses_when_all_shares_round_to_none() -> None:
    X, y = blobs((60, 55))
    with pytest.raises(DataError, match="shares of 1 that all round to none"):
        plan("ADASYN", X, y, {"sampling_strategy": {1: 56}}, 3)


def test_svm_smote_refuses_support_vectors_among_strangers_alone() -> None:
    X, y = blobs((60, 20))
    X[y == 1] = X[y == 0][:20] + 1e-9
    with pytest.raises(
        DataError, match=r"their 1 nearest rows for SVMSMOTE, got none of 20\. Next: raise m_"
    ):
        plan("SVMSMOTE", X, y, {"m_neighbors": 1}, 3)


def test_every_planner_is_a_known_sampler_that_adds_rows() -> None:
    assert {SAMPLERS[name].family for name in PLANNERS} == {"over"}


def test_inputs_stay_as_they_were() -> None:
    X, y = blobs((60, 20))
    before = X.tobytes(), y.tobytes()
    for name, params in CASES:
        plan(name, X, y, params, 3).place(X)
    assert (X.tobytes(), y.tobytes()) == before
