"""Regret of decisions: what a way of choosing a treatment loses in average precision on test rows.

Each table is split 80/20, stratified, by a few seeds. `evenkeel.compare` fits every strategy, and
imbalanced-learn's pipelines the same treatments; then each way of choosing names one of them, by train rows
alone. Its regret is the average precision that the best model of all would have had on the test rows, known
only in hindsight, less its own. The ways: Evenkeel's recommendation; the raw rows, always; SMOTE, always; and
the best mean of `cross_val_score` over imbalanced-learn's pipelines and the model with weighted classes.
Lost too, at the point where each decides: positives found at the alerts that Evenkeel's choice raises.
Usage: python benchmarks/decision.py FOLDER_OF_TABLES [--seeds 0 1 2] [--most 50000] [--only yeast_me2]
       [--results FILE.json] [--write docs/decision.md]
The folder holds what the list TABLES names: public tables, which are not part of this project.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from imblearn.base import BaseSampler
from imblearn.combine import SMOTEENN
from imblearn.over_sampling import ADASYN, SMOTE, RandomOverSampler
from imblearn.pipeline import make_pipeline
from imblearn.under_sampling import RandomUnderSampler, TomekLinks
from pipelines import prepared
from sklearn.base import clone
from sklearn.metrics import average_precision_score
from sklearn.model_selection import StratifiedKFold, cross_val_score, train_test_split
from xgboost import XGBClassifier

MODEL = {"max_depth": 3, "learning_rate": 0.1, "n_estimators": 100}
STRATEGIES: list[Any] = [
    "none",
    {"name": "weights", "class_weight": "balanced"},
    "random-over",
    "random-under",
    "smote",
    "adasyn",
    "smote-enn",
    "tomek-links",
    {
        "name": "under-then-smote",
        "resample": [
            {"sampler": "RandomUnderSampler", "params": {"sampling_strategy": 0.5}},
            {"sampler": "SMOTE"},
        ],
    },
]
# the same, as imbalanced-learn has them; weights are the model's
CHAINS: dict[str, list[BaseSampler]] = {
    "none": [],
    "weights": [],
    "random-over": [RandomOverSampler()],
    "random-under": [RandomUnderSampler()],
    "smote": [SMOTE()],
    "adasyn": [ADASYN()],
    "smote-enn": [SMOTEENN()],
    "tomek-links": [TomekLinks()],
    "under-then-smote": [RandomUnderSampler(sampling_strategy=0.5), SMOTE()],
}


HEAD = """# What decisions cost

<!-- Written by benchmarks/decision.py -->

A way of choosing between nine treatments of imbalance is worth what its choice is worth on rows that nobody
saw. **Regret** is the average precision that the best model of all had on the test rows, which is known
only in hindsight, less that of the model chosen: 0 is best. {runs} splits of {tables} public tables, 80/20,
stratified by seeds; of tables with more than {most:,} rows so many are drawn. All ways have the same
XGBoost (100 trees of depth 3, rate 0.1), and five folds of train to choose by. Raw rows, SMOTE and weights
*always* are imbalanced-learn's pipelines, as is the best mean of `cross_val_score` over the nine.

A test set of ten positives makes regret a matter of luck: the last line says how much more each way loses
than Evenkeel's, with 1.96 standard errors over the tables. An interval that holds zero is no difference."""


class Table(NamedTuple):
    """A table's file, its target, the class to look for, and what is no feature."""

    file: str
    target: str = "target"
    positive: Any = 1
    drop: tuple[str, ...] = ()


ZENODO = (
    "abalone_19",
    "mammography",
    "oil",
    "optical_digits",
    "ozone_level",
    "thyroid_sick",
    "wine_quality",
    "yeast_me2",
)
TABLES = {
    **{name: Table(f"zenodo/{name}.parquet", drop=("split",)) for name in ZENODO},
    "stroke": Table("stroke_43400/data.csv.gz", "stroke", drop=("id",)),
    "telco_churn": Table("telco_churn/data.csv.gz", "Churn", "Yes", ("customerID", "TotalCharges")),
    "vehicle_fraud": Table("vehicle_insurance_fraud/data.csv.gz", "FraudFound_P", drop=("PolicyNumber",)),
    "give_me_credit": Table("give_me_some_credit/data.csv.gz", "SeriousDlqin2yrs", drop=("row_id",)),
    "creditcard_int40": Table("creditcard_int40/data.parquet", "Class", drop=("split",)),
    "diabetes130": Table("diabetes130/data.csv.gz", "readmitted", "<30", ("encounter_id", "patient_nbr")),
}


