"""Checks of what ties rows to one another: groups that stay on one side, and times that order them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evenkeel.errors import DataError
from evenkeel.splitting import group_names, times_of
from evenkeel.validation.results import value_text
from evenkeel.validation.table import Finding, Table, absent_text, positions_of, rows_finding


def groups_per_class(table: Table) -> Iterator[Finding]:
    """The classes in too few groups to be in test and in every fold; a row without a group counts as one."""
    rules = table.rules
    if absent := [name for name in rules.groups if name not in table.frame.columns]:
        yield Finding(observed=absent_text(table.frame, absent), column=absent[0])
        return
    names = group_names(table.frame, rules.groups).fillna(table.row_ids.reset_index(drop=True).map(repr))
    counts = names.groupby(table.classes.to_numpy()).nunique()
    needed = max(rules.folds, 1) + 1
    scarce = counts[counts < needed]
    if not len(scarce):
        yield Finding(outcome="passed", observed=f"the fewest, of a class, are {counts.min():,} groups")
        return
    parts = ", ".join(f"{value_text(name)} is in {have:,}" for name, have in scarce.head(5).items())
    yield Finding(
        observed=f"class {parts}. Next: set fewer folds, name other groups, or leave out the class",
        positions=positions_of(table.classes.isin(scarce.index)),
    )


def groups_complete(table: Table) -> Iterator[Finding]:
    """The rows in which a group column is empty: each is a group of its own."""
    missing = np.flatnonzero(group_names(table.frame, table.rules.groups).isna())
    yield rows_finding(missing, f"{len(missing):,} rows have no group: each is one of its own")


def times_complete(table: Table) -> Iterator[Finding]:
    """The rows without a time, or with something that is none."""
    name = table.rules.time
    if name not in table.frame.columns:
        yield Finding(observed=absent_text(table.frame, [str(name)]), column=name)
        return
    column = table.column(name)
    try:
        times = times_of(column)
    except DataError as error:
        yield Finding(observed=str(error), column=name, positions=positions_of(column.isna()))
        return
    several = len(np.unique(times))
    yield Finding(outcome="passed" if several > 1 else "failed", observed=f"{several:,} different times")
