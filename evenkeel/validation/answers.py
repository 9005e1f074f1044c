"""What Great Expectations answered, in our words: a `CheckResult` per expectation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from evenkeel.validation.entries import Expectation
from evenkeel.validation.results import FIRST_IDS, CheckResult, Outcome, one_line, value_text
from evenkeel.validation.table import absent_text

EXAMPLES = 3


def result_of(entry: Expectation, answer: Any, row_ids: pd.Series[str]) -> CheckResult:
    """The result of an expectation from its validation result, or from the exception that it raised."""
    error = (
        str(answer) or type(answer).__name__
        if isinstance(answer, Exception)
        else _error(answer.exception_info)
    )
    if error is not None:
        return _check_result(entry, outcome="error", observed=one_line(error, 300))
    seen: Mapping[str, Any] = answer.result or {}
    # Only the first few come back, as index values; the index is fresh, so they are positions.
    positions = sorted(seen.get("partial_unexpected_index_list") or [])[:FIRST_IDS]
    return _check_result(
        entry,
        outcome="passed" if answer.success else "failed",
        observed=_observed(seen, bool(answer.success)),
        rows=int(seen.get("unexpected_count") or 0) if "element_count" in seen else 0,
        first_row_ids=[str(row_id) for row_id in row_ids.iloc[positions]],
    )


def absent_columns(entry: Expectation, absent: list[str], frame: pd.DataFrame) -> CheckResult:
    """The failed result of an expectation about columns that the table does not have."""
    return _check_result(entry, outcome="failed", observed=absent_text(frame, absent))


def _check_result(
    entry: Expectation,
    *,
    outcome: Outcome,
    observed: str,
    rows: int = 0,
    first_row_ids: list[str] | None = None,
) -> CheckResult:
    words = entry.type.removeprefix("expect_").replace("_", " ")
    arguments = {key: value for key, value in entry.arguments.items() if key != "column"}
    texts = [f"{key} {value_text(value)}" for key, value in arguments.items()]
    return CheckResult(
        check=entry.description or f"expect {words}",
        column=entry.arguments.get("column"),
        severity=entry.severity,
        outcome=outcome,
        expected=f"{words}: {'; '.join(texts)}" if texts else words,
        observed=observed,
        rows=rows,
        first_row_ids=first_row_ids or [],
        origin="suite",
    )


def _error(info: Any) -> str | None:
    """The message of an exception inside an expectation: Great Expectations hides it in a failed result."""
    return next(_messages(info), None)


def _messages(info: Any) -> Iterator[str]:
    # Either one record, or one record per metric that could not be computed.
    records = (
        [info] if isinstance(info, Mapping) and "raised_exception" in info else list((info or {}).values())
    )
    for record in records:
        if isinstance(record, Mapping) and record.get("raised_exception"):
            yield str(record.get("exception_message") or "it raised an exception without a message")


def _observed(seen: Mapping[str, Any], success: bool) -> str:
    examples = value_text(list(_distinct(seen.get("partial_unexpected_list") or []))[:EXAMPLES])
    if "element_count" in seen:
        judged = int(seen["element_count"]) - int(seen.get("missing_count") or 0)
        count = int(seen.get("unexpected_count") or 0)
        share = f" ({100 * count / judged:.3g} %), for example {examples}" if count and judged else ""
        return f"{count:,} of {judged:,} values are not as expected{share}"
    if seen.get("observed_value") is not None:
        return _aggregate(seen)
    if examples:
        return f"not expected: {examples}"
    return "as expected" if success else "not as expected"


def _distinct(values: list[Any]) -> Iterator[Any]:
    texts: set[str] = set()
    for value in values:
        if value_text(value) not in texts:
            texts.add(value_text(value))
            yield value


def _aggregate(seen: Mapping[str, Any]) -> str:
    mismatched = (seen.get("details") or {}).get("mismatched")
    detail = f"; differences: {value_text(mismatched)}" if mismatched else ""
    return f"{value_text(seen['observed_value'], items=30)}{detail}"
