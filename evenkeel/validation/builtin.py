"""The checks that every table gets, without a suite, in the order of `CHECKS` at the end of this file.

The checks are in `targets`, `rows`, `ties` and `columns`: functions of the `Table` that yield `Finding`s. The
table at the end gives each its name, its severity, what it expects, and the checks without whose success it
makes no sense. A check whose premise failed answers "not applicable" and says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from evenkeel.labels import label_text
from evenkeel.validation import columns, rows, targets, ties
from evenkeel.validation.results import CheckResult, Severity, value_text
from evenkeel.validation.table import BuiltinRules, Finding, Table

__all__ = ["CHECKS", "Check", "check_table", "label_text"]


@dataclass(frozen=True, kw_only=True)
class Check:
    """An entry of `CHECKS`; `expected` may name the rules in braces, `asked_by` the rule that asks for it."""

    name: str
    severity: Severity
    expected: str
    find: Callable[[Table], Iterator[Finding]]
    needs: tuple[str, ...] = ()
    of_target: bool = False
    # a rule without which nobody is interested in the answer
    asked_by: Literal["groups", "time"] | None = None


def check_table(frame: pd.DataFrame, row_ids: pd.Series[str], rules: BuiltinRules) -> list[CheckResult]:
    """The results of all built-in checks, in their order; `row_ids` names the frame's rows by position."""
    table = Table(frame=frame, row_ids=row_ids, rules=rules)
    results: list[CheckResult] = []
    stuck: set[str] = set()
    for check in CHECKS:
        if check.asked_by and not getattr(rules, check.asked_by):
            continue
        premise = next((name for name in check.needs if name in stuck), None)
        findings = list(check.find(table)) if premise is None else [_blocked(premise)]
        if premise or any(finding.outcome == "failed" for finding in findings):
            stuck.add(check.name)
        results += [_result(table, check, finding) for finding in findings]
    return results


def _blocked(premise: str) -> Finding:
    return Finding(
        outcome="not applicable", observed=f"not checked: it needs {premise!r}, which did not pass"
    )


def _result(table: Table, check: Check, finding: Finding) -> CheckResult:
    return CheckResult(
        check=check.name,
        column=finding.column or (table.rules.target if check.of_target else None),
        severity=check.severity,
        outcome=finding.outcome,
        expected=check.expected.format(**_words(table.rules)),
        observed=finding.observed,
        rows=len(finding.positions),
        first_row_ids=table.first_ids(finding.positions),
        origin="built-in",
    )


def _words(rules: BuiltinRules) -> dict[str, str]:
    return {
        "target": value_text(rules.target),
        "positive": "if one is named" if rules.positive is None else value_text(rules.positive),
        "keys": value_text(rules.keys) or "the id columns",
        "test_size": "given by a column" if rules.test_size is None else f"{rules.test_size:g}",
        "folds": f"{max(rules.folds, 1):,}",
        "groups": value_text(rules.groups),
        "needed": f"{max(rules.folds, 1) + 1:,}",
        "time": value_text(rules.time),
    }


NAMES = "column names are unique"
TARGET = "target is in the table"
POSITIVE = "positive value occurs"
CLASSES = "at least two classes"
KEYS = "id columns are in the table"
GROUPS = "enough groups per class"

CHECKS: tuple[Check, ...] = (
    Check(name=NAMES, severity="critical", expected="no column name occurs twice", find=targets.names_unique),
    Check(
        name=TARGET,
        severity="critical",
        expected="a column named {target}",
        find=targets.target_present,
        of_target=True,
        needs=(NAMES,),
    ),
    Check(
        name="every row has a label",
        severity="critical",
        expected="no missing value in {target}",
        find=targets.target_complete,
        of_target=True,
        needs=(TARGET,),
    ),
    Check(
        name=POSITIVE,
        severity="critical",
        expected="rows with the positive value, {positive}",
        find=targets.positive_present,
        of_target=True,
        needs=(TARGET,),
    ),
    Check(
        name=CLASSES,
        severity="critical",
        expected="at least two classes in {target}",
        find=targets.two_classes,
        of_target=True,
        needs=(TARGET, POSITIVE),
    ),
    Check(
        name="a positive class is named",
        severity="info",
        expected="a positive value where there are two classes",
        find=targets.positive_named,
        of_target=True,
        needs=(CLASSES,),
    ),
    Check(
        name="enough rows per class",
        severity="critical",
        expected="each class: 1 row in test and {folds} in train, one per fold (test_size {test_size})",
        find=targets.rows_per_class,
        of_target=True,
        needs=(CLASSES,),
    ),
    Check(
        name=KEYS,
        severity="critical",
        expected="in the table: {keys}",
        find=rows.keys_present,
        needs=(NAMES,),
    ),
    Check(
        name="every row has an id",
        severity="critical",
        expected="no missing value in {keys}",
        find=rows.ids_complete,
        needs=(KEYS,),
    ),
    Check(
        name="ids are unique",
        severity="critical",
        expected="no two rows share {keys}",
        find=rows.ids_unique,
        needs=(KEYS,),
    ),
    Check(
        name=GROUPS,
        severity="critical",
        expected="each class in {needed} groups by {groups}: one in test, one per fold",
        find=ties.groups_per_class,
        needs=(CLASSES,),
        asked_by="groups",
    ),
    Check(
        name="every row has a group",
        severity="warning",
        expected="no missing value in {groups}",
        find=ties.groups_complete,
        needs=(GROUPS,),
        asked_by="groups",
    ),
    Check(
        name="every row has a time",
        severity="critical",
        expected="in {time} a number, a date or an ISO 8601 text in every row, not the same in all",
        find=ties.times_complete,
        needs=(NAMES,),
        asked_by="time",
    ),
    Check(
        name="equal rows agree on the label",
        severity="warning",
        expected="rows with equal features have one label",
        find=rows.labels_agree,
        needs=(TARGET, POSITIVE),
    ),
    Check(
        name="rows are distinct",
        severity="warning",
        expected="no two rows are equal in all columns but the id",
        find=rows.rows_distinct,
        needs=(NAMES,),
    ),
    Check(
        name="numbers are finite",
        severity="critical",
        expected="no infinite value in a feature",
        find=columns.numbers_are_finite,
        needs=(NAMES,),
    ),
    Check(
        name="columns vary",
        severity="info",
        expected="each feature has more than one value",
        find=columns.columns_vary,
        needs=(NAMES,),
    ),
    Check(
        name="no feature looks like an id",
        severity="warning",
        expected="no text or integer feature is distinct in all rows",
        find=columns.columns_not_ids,
        needs=(NAMES,),
    ),
    Check(
        name="numbers are stored as numbers",
        severity="warning",
        expected="text features that are not numbers",
        find=columns.numbers_are_numeric,
        needs=(NAMES,),
    ),
)
