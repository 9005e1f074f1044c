"""Running a suite with Great Expectations, silently, offline and without a project folder.

The only module that imports great_expectations: it takes 2-3 s and 155 MB, hence inside functions. `entries`
reads the suite, `answers` says what came out. Category columns are judged by their values; against a date
column, dates may be written as text or as YAML dates.
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import importlib
import logging
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from evenkeel.validation.answers import absent_columns, result_of
from evenkeel.validation.entries import Expectation, Known, SuiteError, read_suite
from evenkeel.validation.results import CheckResult

__all__ = ["Expectation", "SuiteError", "load_suite", "run_suite"]

# They ask a database, and a frame has none.
NEEDS_SQL = {
    "expect_query_results_to_match_comparison",
    "expect_table_row_count_to_equal_other_table",
}
COMPARED = {"min_value", "max_value", "value_set"}


def load_suite(spec: Sequence[Mapping[str, Any]]) -> list[Expectation]:
    """The checked entries of a suite; `SuiteError` names the first that is wrong, and what is available."""
    with _quiet():
        return read_suite(spec, _known())


def run_suite(
    frame: pd.DataFrame, row_ids: pd.Series[str], spec: Sequence[Mapping[str, Any]]
) -> list[CheckResult]:
    """One result per entry, in the suite's order; `row_ids` names the frame's rows by position."""
    if len(row_ids) != len(frame):
        raise ValueError(f"Expected one row id per row ({len(frame):,}), got {len(row_ids):,}.")
    suite = load_suite(spec)
    absent = {entry.number: [name for name in entry.columns if name not in frame.columns] for entry in suite}
    # With a fresh index, the index values that come back are row positions.
    plain = _without_categories(frame.reset_index(drop=True))
    answers = _answers([entry for entry in suite if not absent[entry.number]], plain)
    return [
        result_of(entry, answers[entry.number], row_ids)
        if entry.number in answers
        else absent_columns(entry, absent[entry.number], frame)
        for entry in suite
    ]


@functools.cache
def _known() -> Known:
    """The expectation classes that can run on a frame, by type name."""
    module = _imported("great_expectations.expectations")
    classes = [getattr(module, name) for name in dir(module) if name.startswith("Expect")]
    named = {getattr(found, "expectation_type", None): found for found in classes}
    return {name: found for name, found in named.items() if name and name not in NEEDS_SQL}


def _imported(name: str) -> Any:
    # Versions of 1.x that send events read this when they are imported; 1.24 sends none.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    return importlib.import_module(name)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    # Its modules set levels of their own, so a level here would not hold them: nothing may pass this logger.
    logger = logging.getLogger("great_expectations")
    before = logger.propagate, logger.handlers
    logger.propagate, logger.handlers = False, [logging.NullHandler()]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.propagate, logger.handlers = before


@contextlib.contextmanager
def _batch(frame: pd.DataFrame) -> Iterator[Any]:
    """The frame as Great Expectations wants it, in a context that exists in memory only."""
    base = _imported("great_expectations.data_context.types.base")
    context = _imported("great_expectations").get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = base.ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("memory").add_dataframe_asset("table")
    try:
        yield asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    finally:
        # The source caches the batch: without this the frame would outlive the call.
        context.data_sources.delete("memory")


def _answers(suite: Sequence[Expectation], frame: pd.DataFrame) -> dict[int, Any]:
    """Per number of an entry, its validation result, or the exception that it raised."""
    if not suite:
        return {}
    with _quiet(), _batch(frame) as batch:
        try:
            return _all_at_once(suite, frame, batch)
        except Exception:
            # One expectation can bring down the whole suite. Alone, each fails for itself.
            return {entry.number: _alone(entry, frame, batch) for entry in suite}


def _all_at_once(suite: Sequence[Expectation], frame: pd.DataFrame, batch: Any) -> dict[int, Any]:
    # Together, they share what they compute: half the time of one by one.
    expectations = [_built(entry, frame) for entry in suite]
    whole = _imported("great_expectations").ExpectationSuite(name="suite", expectations=expectations)
    results = batch.validate(whole, result_format="SUMMARY").results
    return {result.expectation_config.meta["number"]: result for result in results}


def _alone(entry: Expectation, frame: pd.DataFrame, batch: Any) -> Any:
    try:
        return batch.validate(_built(entry, frame), result_format="SUMMARY")
    except Exception as exc:
        return exc


def _built(entry: Expectation, frame: pd.DataFrame) -> Any:
    """The Great Expectations object; it carries its number, since results come in another order."""
    arguments = dict(entry.arguments)
    if frame.columns.is_unique and arguments.get("column") in frame.columns:
        dtype = frame[arguments["column"]].dtype
        arguments |= {key: _dated(arguments[key], dtype) for key in COMPARED & set(arguments)}
    return _known()[entry.type](**arguments, severity=entry.severity, meta={"number": entry.number})


def _without_categories(frame: pd.DataFrame) -> pd.DataFrame:
    if not frame.columns.is_unique:
        return frame
    # Great Expectations cannot compare numbers in categories (`bad operand type for unary ~: 'Categorical'`).
    categories = frame.select_dtypes("category")
    return frame.assign(**{str(name): pd.Series(series.to_list()) for name, series in categories.items()})


def _dated(value: Any, dtype: Any) -> Any:
    """Text and dates as time stamps where the column holds time stamps; anything else unchanged."""
    if getattr(dtype, "kind", "") != "M":
        return value
    if isinstance(value, list):
        return [_dated(item, dtype) for item in value]
    stamp = pd.to_datetime(value, errors="coerce") if isinstance(value, str | datetime.date) else pd.NaT
    if not isinstance(stamp, pd.Timestamp):
        return value
    zone = getattr(dtype, "tz", None)
    return stamp.tz_localize(zone) if zone is not None and stamp.tzinfo is None else stamp