class Outcome(NamedTuple):
    """One table and seed: average precision on test by side and strategy, and what each side chooses.

    `chosen` and `chosen_by_score` are names of strategies, by Evenkeel and by `cross_val_score`; `positives`
    are those of the test rows.
    """

    table: str
    seed: int
    positives: int
    ours: dict[str, float]
    theirs: dict[str, float]
    chosen: str
    chosen_by_score: str
    cv: dict[str, list[float]]
    scores: dict[str, list[float]]


def main() -> None:
    """Measure what is not there yet, and write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--most", type=int, default=50_000, help="rows of a larger table are drawn")
    parser.add_argument("--only", nargs="+", default=list(TABLES), choices=list(TABLES))
    parser.add_argument("--results", type=Path, help="where outcomes are kept, and read back from")
    parser.add_argument("--write", type=Path, help="the page to write")
    options = parser.parse_args()
    outcomes = kept(options.results)
    for name in options.only:
        for seed in options.seeds:
            if not any((o.table, o.seed) == (name, seed) for o in outcomes):
                outcomes.append(outcome(options.folder, name, seed, options.most))
                print(name, seed, regrets(outcomes[-1]), file=sys.stderr, flush=True)
                if options.results:
                    options.results.write_text(json.dumps(outcomes), encoding="utf-8")
    page = text(outcomes, options.most)
    print(page)
    if options.write:
        options.write.write_text(page, encoding="utf-8")


def kept(results: Path | None) -> list[Outcome]:
    """The outcomes of an earlier call."""
    if results is None or not results.exists():
        return []
    return [Outcome(*found) for found in json.loads(results.read_text(encoding="utf-8"))]


def outcome(folder: Path, name: str, seed: int, most: int) -> Outcome:
    """Split one table, and let both sides fit and choose."""
    table = TABLES[name]
    frame = read(folder / table.file, table, most, seed)
    positive = (frame[table.target] == table.positive).astype(int)
    train, test = train_test_split(frame.index, test_size=0.2, random_state=seed, stratify=positive)
    ours, chosen, cv = by_evenkeel(frame, test, table, seed)
    theirs, scores = by_pipelines(frame.drop(columns=table.target), positive, train, test, seed)
    best = max(scores, key=lambda strategy: float(np.mean(scores[strategy])))
    return Outcome(name, seed, int(positive[test].sum()), ours, theirs, chosen, best, cv, scores)


def read(path: Path, table: Table, most: int, seed: int) -> pd.DataFrame:
    """The rows of a table, or so many of them, drawn stratified."""
    frame = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    frame = frame.drop(columns=[column for column in table.drop if column in frame])
    if len(frame) > most:
        frame, _ = train_test_split(frame, train_size=most, random_state=seed, stratify=frame[table.target])
    return frame.reset_index(drop=True)


def by_evenkeel(
    frame: pd.DataFrame, test: pd.Index[int], table: Table, seed: int
) -> tuple[dict[str, float], str, dict[str, list[float]]]:
    """Average precision on test by strategy, the one that Evenkeel recommends, and its folds' figures."""
    from evenkeel import compare

    part = pd.Series("train", index=frame.index).where(~frame.index.isin(test), "test")
    with tempfile.TemporaryDirectory() as store:
        result = compare(
            frame.assign(part_of_the_split=part),
            target=table.target,
            positive=table.positive,
            strategies=STRATEGIES,
            model={"kind": "xgboost", "params": MODEL},
            split={"column": "part_of_the_split", "test": "test"},
            seed=seed,
            explain=False,
            store=store,
            progress=False,
        )
        found = result.findings["strategies"]
        precision = {name: float(of["test"]["average_precision"]) for name, of in found.items()}
        folds = {name: of["per_fold"]["average_precision"] for name, of in found.items()}
        return precision, result.recommended, folds


