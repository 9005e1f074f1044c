"""EKA003: rows that were interpolated before the split, in every way that tables come in."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from evenkeel.proof.audit.finding import NotChecked, Suspicion

People = Callable[..., pd.DataFrame]
Halves = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]
Check = Callable[..., list[Suspicion]]

NUMBERS = ["glucose", "pressure", "bmi", "age", "smokes"]


def resampled(frame: pd.DataFrame, name: str = "SMOTE", **options: object) -> pd.DataFrame:
    import imblearn.over_sampling

    sampler = getattr(imblearn.over_sampling, name)(random_state=0, **options)
    X, y = sampler.fit_resample(frame[NUMBERS], frame["y"])
    return X.assign(y=y)


def severities(found: list[Suspicion]) -> set[str]:
    return {suspicion.severity for suspicion in found}


@pytest.mark.parametrize("name", ["SMOTE", "BorderlineSMOTE", "ADASYN"])
def test_interpolation_before_the_split_is_critical(
    people: People, halves: Halves, check: Check, name: str
) -> None:
    found = check("EKA003", *halves(resampled(people(), name)))
    assert severities(found) == {"critical"}
    assert {rows.table for suspicion in found for rows in suspicion.rows} == {"train", "test"}


@pytest.mark.parametrize("name", ["SMOTE", "BorderlineSMOTE", "ADASYN"])
def test_interpolation_after_the_split_is_nothing(
    people: People, halves: Halves, check: Check, name: str
) -> None:
    train, test = halves(people())
    assert check("EKA003", resampled(train, name), test[[*NUMBERS, "y"]]) == []


@pytest.mark.parametrize("seed", range(4))
def test_rows_as_they_were_observed_are_nothing(
    people: People, halves: Halves, check: Check, seed: int
) -> None:
    assert check("EKA003", *halves(people(seed=seed), seed)) == []


def test_scaled_columns_keep_their_lines(people: People, halves: Halves, check: Check) -> None:
    from sklearn.preprocessing import StandardScaler

    frame = resampled(people())
    frame[NUMBERS] = StandardScaler().fit_transform(frame[NUMBERS])
    assert severities(check("EKA003", *halves(frame))) == {"critical"}


def test_single_precision_is_enough(people: People, halves: Halves, check: Check) -> None:
    frame = resampled(people().astype(dict.fromkeys(NUMBERS, np.float32)))
    assert frame["glucose"].dtype == np.float32
    assert severities(check("EKA003", *halves(frame))) == {"critical"}


@pytest.mark.parametrize("way", [np.rint, np.trunc])
def test_many_columns_of_whole_numbers_are_enough(
    halves: Halves, check: Check, way: Callable[[pd.DataFrame], pd.DataFrame]
) -> None:
    from imblearn.over_sampling import SMOTE

    draws = np.random.default_rng(0)
    frame = pd.DataFrame(draws.integers(-40, 40, (600, 12)), columns=list("abcdefghijkl")).astype(float)
    y = np.where(np.arange(600) % 8 == 0, "ill", "well")
    X, y = SMOTE(random_state=0).fit_resample(frame, y)
    assert severities(check("EKA003", *halves(way(X).astype(int).assign(y=y)))) == {"critical"}
    assert check("EKA003", *halves(frame.astype(int).assign(y=np.asarray(y)[:600]))) == []


def test_evenkeels_own_native_smote_before_a_split_is_seen(
    people: People, halves: Halves, check: Check
) -> None:
    from evenkeel.resampling import resample_native
    from evenkeel.resampling.lineage import train_rows
    from evenkeel.resampling.space import fit_space
    from evenkeel.tables import ROW_ID, find_features

    frame = people()
    frame.insert(0, ROW_ID, [f"r{i}" for i in range(len(frame))])
    space = fit_space(frame, find_features(frame, exclude={"y"}))
    rows = train_rows(frame, (frame["y"] == "ill").to_numpy().astype(np.int64))
    made = resample_native(rows, [("SMOTE", {})], space, seed=0, classes=("well", "ill")).rows
    mixed = made.frame.drop(columns=ROW_ID).assign(y=np.array(["well", "ill"])[made.y])
    assert severities(check("EKA003", *halves(mixed))) == {"critical"}


def test_columns_that_follow_from_one_another_are_no_evidence(halves: Halves, check: Check) -> None:
    draws = np.random.default_rng(0)
    a = draws.normal(size=1_000)
    frame = pd.DataFrame({"a": a, "twice": 2 * a, "more": a + 3, "level": draws.integers(0, 3, 1_000)})
    frame["part"] = np.where(a > 0, a, 0.5 * a)
    assert check("EKA003", *halves(frame.assign(y=np.arange(1_000) % 2))) == []


def test_missing_cells_do_not_hide_lines(people: People, halves: Halves, check: Check) -> None:
    frame = resampled(people())
    gone = np.random.default_rng(0).random(len(frame)) < 0.2
    frame.loc[gone, "bmi"] = np.nan
    assert severities(check("EKA003", *halves(frame))) == {"critical"}


def test_one_number_shows_no_line(halves: Halves, check: Check) -> None:
    frame = pd.DataFrame({"a": np.arange(90.0), "c": list("xyz") * 30, "y": np.arange(90) % 2})
    with pytest.raises(NotChecked, match="two numeric columns"):
        check("EKA003", *halves(frame))
