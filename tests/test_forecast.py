"""Forecasts: rows follow from counts as imbalanced-learn counts them, and costs never shrink with size."""

from __future__ import annotations

import functools
import tracemalloc
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.errors import DataError
from evenkeel.forecast import (
    ENOUGH,
    MOST_ROWS,
    SMALL,
    Forecast,
    Trial,
    check,
    for_sample,
    forecast,
    lines,
    measure,
    rows_after,
    sample,
    sample_sizes,
    trials,
)
from evenkeel.resampling import SAMPLERS, resample_encoded
from evenkeel.resampling.links import ready_sampler

Link = tuple[str, Mapping[str, Any]]
MB = 10**6
LINEAR = [Trial(n, n, n / 1000, 100 * n) for n in (1000, 2000, 4000)]

counts_of_two = st.tuples(st.integers(60, 300), st.integers(25, 50)).map(
    lambda pair: {"no": pair[0], "yes": pair[1]}
)


def table(counts: Mapping[str, int]) -> tuple[np.ndarray, np.ndarray]:
    y = np.repeat(np.arange(len(counts)), list(counts.values()))
    return np.random.default_rng(0).normal(size=(len(y), 3)) + y[:, None] / 2, y


def really(counts: Mapping[str, int], chain: list[Link]) -> dict[str, int]:
    X, y = table(counts)
    made = resample_encoded(X, y, chain, seed=0, classes=tuple(counts))
    return {name: int((made.y == code).sum()) for code, name in enumerate(counts)}


def codes(*counts: int) -> np.ndarray:
    return np.repeat(np.arange(len(counts)), counts)


def test_a_small_table_is_its_own_trial() -> None:
    assert sample_sizes(SMALL) == ()


