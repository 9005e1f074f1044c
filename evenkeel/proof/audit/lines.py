"""When three rows lie on a line beyond chance, in columns of any precision.

A column of whole numbers (or of a tenth, a hundredth) admits every weight whose value rounds, or is cut off,
to what is seen; a column of full precision admits one. Rows are on a line if some weight from 0 to 1 is
admitted by all columns. How strange that is adds up over the columns: for each but the one that fixes the
weight, the logarithm of how many values it might have had between the two rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evenkeel.proof.audit.finding import Floats, Positions, Truths
from evenkeel.proof.audit.pair import Pair
from evenkeel.proof.audit.searches import independent, scaled

# decimal digits of coincidence that chance does not bring about, among millions of triples
DIGITS = 9.0
# what one column may count for, and relative errors of interpolation in double and single precision
MOST_DIGITS = 12.0
DOUBLE, SINGLE = 2.0**-46, 2.0**-21


@dataclass(frozen=True)
class Lines:
    """The rows of a class: `X` as they are, `Z` on one scale, of shape (rows, columns).

    `slack` is how far a column's values may be off the line, `ranks` their places among the column's values,
    and `common` says which values are no evidence of their own, because the column has them often.
    """

    X: Floats
    Z: npt.NDArray[np.float32]
    slack: Floats
    exact: Truths
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
        slack = np.where(grains > 0, grains * (1 + 1e-6), [_error(pair.numbers[name]) for name in kept])
        ranked = [_ranked(column) for column in X.T]
        return cls(
            X,
            Z.astype(np.float32),
            slack,
            grains == 0,
            np.column_stack([ranks for ranks, _ in ranked]),
            np.column_stack([common for _, common in ranked]),
        )

    def hold(self, triples: npt.NDArray[np.intp]) -> Truths:
        """Which triples (row, a, b) have the row on the line between a and b beyond chance."""
        t, a, b = (self.X[triples[:, place]] for place in range(3))
        span, way = b - a, t - a
        moves = np.abs(span) > self.slack
        with np.errstate(divide="ignore", invalid="ignore"):
            ends = np.stack([(way - self.slack) / span, (way + self.slack) / span])
        low = np.where(moves, ends.min(axis=0), 0.0)
        high = np.where(moves, ends.max(axis=0), 1.0)
        # a missing cell says nothing; a column that does not move must not have moved
        stays = moves | ~(np.abs(way) > self.slack)
        most, least = np.nanmax(low, axis=1), np.nanmin(high, axis=1)
        fits = (np.maximum(most, 0.0) <= np.minimum(least, 1.0)) & stays.all(axis=1)
        surely = np.zeros(len(triples), dtype=np.bool_)
        surely[fits] = self._digits(triples[fits], span[fits], moves[fits]) >= DIGITS
        return surely

    def directions(self, triples: npt.NDArray[np.intp]) -> Floats:
        """The direction of each triple's line, rounded, in columns of full precision if there are any."""
        kept = self.exact if self.exact.any() else np.ones_like(self.exact)
        span = (self.Z[triples[:, 2]] - self.Z[triples[:, 1]])[:, kept].astype(np.float64)
        length = np.linalg.norm(span, axis=1)
        unit = span / np.where(length > 0, length, 1.0)[:, None]
        # a line has no beginning: its largest coordinate points up
        largest = unit[np.arange(len(unit)), np.abs(unit).argmax(axis=1)]
        return np.asarray(np.round(unit * np.where(largest < 0, -1.0, 1.0)[:, None], 3) + 0.0)

    def _digits(self, triples: npt.NDArray[np.intp], span: Floats, moves: Truths) -> Floats:
        """How many decimal digits of coincidence each triple shows."""
        ranks, common = (part[triples[:, 0]] for part in (self.ranks, self.common))
        first, last = self.ranks[triples[:, 1]], self.ranks[triples[:, 2]]
        values = np.abs(last - first) + 1.0
        with np.errstate(divide="ignore", invalid="ignore"):
            positions = np.abs(span) / (2 * self.slack)
        free = np.where(self.exact & ~common, positions, np.minimum(positions, values))
        # what equals one of the two rows may be there by nature
        free = np.where(moves & (ranks != first) & (ranks != last), free, 1.0)
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
