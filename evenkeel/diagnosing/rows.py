"""Diagnostics of the rows: are there enough positives (EKD001), and are rows there twice (EKD004)?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from evenkeel.diagnosing.found import Finds, Found, Severity, counted
from evenkeel.diagnosing.seen import Codes, Truths
from evenkeel.evaluation.power import WEAK, enough, power
from evenkeel.twins import find_twins

# half the width of recall's interval from which it says nearly nothing: it spans half of all values
HOPELESS = 0.25
# share of test rows with a twin in train from which figures are too good (as EKA001 of the audit), and from
# which every tenth row that is judged was seen in training
SEEN, OFTEN_SEEN = 0.01, 0.1
# share of surplus rows that are told, and that warn; and how many times as many as chance makes they must be:
# columns that go together make more rows equal than independent ones do
TOLD, MANY, BEYOND = 0.01, 0.05, 10.0


def few_rows(test: Mapping[str, int], train: Mapping[str, int], sought: str | None) -> Finds:
    """The classes that too few test rows have for a recall; `sought` is the positive one, None means all.

    Both arguments count rows by class.
    """
    for name in [sought] if sought is not None else test:
        found = power(test[name]) if test[name] else None
        if found is None or found.half_width > WEAK:
            half = 1.0 if found is None else found.half_width
            numbers = {"test": test[name], "train": train[name], "half_width": half, "enough": enough()}
            yield Found("critical" if half > HOPELESS else "warning", name, numbers)


def tell_few(found: Found) -> str:
    """EKD001 in a sentence."""
    n = found.numbers
    return (
        f"Class {found.subject!r} has {counted(n['test'], 'test row')} and "
        f"{counted(n['train'], 'train row')}: its recall on test is known to ±{n['half_width']:.2f}; "
        f"{n['enough']:,} test rows would do for ±0.10."
    )


def repeated(frame: pd.DataFrame, y: Codes, twins: Codes, in_test: Truths) -> Finds:
    """Test rows that train has too, and copies that chance does not explain.

    `frame` has the features, `twins` numbers the sets of rows that are equal in all of them (-1: none), `y`
    are class codes; all have shape (rows,).
    """
    torn = np.intersect1d(twins[in_test & (twins >= 0)], twins[~in_test])
    seen = int((np.isin(twins, torn) & in_test).sum())
    share = seen / max(1, int(in_test.sum()))
    tied = np.flatnonzero(twins >= 0)
    rows, sets = find_twins(pd.DataFrame({"y": y}), ["y"], within=(tied, twins[tied]))
    surplus = len(rows) - len(np.unique(sets))
    expected = expected_copies(frame)
    # what a table of few values repeats by nature, new rows will repeat as well
    if surplus / len(frame) < TOLD or surplus < BEYOND * expected:
        surplus_severity: Severity | None = None
    else:
        surplus_severity = "warning" if surplus / len(frame) >= MANY else "info"
    natural = seen < BEYOND * expected
    seen_severity: Severity | None = (
        None if share < SEEN else "critical" if share >= OFTEN_SEEN else "warning"
    )
    if seen_severity and natural:
        seen_severity = "info"
    told = [each for each in (seen_severity, surplus_severity) if each]
    if told:
        worst = min(told, key=("critical", "warning", "info").index)
        numbers = {
            "seen": seen,
            "seen_share": share,
            "copies": surplus,
            "copies_share": surplus / len(frame),
            "by_chance": expected,
        }
        yield Found(worst, None, numbers)


def expected_copies(frame: pd.DataFrame) -> float:
    """Pairs of rows that would be equal by chance, if the columns were independent of each other.

    Two rows agree in a column with the sum of its values' squared shares (Simpson 1949).
    """
    agree = 1.0
    for name in frame:
        shares = frame[name].map(repr) if frame[name].dtype == object else frame[name]
        agree *= float((shares.value_counts(dropna=False, normalize=True) ** 2).sum())
    return len(frame) * (len(frame) - 1) / 2 * agree


def tell_repeated(found: Found) -> str:
    """EKD004 in a sentence."""
    n = found.numbers
    return (
        f"{counted(n['seen'], 'test row')} ({n['seen_share']:.1%}) {'has' if n['seen'] == 1 else 'have'} the "
        f"features of a train row, and {counted(n['copies'], 'row')} of both sides ({n['copies_share']:.1%}) "
        f"{'is a copy' if n['copies'] == 1 else 'are copies'} of another with the same label; columns that "
        f"were independent would make about {n['by_chance']:,.0f} by chance."
    )
