"""EKA004: entities with rows in both tables: patients, customers, devices."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evenkeel.names import can_name, is_named_id
from evenkeel.proof.audit.finding import NotChecked, Positions, Suspicion, Suspicions, counted
from evenkeel.proof.audit.pair import Pair

# what a column must have to look like the name of an entity: values, and those for each 1,000 rows
FEWEST_VALUES, PER_THOUSAND = 50, 50
# pairs of rows that are compared, and how much of what chance leaves open they must agree in
PAIRS, FEWEST_PAIRS, AGREE = 5_000, 5, 0.8
# a column in which almost all rows agree anyway tells nothing
TELLING = 0.95


def check(pair: Pair) -> Suspicions:
    """The named group column, or every column that looks like one, with values in both tables."""
    if pair.groups is not None:
        shared = _shared(pair, pair.groups)
        if len(shared):
            yield Suspicion("critical", _told(pair, pair.groups, shared, ""), pair.rows(shared))
        return
    candidates = [name for name in pair.features if _may_name(pair, name)]
    if not candidates:
        raise NotChecked("no --groups was named, and no column looks like the name of an entity")
    for name in candidates:
        shared = _shared(pair, name)
        if len(shared):
            yield from _judged(pair, name, shared)


def _judged(pair: Pair, name: str, shared: Positions) -> Suspicions:
    alike = _agreeing(pair, name, shared)
    if alike:
        why = f"; rows that share it agree in {alike!r} far more than chance, so it names an entity"
        yield Suspicion("warning", _told(pair, name, shared, why), pair.rows(shared))
    elif name in pair.ids:
        why = "; but such rows agree in nothing else, so the tables seem to be numbered anew"
        yield Suspicion("info", _told(pair, name, shared, why))
    elif is_named_id(name):
        yield Suspicion(
            "warning", _told(pair, name, shared, "; it is called like an entity"), pair.rows(shared)
        )


def _may_name(pair: Pair, name: str) -> bool:
    if name in pair.ids:
        return True
    column, values = pair.frame[name], int(pair.codes[name].max()) + 1
    if values < FEWEST_VALUES or not can_name(column):
        return False
    return is_named_id(name) or values * 1000 >= PER_THOUSAND * len(column)


def _shared(pair: Pair, name: str) -> Positions:
    """All rows whose value is in both tables; a missing cell is no value."""
    codes, known = pair.codes[name], pair.frame[name].notna().to_numpy()
    train = np.unique(codes[known & ~pair.in_test])
    both = np.intersect1d(train, codes[known & pair.in_test])
    return np.flatnonzero(np.isin(codes, both) & known)


def _agreeing(pair: Pair, name: str, shared: Positions) -> str | None:
    """A column in which a train and a test row of one value agree, where others do not."""
    left, right = _pairs(pair, name, shared)
    if len(left) < FEWEST_PAIRS:
        return None
    for other in pair.telling:
        codes = pair.codes[other]
        # a column with as many values is the same thing in other words
        if name not in pair.ids and 2 * codes.max() > pair.codes[name].max():
            continue
        by_chance = float(((np.bincount(codes) / len(codes)) ** 2).sum())
        if other == name or by_chance > TELLING:
            continue
        agree = float((codes[left] == codes[right]).mean())
        if (agree - by_chance) / (1 - by_chance) >= AGREE:
            return other
    return None


def _pairs(pair: Pair, name: str, shared: Positions) -> tuple[Positions, Positions]:
    """For some values that are in both tables, one row of each."""
    codes = pd.Series(pair.codes[name][shared], index=shared)
    first = codes[~pair.in_test[shared]].drop_duplicates()
    second = codes[pair.in_test[shared]].drop_duplicates()
    joined = pd.merge(
        first.rename("code").reset_index(), second.rename("code").reset_index(), on="code"
    ).sample(frac=1, random_state=0)[:PAIRS]
    return joined["index_x"].to_numpy(dtype=np.intp), joined["index_y"].to_numpy(dtype=np.intp)


def _told(pair: Pair, name: str, shared: Positions, why: str) -> str:
    values = len(np.unique(pair.codes[name][shared]))
    tests = int(pair.in_test[shared].sum())
    return (
        f"{counted(values, 'value')} of {name!r} {'is' if values == 1 else 'are'} in both tables, on "
        f"{counted(tests, 'test row')} ({tests / pair.test_rows:.1%}){why}."
    )
