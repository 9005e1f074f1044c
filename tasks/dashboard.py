"""What a run shows in Prefect's dashboard, as artifacts; without Prefect these calls do nothing.

All text that comes from data is made harmless: Prefect renders descriptions as markdown, and some of its
pages read HTML in cells while others show entities as they are written.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact
from prefect.context import FlowRunContext

from evenkeel.evaluation.metrics import METRICS
from evenkeel.findings import in_order
from evenkeel.ledger import Record
from evenkeel.report.advice import Even, advice
from evenkeel.report.numbers import change
from evenkeel.saved import as_yaml
from evenkeel.validation import CheckResult

CONCERN = ("error", "failed", "not applicable", "passed")
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
        for result in sorted(results, key=lambda result: CONCERN.index(result.outcome))
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
        {"strategy": name, **{METRICS[key].title: _rounded(test[key]) for key in COMPARED}}
        for name, test in ((name, strategy["test"]) for name, strategy in in_order(found))
    ]
    _table("comparison", rows, found["recommended"]["sentence"])


def show_diagnostics(found: Mapping[str, Any]) -> None:
    """What the diagnostics found, the most severe first."""
    told = found.get("diagnostics", {"findings": [], "silenced": []})
    rows = [
        {
            "severity": finding["severity"],
            "code": finding["code"],
            "title": finding["title"],
            "evidence": finding["evidence"]["sentence"],
            "next": finding["advice"],
        }
        for finding in told["findings"]
    ]
    _table("diagnostics", rows, f"What is likely to be wrong; {len(told['silenced'])} findings are silenced")


def show_verdict(found: Mapping[str, Any]) -> None:
    """The verdict: its sentence, every strategy with as many alerts, and the config that does it."""
    if FlowRunContext.get() is not None:
        create_markdown_artifact(
            markdown=verdict_markdown(found), key="verdict", description="What to use, and the config for it"
        )


def verdict_markdown(found: Mapping[str, Any]) -> str:
    """The verdict of a run's findings as markdown; nothing from data is read as markup."""
    advised = found["recommended"]
    told = advice(found, found["strategies"])
    parts = [f"**{_markdown(advised['sentence'])}**", _markdown(advised["reason"])]
    if told and told.even:
        head = f"strategy | found of {told.positives:,} | false alarms | {_markdown(told.chosen)} finds more"
        lines = [f"| {head} |", "|---|---:|---:|---:|", *(_even(row) for row in told.even)]
        parts += [f"With as many alerts, {told.alerts:,} of the test set:", "\n".join(lines)]
    if "config" in advised:
        parts += ["Save this, look that `path` is where the table lies, and `evenkeel run` it:"]
        parts += [_fenced(as_yaml(advised["config"]))]
    return "\n\n".join(parts)


def _even(row: Even) -> str:
    value, low, high = (change(number, True) for number in (row.more, row.low, row.high))
    more = "" if row.more is None else f"{value} ({low} to {high})"
    return f"| {_markdown(row.name)} | {row.found:,} | {row.alarms:,} | {more} |"


def _fenced(text: str) -> str:
    """A block of code that no line of the text ends: its fence is longer than any in the text."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}yaml\n{text}{fence}"


def show_report(run: str, page: Path) -> None:
    """A link to the report."""
    if FlowRunContext.get() is not None:
        create_link_artifact(link=page.as_uri(), link_text=f"report of {run}", key="report")


def _table(key: str, rows: list[dict[str, Any]], description: str) -> None:
    if FlowRunContext.get() is not None:
        cells = [{_cell(name): _cell(value) for name, value in row.items()} for row in rows]
        create_table_artifact(table=cells, key=key, description=_markdown(description))


def _counts(counts: Mapping[str, int]) -> dict[str, int]:
    return {f"class {name}": rows for name, rows in counts.items()}


def _rounded(value: float | None) -> float | str:
    return "–" if value is None else round(value, 4)


def _cell(value: Any) -> Any:
    """Text without the characters that could begin a tag; entities would show as such."""
    return value.replace("<", "‹").replace(">", "›") if isinstance(value, str) else value


def _markdown(text: str) -> str:
    """Text without HTML, and with the characters that begin links, images and code written as entities."""
    return "".join(f"&#{ord(c)};" if c in "[]()!`*_|\\" else c for c in html.escape(text))
