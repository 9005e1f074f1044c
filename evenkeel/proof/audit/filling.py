"""EKA010: gaps that were filled with a mean or median of train and test together."""

from __future__ import annotations

import numpy as np

from evenkeel.proof.audit.finding import Floats, NotChecked, Suspicion, Suspicions
from evenkeel.proof.audit.pair import Pair

# how often a value must be in each table to be a filling, and so many times as often as usual
FEWEST, SPIKE = 5, 5.0
# relative error of a mean in double precision; in single it is no evidence
ERROR = 1e-11
FEWEST_VALUES = 20
# values of a column that are looked at, the most frequent first
MOST = 3


def check(pair: Pair) -> Suspicions:
    """Frequent values that are the mean or median of all other values of both tables, but not of train's."""
    names = [name for name in pair.numbers if pair.codes[name].max() >= FEWEST_VALUES]
    if not names:
        raise NotChecked("no numeric column has values enough to have been filled with a mean")
    for name in names:
        for value in _frequent(pair, name):
            what = _filled(pair, name, value)
            if what is not None:
                filled = pair.numbers[name] == value
                yield Suspicion(
                    "critical",
                    f"{int(filled.sum()):,} rows have {value:.6g} in {name!r}, which is the {what} of all "
                    f"other values of train and test together but not of train alone: the gaps were filled "
                    f"from all rows.",
                    pair.rows(np.flatnonzero(filled)),
                )


def _frequent(pair: Pair, name: str) -> list[float]:
    values = pair.numbers[name]
    found, counts = np.unique(values[np.isfinite(values)], return_counts=True)
    usual = max(1.0, float(np.median(counts)))
    top = np.argsort(-counts, kind="stable")[:MOST]
    often = [float(found[place]) for place in top if counts[place] >= SPIKE * usual]
    in_test = pair.in_test
    return [
        value
        for value in often
        if min((values[in_test] == value).sum(), (values[~in_test] == value).sum()) >= FEWEST
    ]


def _filled(pair: Pair, name: str, value: float) -> str | None:
    values = pair.numbers[name]
    others = np.isfinite(values) & (values != value)
    every, train = values[others], values[others & ~pair.in_test]
    if len(train) < FEWEST_VALUES:
        return None
    if _is_mean(every, value) and not _is_mean(train, value):
        return "mean"
    if _is_middle(every, value) and not _may_be_middle(train, value):
        return "median"
    return None


def _is_mean(values: Floats, value: float) -> bool:
    scale = float(np.abs(values).max())
    return bool(abs(values.mean() - value) <= ERROR * scale)


def _is_middle(values: Floats, value: float) -> bool:
    """As many below as above: what equals the value cannot be told from what was filled."""
    return bool((values < value).sum() == (values > value).sum()) or float(np.median(values)) == value


def _may_be_middle(values: Floats, value: float) -> bool:
    return abs(int((values < value).sum()) - int((values > value).sum())) <= 1
