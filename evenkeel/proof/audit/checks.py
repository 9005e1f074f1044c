"""The checks, in the order in which they run, and how they are run.

A check yields what it suspects, or raises `NotChecked` with the reason. A new one is a module of its own and
an entry in `AUDITS`: the command line, the JSON and the docs follow from it.
"""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from evenkeel import progress
from evenkeel.proof.audit import (
    between,
    conflicts,
    duplicates,
    encoding,
    filling,
    giveaways,
    groups,
    ids,
    impossible,
    near,
    prevalence,
    scaling,
    times,
    unseen,
)
from evenkeel.proof.audit.finding import SEVERITIES, Finding, NotChecked, Severity, Suspicions
from evenkeel.proof.audit.pair import Pair

Outcome = Literal["found", "nothing found", "not checked"]


@dataclass(frozen=True)
class Audit:
    """A check: its code, what a finding of it says, the gravest severity it can have, and what to do then.

    `blind` is what it cannot see.
    """

    code: str
    title: str
    severity: Severity
    check: Callable[[Pair], Suspicions]
    step: str
    blind: str


@dataclass(frozen=True)
class Checked:
    """What became of one check: its findings, or why it was not made; `seconds` of wall time."""

    code: str
    title: str
    outcome: Outcome
    explanation: str
    findings: tuple[Finding, ...]
    seconds: float

    def as_dict(self) -> dict[str, str]:
        """Code, title, outcome and explanation."""
        return {name: getattr(self, name) for name in ("code", "title", "outcome", "explanation")}


def audit(
    train: pd.DataFrame,
    test: pd.DataFrame,
    *,
    target: str,
    groups: str | None = None,
    time: str | None = None,
    ignore: Collection[str] = (),
) -> list[Finding]:
    """What speaks against `test` being held out from `train`, most severe first; an empty list if nothing.

    Both are tables with the same columns, of any index, which are not changed. `target` names the labels (at
    most 100 classes), `groups` the column of entities that must not be in both, `time` the column after which
    test must come, and `ignore` columns that are no features. `DataError` when the tables do not fit
    together or a name is in neither.
    """
    made = examine(train, test, target=target, groups=groups, time=time, ignore=ignore)
    return in_order(made)


def examine(
    train: pd.DataFrame,
    test: pd.DataFrame,
    *,
    target: str,
    groups: str | None = None,
    time: str | None = None,
    ignore: Collection[str] = (),
) -> list[Checked]:
    """Every check with its outcome, in the order of `AUDITS`; parameters as for `audit`."""
    pair = Pair.of(train, test, target=target, groups=groups, time=time, ignore=ignore)
    made = []
    progress.begin("audit")
    for done, entry in enumerate(AUDITS):
        progress.advance(done, len(AUDITS), entry.title)
        made.append(_checked(entry, pair))
    return made


def in_order(made: Collection[Checked]) -> list[Finding]:
    """All findings, most severe first, else in the order of the checks."""
    found = [finding for checked in made for finding in checked.findings]
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))


def _checked(entry: Audit, pair: Pair) -> Checked:
    started = clock.perf_counter()
    try:
        found = tuple(
            Finding(entry.code, each.severity, entry.title, each.evidence, each.rows, entry.step)
            for each in entry.check(pair)
        )
        outcome: Outcome = "found" if found else "nothing found"
        why = ""
    except NotChecked as reason:
        found, outcome, why = (), "not checked", str(reason)
    seconds = clock.perf_counter() - started
    return Checked(entry.code, entry.title, outcome, why, found, seconds)


AUDITS = (
    Audit(
        "EKA001",
        "rows of test are in train",
        "critical",
        duplicates.check,
        "drop these rows from one table, or split so that equal rows stay together; figures are too good",
        "rows that were changed on the way: see EKA002 and EKA003",
    ),
    Audit(
        "EKA002",
        "rows of test are nearly in train",
        "critical",
        near.check,
        "find out where the copies come from; keep all versions of a row on one side of the split",
        "copies of most rows, or with much noise, that were made before a random split: it puts them where "
        "it puts any pair",
    ),
    Audit(
        "EKA003",
        "synthetic rows lie between rows of train and of test",
        "critical",
        between.check,
        "split first, then resample train alone",
        "synthetic rows with fewer than two numeric columns in full precision (or many of whole numbers), "
        "whose numbers were rounded to significant digits, or that were moved off the line afterwards",
    ),
    Audit(
        "EKA004",
        "entities have rows in both tables",
        "critical",
        groups.check,
        "split by this column (`groups:` in a config), or say that new rows of known entities are the task",
        "entities that no column names",
    ),
    Audit(
        "EKA005",
        "train reaches into the time of test",
        "critical",
        times.check,
        "split by time (`time:` in a config) if the model will predict what comes after",
        "times that are written as numbers, unless --time names them",
    ),
    Audit(
        "EKA006",
        "a column gives the label away",
        "critical",
        giveaways.check,
        "find out whether the column is known before the label is; if not, drop it",
        "columns that give it away only together",
    ),
    Audit(
        "EKA007",
        "a column numbers the rows",
        "warning",
        ids.check,
        "leave it out of the features (`id:` in a config)",
        "ids that are neither whole numbers nor words, or shared by many rows",
    ),
    Audit(
        "EKA008",
        "equal rows differ in their label",
        "warning",
        conflicts.check,
        "look at the rows: a mistake in the labels, or a feature that is missing",
        "rows that are nearly equal",
    ),
    Audit(
        "EKA009",
        "a scaler was not fitted on train alone",
        "critical",
        scaling.check,
        "split first, fit the scaler on train, and apply it to both",
        "train sets that were resampled after scaling, and ranges from 0 to 1 of fewer than two columns",
    ),
    Audit(
        "EKA010",
        "gaps were filled from all rows",
        "critical",
        filling.check,
        "split first, fit the imputer on train, and apply it to both",
        "values that were scaled or rounded afterwards, medians of coarse numbers, the most frequent "
        "category, and fillings by neighbours or models",
    ),
    Audit(
        "EKA011",
        "an encoder was fitted on all rows",
        "critical",
        encoding.check,
        "split first, fit the encoder on train, and apply it to both",
        "encodings with noise or folds, with other smoothings than the usual ones, or scaled afterwards",
    ),
    Audit(
        "EKA012",
        "values that no observed row can have",
        "warning",
        impossible.check,
        "resample in the table's own types: evenkeel resample does, SMOTENC too",
        "interpolated values that were rounded",
    ),
    Audit(
        "EKA013",
        "categories of test are not in train",
        "warning",
        unseen.check,
        "expect nothing of the model on these rows, or gather the rare categories in one",
        "new values of numbers",
    ),
    Audit(
        "EKA014",
        "the classes are not as they are elsewhere",
        "warning",
        prevalence.check,
        "leave the test set as it comes, and resample train alone, after the split",
        "what the shares were before both tables were resampled",
    ),
)
