"""What a run shows in Prefect's dashboard, as artifacts; without Prefect these calls do nothing.

All text that comes from data is escaped: Prefect renders markdown and some HTML in cells.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from prefect.artifacts import create_link_artifact, create_table_artifact
from prefect.context import FlowRunContext

from evenkeel.ledger import Record
from evenkeel.validation import CheckResult

COMPARED = ("recall", "precision", "f2", "balanced_accuracy", "roc_auc", "average_precision", "brier")


def show_validation(results: Iterable[CheckResult]) -> None:
    """The validation table: what did not pass comes first."""
    rows = [
        {
            "outcome": result.outcome,
            "severity": result.severity,
            "check": result.check,
            "column": result.column or "",
            "observed": result.observed,
            "rows": result.rows,
        }
        for result in sorted(results, key=lambda result: result.outcome == "passed")
    ]
    _table("validation", rows, "What the checks of the source table said")


def show_counts(before: Mapping[str, int], records: Mapping[str, Record]) -> None:
    """Class counts of train per strategy, before and after resampling."""
    rows = [{"strategy": "(train)", **_counts(before)}]
    rows += [{"strategy": name, **_counts(record.facts["counts"])} for name, record in records.items()]
    _table(
        "class-counts", rows, "Rows per class that each strategy trains on; the test set is in none of them"
    )


def show_comparison(found: Mapping[str, Any]) -> None:
    """The comparison of the strategies on the test set."""
    rows = [
        {"strategy": name, **{key: _rounded(strategy["test"][key]) for key in COMPARED}}
        for name, strategy in found["strategies"].items()
    ]
    _table("comparison", rows, found["recommended"]["sentence"])


def show_report(run: str, page: Path) -> None:
    """A link to the report."""
    if FlowRunContext.get() is not None:
        create_link_artifact(link=page.as_uri(), link_text=f"report of {run}", key="report")


def _table(key: str, rows: list[dict[str, Any]], description: str) -> None:
    if FlowRunContext.get() is not None:
        safe = [{_safe(name): _safe(value) for name, value in row.items()} for row in rows]
        create_table_artifact(table=safe, key=key, description=str(_safe(description)))


def _counts(counts: Mapping[str, int]) -> dict[str, int]:
    return {f"class {name}": rows for name, rows in counts.items()}


def _rounded(value: float | None) -> float | str:
    return "–" if value is None else round(value, 4)


def _safe(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    # the markdown characters that start links, images and code; the rest is harmless once HTML is escaped
    return "".join(f"&#{ord(c)};" if c in "[]()!`*_|" else c for c in html.escape(value))
