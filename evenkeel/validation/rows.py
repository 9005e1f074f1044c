"""Checks of the rows: ids, copies, and equal rows that contradict each other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evenkeel.twins import find_twins
from evenkeel.validation.table import Finding, Table, absent_text, positions_of, rows_finding

NO_KEYS = Finding(outcome="not applicable", observed="no key column is named under `id`")
NO_FEATURES = Finding(outcome="not applicable", observed="the table has no feature columns")


def keys_present(table: Table) -> Iterator[Finding]:
    """The key columns, or what may have been meant."""
    absent = [key for key in table.rules.keys if key not in table.frame.columns]
    if absent:
        yield Finding(observed=absent_text(table.frame, absent), column=absent[0])
    elif table.rules.keys:
        yield Finding(outcome="passed", observed="all are there")
    else:
        yield NO_KEYS


def ids_complete(table: Table) -> Iterator[Finding]:
    """The rows in which a key column is empty."""
    if not table.rules.keys:
        yield NO_KEYS
        return
    missing = positions_of(table.frame[list(table.rules.keys)].isna().any(axis=1))
    yield rows_finding(missing, f"{len(missing):,} rows have no id")


def ids_unique(table: Table) -> Iterator[Finding]:
    """All rows whose id another row has too; rows without an id are the business of the check before."""
    keys = list(table.rules.keys)
    if not keys:
        yield NO_KEYS
        return
    named = positions_of(table.frame[keys].notna().all(axis=1))
    rows, groups = find_twins(table.frame, keys, within=(named, np.zeros(len(named), dtype=np.int64)))
    yield rows_finding(rows, f"{len(rows):,} rows share {len(np.unique(groups)):,} ids")


def labels_agree(table: Table) -> Iterator[Finding]:
    """All rows of the groups with equal features and more than one class."""
    if not table.features:
        yield NO_FEATURES
        return
    rows, groups = table.feature_twins
    classes = table.classes.iloc[rows].reset_index(drop=True)
    differ = classes.groupby(groups).transform("nunique").to_numpy() > 1
    clash, equal = rows[differ], len(np.unique(groups[differ]))
    yield rows_finding(
        clash, f"{len(clash):,} rows in {equal:,} groups of equal features differ in their label"
    )


def rows_distinct(table: Table) -> Iterator[Finding]:
    """All rows that equal another one in everything but the id."""
    if not table.features:
        yield NO_FEATURES
        return
    target = [table.rules.target] if table.rules.target in table.frame.columns else []
    rows, groups = find_twins(table.frame, target, within=table.feature_twins)
    surplus = len(rows) - len(np.unique(groups))
    yield rows_finding(rows, f"{len(rows):,} rows have a copy; {surplus:,} are surplus")
