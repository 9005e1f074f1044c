"""Twenty honest configs over real tables: between them they use every option that a run may have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

STROKE, DOUBLED = "stroke_43400/data.csv.gz", "stroke_43660_contaminated/data.csv.gz"
CHURN, CREDIT = "telco_churn/data.csv.gz", "give_me_some_credit/data.csv.gz"
FRAUD, ECOLI = "fraud_handbook_sim/data.parquet", "ecoli_multiclass/data.csv.gz"
LEAKS = "drop=[TX_FRAUD_SCENARIO, TERMINAL_ID, CUSTOMER_ID, TX_TIME_SECONDS, TX_TIME_DAYS]"
ORDINAL = "preprocess.encode=ordinal"
CHAIN = "{name: chain, resample: [random-under, smote]}"
WEIGHTS = "{name: weights, class_weight: balanced}"
FOREST = "{name: forest, model: {kind: balanced_random_forest, params: {n_estimators: 5}}}"
FEW = "{name: few, resample: [smote], max_rows: 1000}"
TREES = "{kind: xgboost, params: {n_estimators: 10, max_depth: 3}}"


@dataclass(frozen=True)
class Honest:
    """A table, its target, and what the config says beside; a sample keeps `rare` rows of the rarest class.

    With `continued`, a run on most of the rows goes before, which this one continues.
    """

    name: str
    table: str
    target: str
    said: tuple[str, ...]
    rows: int = 2000
    rare: int = 100
    continued: bool = False
    flow: str = "train"
    prepare: Callable[[pd.DataFrame], pd.DataFrame] = field(default=lambda frame: frame)


def common_classes(frame: pd.DataFrame, column: str = "class", least: int = 15) -> pd.DataFrame:
    """Rows of classes that are large enough to be split and folded."""
    return frame[frame.groupby(column)[column].transform("size") >= least]


def with_folds(frame: pd.DataFrame) -> pd.DataFrame:
    """A split that somebody else made: every fifth row of a class is test."""
    common = common_classes(frame)
    number = common.groupby("class").cumcount()
    return common.assign(part=["test" if n % 5 == 0 else "train" for n in number])


def texts_as_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """Lengths and counts of messages."""
    text = frame["text"].astype(str)
    return pd.DataFrame(
        {
            "length": text.str.len(),
            "digits": text.str.count(r"\d"),
            "capitals": text.str.count("[A-Z]"),
            "label": frame["label"],
        }
    )


def sampled(frame: pd.DataFrame, honest: Honest) -> pd.DataFrame:
    """A few thousand rows in their order, with at least `rare` of the smallest class where there are."""
    if len(frame) <= honest.rows:
        return frame
    column = honest.target
    smallest = frame[column].value_counts().index[-1]
    few = frame[frame[column] == smallest].head(honest.rare)
    return pd.concat([few, frame.drop(few.index).sample(honest.rows - len(few), random_state=0)]).sort_index()


def read(path: Path) -> pd.DataFrame:
    return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)


HONEST = (
    Honest("stroke", STROKE, "stroke", ("target.positive=1", "id=id", "strategies=[none, smote]")),
    Honest(
        "stroke-encoded",
        STROKE,
        "stroke",
        ("target.positive=1", "id=id", "resample_space=encoded", "strategies=[none, borderline-smote]"),
    ),
    Honest(
        "stroke-xray", STROKE, "stroke", ("target.positive=1", "id=id", "strategies=[smote]"), flow="xray"
    ),
    Honest(
        "stroke-article",
        STROKE,
        "stroke",
        ("target.positive=1", "id=id", "split.stratify=false", "strategies=[random-over, random-under]"),
    ),
    Honest(
        "contaminated",
        DOUBLED,
        "stroke",
        ("target.positive=1", "drop=[id]", "strategies=[none, tomek-links]"),
    ),
    Honest(
        "churn",
        CHURN,
        "Churn",
        (
            "target.positive='Yes'",
            "id=customerID",
            "preprocess.encode=ordinal",
            f"strategies=[none, {CHAIN}]",
        ),
    ),
    Honest(
        "churn-weights",
        CHURN,
        "Churn",
        ("target.positive='Yes'", "id=customerID", f"model={TREES}", f"strategies=[none, {WEIGHTS}]"),
    ),
    Honest(
        "insurance",
        "vehicle_insurance_fraud/data.csv.gz",
        "FraudFound_P",
        ("target.positive=1", "drop=[PolicyNumber]", f"strategies=[none, {FOREST}]"),
    ),
    Honest(
        "credit", CREDIT, "SeriousDlqin2yrs", ("target.positive=1", "id=row_id", "strategies=[none, adasyn]")
    ),
    Honest(
        "credit-approximate",
        CREDIT,
        "SeriousDlqin2yrs",
        ("target.positive=1", "id=row_id", "neighbors=approximate", "strategies=[smote]"),
    ),
    Honest(
        "credit-continued",
        CREDIT,
        "SeriousDlqin2yrs",
        ("target.positive=1", "id=row_id", "split.continues=latest", "strategies=[none, near-miss]"),
        continued=True,
    ),
    Honest(
        "diabetes",
        "diabetes130/data.csv.gz",
        "readmitted",
        ("target.positive=<30", "id=encounter_id", "groups=patient_nbr", "strategies=[none, random-under]"),
        rows=1200,
    ),
    Honest(
        "fraud-time",
        FRAUD,
        "TX_FRAUD",
        (
            "target.positive=1",
            "id=TRANSACTION_ID",
            "time=TX_DATETIME",
            LEAKS,
            "strategies=[none, random-over]",
        ),
    ),
    Honest(
        "fraud-groups",
        FRAUD,
        "TX_FRAUD",
        ("target.positive=1", "id=TRANSACTION_ID", "groups=CUSTOMER_ID", LEAKS, "strategies=[none, smote]"),
    ),
    Honest(
        "cards",
        "creditcard_int40/data.parquet",
        "Class",
        ("target.positive=1", f"model={TREES}", "split.duplicates=apart", "strategies=[none, smote-enn]"),
    ),
    Honest(
        "shuttle",
        "shuttle_multiclass/train.parquet",
        "class",
        ("drop=[class_raw]", "strategies=[none, smote]"),
        prepare=common_classes,
    ),
    Honest("ecoli", ECOLI, "class", ("drop=[seq]", "strategies=[none, random-over]"), prepare=common_classes),
    Honest(
        "ecoli-folds",
        ECOLI,
        "class",
        ("drop=[seq]", "split={column: part, test: test}", "strategies=[none, cluster-centroids]"),
        prepare=with_folds,
    ),
    Honest(
        "sms",
        "sms_spam/data.csv.gz",
        "label",
        ("target.positive=spam", "operating_point={recall_at_least: 0.9}", "strategies=[none, svm-smote]"),
        prepare=texts_as_numbers,
    ),
    Honest(
        "abalone",
        "zenodo/abalone_19.parquet",
        "target",
        ("target.positive=1", "drop=[split]", "operating_point={alerts: 50}", f"strategies=[none, {FEW}]"),
    ),
)
