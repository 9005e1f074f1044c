"""EKA012: values that no observed row can have, as interpolation in encoded columns makes them."""

from __future__ import annotations

import re
from collections import defaultdict

import numpy as np

from evenkeel.proof.audit.finding import Floats, Suspicion, Suspicions, Truths, counted, some
from evenkeel.proof.audit.pair import Pair

# how improbable it must be that only one table, or one class, has fractions by chance
PROBABILITY = 1e-6
# share of rows that a block of 0/1 columns must sum to 0 or 1 in, to be one
BLOCK = 0.999


def check(pair: Pair) -> Suspicions:
    """Fractions where test has none or where one class alone has them, and broken one-hot blocks."""
    every = {name: _fractional(values) for name, values in pair.numbers.items()}
    fractions = {name: where for name, where in every.items() if where.any()}
    only_train = [name for name, where in fractions.items() if _is_of_train(pair, where)]
    one_class = [
        name for name, where in fractions.items() if name not in only_train and _is_of_class(pair, where)
    ]
    for names, where in (
        (only_train, "in train and never in test"),
        (one_class, "in both tables, but in one class alone"),
    ):
        if names:
            rows = np.stack([fractions[name] for name in names]).any(axis=0)
            yield Suspicion(
                "warning",
                f"{counted(len(names), 'column')} of whole numbers ({some(names)}) "
                f"{'has' if len(names) == 1 else 'have'} fractions {where}, on {int(rows.sum()):,} rows, as "
                f"SMOTE on encoded columns makes.",
                pair.rows(np.flatnonzero(rows)),
            )
    yield from _blocks(pair)


def _fractional(values: Floats) -> Truths:
    """Where a column has a fraction."""
    known = np.isfinite(values)
    return np.asarray(known & (values != np.rint(np.where(known, values, 0.0))))


def _is_of_train(pair: Pair, where: Truths) -> bool:
    """No fraction in test, where a random split would have put some."""
    train = where[~pair.in_test].mean()
    return not where[pair.in_test].any() and (1 - train) ** pair.test_rows < PROBABILITY


def _is_of_class(pair: Pair, where: Truths) -> bool:
    """Fractions in one class, in many of its rows, and never in the others."""
    codes = pair.labels.codes
    having = np.unique(codes[where])
    others = codes != having[0]
    share = float(where[~others].mean())
    if len(having) != 1 or not pair.in_test[where].any() or not 0.05 < share < 1:
        return False
    return bool((1 - share) ** int(others.sum()) < PROBABILITY)


def _blocks(pair: Pair) -> Suspicions:
    for prefix, names in _prefixes(pair).items():
        block = np.column_stack([pair.numbers[name] for name in names])
        plain = _all_plain(block)
        sums = block.sum(axis=1)
        test = pair.in_test
        # in test every row has one level, or at most one, as an encoder writes it
        most = sums[test].max(initial=0.0)
        if not plain[test].all() or most != 1 or (sums[test] == 1).mean() < 0.5:
            continue
        least = sums[test].min()
        broken: Truths = np.asarray(~test & plain & ((sums > 1) | (sums < least)))
        if broken.any():
            yield Suspicion(
                "warning",
                f"{counted(int(broken.sum()), 'train row')} have no level or several in the one-hot columns "
                f"{prefix}*, where every test row has {'one' if least == 1 else 'one at most'}.",
                pair.rows(np.flatnonzero(broken)),
            )


def _all_plain(block: Floats) -> Truths:
    """Which rows hold zeros and ones alone."""
    return np.asarray(np.isin(block, (0.0, 1.0)).all(axis=1))


def _prefixes(pair: Pair) -> dict[str, list[str]]:
    """Three or more columns of zeros and ones that are called alike up to their last part."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, values in pair.numbers.items():
        if (match := re.fullmatch(r"(.+[_=.:|])[^_=.:|]+", name)) and np.isin(
            values[pair.in_test], (0.0, 1.0)
        ).all():
            found[match[1]].append(name)
    return {prefix: names for prefix, names in found.items() if len(names) >= 3}
