"""EKA002: rows that nearly equal one of the other table: all but one column, or all but a tiny distance.

Pairs of rows that belong together by nature lie across the tables as often as a random split puts them
there. What was carried from test to train lies across always.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from evenkeel.proof.audit.finding import NotChecked, Positions, Suspicion, Suspicions, counted
from evenkeel.proof.audit.pair import Pair
from evenkeel.proof.audit.searches import distinct_rows, mutual_pairs
from evenkeel.proof.audit.twins import BEYOND_CHANCE, Chance, Groups, chance, digests, parts

Pairs = npt.NDArray[np.intp]
# distances, as shares of the usual one between a row and its nearest, up to which rows nearly agree
REACHES = (0.001, 0.01, 0.1, 0.3)
FEWEST_PAIRS = 5
# a distance that is tiny, and the share of rows that may have such a neighbour by nature
TINY, BY_NATURE = 0.01, 0.1


def check(pair: Pair) -> Suspicions:
    """Near twins beyond what a random split explains, and tables where near twins are everywhere."""
    names = pair.telling
    if len(names) < 3:
        raise NotChecked("with fewer than three feature columns, rows that differ in one are nothing strange")
    single = distinct_rows(pair, names)
    if len(single) < 2:
        return
    yield from _but_one(pair, single, names)
    yield from _near(pair, single)


def _but_one(pair: Pair, single: Positions, names: tuple[str, ...]) -> Suspicions:
    found = isolated(np.concatenate(list(_differing_in_one(pair, single, names))))
    groups = as_groups(pair, found)
    by_chance = chance(pair, groups)
    if by_chance.across < FEWEST_PAIRS or not by_chance.is_beyond:
        return
    across = found[groups.across]
    yield Suspicion(
        "critical",
        f"{counted(by_chance.across, 'pair')} of a train and a test row agree in all columns but one; "
        f"{_told(by_chance)}.",
        pair.rows(across.ravel()),
    )


def _differing_in_one(pair: Pair, single: Positions, names: tuple[str, ...]) -> Iterator[Pairs]:
    total = digests(pair, names)[single]
    for seed, name in enumerate(names):
        order = np.argsort(total - parts(pair.codes[name], seed)[single], kind="stable")
        keys = (total - parts(pair.codes[name], seed)[single])[order]
        _, start, size = np.unique(keys, return_index=True, return_counts=True)
        twos = start[size == 2]
        yield np.stack([single[order[twos]], single[order[twos + 1]]], axis=1)


def _near(pair: Pair, single: Positions) -> Suspicions:
    found = mutual_pairs(pair, single)
    if found is None:
        return
    pairs, distance, usual = found
    judged = [_judge(pair, pairs[distance <= reach * usual], reach) for reach in REACHES]
    beyond = [(by_chance, groups, reach) for by_chance, groups, reach in judged if _is_beyond(by_chance)]
    if beyond:
        by_chance, groups, reach = min(beyond, key=lambda each: each[0].probability)
        yield Suspicion(
            "critical",
            f"{counted(by_chance.across, 'pair')} of a train and a test row are nearer to one another than "
            f"{reach:g} of the usual distance between a row and its nearest; {_told(by_chance)}.",
            pair.rows(groups.positions[groups.across[groups.group]]),
        )
        return
    tiny, groups, _ = judged[REACHES.index(TINY)]
    if 2 * tiny.groups >= BY_NATURE * len(single) and tiny.across >= FEWEST_PAIRS:
        yield Suspicion(
            "warning",
            f"{2 * tiny.groups:,} of {len(single):,} rows have a neighbour within {TINY:g} of the usual "
            f"distance, as copies with a little noise would; {tiny.across:,} pairs lie across the tables.",
            pair.rows(groups.positions[groups.across[groups.group]]),
        )


def _judge(pair: Pair, pairs: Pairs, reach: float) -> tuple[Chance, Groups, float]:
    groups = as_groups(pair, pairs)
    return chance(pair, groups), groups, reach


def _is_beyond(by_chance: Chance) -> bool:
    """Beyond chance at one of several distances."""
    return (
        by_chance.across >= FEWEST_PAIRS
        and by_chance.is_beyond
        and by_chance.probability < BEYOND_CHANCE / len(REACHES)
    )


def isolated(pairs: Pairs) -> Pairs:
    """The pairs whose rows are in no other pair: each says something of its own."""
    if not len(pairs):
        return pairs.reshape(0, 2)
    pairs = np.unique(np.sort(pairs, axis=1), axis=0)
    often = np.bincount(pairs.ravel())
    return np.asarray(pairs[(often[pairs] == 1).all(axis=1)])


def as_groups(pair: Pair, pairs: Pairs) -> Groups:
    """Pairs of positions as groups of two."""
    group = np.repeat(np.arange(len(pairs)), 2)
    tests = pair.in_test[pairs].sum(axis=1) if len(pairs) else np.zeros(0, dtype=np.int64)
    sizes = np.full(len(pairs), 2, dtype=np.int64)
    return Groups(pairs.ravel().astype(np.intp), group, sizes, tests.astype(np.int64))


def _told(by_chance: Chance) -> str:
    return (
        f"of {by_chance.groups:,} such pairs in the two tables a random split would put "
        f"{by_chance.expected:,.1f} across"
    )
