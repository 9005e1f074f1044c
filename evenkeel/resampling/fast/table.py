"""The rows and classes of a table with a search among them, as the samplers' decisions use it."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from evenkeel.resampling.fast.answers import answers, are_blocks_cheaper, blocks, blocks_hit
from evenkeel.resampling.fast.between import nearest_between
from evenkeel.resampling.fast.ranked import Codes, Ranked, rank
from evenkeel.resampling.fast.rounded import Floats, Positions, Rounded
from evenkeel.resampling.fast.surrounded import InCells, InLeaves

# columns up to which the rows of a leaf are near one another
MOST_FOR_LEAVES = 9
# rows from which a search of all of them takes long, however many are in doubt
MANY_ROWS = 20_000
# where scikit-learn is quick, the share of other rows above which too many of a class are in doubt: in a
# tree, and among so many rows that the share may be one
MOST_OTHERS, OTHERS_A_ROW = 0.15, 1 / 30_000
# the share of the larger class from which the smaller is as large
BALANCED = 0.5


@dataclass(frozen=True)
class Table:
    """Rows `X`, shape (rows, columns), their classes as numbers from 0, and scikit-learn's search in them."""

    X: Floats
    codes: Codes
    fitted: Any

    @functools.cached_property
    def rounded(self) -> Rounded:
        """The rows in single precision."""
        return Rounded.of(self.X)

    @property
    def has_tree(self) -> bool:
        """Whether scikit-learn asks a tree, where every row's answer is its own."""
        return bool(self.fitted._fit_method == "kd_tree")

    @property
    def is_quick(self) -> bool:
        """Whether scikit-learn finds neighbours quickly: in a tree of few columns, or among few rows."""
        return self._has_leaves or (not self.has_tree and len(self.X) < MANY_ROWS)

    @property
    def _has_leaves(self) -> bool:
        return self.has_tree and self.X.shape[1] <= MOST_FOR_LEAVES

    def is_mixed(self, code: int) -> bool:
        """Whether other rows are so many that scikit-learn is done before a class's doubts are known."""
        others = float(np.mean(self.codes != code))
        most = MOST_OTHERS if self._has_leaves else len(self.X) * OTHERS_A_ROW
        return self.is_quick and others > most

    def rows_of(self, code: int) -> Positions:
        """The positions of a class."""
        return np.flatnonzero(self.codes == code)

    def surroundings(self, code: int, k: int) -> InCells | InLeaves:
        """Who can say which rows of a class surely have k others of it nearer than any other row."""
        own, others = self.rows_of(code), np.flatnonzero(self.codes != code)
        if self._has_leaves:
            return InLeaves(self.X, own, others, k)
        return InCells(self.rounded, own, others, k, self._across if self._is_balanced else None)

    @property
    def _is_balanced(self) -> bool:
        """Whether there are two classes, about as large, which are likely to be looked at both."""
        sizes = np.bincount(self.codes)
        return len(sizes) == 2 and bool(sizes.min() >= BALANCED * sizes.max())

    @functools.cached_property
    def _across(self) -> Floats:
        """A squared distance that each row's nearest row of the other class surely exceeds, shape (rows,)."""
        one, other = self.rows_of(0), self.rows_of(1)
        squared = np.empty(len(self.X))
        squared[one], squared[other] = nearest_between(self.rounded, one, other)
        return self.rounded.surely_beyond(np.arange(len(self.X)), squared)

    def rank(self, rows: Positions, k: int) -> Iterator[tuple[Positions, Ranked]]:
        """The k nearest rows to each of some rows, as far as that is certain; see `ranked.rank`."""
        return rank(self.rounded, self.rounded, rows, k)

    def answers(self, query: Positions, places: Positions, k: int) -> Positions:
        """The k nearest rows as scikit-learn has them for some places of a query; see `answers`."""
        return answers(self.fitted, self.X, query, places, k)

    def second(self, rows: Positions) -> Positions:
        """What comes second in scikit-learn's answer for each of some rows, among all that are asked for."""
        query = np.arange(len(self.X))
        all_known = "_all_second" in vars(self)
        if self.has_tree or (not all_known and are_blocks_cheaper(blocks(rows), len(query))):
            return self.answers(query, rows, 2)[:, 1]
        return self._all_second[rows]

    @functools.cached_property
    def _all_second(self) -> Positions:
        return self.answers(np.arange(len(self.X)), np.arange(len(self.X)), 2)[:, 1]

    def is_hopeless(self, open_: int, looked_at: int, rows: int, query: int) -> bool:
        """Whether so many of the rows looked at stay open that scikit-learn is to be asked in full anyway.

        `rows` are all that are to be looked at, out of a query of so many.
        """
        return not are_blocks_cheaper(blocks_hit(open_ * rows / looked_at, query), query)
