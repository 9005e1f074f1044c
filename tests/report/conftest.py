"""Reports to render: plausible numbers from a few formulas, no files and no fits."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from evenkeel.report import render

Report = dict[str, Any]

METRICS = (
    ("recall", True, True),
    ("precision", True, True),
    ("f1", True, True),
    ("f2", True, True),
    ("balanced_accuracy", True, True),
    ("g_mean", True, True),
    ("mcc", True, True),
    ("roc_auc", True, False),
    ("average_precision", True, False),
    ("brier", False, False),
    ("log_loss", False, False),
)
BINARY = {
    "none": "no resampling",
    "weights": "class weights, balanced",
    "smote": "SMOTE(k_neighbors=5)",
    "under": "RandomUnderSampler()",
    "under-then-smote": "RandomUnderSampler, SMOTE",
    "balanced-bagging": "ten models on balanced samples",
}


def _curves(rng: random.Random, skill: float, points: int, labels: list[str | None]) -> dict[str, Any]:
    steps = [i / (points - 1) for i in range(points)]
    return {
        "pr": [
            {"recall": t, "precision": 0.018 + 0.3 * skill * (1 - t) ** 4, "class": c}
            for c in labels
            for t in steps
        ],
        "roc": [
            {"fpr": t**2, "tpr": min(1.0, t ** (0.75 - 0.3 * skill)), "class": c}
            for c in labels
            for t in steps
        ],
        "calibration": [
            {
                "predicted": p,
                "observed": min(1.0, p * (0.6 + skill * rng.random())),
                "rows": int(9000 * (0.25 - p)),
                "class": c,
            }
            for c in labels
            for p in (0.002, 0.008, 0.02, 0.05, 0.11, 0.2)
        ],
        "sweep": []
        if labels != [None]
        else [
            {
                "threshold": t,
                "recall": (1 - t) ** 9,
                "precision": 0.018 + 0.28 * t,
                "f2": 0.25 * (1 - t) ** 3,
                "alerts": int(8680 * (1 - t) ** 14),
            }
            for t in steps
        ],
    }


def _cloud(rng: random.Random, n: int, labels: list[str], **extra: Any) -> list[dict[str, Any]]:
    centre = {label: (2.5 * i, 1.5 * (i % 3)) for i, label in enumerate(labels)}
    chosen = [labels[0] if rng.random() < 0.6 else rng.choice(labels) for _ in range(n)]
    return [
        {"x": rng.gauss(centre[c][0], 1.3), "y": rng.gauss(centre[c][1], 1.3), "label": c, **extra}
        for c in chosen
    ]


def _metrics(rng: random.Random) -> tuple[dict[str, Any], dict[str, Any]]:
    test = {key: rng.uniform(0.05, 0.85) for key, _, _ in METRICS}
    cv = {k: {"mean": v * 1.02, "low": v * 0.93, "high": v * 1.1} for k, v in test.items()}
    return test, cv


def _example(number: int, label: str, sampler: str = "SMOTE") -> dict[str, Any]:
    weight = 0.1 + 0.2 * number
    age, glucose = [61, 80 - number], [202.21, 171.23 + number]
    texts = [("smoking_status", "never smoked"), ("work_type", "Private"), ("residence_type", "Urban")]
    numbers = [("age", age), ("avg_glucose_level", glucose)]
    return {
        "sampler": sampler,
        "label": label,
        "id": f"{617 + number}#new{number}",
        "weight": weight,
        "parents": [str(617 + number), str(1123 + number)],
        "to_own": 0.41,
        "to_other": 0.22 + 0.1 * number,
        "cells": [
            *({"column": f"code_{i}", "parents": [i, i], "value": i} for i in range(9)),
            *({"column": c, "parents": [v, v], "value": v} for c, v in texts),
            {"column": "ever_married", "parents": [True, False], "value": True},
            {"column": "bmi", "parents": [None, 31.5], "value": 31.5},
            *({"column": c, "parents": v, "value": v[0] + weight * (v[1] - v[0])} for c, v in numbers),
        ],
    }


def _centroid() -> dict[str, Any]:
    return {
        **_example(0, "0", "ClusterCentroids"),
        "weight": None,
        "parents": ["88", None],
        "cells": [
            {"column": "age", "parents": [43, None], "value": 44.25},
            {"column": "smoking_status", "parents": ["never smoked", None], "value": "never smoked"},
        ],
    }


def _made(added: int, **other: Any) -> dict[str, Any]:
    found = {"space": "native", "rows": 34720 + added, "copies": 0, "synthetic": added}
    return {**found, "majority_territory": added // 40, "measured": added, "duplicates": 17, **other}


def with_made(report: Report) -> Report:
    """The report with what each of its samplers made: one strategy of every sort."""
    train, s = report["split"]["train"], report["strategies"]
    first, *_, rare = train
    some = {**train, first: train[first] // 5}
    chain = {**some, rare: 5 * train[rare]}
    added = len(train) * train[first] - sum(train.values())
    told = {
        "smote": {
            "made": _made(added),
            "examples": [_example(i, rare) for i in range(5)],
        },
        "under": {
            "links": [{"sampler": "RandomUnderSampler", "before": train, "after": some, "notes": []}],
            "made": _made(0, measured=0),
            "examples": [],
        },
        "under-then-smote": {
            "links": [
                {"sampler": "ClusterCentroids", "before": train, "after": some, "notes": []},
                {
                    "sampler": "SMOTE",
                    "before": some,
                    "after": chain,
                    "notes": [f"k_neighbors 5 -> 3 for class '{rare}': it has 4 rows"],
                },
                {"sampler": "max_rows", "before": chain, "after": {**chain, first: chain[first] // 2}},
            ],
            "made": _made(4 * train[rare], majority_territory=55, measured=90, copies=12),
            "examples": [_centroid(), _example(3, rare)],
        },
        "balanced-bagging": {
            "made": _made(added, space="encoded", majority_territory=None, measured=0),
            "examples": [],
        },
    }
    for name in told.keys() & s.keys():
        s[name] |= told[name]
        if links := told[name].get("links"):
            s[name]["train_counts"] = links[-1]["after"]
        if not told[name]["made"]["synthetic"]:
            s[name]["scatter"]["after"] = [p for p in s[name]["scatter"]["after"] if not p["synthetic"]]
    return report


def binary_report(names: dict[str, str] | None = None, points: int = 60, cloud: int = 300) -> Report:
    """A stroke report: rare positives, one strategy per name."""
    rng, names = random.Random(7), names or BINARY
    before = _cloud(rng, cloud, ["0", "1"])
    train, strategies = {"0": 34094, "1": 626}, {}
    for i, (name, description) in enumerate(names.items()):
        test, cv = _metrics(rng)
        resampled = i >= 2
        missed = 46 + 4 * i
        strategies[name] = {
            "description": description,
            "train_counts": {"0": 34094, "1": 34094} if resampled else train,
            "links": [{"sampler": "SMOTE", "before": train, "after": {"0": 34094, "1": 34094}}]
            if resampled
            else [],
            "cv": cv,
            "test": {
                **test,
                "at_half": {"tn": 8523, "fp": 0, "fn": 157, "tp": 0},
                "at_operating_point": {
                    "threshold": 0.031,
                    "tn": 7210,
                    "fp": 1313,
                    "fn": missed,
                    "tp": 157 - missed,
                },
            },
            "curves": _curves(rng, 0.9 / (1 + i / 3), points, [None]),
            "scatter": {
                "before": before,
                "after": _cloud(rng, cloud // 2, ["0", "1"], synthetic=False)
                + _cloud(rng, cloud // 2, ["1"], synthetic=True),
            }
            if resampled
            else None,
        }
    report = {
        "format": 1,
        "name": "stroke",
        "task": "binary",
        "data": {
            "source": "csv stroke.csv",
            "rows": 43400,
            "features": 10,
            "target": "stroke",
            "positive": "1",
            "classes": ["0", "1"],
            "digest": "ab12" * 16,
        },
        "validation": [
            {
                "check": "no missing target",
                "column": "stroke",
                "severity": "critical",
                "outcome": "passed",
                "expected": "0 missing",
                "observed": "0 missing",
                "rows": 0,
                "first_row_ids": [],
                "origin": "built-in",
            },
            {
                "check": "values in range",
                "column": "bmi",
                "severity": "warning",
                "outcome": "failed",
                "expected": "10 to 80",
                "observed": "97.6 at most",
                "rows": 12,
                "first_row_ids": ["1031", "2210", "40"],
                "origin": "suite",
            },
            {
                "check": "unique ids",
                "column": "id",
                "severity": "critical",
                "outcome": "passed",
                "expected": "unique",
                "observed": "unique",
                "rows": 0,
                "first_row_ids": [],
                "origin": "built-in",
            },
        ],
        "split": {
            "method": "stratified by row id",
            "seed": 42,
            "train": train,
            "test": {"0": 8523, "1": 157},
            "train_digest": "5e1f" * 16,
            "test_digest": "9c3a" * 16,
        },
        "metrics": [
            {"key": k, "title": k.replace("_", " "), "higher_is_better": h, "needs_threshold": n}
            for k, h, n in METRICS
        ],
        "operating_point": {"rule": "maximize f2", "applies": True},
        "strategies": strategies,
        "scatter": {
            "x": "age",
            "y": "avg_glucose_level",
            "method": "the two features",
            "shown": 1500,
            "of": 34720,
        },
        "recommended": {
            "strategy": "none",
            "sentence": "Do not resample; alert above 0.031: this finds 111 of 157 "
            "strokes at 1,313 false alarms.",
            "reason": "No strategy beats the plain model in "
            "cross-validation, and resampled probabilities are up to 17 times too high.",
        },
        "claims": [
            {"code": f"EK{i:03}", "title": title, "outcome": outcome, "explanation": why}
            for i, (title, outcome, why) in enumerate(
                [
                    ("train and test share no row", "passed", "34,720 and 8,680 row ids, none in both"),
                    ("train and test together are the source", "passed", "43,400 of 43,400 row ids"),
                    (
                        "resampled rows are a function of train",
                        "passed",
                        "4 of 4 samplers replayed to the same digest",
                    ),
                    ("the split is the one that the seed gives", "passed", "replayed to the same digests"),
                    ("the records are signed", "not applicable", "no key was configured"),
                ],
                start=1,
            )
        ],
        "config": {"name": "stroke", "seed": 42, "strategies": list(names)},
        "environment": {"python": "3.11.7", "packages": {"xgboost": "3.2.0", "scikit-learn": "1.9.1"}},
    }
    return with_made(report)


def with_decided(report: Report) -> Report:
    """The report of a run since version 0.3: decisions that tell of calibration, intervals and neighbours."""
    counts = [(0.062, 350, 2700), (0.04, 300, 2900), (0.031, 250, 3379), (0.02, 220, 4300), (0.01, 150, 6900)]
    methods = {"weights": "prior", "smote": "sigmoid", "under": "prior", "under-then-smote": "isotonic"}
    for name, strategy in report["strategies"].items():
        found = methods.get(name)
        scores = {"brier": 0.13, "log_loss": 0.38}
        strategy["decided"] = {
            "calibration": found and {"method": found},
            "uncalibrated": found
            and {k: {"mean": v, "low": v - 0.01, "high": v + 0.01} for k, v in scores.items()},
            "interval": {"low": 0.022, "high": 0.048},
            "neighbours": [
                {"threshold": t, "chosen": t == 0.031, "fn": fn, "tp": 626 - fn, "fp": fp, "tn": 34094 - fp}
                for t, fn, fp in counts
            ],
        }
        if found:
            strategy["test"]["uncalibrated"] = scores
            strategy["curves"]["uncalibrated"] = [
                {**point, "predicted": min(1.0, 4 * point["predicted"])}
                for point in strategy["curves"]["calibration"]
            ]
    return report


def multiclass_report(
    labels: tuple[str, ...] = ("cp", "im", "pp", "imU", "om"), strategies: dict[str, str] | None = None
) -> Report:
    """An ecoli report: several classes, no threshold, a matrix for each strategy."""
    report, rng, names = binary_report(strategies, points=40, cloud=200), random.Random(3), list(labels)
    train = {c: 120 // (i + 1) for i, c in enumerate(names)}
    test = {c: max(2, n // 4) for c, n in train.items()}
    for strategy in report["strategies"].values():
        rows = [
            [max(0, test[c] - 1 - i) if i == j else (1 if j == 0 else 0) for j in range(len(names))]
            for i, c in enumerate(names)
        ]
        resampled = bool(strategy["links"])
        strategy["train_counts"] = dict.fromkeys(names, 120) if resampled else train
        strategy["links"] = [
            {"sampler": "SMOTE", "before": train, "after": dict.fromkeys(names, 120)}
        ] * resampled
        strategy["curves"] = _curves(rng, 0.8, 40, list(names))
        strategy["test"] |= {"at_half": {"matrix": rows}, "at_operating_point": {"matrix": rows}}
        strategy["scatter"] = resampled and {
            "before": _cloud(random.Random(1), 150, names),
            "after": _cloud(rng, 80, names, synthetic=False) + _cloud(rng, 80, names[1:], synthetic=True),
        }
    report["split"] |= {"train": train, "test": test}
    report["data"] |= {
        "positive": None,
        "classes": names,
        "target": "site",
        "source": "csv ecoli.csv",
        "rows": 336,
    }
    report["recommended"] |= {"sentence": "Do not resample: balanced accuracy 0.81 against 0.80 with SMOTE."}
    report |= {
        "name": "ecoli",
        "task": "multiclass",
        "operating_point": {"rule": "highest probability", "applies": False},
    }
    return with_made(report)


def _xray_line(name: str, against: str | None, auc: float | None, best: float = 0.05) -> Report:
    values = {"roc_auc": auc, "average_precision": 0.06, "recall": 0.5, "precision": 0.1}
    spread = {
        key: {"value": v, "low": v and v - 0.02, "high": v and min(1.0, v + best)}
        for key, v in values.items()
    }
    too_good = None if against is None else dict.fromkeys(values, None if auc is None else auc - 0.81)
    return {
        "name": name,
        "what": f"what {name} does",
        "against": against,
        "figures": spread,
        "too_good": too_good,
    }


def with_xray(report: Report, strategy: str = "smote", auc: float | None = 0.953) -> Report:
    """The report of an X-rayed run."""
    lines = [_xray_line("honest", None, 0.81), _xray_line("resample-before-split", "honest", auc)]
    lines.append(_xray_line("scale-before-split", "honest", 0.811))
    found = {"strategy": strategy, "sentence": f"{strategy} is 0.143 too good.", "rows": 34720, "folds": 5}
    return report | {"xray": {**found, "seeds": 20, "metric": "average_precision", "lines": lines}}


@pytest.fixture
def xrayed() -> Callable[..., Report]:
    """A report and, if wanted, the name of a strategy and a ROC AUC, to the same with an X-ray."""
    return with_xray


@pytest.fixture
def binary() -> Report:
    return binary_report()


@pytest.fixture
def decided() -> Report:
    """`binary`, of a run since version 0.3."""
    return with_decided(binary_report())


@pytest.fixture
def multiclass() -> Report:
    return multiclass_report()


@pytest.fixture(scope="session")
def binary_page() -> str:
    """The page of `binary`, for tests that only read it: to draw one takes a second."""
    return render(binary_report())


@pytest.fixture(scope="session")
def multiclass_page() -> str:
    """The page of `multiclass`."""
    return render(multiclass_report())


@pytest.fixture
def small() -> dict[str, Report]:
    """A report of each kind with two strategies, one of which resamples: drawn in half the time."""
    names = {name: BINARY[name] for name in ("none", "weights", "smote")}
    made = {
        "binary": binary_report(names, points=10, cloud=40),
        "multiclass": multiclass_report(("cp", "im", "pp"), names),
    }
    for report in made.values():
        del report["strategies"]["weights"]
    return made


@pytest.fixture
def many() -> Report:
    """As large as reports get: 25 strategies with examples, curves of 200 points, scatters of 1,500."""
    names = {"none": "no resampling"} | {f"strategy {i}": f"Sampler{i}(k=5)" for i in range(1, 25)}
    report = binary_report(names, points=200, cloud=1500)
    for name in [*names][1:]:
        report["strategies"][name] |= {"made": _made(33468), "examples": [_example(i, "1") for i in range(5)]}
    return report


@pytest.fixture
def with_classes() -> Callable[..., Report]:
    """A multi-class report whose classes have these names."""
    return multiclass_report
