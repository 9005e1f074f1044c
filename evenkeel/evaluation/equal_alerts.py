"""What other strategies would have found with as many alerts as the chosen one: an even comparison.

At operating points of their own, one strategy finds more because it raises more false alarms. Here each takes
its most suspicious test rows, as many as the chosen one calls positive. The labels have no say in that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from evenkeel.evaluation.bootstrap import BLOCK, REPLICATES, Sample, smoothed
from evenkeel.evaluation.crossval import LEVEL
from evenkeel.evaluation.intervals import expanded, together
from evenkeel.evaluation.metrics import Floats


def at_equal_alerts(of: Sample, names: Sequence[str], chosen: int, seed: int) -> dict[str, Any]:
    """By strategy `threshold`, `tp`, `fp`, and the `difference` to what the chosen one finds.

    Where scores tie at the threshold, a strategy may raise a few alerts more. A difference is the chosen
    one's positives less the other's: `value`, `low`, `high`, and `all_low` and `all_high`, which hold for
    all others together (see `intervals.differences`), from a paired bootstrap of the positives.
    """
    alerts = int(of.decided[chosen].sum())
    thresholds = [_threshold(scores, alerts) for scores in of.scores]
    called = np.array([scores >= limit for scores, limit in zip(of.scores, thresholds, strict=True)])
    called[chosen] = of.decided[chosen] == 1
    found = called[:, of.negatives :]
    others = [place for place in range(len(names)) if place != chosen]
    apart = _drawn_apart(found, chosen, others, seed)
    alone, all_ = (
        expanded(of.known, apart, level) for level in (LEVEL, together(apart) if others else LEVEL)
    )
    told = {}
    for row, place in enumerate(others):
        value = int(found[chosen].sum()) - int(found[place].sum())
        told[names[place]] = {
            "threshold": float(thresholds[place]),
            "tp": int(found[place].sum()),
            "fp": int(called[place, : of.negatives].sum()),
            "difference": {
                "value": value,
                "low": min(value, float(alone[0][row])),
                "high": max(value, float(alone[1][row])),
                "all_low": min(value, float(alone[0][row]), float(all_[0][row])),
                "all_high": max(value, float(alone[1][row]), float(all_[1][row])),
            },
        }
    return told


def _threshold(scores: Floats, alerts: int) -> float:
    """The score of the last of so many rows, by falling score; above all scores for none."""
    if not alerts:
        return float(np.nextafter(scores.max(), np.inf))
    return float(np.partition(scores, len(scores) - alerts)[len(scores) - alerts])


def _drawn_apart(found: Any, chosen: int, others: Sequence[int], seed: int) -> Floats:
    """What the chosen strategy finds more than each other one in every replicate, (others, replicates)."""
    positives = found.shape[1]
    draws, size, blocks = np.random.default_rng((seed, 2)), max(1, BLOCK // max(positives, 1)), []
    for start in range(0, REPLICATES, size):
        number = min(size, REPLICATES - start)
        rows = draws.multinomial(positives, np.full(positives, 1 / positives), size=number)
        blocks.append(found.astype(np.float64) @ rows.T)
    drawn = smoothed(np.concatenate(blocks, axis=1), positives, (seed, 3))
    return np.asarray(drawn[chosen] - drawn[list(others)])