@given(st.integers(SMALL + 1, 10**9))
def test_trials_grow_and_are_smaller_than_the_table(rows: int) -> None:
    sizes = sample_sizes(rows)
    assert list(sizes) == sorted(set(sizes))
    assert len(sizes) >= 3
    assert max(sizes) <= max(SMALL, rows // 4)


def test_quick_work_is_tried_on_more_rows_and_slow_work_is_not() -> None:
    quick = trials(lambda size: Trial(size, size, 0.001, 1), 100_000)
    slow = trials(lambda size: Trial(size, size, 0.2, 1), 100_000)
    very_slow = trials(lambda size: Trial(size, size, 5.0, 1), 100_000)
    assert [trial.rows_before for trial in slow] == [1000, 2000, 4000]
    assert [trial.rows_before for trial in very_slow] == [1000, 2000]
    assert [trial.rows_before for trial in quick] == [4000, 8000, 16_000]
    assert trials(lambda size: Trial(size, size, 1.0, 1), SMALL) == ()


def test_a_size_that_fails_is_left_out() -> None:
    def fails_below(least: int, size: int) -> Trial:
        if size < least:
            raise DataError("All support vectors are considered as noise.")
        return Trial(size, size, 0.2, 1)

    found = trials(functools.partial(fails_below, 2000), 20_000)
    assert [trial.rows_before for trial in found] == [2000, 4000]
    assert trials(functools.partial(fails_below, 10**6), 20_000) == ()


@given(st.lists(st.integers(1, 3000), min_size=1, max_size=5), st.integers(1, 2000), st.integers(0, 9))
def test_every_class_has_its_share_and_rare_ones_enough(counts: list[int], size: int, seed: int) -> None:
    y = codes(*counts)
    drawn = np.bincount(y[sample(y, size, seed)], minlength=len(counts))
    for have, got in zip(counts, drawn, strict=True):
        assert got == min(have, max(ENOUGH, round(size * have / len(y))))


@given(st.integers(1, 500), st.integers(0, 9))
def test_a_sample_is_of_different_rows_in_order_and_the_seed_decides_which(size: int, seed: int) -> None:
    y = codes(400, 100, 3)
    drawn = sample(y, size, seed)
    assert (np.diff(drawn) > 0).all()
    assert np.array_equal(drawn, sample(y, size, seed))


def test_a_sample_as_large_as_the_table_is_the_table() -> None:
    assert np.array_equal(sample(codes(50, 9), 59, 0), np.arange(59))


@settings(deadline=None, max_examples=15)
@given(counts_of_two)
@pytest.mark.parametrize(
    "name", ["RandomOverSampler", "SMOTE", "BorderlineSMOTE", "RandomUnderSampler", "NearMiss"]
)
def test_the_rows_of_a_sampler_are_forecast_exactly(name: str, counts: dict[str, int]) -> None:
    assert rows_after(counts, [(name, {})]) == really(counts, [(name, {})])


@pytest.mark.parametrize(
    "chain",
    [
        [],
        [("SMOTE", {"sampling_strategy": 0.5})],
        [("SMOTE", {"sampling_strategy": {"yes": 77}})],
        [("RandomUnderSampler", {"sampling_strategy": {"no": 90}})],
        [("RandomUnderSampler", {"sampling_strategy": 0.4}), ("SMOTE", {"k_neighbors": 3})],
        [("SMOTE", {"sampling_strategy": "minority"}), ("RandomUnderSampler", {"sampling_strategy": "all"})],
    ],
    ids=str,
)
def test_strategies_are_read_as_imbalanced_learn_reads_them(chain: list[Link]) -> None:
    counts = {"no": 200, "yes": 30}
    assert rows_after(counts, chain) == really(counts, chain)


def test_many_classes_are_counted_and_an_empty_one_stays_empty() -> None:
    counts = {"a": 90, "b": 30, "none": 0, "c": 25}
    assert rows_after(counts, [("RandomOverSampler", {})]) == {"a": 90, "b": 90, "none": 0, "c": 90}
    assert rows_after(counts, [("RandomUnderSampler", {})]) == {"a": 25, "b": 25, "none": 0, "c": 25}


@pytest.mark.parametrize("name", sorted(SAMPLERS))
def test_every_sampler_says_what_kind_of_strategy_it_takes(name: str) -> None:
    kind = ready_sampler(name, {}, seed=0, classes=("no", "yes"), categorical=[0])._sampling_type
    assert kind in {"over-sampling", "under-sampling", "clean-sampling"}
    assert rows_after({"no": 100, "yes": 30}, [(name, {})]) is not None


@pytest.mark.parametrize(
    "name", sorted(n for n, s in SAMPLERS.items() if s.family in ("cleaning", "combined"))
)
def test_for_samplers_that_clean_the_forecast_is_a_bound(name: str) -> None:
    counts = {"no": 200, "yes": 30}
    bound, real = rows_after(counts, [(name, {})]), really(counts, [(name, {})])
    assert bound is not None
    assert all(real[label] <= bound[label] for label in counts)


def test_a_smote_that_was_handed_in_has_its_own_strategy() -> None:
    smote = {"sampler": "SMOTE", "params": {"sampling_strategy": 0.5}}
    assert rows_after({"no": 200, "yes": 30}, [("SMOTEENN", {"smote": smote})]) == {"no": 200, "yes": 100}


@pytest.mark.parametrize(
    "link",
    [("SMOTE", {"sampling_strategy": 0.1}), ("RandomUnderSampler", {"sampling_strategy": {"no": 999}})],
)
def test_what_the_sampler_will_refuse_has_no_forecast(link: Link) -> None:
    assert rows_after({"no": 200, "yes": 30}, [link, ("TomekLinks", {})]) is None


def test_a_class_that_does_not_exist_is_named() -> None:
    with pytest.raises(DataError, match="'maybe'"):
        rows_after({"no": 200, "yes": 30}, [("SMOTE", {"sampling_strategy": {"maybe": 90}})])


def test_more_rows_than_fit_anywhere_are_forecast_without_making_them() -> None:
    chain = [("SMOTE", {"sampling_strategy": {"yes": 10**13}}), ("RandomUnderSampler", {})]
    found = rows_after({"no": 200, "yes": 30}, chain)
    assert found is not None
    assert sum(found.values()) > MOST_ROWS


@pytest.mark.parametrize(
    "chain",
    [
        [("SMOTE", {})],
        [("SMOTE", {"sampling_strategy": 0.01})],
        [("RandomUnderSampler", {"sampling_strategy": 0.01})],
        [("SMOTE", {"sampling_strategy": {"yes": 30_000}}), ("TomekLinks", {})],
        [("RandomUnderSampler", {"sampling_strategy": {"no": 9_000}}), ("SMOTE", {})],
        [("SMOTETomek", {"sampling_strategy": 0.5})],
    ],
    ids=str,
)
def test_a_sample_does_in_small_what_the_chain_does_to_the_table(chain: list[Link]) -> None:
    counts, sampled = {"no": 39_960, "yes": 40}, {"no": 1998, "yes": 20}
    whole, part = rows_after(counts, chain), rows_after(sampled, for_sample(chain, counts, sampled))
    assert whole is not None
    assert part is not None
    for label in counts:
        assert abs(part[label] - whole[label] * 0.05) <= ENOUGH + 1
    assert really(sampled, list(for_sample(chain, counts, sampled)))


def test_a_sample_that_is_everything_needs_no_other_rows() -> None:
    counts = {"no": 200, "yes": 30}
    for chain in ([("SMOTE", {"sampling_strategy": 0.5})], [("NearMiss", {})], [("TomekLinks", {})]):
        assert rows_after(counts, for_sample(chain, counts, counts)) == rows_after(counts, chain)


def test_what_a_chain_cannot_do_is_left_for_the_sampler_to_refuse() -> None:
    chain = [("TomekLinks", {}), ("SMOTE", {"sampling_strategy": 0.1}), ("SMOTE", {})]
    assert list(for_sample(chain, {"no": 200, "yes": 30}, {"no": 100, "yes": 20})) == chain


def test_a_trial_sees_the_memory_of_the_work_and_not_what_was_there() -> None:
    there = np.ones(4_000_000)
    trial = measure(lambda: len(there[:1_000_000] * 2.0), rows_before=5)
    assert (trial.rows_before, trial.rows_after) == (5, 1_000_000)
    assert 8_000_000 <= trial.peak < 9_000_000
    assert trial.seconds > 0
    assert not tracemalloc.is_tracing()


def test_somebody_elses_tracing_goes_on() -> None:
    tracemalloc.start()
    try:
        measure(lambda: 1, rows_before=1)
        assert tracemalloc.is_tracing()
    finally:
        tracemalloc.stop()


def test_a_failing_trial_ends_its_tracing(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = iter([1])
    with pytest.raises(StopIteration):
        measure(lambda: next(calls), rows_before=1)
    assert not tracemalloc.is_tracing()


@pytest.mark.parametrize("power", [1, 2])
def test_linear_and_quadratic_work_is_forecast_exactly(power: int) -> None:
    trials = [Trial(n, n, 0.3 * (n / 1000) ** power, 50 * n) for n in (1000, 2000, 4000)]
    found = forecast(trials, 40_000, 40_000)
    assert found.seconds == pytest.approx(0.3 * 40**power)
    assert found.memory == pytest.approx(50 * 40_000)


def test_a_start_a_walk_and_comparisons_are_told_apart() -> None:
    def cost(n: float) -> float:
        return 0.2 + 0.1 * n + 0.01 * n * n

    trials = [Trial(n, n, cost(n / 1000), n) for n in (1000, 2000, 4000)]
    assert forecast(trials, 40_000, 40_000).seconds == pytest.approx(cost(40))


seconds = st.floats(1e-6, 10)
peaks = st.integers(0, 10**9)
three_trials = st.tuples(*[st.tuples(seconds, peaks)] * 3).map(
    lambda costs: [Trial(n, 2 * n, s, p) for n, (s, p) in zip((1000, 2000, 4000), costs, strict=True)]
)


@given(three_trials, st.integers(4000, 10**7), st.integers(4000, 10**7))
def test_more_rows_never_cost_less(trials: list[Trial], one: int, other: int) -> None:
    fewer, more = (forecast(trials, rows, 2 * rows) for rows in sorted((one, other)))
    assert fewer.seconds <= more.seconds * (1 + 1e-9)
    assert trials[-1].peak <= fewer.memory <= more.memory
    assert fewer.seconds >= trials[-1].seconds


@given(three_trials, st.integers(4000, 10**7))
def test_time_grows_no_faster_than_quadratically(trials: list[Trial], rows: int) -> None:
    one, ten = (forecast(trials, n, 2 * n) for n in (rows, 10 * rows))
    assert ten.seconds <= one.seconds * 100 * (1 + 1e-9)


@given(st.lists(st.tuples(seconds, peaks), min_size=1, max_size=2))
def test_fewer_trials_still_give_a_forecast(costs: list[tuple[float, int]]) -> None:
    trials = [Trial(1000 * (i + 1), 1000, *cost) for i, cost in enumerate(costs)]
    assert np.isfinite(forecast(trials, 40_000, None).seconds)


def test_where_rows_are_not_known_the_trial_stands_in() -> None:
    trials = [Trial(1000, 300, 1.0, 1), Trial(2000, 500, 1.0, 1)]
    assert forecast(trials, 40_000, None).rows == 10_000


def test_a_cap_changes_the_rows_and_not_the_work_before_it() -> None:
    free, capped = forecast(LINEAR, 40_000, 80_000), forecast(LINEAR, 40_000, 80_000, kept=9_000)
    assert capped.rows == 9_000
    assert free[2:] == capped[2:]
    assert forecast(LINEAR, 40_000, 5_000, kept=9_000).rows == 5_000


def needs(*sizes: int) -> dict[str, Forecast]:
    return {f"s{i}": Forecast(1000, 2000, 1.0, size) for i, size in enumerate(sizes)}


def test_what_fits_side_by_side_passes() -> None:
    check(needs(300, 500, 100), at_once=2, limit=800)
    check(needs(300, 500, 100), at_once=0, limit=500)
    check({}, at_once=2, limit=1)


def test_without_a_known_limit_nothing_is_refused() -> None:
    check(needs(10**18), at_once=8, limit=None)


def test_the_refusal_names_the_largest_strategy_and_says_what_to_do() -> None:
    with pytest.raises(DataError) as caught:
        check(needs(300 * MB, 500 * MB, 100 * MB), at_once=2, limit=700 * MB)
    message = str(caught.value)
    for part in ("'s1'", "2,000 rows", "500 MB", "800 MB with 2 at once", "at most 700 MB", "Next: "):
        assert part in message
    for way in ("EVENKEEL_WORKERS=1", "max_rows", "sampling_strategy", "under-sampler", "EVENKEEL_MEMORY"):
        assert way in message


def test_fewer_workers_are_advised_only_where_they_help() -> None:
    with pytest.raises(DataError, match="EVENKEEL_WORKERS=3"):
        check(needs(*[100] * 8), at_once=8, limit=350)
    with pytest.raises(DataError) as caught:
        check(needs(500, 500), at_once=2, limit=400)
    assert "EVENKEEL_WORKERS" not in str(caught.value)


def test_a_strategy_alone_runs_beside_itself_on_the_folds() -> None:
    with pytest.raises(DataError):
        check(needs(500), at_once=2, limit=900)


@given(st.lists(peaks, min_size=1, max_size=5), st.integers(0, 8), peaks)
def test_what_is_refused_is_not_accepted_by_more_workers(sizes: list[int], at_once: int, limit: int) -> None:
    try:
        check(needs(*sizes), at_once=at_once, limit=limit)
    except DataError:
        with pytest.raises(DataError):
            check(needs(*sizes), at_once=at_once + 1, limit=limit)


def test_a_line_says_rows_time_and_memory() -> None:
    made = {
        "smote": Forecast(34_720, 68_192, 3.2, 210 * MB),
        "tomek-links": Forecast(34_720, 34_720, 0.4, 1_240 * MB),
        "all-knn": Forecast(34_720, 34_000, 600, 10),
        "cnn": Forecast(34_720, 34_000, 9_000, 10),
    }
    assert lines(made) == [
        "smote        34,720 -> 68,192 rows, about 3 s, 210 MB",
        "tomek-links  34,720 -> 34,720 rows, under 1 s, 1.2 GB",
        "all-knn      34,720 -> 34,000 rows, about 10 min, 10 B",
        "cnn          34,720 -> 34,000 rows, about 2 h, 10 B",
    ]
    assert lines({}) == []


def test_a_forecast_of_a_real_sampler_is_made_from_the_pieces() -> None:
    counts = {"no": 5_900, "yes": 100}
    X, y = table(counts)
    chain: list[Link] = [("SMOTE", {})]

    def trial_of(size: int) -> Trial:
        rows = sample(y, size, 0)
        part = dict(zip(counts, np.bincount(y[rows]).tolist(), strict=True))
        small = [*for_sample(chain, counts, part)]
        return measure(
            lambda: len(resample_encoded(X[rows], y[rows], small, seed=0, classes=tuple(counts)).y), len(rows)
        )

    after = rows_after(counts, chain)
    assert after is not None
    found = forecast(trials(trial_of, len(y)), len(y), sum(after.values()))
    assert (found.before, found.rows) == (6_000, 11_800)
    # the rows that come out are there at the end, and their copies are not many
    assert 11_800 * 3 * 8 <= found.memory <= 11_800 * 3 * 8 * 20


@given(st.floats(0.0, 0.2), st.floats(0.001, 0.2))
def test_a_chain_that_compares_no_rows_grows_no_faster_than_they_do(start: float, slope: float) -> None:
    # noise that looks like a quadratic part
    tried = [
        Trial(n, n, start + slope * n / 1_000 * noise, 1)
        for n, noise in ((1_000, 1), (2_000, 1.3), (4_000, 1.7))
    ]
    found = forecast(tried, 400_000, 400_000, compares=False)
    assert found.seconds <= 100 * tried[-1].seconds * (1 + 1e-6)
