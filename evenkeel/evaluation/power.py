"""How much a test set can tell: the width of recall's interval, and the smallest difference that shows.

Known as soon as rows are split, before anything is fitted: with few positives no amount of training helps.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from evenkeel.evaluation.crossval import LEVEL
from evenkeel.evaluation.intervals import wilson

POWER = 0.8
# share of the positives that two strategies decide differently, as far as is known before they are there
DISCORDANT = 0.2
# recall that is known no better than this separates few strategies
WEAK = 0.1


@dataclass(frozen=True)
class Power:
    """What some positives can tell, as shares of them.

    `half_width` is that of the 95 % interval of a recall of one half, the widest; `difference` the
    smallest difference in recall between two strategies that is found in four of five cases.
    """

    positives: int
    half_width: float
    difference: float


def power(positives: int) -> Power:
    """What `positives` rows of the positive class, at least one, can tell."""
    low, high = wilson(positives / 2, positives)
    return Power(positives, round(float(high - low) / 2, 4), smallest_difference(positives))


def smallest_difference(positives: int, discordant: float = DISCORDANT) -> float:
    """The difference in recall that McNemar's test finds with power 0.8 at level 0.05 on the same positives.

    Connor, "Sample size for testing differences in proportions for the paired-sample design", Biometrics 43
    (1987). Two strategies are taken to decide the share `discordant` of the positives differently, or as many
    as they differ by where that is more: then one finds all that the other does. 1 where nothing shows.
    """
    from scipy import stats

    significant, found = stats.norm.ppf((1 + LEVEL) / 2), stats.norm.ppf(POWER)
    differences = np.linspace(0.0005, 1.0, 2000)
    apart = np.maximum(discordant, differences)
    needed = (significant * np.sqrt(apart) + found * np.sqrt(apart - differences**2)) ** 2 / differences**2
    shown = differences[needed <= positives]
    return round(float(shown[0]), 4) if len(shown) else 1.0


def told(test: int, train: int, negatives: int) -> dict[str, Any]:
    """What the positives of the test set and of train can tell, and what to do about it, in one sentence.

    `negatives` are those of the test set; `weak` says whether the sentence is worth shouting.
    """
    on_test, in_folds = power(test), power(train)
    weak = on_test.half_width > WEAK
    known = (
        f"The test set holds {_rows(test, 'positive')} and {_rows(negatives, 'negative')}: recall is known to "
        f"±{_share(on_test.half_width)}, and strategies tell apart that differ by {_share(on_test.difference)} "
        f"or more."
    )
    return {
        "test": asdict(on_test),
        "folds": asdict(in_folds),
        "assumed": {"level": LEVEL, "power": POWER, "discordant": DISCORDANT},
        "weak": weak,
        "sentence": known + (f" {_advice(on_test, in_folds)}" if weak else ""),
    }


def _advice(on_test: Power, in_folds: Power) -> str:
    folds = (
        f"The folds of train hold {_rows(in_folds.positives, 'positive')} (recall to "
        f"±{_share(in_folds.half_width)}): trust them more than the test set"
    )
    wanted = enough()
    if in_folds.half_width > WEAK:
        return f"{folds}, but few differences will show in either; {wanted:,} positives on test would do."
    return f"{folds}, or get more data: {wanted:,} positives on test would do."


def enough() -> int:
    """The fewest positives with which recall is known well enough."""
    from scipy import stats

    # half the width of Wilson's interval at one half is z / (2 sqrt(n + z^2))
    square = stats.norm.ppf((1 + LEVEL) / 2) ** 2
    return math.ceil(square * (1 / (2 * WEAK) ** 2 - 1))


def _rows(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def _share(value: float) -> str:
    """A share with two digits: .17, not 0.17, as the field writes what cannot pass 1."""
    return f"{value:.2f}".removeprefix("0")
