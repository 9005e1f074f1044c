"""The findings of a run as frames."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from evenkeel.evaluation.metrics import METRICS
from evenkeel.findings import in_order

MAIN = {
    "binary": ("average_precision", "roc_auc", "brier"),
    "multiclass": ("balanced_accuracy", "roc_auc", "log_loss"),
}
ENDS = {"cv": "mean", "cv_low": "low", "cv_high": "high"}
# ends of the interval of a figure on test, which runs before version 0.3 have not
TEST_ENDS = ("low", "high")
COUNTS = {"found": "tp", "missed": "fn", "false_alarms": "fp"}


def comparison(findings: Mapping[str, Any]) -> pd.DataFrame:
    """One row per strategy; see `Comparison.table`."""
    rows = {name: _row(findings, name, strategy) for name, strategy in in_order(findings)}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("strategy")


def figures(findings: Mapping[str, Any]) -> pd.DataFrame:
    """One row per figure; see `Comparison.figures`."""
    return pd.DataFrame(
        [
            {"strategy": name, "metric": metric, "test": _number(strategy["test"][metric])}
            | {f"test_{end}": value for end, value in _test_interval(strategy, metric).items()}
            | {column: _number(strategy["cv"][metric][end]) for column, end in ENDS.items()}
            for name, strategy in in_order(findings)
            for metric in METRICS
        ]
    )


def shown_metrics(findings: Mapping[str, Any]) -> list[str]:
    """The metrics of the table: the main ones, and the one that decides between the strategies."""
    return list(dict.fromkeys([*MAIN[findings["task"]], findings["config"]["tuning"]["metric"]]))


def _row(findings: Mapping[str, Any], name: str, strategy: Mapping[str, Any]) -> dict[str, Any]:
    at = strategy["test"]["at_operating_point"]
    row: dict[str, Any] = {
        "recommended": name == findings["recommended"]["strategy"],
        "train_rows": sum(strategy["train_counts"].values()),
    }
    if findings["operating_point"]["applies"]:
        row |= {"threshold": _number(at["threshold"])}
        row |= {column: at[count] for column, count in COUNTS.items()}
    for metric in shown_metrics(findings):
        row[metric] = _number(strategy["test"][metric])
        row |= {f"{metric}_{end}": value for end, value in _test_interval(strategy, metric).items()}
        row |= {f"{metric}_{column}": _number(strategy["cv"][metric][end]) for column, end in ENDS.items()}
    return row


def _test_interval(strategy: Mapping[str, Any], metric: str) -> dict[str, float]:
    found = strategy.get("test_intervals", {}).get(metric, {})
    return {end: _number(found.get(end)) for end in TEST_ENDS}


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