def by_pipelines(
    X: pd.DataFrame, y: pd.Series[int], train: pd.Index[int], test: pd.Index[int], seed: int
) -> tuple[dict[str, float], dict[str, list[float]]]:
    """Average precision on test, and `cross_val_score` on train, by strategy, as imbalanced-learn does it."""
    found, scores = {}, {}
    for name, chain in CHAINS.items():
        ratio = float((y[train] == 0).sum() / (y[train] == 1).sum())
        model = XGBClassifier(
            **MODEL, random_state=seed, scale_pos_weight=ratio if name == "weights" else 1.0
        )
        pipeline = make_pipeline(prepared(), *(seeded(sampler, seed) for sampler in chain), model)
        folds = StratifiedKFold(5, shuffle=True, random_state=seed)
        scores[name] = cross_val_score(
            pipeline, X.loc[train], y[train], cv=folds, scoring="average_precision"
        ).tolist()
        likely = pipeline.fit(X.loc[train], y[train]).predict_proba(X.loc[test])[:, 1]
        found[name] = float(average_precision_score(y[test], likely))
    return found, scores


def seeded(sampler: BaseSampler, seed: int) -> BaseSampler:
    """One of the same parameters that draws by the seed, if it draws."""
    copied = clone(sampler)
    return copied.set_params(random_state=seed) if "random_state" in copied.get_params() else copied


OURS = "Evenkeel's recommendation"
WAYS: Mapping[str, Callable[[Outcome], float]] = {
    OURS: lambda found: found.ours[found.chosen],
    "raw rows, always": lambda found: found.theirs["none"],
    "SMOTE, always": lambda found: found.theirs["smote"],
    "weighted classes, always": lambda found: found.theirs["weights"],
    "best of cross_val_score": lambda found: found.theirs[found.chosen_by_score],
}


def regrets(found: Outcome) -> dict[str, float]:
    """By way: what the best model of all has more on the test rows."""
    best = max(*found.ours.values(), *found.theirs.values())
    return {way: round(best - of(found), 4) for way, of in WAYS.items()}


def text(outcomes: Sequence[Outcome], most: int) -> str:
    """The page: mean regret by table and way, over all tables, and what was chosen."""
    found = pd.DataFrame([{"table": o.table, **regrets(o)} for o in outcomes])
    by_table = found.groupby("table", sort=False)[list(WAYS)].mean()
    head = ["table", "positives in test", *WAYS, "chosen by Evenkeel", "by cross_val_score"]
    lines = [line(outcomes, str(name), row) for name, row in by_table.iterrows()]
    mean = by_table.mean()
    lines += [["**mean**", "", *(f"**{mean[way]:.4f}**" for way in WAYS), "", ""]]
    differences = by_table.sub(by_table[OURS], axis=0)
    error = differences.std(ddof=1) / np.sqrt(len(differences))
    beside = [f"{differences[way].mean():+.4f} ± {1.96 * error[way]:.4f}" for way in WAYS if way != OURS]
    lines += [["more than Evenkeel's", "", "", *beside, "", ""]]
    rule = ["---"] * len(head)
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *lines))
    return HEAD.format(runs=len(outcomes), tables=len(by_table), most=most) + "\n\n" + table + "\n"


def line(outcomes: Sequence[Outcome], name: str, regret: pd.Series[float]) -> list[str]:
    """The cells of one table."""
    own = [o for o in outcomes if o.table == name]
    positives = ", ".join(dict.fromkeys(str(o.positives) for o in own))
    chosen = [
        ", ".join(dict.fromkeys(names))
        for names in zip(*((o.chosen, o.chosen_by_score) for o in own), strict=True)
    ]
    least = regret.min()
    cells = [f"**{regret[way]:.4f}**" if regret[way] == least else f"{regret[way]:.4f}" for way in WAYS]
    return [name, positives, *cells, *chosen]


if __name__ == "__main__":
    main()
