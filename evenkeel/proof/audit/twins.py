"""Equal rows, found by digests of their values; and whether a random split explains where they lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import rel_entr

from evenkeel.proof.audit.finding import Floats, Positions
from evenkeel.proof.audit.pair import Codes, Pair

Digests = npt.NDArray[np.uint64]
# how improbable something must be for a random split not to explain it
BEYOND_CHANCE = 1e-4


def parts(codes: Codes, seed: int) -> Digests:
    """A random number for each value of a column; sums of them over columns are digests (Zobrist 1970)."""
    draws = np.random.default_rng([seed, 20_031])
    drawn = draws.integers(0, 2**64, size=int(codes.max()) + 1, dtype=np.uint64)
    return np.asarray(drawn[codes])


def digests(pair: Pair, names: Sequence[str], *, label: bool = False) -> Digests:
    """A digest of each row's values in these columns, and of its label if asked for, shape (rows,)."""
    total = np.zeros(len(pair.frame), dtype=np.uint64)
    for seed, name in enumerate(names):
        total += parts(pair.codes[name], seed)
    if label:
        total += parts(pair.labels.codes.astype(np.int32), len(names))
    return total


@dataclass(frozen=True)
class Groups:
    """Rows in groups: `group` numbers each of `positions`, `sizes` and `tests` count rows and test rows."""

    positions: Positions
    group: Positions
    sizes: npt.NDArray[np.int64]
    tests: npt.NDArray[np.int64]

    @property
    def across(self) -> npt.NDArray[np.bool_]:
        """Which groups have rows in both tables."""
        return (self.tests > 0) & (self.tests < self.sizes)


def groups_of(pair: Pair, keys: Digests) -> Groups:
    """The groups of two or more rows with equal keys."""
    _, inverse, sizes = np.unique(keys, return_inverse=True, return_counts=True)
    positions = np.flatnonzero(sizes[inverse] > 1)
    _, group = np.unique(inverse[positions], return_inverse=True)
    found = np.bincount(group)
    tests = np.bincount(group, weights=pair.in_test[positions], minlength=len(found))
    return Groups(positions, group, found, tests.astype(np.int64))


@dataclass(frozen=True)
class Chance:
    """How many of `groups` lie across both tables, how many would by chance, and how probable so many are."""

    groups: int
    across: int
    expected: float
    probability: float

    @property
    def is_beyond(self) -> bool:
        """Whether a random split does not explain it."""
        return self.across > self.expected and self.probability < BEYOND_CHANCE


def chance(pair: Pair, groups: Groups) -> Chance:
    """Compare with a random split of the pooled rows, stratified or not.

    Each row is in test with its class's share; the bound of the tail is that of Hoeffding (1963, theorem 1),
    which holds for groups of different sizes. Where one table was resampled on its own the shares say
    nothing of the split, and the shares that put most groups across are taken: one half.
    """
    number = len(groups.sizes)
    if not number:
        return Chance(0, 0, 0.0, 1.0)
    expected = _expected(pair, groups)
    across = int(groups.across.sum())
    share, mean = across / number, float(np.clip(expected.mean(), 1e-12, 1 - 1e-12))
    if share <= mean:
        return Chance(number, across, float(expected.sum()), 1.0)
    distance = rel_entr(share, mean) + rel_entr(1 - share, 1 - mean)
    return Chance(number, across, float(expected.sum()), float(np.exp(-number * distance)))


def _expected(pair: Pair, groups: Groups) -> Floats:
    if pair.is_balanced_apart:
        return np.asarray(1 - 2.0 ** (1 - groups.sizes))
    train, test = pair.counts()
    share = np.clip(test / np.maximum(train + test, 1), 1e-12, 1 - 1e-12)[pair.labels.codes[groups.positions]]
    all_test = np.exp(np.bincount(groups.group, weights=np.log(share)))
    all_train = np.exp(np.bincount(groups.group, weights=np.log1p(-share)))
    return np.asarray(np.clip(1 - all_test - all_train, 0, 1))
