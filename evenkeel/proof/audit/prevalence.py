"""EKA014: how large the tables are, and whether one of them, or both before the split, were resampled."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2_contingency

from evenkeel.proof.audit.finding import Suspicion, Suspicions, counted
from evenkeel.proof.audit.pair import Pair

Counts = npt.NDArray[np.int64]
# shares that differ by chance once in a million splits, and by so much that it matters
PROBABILITY, RATIO = 1e-6, 1.5
# the rest of a division by the split, in rows, up to which classes are equally large
UNEVEN = 1
# test rows of a class below which no figure of it means much
FEWEST = 10


def differ(pair: Pair) -> bool:
    """Whether some class's share of train is another one than of test, beyond chance and by half or more."""
    train, test = pair.counts()
    both = (train + test) > 0
    if chi2_contingency(np.stack([train, test])[:, both]).pvalue >= PROBABILITY:
        return False
    shares = (train + 0.5) / (train.sum() + 1), (test + 0.5) / (test.sum() + 1)
    ratio = shares[0] / shares[1]
    return bool(max(ratio.max(), 1 / ratio.min()) >= RATIO)


def check(pair: Pair) -> Suspicions:
    """Classes that were made equally large, shares that differ, classes that are absent or rare in test."""
    train, test = pair.counts()
    sizes = f"train has {_told(pair, train)}, test {_told(pair, test)}"
    if pair.is_balanced_apart:
        yield _apart(train, test, sizes)
    elif _is_even(train + test, UNEVEN) or (_is_even(train, UNEVEN) and _is_even(test, UNEVEN)):
        yield Suspicion(
            "warning",
            f"All classes are equally large in train and test together, as after resampling before the "
            f"split: {sizes}.",
        )
    yield from _absent(pair, train, test)


def _apart(train: Counts, test: Counts, sizes: str) -> Suspicion:
    if _is_even(test, UNEVEN) and not _is_even(train, UNEVEN):
        return Suspicion(
            "warning",
            f"The test set was made even, train was not, so figures do not hold where the model will be "
            f"used: {sizes}.",
        )
    what = "train was made even" if _is_even(train, UNEVEN) else "one of the tables was resampled"
    return Suspicion("info", f"The classes' shares differ more than by chance; {what}: {sizes}.")


def _absent(pair: Pair, train: Counts, test: Counts) -> Suspicions:
    for name, in_train, in_test in zip(pair.labels.classes, train, test, strict=True):
        if not in_train:
            yield Suspicion("warning", f"Class {name!r} has {in_test:,} rows in test and none in train.")

    if few := [f"{n}: {rows:,}" for n, rows in zip(pair.labels.classes, test, strict=True) if rows < FEWEST]:
        yield Suspicion(
            "info",
            f"Few test rows of {counted(len(few), 'class', 'classes')} ({', '.join(few[:6])}): figures of "
            "them will be uncertain.",
        )


def _is_even(counts: Counts, most: int) -> bool:
    return bool(counts.max() - counts.min() <= most and counts.min() > 0)


def _told(pair: Pair, counts: Counts) -> str:
    shown = [f"{name}: {count:,}" for name, count in zip(pair.labels.classes, counts, strict=True)][:6]
    more = f" and {len(counts) - 6} more classes" if len(counts) > 6 else ""
    return f"{int(counts.sum()):,} rows ({', '.join(shown)}{more})"
