"""Checks of the columns and of the target: is there something to learn, and enough of it to hold some out?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from evenkeel.labels import label_of
from evenkeel.splitting import test_quotas
from evenkeel.validation.results import value_text
from evenkeel.validation.table import Finding, Table, absent_text, positions_of, rows_finding


def names_unique(table: Table) -> Iterator[Finding]:
    """Two columns of one name: no other check could say which it means."""
    columns = table.frame.columns
    twice = sorted({str(name) for name in columns[columns.duplicated()]})
    if twice:
        yield Finding(observed=f"more than once: {value_text(twice)}")
    else:
        yield Finding(outcome="passed", observed=f"{len(columns):,} columns")


def target_present(table: Table) -> Iterator[Finding]:
    """The target column, or what may have been meant."""
    if table.rules.target in table.frame.columns:
        yield Finding(outcome="passed", observed="it is there")
    else:
        yield Finding(observed=absent_text(table.frame, [table.rules.target]))


def target_complete(table: Table) -> Iterator[Finding]:
    """The rows without a label."""
    missing = positions_of(table.labels.isna())
    yield rows_finding(missing, f"{len(missing):,} of {len(table.frame):,} rows have no label")


def positive_present(table: Table) -> Iterator[Finding]:
    """How many rows are positive, or which values there are instead."""
    if table.rules.positive is None:
        yield Finding(outcome="not applicable", observed="no positive value is named")
        return
    found = int((table.labels == label_of(table.rules.positive)).sum())
    if found:
        yield Finding(outcome="passed", observed=f"{found:,} of {len(table.frame):,} rows")
    else:
        yield Finding(observed=f"in no row; the values are {_counts(table.labels)}")


def two_classes(table: Table) -> Iterator[Finding]:
    """The classes and their sizes; positive against the rest where a positive value is named."""
    enough = table.classes.nunique() >= 2
    yield Finding(outcome="passed" if enough else "failed", observed=f"classes: {_counts(table.classes)}")


def positive_named(table: Table) -> Iterator[Finding]:
    """Two values without a positive one: allowed, but seldom meant."""
    counts = table.labels.value_counts()
    if table.rules.positive is not None or len(counts) != 2:
        yield Finding(outcome="passed", observed=f"{table.classes.nunique():,} classes")
        return
    setting = f"target: {{column: {table.rules.target}, positive: {value_text(counts.index[-1])}}}"
    observed = f"two values, {_counts(table.labels)}, and no positive one: treated as multi-class"
    yield Finding(observed=f"{observed}. Next: name the positive value, {setting}")


def rows_per_class(table: Table) -> Iterator[Finding]:
    """The classes that an exactly stratified split would leave without test rows, or short of the folds."""
    rules, counts = table.rules, table.classes.value_counts()
    test = _test_rows(counts, None if rules.time else rules.test_size)
    train = counts - test
    scarce = counts[(train < max(rules.folds, 1)) | (test < 1)].index
    if not len(scarce):
        observed = f"the smallest class has {train.min():,} rows to train on and {test.min():,} to test on"
        yield Finding(outcome="passed", observed=observed)
        return
    parts = [f"{value_text(c)} has {counts[c]:,} = {train[c]:,} train + {test[c]:,} test" for c in scarce[:5]]
    more = f"; and {len(scarce) - 5:,} more classes" if len(scarce) > 5 else ""
    observed = f"class {'; '.join(parts)}{more}. Next: {_advice(train[scarce], test[scarce])}"
    yield Finding(observed=observed, positions=positions_of(table.classes.isin(scarce)))


def _test_rows(counts: pd.Series[int], test_size: float | None) -> pd.Series[int]:
    """Rows of each class in an exactly stratified test set."""
    if test_size is None:
        # A column or the time decides: at best, one row of the class is in test and all others are in train.
        return counts.clip(upper=1)
    quotas = test_quotas(np.asarray(counts, dtype=np.int64), test_size)
    return pd.Series([int(rows) for rows in quotas], index=counts.index, dtype=int)


def _advice(train: pd.Series[int], test: pd.Series[int]) -> str:
    fewest = int(train.min())
    lower = f"set folds to at most {fewest}, " if fewest >= 2 else ""
    larger = "raise split.test_size, " if int(test.min()) < 1 else ""
    return f"{lower}{larger}collect more rows, or merge or leave out the class"


def _counts(labels: pd.Series[str]) -> str:
    """The labels, most frequent first, with their numbers of rows."""
    counts = labels.value_counts()
    texts = [f"{value_text(label)} ({rows:,})" for label, rows in counts.head(10).items()]
    return ", ".join(texts + ([f"and {len(counts) - 10:,} more"] if len(counts) > 10 else [])) or "none"
