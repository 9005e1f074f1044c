"""InstanceHardnessThreshold: the very rows of imbalanced-learn, with any number of threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from imblearn.under_sampling import InstanceHardnessThreshold as Theirs
from joblib import parallel_config
from sklearn.ensemble import _forest
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_info, threadpool_limits

from evenkeel import progress
from evenkeel.resampling.fast import hardness
from evenkeel.resampling.fast.hardness import InstanceHardnessThreshold as Ours
from evenkeel.resampling.samplers import SAMPLERS, build_sampler


def same(X: Any, y: Any, **params: Any) -> None:
    ours, theirs = Ours(**{"random_state": 0, **params}), Theirs(**{"random_state": 0, **params})
    X_ours, y_ours = ours.fit_resample(X, y)
    with threadpool_limits(1):
        X_theirs, y_theirs = theirs.fit_resample(X, y)
    assert np.array_equal(ours.sample_indices_, theirs.sample_indices_)
    assert np.array_equal(X_ours, X_theirs)
    assert np.array_equal(y_ours, y_theirs)


def table(rows: int, columns: int, classes: int = 2, seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.minimum(np.arange(rows) // 20, classes - 1))[::-1]
    return rng.normal(size=(rows, columns)) + y[:, None] / 2, classes - 1 - y


@pytest.fixture(params=[1, 2])
def threads(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(hardness, "_threads", lambda: request.param)
    return int(request.param)


@pytest.mark.parametrize("classes", [2, 3])
def test_the_same_rows_are_kept(classes, threads):
    same(*table(150, 4, classes))


def test_mixed_leaves_vote_in_the_same_order(threads):
    X, y = table(200, 2)
    same(np.rint(X), y)


def test_one_column_and_a_constant_one(threads):
    X, y = table(100, 1)
    same(X, y, cv=3)
    same(np.hstack([X, np.ones_like(X)]).astype(np.float32), y, cv=3, sampling_strategy=0.8)


@pytest.mark.parametrize("params", [{"n_jobs": 1}, {"estimator": LogisticRegression()}])
def test_what_is_given_is_left_as_it_is(params):
    X, y = table(120, 3)
    same(X, y, **params)
    ours = Ours(random_state=0, **params)
    ours.fit_resample(X, y)
    assert not isinstance(ours.estimator_, hardness.Forest)


def test_a_running_random_state_runs_on_in_the_same_way(threads):
    X, y = table(120, 3)
    with threadpool_limits(1):
        kept = [cls(random_state=np.random.RandomState(3)).fit_resample(X, y)[0] for cls in (Ours, Theirs)]
    assert np.array_equal(*kept)


def test_a_real_table(shared_data: Callable[[str], Path], threads):
    frame = pd.read_parquet(shared_data("zenodo/yeast_me2.parquet")).head(500)
    same(frame.drop(columns=["target", "split"]).to_numpy(np.float64), frame["target"].to_numpy())


def test_threads_are_those_that_are_allowed():
    assert threadpool_info()
    with threadpool_limits(1):
        assert hardness._threads() == 1
    with parallel_config("threading", n_jobs=2):
        assert hardness._threads() >= 1


def test_trees_grow_in_as_many_threads(threads, monkeypatch):
    seen, build = set(), _forest._parallel_build_trees

    def watched(*args: Any, **kwargs: Any) -> Any:
        seen.add(threading.get_ident())
        return build(*args, **kwargs)

    monkeypatch.setattr(_forest, "_parallel_build_trees", watched)
    hardness.Forest(40, random_state=0).fit(*table(2000, 10))
    assert len(seen) <= threads
    assert (threading.get_ident() in seen) == (threads == 1)


def test_the_table_of_samplers_builds_ours_and_checks_by_theirs():
    assert type(build_sampler("instance-hardness", {}, 0)) is Ours
    assert SAMPLERS["InstanceHardnessThreshold"].load() is Theirs


def test_every_tree_is_counted_in_any_number_of_threads(threads, monkeypatch):
    class Heard(progress.Listener):
        told: list[tuple[int, int, str]] = []  # noqa: RUF012

        def work(self, key: str, at: progress.Work | None) -> None:
            if at is not None and at.total:
                self.told.append((at.done, at.total, at.doing))

    monkeypatch.setattr(progress, "PAUSE", 0.0)
    with progress.listening(heard := Heard()), progress.working("hard"):
        Ours(random_state=0, cv=3).fit_resample(*table(100, 2))
    assert sorted(heard.told) == [(done, 300, "trees grown") for done in range(1, 301)]
