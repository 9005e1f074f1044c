"""Real tables: nothing critical in honest random splits of them, and every planted leak found."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GroupShuffleSplit, train_test_split

from evenkeel.proof.audit import audit, read_table

Data = Callable[[str], Path]
Halves = tuple[pd.DataFrame, pd.DataFrame]


class Real(NamedTuple):
    """A real table: its file, its target, columns that are left out, and rows that are enough here."""

    file: str
    target: str
    drop: tuple[str, ...] = ()
    rows: int = 4_000


ZENODO = ("abalone_19", "mammography", "oil", "optical_digits", "ozone_level")
ZENODO += ("thyroid_sick", "wine_quality", "yeast_me2")
TABLES = {
    "stroke": Real("stroke_43400/data.csv.gz", "stroke"),
    "contaminated": Real("stroke_43660_contaminated/data.csv.gz", "stroke"),
    "telco": Real("telco_churn/data.csv.gz", "Churn"),
    "vehicle": Real("vehicle_insurance_fraud/data.csv.gz", "FraudFound_P"),
    "credit": Real("give_me_some_credit/data.csv.gz", "SeriousDlqin2yrs", rows=8_000),
    "diabetes": Real("diabetes130/data.csv.gz", "readmitted"),
    "cards": Real("creditcard_int40/data.parquet", "Class", rows=12_000),
    "few cards": Real("creditcard_sample5000/data.csv.gz", "Class"),
    "shuttle": Real("shuttle_multiclass/train.parquet", "class", ("class_raw",)),
    "ecoli": Real("ecoli_multiclass/data.csv.gz", "class"),
    "sms": Real("sms_spam/data.csv.gz", "label"),
    **{name: Real(f"zenodo/{name}.parquet", "target", ("split",)) for name in ZENODO},
}
# what EKA006 must find in it
HANDBOOK = Real("fraud_handbook_sim/data.parquet", "TX_FRAUD")


@functools.lru_cache(maxsize=4)
def whole(path: Path) -> pd.DataFrame:
    return read_table(path, "train")


def table(data: Data, real: Real, seed: int = 0) -> pd.DataFrame:
    frame = whole(data(real.file)).drop(columns=list(real.drop))
    return frame.sample(min(real.rows, len(frame)), random_state=seed).reset_index(drop=True)


def halves(frame: pd.DataFrame, target: str, seed: int = 0) -> Halves:
    even = frame[target] if frame[target].value_counts().min() > 1 else None
    return tuple(train_test_split(frame, test_size=0.2, random_state=seed, stratify=even))


def critical(halves: Halves, target: str, **options: str) -> set[str]:
    return {f.code for f in audit(*halves, target=target, **options) if f.severity == "critical"}


@pytest.mark.parametrize("name", TABLES)
def test_honest_splits_have_nothing_critical(name: str, shared_data: Data) -> None:
    real, seed = TABLES[name], len(name)
    assert critical(halves(table(shared_data, real, seed), real.target, seed), real.target) == set()


@pytest.mark.parametrize("one", [False, True])
def test_honest_splits_of_digits_have_nothing_critical(one: bool) -> None:
    from sklearn.datasets import load_digits

    frame = load_digits(as_frame=True).frame
    frame["target"] = frame["target"] == 8 if one else frame["target"]
    assert critical(halves(frame, "target"), "target") == set()


def test_shuttles_own_split_has_nothing_critical(shared_data: Data) -> None:
    sides = [
        read_table(shared_data(f"shuttle_multiclass/{name}.parquet"), name) for name in ("train", "test")
    ]
    train, test = (side.drop(columns="class_raw")[:3_000] for side in sides)
    assert critical((train, test), "class") == set()


def test_the_scenario_of_the_fraud_handbook_is_a_giveaway(shared_data: Data) -> None:
    frame = whole(shared_data(HANDBOOK.file))
    some = pd.concat([frame[frame["TX_FRAUD"] == 1][:1_000], frame[frame["TX_FRAUD"] == 0][:9_000]])
    found = audit(*halves(some, "TX_FRAUD"), target="TX_FRAUD")
    assert [(f.code, "'TX_FRAUD_SCENARIO'" in f.evidence) for f in found if f.severity == "critical"] == [
        ("EKA006", True)
    ]


def test_patients_of_the_diabetes_table_are_found_on_both_sides_or_on_one(shared_data: Data) -> None:
    frame = whole(shared_data("diabetes130/data.csv.gz"))
    frame = frame[frame["patient_nbr"] % 10 == 3][:3_000]
    mixed = audit(*halves(frame, "readmitted"), target="readmitted")
    assert any(f.code == "EKA004" and "'patient_nbr'" in f.evidence for f in mixed)
    assert critical(halves(frame, "readmitted"), "readmitted", groups="patient_nbr") == {"EKA004"}
    train, test = next(
        GroupShuffleSplit(1, test_size=0.2, random_state=0).split(frame, groups=frame["patient_nbr"])
    )
    apart = frame.iloc[train], frame.iloc[test]
    assert not [f for f in audit(*apart, target="readmitted") if f.code == "EKA004"]
    assert critical(apart, "readmitted", groups="patient_nbr") == set()


def numbers(frame: pd.DataFrame, target: str) -> pd.DataFrame:
    """The numeric features, without ids and gaps, and the target."""
    kept = frame.select_dtypes("number").drop(
        columns=["id", "row_id", "PolicyNumber", target], errors="ignore"
    )
    return kept.fillna(kept.median()).assign(**{target: frame[target]})


def rarest(frame: pd.DataFrame, target: str) -> pd.Series:
    return frame[target] == frame[target].value_counts().index[-1]


def copies(frame: pd.DataFrame, target: str) -> Halves:
    train, test = halves(frame, target)
    return pd.concat([train, test.sample(200, random_state=0)]), test


def oversampled(frame: pd.DataFrame, target: str) -> Halves:
    from imblearn.over_sampling import RandomOverSampler

    X, y = RandomOverSampler(random_state=0).fit_resample(frame.drop(columns=target), frame[target])
    return halves(X.assign(**{target: y}), target)


def noisy(frame: pd.DataFrame, target: str) -> Halves:
    train, test = halves(frame, target)
    some = test.sample(100, random_state=0)
    floats = some.select_dtypes(float)
    noise = 1 + 1e-4 * np.random.default_rng(0).normal(size=floats.shape)
    return pd.concat([train, some.assign(**(floats * noise))]), test


def smote(frame: pd.DataFrame, target: str) -> Halves:
    from imblearn.over_sampling import SMOTE

    plain = numbers(frame, target)
    X, y = SMOTE(random_state=0).fit_resample(plain.drop(columns=target), plain[target])
    return halves(X.assign(**{target: y}), target)


def label(frame: pd.DataFrame, target: str) -> Halves:
    noise = 0.1 * np.random.default_rng(0).normal(size=len(frame))
    return halves(frame.assign(hint=3 * rarest(frame, target) + noise), target)


def gap(frame: pd.DataFrame, target: str) -> Halves:
    return halves(frame.assign(hint=pd.Series(range(len(frame))).where(rarest(frame, target))), target)


def scaled(frame: pd.DataFrame, target: str) -> Halves:
    plain = numbers(frame, target)
    features = plain.drop(columns=target)
    return halves(plain.assign(**(features - features.mean()) / features.std(ddof=0)), target)


def filled(frame: pd.DataFrame, target: str) -> Halves:
    name = frame.select_dtypes(float).nunique().idxmax()
    kept = frame[name].mask(np.random.default_rng(0).random(len(frame)) < 0.08)
    return halves(frame.assign(**{name: kept.fillna(kept.mean())}), target)


def encoded(frame: pd.DataFrame, target: str) -> Halves:
    level = pd.Series(np.random.default_rng(0).integers(0, 30, len(frame)))
    return halves(frame.assign(level=rarest(frame, target).groupby(level).transform("mean")), target)


PLANTED: dict[str, tuple[str, Callable[[pd.DataFrame, str], Halves]]] = {
    "copies": ("EKA001", copies),
    "random oversampling": ("EKA001", oversampled),
    "noisy copies": ("EKA002", noisy),
    "SMOTE": ("EKA003", smote),
    "the label": ("EKA006", label),
    "the label in gaps": ("EKA006", gap),
    "a scaler": ("EKA009", scaled),
    "an imputer": ("EKA010", filled),
    "an encoder": ("EKA011", encoded),
}


@pytest.mark.parametrize("leak", PLANTED)
@pytest.mark.parametrize("name", ["stroke", "telco", "thyroid_sick", "wine_quality"])
def test_planted_leaks_are_critical(name: str, leak: str, shared_data: Data) -> None:
    real, (code, plant) = TABLES[name], PLANTED[leak]
    frame = table(shared_data, real._replace(rows=3_700))
    assert code in critical(plant(frame, real.target), real.target)


@pytest.mark.parametrize("name", ["stroke", "telco", "credit", "thyroid_sick", "cards"])
def test_smote_after_the_split_has_nothing_critical(name: str, shared_data: Data) -> None:
    from imblearn.over_sampling import SMOTE

    real = TABLES[name]
    train, test = halves(numbers(table(shared_data, real._replace(rows=6_000)), real.target), real.target)
    X, y = SMOTE(random_state=0).fit_resample(train.drop(columns=real.target), train[real.target])
    found = critical((X.assign(**{real.target: y}), test), real.target)
    assert found == set()
