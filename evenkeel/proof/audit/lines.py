"""When three rows lie on a line beyond chance, in columns of any precision.

A column of whole numbers (or of a tenth, a hundredth) admits every weight whose value rounds, or is cut off,
to what is seen; a column of full precision admits one. Rows are on a line if some weight from 0 to 1 is
admitted by all columns. How strange that is adds up over the columns: for each but the one that fixes the
weight, the logarithm of how many values it might have had between the two rows.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evenkeel.proof.audit.finding import Floats, Positions, Truths
from evenkeel.proof.audit.pair import Pair
from evenkeel.proof.audit.searches import independent, scaled

# decimal digits of coincidence that rows of honest tables hardly ever have; and five such rows are needed
DIGITS = 5.0
# how whole numbers may have been made of interpolated ones; what does not fit the widest way fits none
WIDEST, WAYS = "both", ("rounded", "cut")
# what one column may count for, and relative errors of interpolation in double and single precision
MOST_DIGITS = 12.0
DOUBLE, SINGLE = 2.0**-46, 2.0**-21


@dataclass(frozen=True)
class Lines:
    """The rows of a class: `X` as they are, `Z` on one scale and `W` on their own, of shape (rows, columns).

    Neighbours are sought in both: SMOTE is used on scaled columns as well as on others.

    `grains` are the units in which each column is written, 0 for full precision, and `errors` what
    interpolation errs by. `ranks` are places among a column's values, and `common` says which values are no
    evidence of their own, because the column has them often.
    """

    X: Floats
    Z: npt.NDArray[np.float32]
    W: npt.NDArray[np.float32]
    grains: Floats
    errors: Floats
    ranks: npt.NDArray[np.int32]
    common: Truths

    @classmethod
    def of(cls, pair: Pair, names: list[str], rows: Positions) -> Lines:
        """The independent columns among these, for the rows at these positions."""
        Z = scaled([pair.numbers[name] for name in names], rows)
        kept = [names[place] for place in independent(Z)]
        Z = scaled([pair.numbers[name] for name in kept], rows)
        X = np.column_stack([pair.numbers[name][rows] for name in kept])
        grains = np.array([pair.grains[name] for name in kept])
        ranked = [_ranked(column) for column in X.T]
        return cls(
            X,
            Z.astype(np.float32),
            np.nan_to_num(X - np.nanmean(X, axis=0)).astype(np.float32),
            grains,
            np.array([_error(pair.numbers[name]) for name in kept]),
            np.column_stack([ranks for ranks, _ in ranked]),
            np.column_stack([common for _, common in ranked]),
        )

    @property
    def exact(self) -> Truths:
        """Which columns have full precision."""
        return np.asarray(self.grains == 0)

    @functools.cached_property
    def angles(self) -> tuple[npt.NDArray[np.float32], float]:
        """The rows in columns by whose angle lines are sought, and the cosine that a line stays below.

        Rounding turns lines, so columns of full precision alone are taken, if there are two of them.
        """
        if self.exact.sum() >= 2:
            return self.Z[:, self.exact], -0.9
        return self.Z, -0.5

    def hold(self, triples: npt.NDArray[np.intp]) -> Truths:
        """Which triples (row, a, b) have the row on the line between a and b beyond chance."""
        fits, surely = self._hold(triples, WIDEST)
        for way in WAYS if (self.grains > 0).any() else ():
            left = np.flatnonzero(fits & ~surely)
            surely[left] = self._hold(triples[left], way)[1]
        return surely

    def _hold(self, triples: npt.NDArray[np.intp], way: str) -> tuple[Truths, Truths]:
        """Which triples fit a line, and which of them beyond chance."""
        t, a, b = (self.X[triples[:, place]] for place in range(3))
        slack, moved = self._slack(t, way)
        span, gone = b - a, t + moved - a
        moves = np.abs(span) > slack
        with np.errstate(divide="ignore", invalid="ignore"):
            ends = np.stack([(gone - slack) / span, (gone + slack) / span])
        low = np.where(moves, ends.min(axis=0), 0.0)
        high = np.where(moves, ends.max(axis=0), 1.0)
        # a missing cell says nothing; a column that does not move must not have moved
        stays = moves | ~(np.abs(gone) > slack)
        most, least = low.max(axis=1), high.min(axis=1)
        fits = (np.maximum(most, 0.0) <= np.minimum(least, 1.0)) & stays.all(axis=1)
        holds = np.zeros(len(triples), dtype=np.bool_)
        holds[fits] = self._digits(triples[fits], np.abs(span[fits]) / (2 * slack[fits])) >= DIGITS
        return fits, holds

    def _slack(self, t: Floats, way: str) -> tuple[Floats, Floats]:
        """How far values may be off the line, and where their middle is: both of the shape of `t`.

        Half a unit on either side if they were rounded, up to a unit away from zero if they were cut off, and
        a unit on either side if `a` and `b` were as well.
        """
        unit, half = self.grains * (1 + 1e-6), self.grains / 2 * (1 + 1e-6)
        none = np.zeros_like(t)
        if way == "cut":
            return np.maximum(np.where(t == 0, unit, half), self.errors), np.sign(t) * self.grains / 2
        return none + np.maximum(unit if way == WIDEST else half, self.errors), none

    def directions(self, triples: npt.NDArray[np.intp]) -> Floats:
        """The direction of each triple's line, rounded, in columns of full precision if there are any."""
        kept = self.exact if self.exact.any() else np.ones_like(self.exact)
        span = (self.Z[triples[:, 2]] - self.Z[triples[:, 1]])[:, kept].astype(np.float64)
        length = np.linalg.norm(span, axis=1)
        unit = span / np.where(length > 0, length, 1.0)[:, None]
        # a line has no beginning: its largest coordinate points up
        largest = unit[np.arange(len(unit)), np.abs(unit).argmax(axis=1)]
        return np.asarray(np.round(unit * np.where(largest < 0, -1.0, 1.0)[:, None], 3) + 0.0)

    def _digits(self, triples: npt.NDArray[np.intp], positions: Floats) -> Floats:
        """How many decimal digits of coincidence each triple shows, of so many positions in each column."""
        ranks, common = (part[triples[:, 0]] for part in (self.ranks, self.common))
        first, last = self.ranks[triples[:, 1]], self.ranks[triples[:, 2]]
        values = np.abs(last - first) + 1.0
        free = np.where(self.exact & ~common, positions, np.minimum(positions, values))
        # what equals one of the two rows may be there by nature
        free = np.where((ranks != first) & (ranks != last), free, 1.0)
        digits = np.clip(np.log10(np.maximum(np.nan_to_num(free, nan=1.0), 1.0)), 0.0, MOST_DIGITS)
        return np.asarray(digits.sum(axis=1) - digits.max(axis=1))


def _error(values: Floats) -> float:
    known = values[np.isfinite(values)]
    single = bool((known == known.astype(np.float32)).all())
    return float(np.abs(known).max(initial=0.0)) * (SINGLE if single else DOUBLE)


def _ranked(values: Floats) -> tuple[npt.NDArray[np.int32], Truths]:
    """The place of each value among the distinct ones, and whether others have it too."""
    _, ranks, sizes = np.unique(values, return_inverse=True, return_counts=True)
    return ranks.astype(np.int32), np.asarray(sizes[ranks] > 1)
