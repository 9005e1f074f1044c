"""The stratified bootstrap of a test set: what the figures of strategies would have been on other rows.

Every replicate draws as many rows of each class as there are, with replacement (Efron & Tibshirani, "An
Introduction to the Bootstrap", 1993); the draws depend on the seed and on the row ids alone, and are the same
for all strategies, so that differences between them are paired. So figures are those of other test sets
with the same number of rows of each class: how sure the share of positives is, is another question.

Rows become weights, and figures sums of weights: nothing is sorted twice, and negatives matter only by the
positives that they lie between. Replicates go block by block, so that memory does not grow with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evenkeel.evaluation.metrics import Codes, Counts, Floats

REPLICATES = 2000
# weights that are held at once: 16 MB
BLOCK = 2_000_000
# rows that are added to each class, one on each side of the threshold on average
PSEUDO_ROWS = 2


@dataclass(frozen=True)
class Sample:
    """The test rows in an order of their own: negatives first, and each class by row id.

    `scores` are probabilities of the positive class, `decided` is 1 where a row is called positive; both
    have shape (strategies, rows).
    """

    negatives: int
    positives: int
    scores: Floats
    decided: Codes

    @property
    def truth(self) -> Codes:
        """The class of every row."""
        return np.repeat([0, 1], [self.negatives, self.positives])

    @property
    def known(self) -> float:
        """Rows that say how much is known: those of the rarer class, at least two, else nothing varies."""
        return max(2, min(self.positives, self.negatives))

    @property
    def seen(self) -> float:
        """The same for scores, which are not smoothed."""
        return self.known


@dataclass(frozen=True)
class Figures:
    """Figures of every strategy in every replicate: all arrays have the shape (strategies, replicates).

    `errors` are the standard errors of the scores that are means over rows.
    """

    counts: Counts
    scores: Mapping[str, Floats]
    errors: Mapping[str, Floats]


def sample(y: Codes, ids: Any, scores: Floats, thresholds: Floats) -> Sample:
    """Put rows in order.

    Shapes: `y` (class codes) and `ids` (rows,), `scores` (strategies, rows), `thresholds` (strategies,).
    """
    order = np.lexsort((np.asarray(ids, dtype=str), y))
    positives = int(np.sum(y == 1))
    ordered = np.ascontiguousarray(scores[:, order])
    decided = np.asarray(ordered >= thresholds[:, None], dtype=np.int64)
    return Sample(len(y) - positives, positives, ordered, decided)


def weights(sizes: Sequence[int], replicates: int, seed: int) -> Iterator[Floats]:
    """How often each row is drawn, block by block: shape (rows, replicates of the block).

    `sizes` are the rows of each class, in which the rows are ordered.
    """
    rng = np.random.default_rng(seed)
    size = max(1, BLOCK // sum(sizes))
    for start in range(0, replicates, size):
        block = min(size, replicates - start)
        yield np.concatenate([_drawn(rng, rows, block) for rows in sizes if rows])


def _drawn(rng: np.random.Generator, rows: int, block: int) -> Floats:
    places = rng.integers(0, rows, size=(rows, block)) * block + np.arange(block)
    return np.bincount(places.ravel(), minlength=rows * block).reshape(rows, block).astype(np.float64)


def plain(of: Sample) -> Figures:
    """The figures of the rows as they are, as one replicate in which every row is drawn once."""
    return _figures(of, [np.ones((of.negatives + of.positives, 1))])


def replicates(of: Sample, seed: int, number: int = REPLICATES) -> Figures:
    """The figures of all strategies in `number` replicates.

    Where a strategy finds all positives, so does every replicate, as if that were certain. The counts are
    therefore those of samples from the rows and two more of each class, which are called positive by the toss
    of a coin: what Agresti & Coull ("Approximate is better than exact", 1998) do for one proportion and
    Bonett & Price ("Adjusted Wald confidence interval for a difference of binomial proportions based on
    paired data", 2012) for two.
    """
    found = _figures(of, weights((of.negatives, of.positives), number, seed))
    fp = smoothed(found.counts.fp, of.negatives, (seed, 0))
    tp = smoothed(found.counts.tp, of.positives, (seed, 1))
    return replace(found, counts=_counts(of, fp, tp))


def _figures(of: Sample, blocks: Iterable[Floats]) -> Figures:
    ranked = [Ranked(of.negatives, scores) for scores in of.scores]
    losses = {name: loss(of) for name, loss in LOSSES.items()}
    parts = [_block(of, ranked, losses, drawn) for drawn in blocks]
    joined = {name: np.concatenate([part[name] for part in parts], axis=1) for name in parts[0]}
    counts = _counts(of, joined.pop("fp"), joined.pop("tp"))
    errors = {name: joined.pop(f"error of {name}") for name in ("roc_auc", "average_precision", *LOSSES)}
    return Figures(counts, joined, errors)


def _counts(of: Sample, fp: Floats, tp: Floats) -> Counts:
    return Counts(tn=of.negatives - fp, fp=fp, fn=of.positives - tp, tp=tp)


def _block(
    of: Sample, ranked: list[Ranked], losses: Mapping[str, Floats], drawn: Floats
) -> dict[str, Floats]:
    """Everything that one block of weights gives, by name."""
    negative, positive = drawn[: of.negatives], drawn[of.negatives :]
    found = {
        "fp": of.decided[:, : of.negatives].astype(np.float64) @ negative,
        "tp": of.decided[:, of.negatives :].astype(np.float64) @ positive,
    }
    curves = [one.areas(negative, positive) for one in ranked]
    found |= {name: np.array([curve[name] for curve in curves]) for name in curves[0]}
    for name, loss in losses.items():
        found[name], found[f"error of {name}"] = mean_of(loss, (negative, positive))
    return found


def smoothed(counts: Floats, rows: int, seed: tuple[int, int]) -> Floats:
    """Counts of positive decisions as if some of the draws had gone to rows that are decided by a coin."""
    rng = np.random.default_rng(seed)
    strategies, number = counts.shape
    drawn = np.asarray(rng.binomial(rows, PSEUDO_ROWS / (rows + PSEUDO_ROWS), size=number))
    coins = rng.integers(0, 2, size=(strategies, max(1, int(drawn.max())), number))
    tossed = np.sum(coins * (np.arange(coins.shape[1])[:, None] < drawn), axis=1)
    return np.asarray(counts * (1 - drawn / rows) + tossed, dtype=np.float64)


def mean_of(loss: Floats, drawn: Sequence[Floats]) -> tuple[Floats, Floats]:
    """The mean loss of every strategy and replicate, and its standard error with classes of fixed sizes.

    `drawn` are the weights of the rows of each class, in their order.
    """
    rows, parts = loss.shape[1], np.split(loss, np.cumsum([len(part) for part in drawn])[:-1], axis=1)
    total, variance = np.zeros((2, len(loss), drawn[0].shape[1]))
    for inside, part in zip(parts, drawn, strict=True):
        if not (size := len(part)):
            continue
        first, second = inside @ part, (inside * inside) @ part
        total += first
        variance += np.maximum(second - first * first / size, 0.0) * size / max(1, size - 1)
    return total / rows, np.sqrt(variance) / rows


class Ranked:
    """Where the rows of a strategy lie between its positives' scores, sorted once.

    Of m distinct scores of positives, falling, cell 2j holds the negatives between score j - 1 and score j,
    cell 2j + 1 those that tie with score j.
    """

    def __init__(self, negatives: int, scores: Floats) -> None:
        negative, positive = -scores[:negatives], -scores[negatives:]
        values, place = np.unique(positive, return_inverse=True)
        below, to = (np.searchsorted(values, negative, side) for side in ("left", "right"))
        self.positive = _indicator(place, len(values))
        self.negative = _indicator(below + to, 2 * len(values) + 1)

    def areas(self, negative: Floats, positive: Floats) -> dict[str, Floats]:
        """ROC AUC and average precision of every replicate; ties count as scikit-learn counts them.

        Their standard errors are those of their derivatives by the weights of rows (the infinitesimal
        jackknife; for the ROC AUC it is DeLong's).
        """
        cells, at = self.negative @ negative, self.positive @ positive
        sizes = len(negative), len(positive)
        ties = cells[1::2]
        fp, tp = np.cumsum(cells, axis=0)[1::2], np.cumsum(at, axis=0)
        beaten = (sizes[0] - fp + ties / 2) / sizes[0]
        found = (np.cumsum(at, axis=0) - at) / sizes[1]
        alerts = np.where(tp + fp > 0, tp + fp, 1.0)
        precision = tp / alerts
        # what one more row does to the precision at each positive, summed over those below it
        rise, fall = (_from_end(at * each / alerts**2) for each in (fp, tp))
        auc_errors = (
            _spread(at, beaten) / sizes[1] ** 2
            + _spread(cells, _interleaved(found, at / sizes[1])) / sizes[0] ** 2
        )
        precision_errors = _spread(at, precision + rise) + _spread(cells, _interleaved_fall(fall))
        return {
            "roc_auc": np.sum(at * beaten, axis=0) / sizes[1],
            "error of roc_auc": np.sqrt(auc_errors),
            "average_precision": np.sum(at * precision, axis=0) / sizes[1],
            "error of average_precision": np.sqrt(precision_errors) / sizes[1],
        }


def _from_end(values: Floats) -> Floats:
    return np.cumsum(values[::-1], axis=0)[::-1]


def _interleaved(found: Floats, tied: Floats) -> Floats:
    """The share of positives above the negatives of each cell, and half of those that tie."""
    cells = np.empty((2 * len(found) + 1, found.shape[1]))
    cells[0:-1:2], cells[1::2] = found, found + tied / 2
    cells[-1] = found[-1] + tied[-1]
    return cells


def _interleaved_fall(fall: Floats) -> Floats:
    """What a negative of each cell takes from the positives below it."""
    cells = np.repeat(fall, 2, axis=0)
    return np.concatenate([cells, np.zeros((1, fall.shape[1]))])


def _spread(weights: Floats, values: Floats) -> Floats:
    """The sum of squares about the mean, weighted, as of a sample; shape (replicates,)."""
    rows = weights.sum(axis=0)
    first, second = np.sum(weights * values, axis=0), np.sum(weights * values**2, axis=0)
    return np.asarray(np.maximum(second - first**2 / rows, 0.0) * rows / np.maximum(1.0, rows - 1))


def _indicator(place: Any, cells: int) -> Any:
    """A sparse matrix of shape (cells, rows) that sums the rows of each cell."""
    from scipy.sparse import csr_array

    rows = len(place)
    return csr_array((np.ones(rows), (place, np.arange(rows))), shape=(cells, rows))


def _brier(of: Sample) -> Floats:
    return np.asarray((of.scores - of.truth) ** 2, dtype=np.float64)


def _log_loss(of: Sample) -> Floats:
    least = np.finfo(np.float64).eps
    inside = np.clip(of.scores, least, 1 - least)
    return np.asarray(-np.log(np.where(of.truth == 1, inside, 1 - inside)), dtype=np.float64)


# what each row adds to a score that is a mean over rows, shape (strategies, rows)
LOSSES = {"brier": _brier, "log_loss": _log_loss}
