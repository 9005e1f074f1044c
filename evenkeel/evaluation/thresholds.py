"""How sure a threshold is, and what its neighbours would do: both from the rows that it was chosen on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from evenkeel.evaluation.metrics import Codes, Counts, Floats
from evenkeel.evaluation.operating import Amounts, Chosen, Sweep, places, sweep

LEVEL = 0.95
# replicates that are chosen again; those of one array hold at most so many counts
REPLICATES, MOST_CELLS = 400, 2_000_000
# neighbours raise this many times the alerts
STEPS = (0.5, 0.8, 1.25, 2.0)


def interval(
    y: Codes,
    scores: Floats,
    rule: Mapping[str, Any],
    *,
    seed: int,
    alert_share: float | None = None,
    amounts: Amounts | None = None,
) -> dict[str, float]:
    """Where the threshold would fall in 95 % of tables like this one: {"low", "high"}.

    A bootstrap within each class (Efron & Tibshirani 1993): the rule chooses again on every replicate, and
    the percentiles of what it chooses are the limits. Whatever the rule, the best threshold is the score of
    a positive row or lies above all scores: between two of them only false alarms change. So negatives need
    only be counted between positives. Rows with amounts count there with the mean of their amounts.
    """
    if "threshold" in rule:
        return {"low": float(rule["threshold"]), "high": float(rule["threshold"])}
    steps = Steps.of(y, scores, amounts)
    draws, chosen = np.random.default_rng(seed), list[float]()
    at_once = max(1, MOST_CELLS // len(steps.thresholds))
    for start in range(0, REPLICATES, at_once):
        drawn = steps.resampled(draws, min(at_once, REPLICATES - start))
        places_of = places(drawn.sweep(steps.thresholds), rule, alert_share=alert_share)
        chosen += steps.thresholds[places_of].tolist()
    # of the values that occur: a threshold between two scores would be none that the rule can choose
    low, high = np.quantile(chosen, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], method="closest_observation")
    return {"low": float(low), "high": float(high)}


def neighbours(
    y: Codes, scores: Floats, rule: Mapping[str, Any], chosen: Chosen, amounts: Amounts | None = None
) -> list[dict[str, Any]]:
    """The counts at the chosen threshold and at some around it, falling: {threshold, tn, fp, fn, tp}.

    With a `cost` rule each has its `cost` too. Neighbours raise a half to twice the alerts.
    """
    found = sweep(y, scores, amounts)
    here = int(np.searchsorted(-found.thresholds, -chosen.threshold, side="right")) - 1
    here = max(here, 0)
    alerts = np.asarray(found.alerts)
    # none at all has no multiples: its neighbours are the first few alerts
    wanted = [max(1, round(step * max(int(alerts[here]), 1))) for step in STEPS]
    at = {min(int(np.searchsorted(alerts, size)), len(alerts) - 1) for size in wanted}
    return [_told(found, place, rule, chosen if place == here else None) for place in sorted(at | {here})]


def _told(found: Sweep, place: int, rule: Mapping[str, Any], chosen: Chosen | None) -> dict[str, Any]:
    counts = Counts(*(column[place] for column in _columns(found.counts)))
    told: dict[str, Any] = {
        "threshold": chosen.threshold if chosen else float(found.thresholds[place]),
        "chosen": chosen is not None,
        **counts.as_dict(),
    }
    if "cost" in rule:
        told["cost"] = cost(rule["cost"], counts) if found.cost is None else float(found.cost[place])
    return told


def cost(said: Mapping[str, Any], counts: Counts) -> float:
    """What misses and false alarms cost where each costs the same."""
    return float(said["fn"] * counts.fn + said["fp"] * counts.fp)


def _columns(counts: Counts) -> tuple[Any, Any, Any, Any]:
    return counts.tn, counts.fp, counts.fn, counts.tp


class Drawn(NamedTuple):
    """Rows at or above each threshold, by class, and what they cost; shape (replicates, thresholds + 1).

    The last place counts all rows.
    """

    tp: Any
    fp: Any
    missed: Any = None
    raised: Any = None

    def sweep(self, thresholds: Floats) -> Sweep:
        """The counts at every threshold, shape (replicates, thresholds), and costs if there are any."""
        tp, fp, missed, raised = self
        counts = Counts(
            tn=fp[..., -1:] - fp[..., :-1], fp=fp[..., :-1], fn=tp[..., -1:] - tp[..., :-1], tp=tp[..., :-1]
        )
        if missed is None:
            return Sweep(thresholds, counts)
        return Sweep(thresholds, counts, missed[..., -1:] - missed[..., :-1] + raised[..., :-1])


class Steps:
    """The scores of positives, falling, with the rows that each threshold adds to those above it."""

    def __init__(self, thresholds: Floats, positives: Codes, negatives: Codes, costs: Amounts | None) -> None:
        self.thresholds, self.positives, self.negatives, self.costs = thresholds, positives, negatives, costs

    @classmethod
    def of(
        cls, y: Codes, scores: Floats, amounts: Amounts | None = None, thresholds: Floats | None = None
    ) -> Steps:
        """Count rows between thresholds: those that `candidates` finds, or others that are given, falling."""
        if thresholds is None:
            thresholds = candidates(y, scores)

        def added(rows: Any, weights: Floats | None = None) -> Floats:
            # a row counts from the first threshold that it reaches; the last place is for those below all
            at = np.searchsorted(-thresholds, -scores[rows], side="left")
            return np.bincount(at, weights, minlength=len(thresholds) + 1).astype(np.float64)

        positive, negative = y == 1, y == 0
        costs = None
        if amounts is not None:
            costs = Amounts(added(positive, amounts.fn[positive]), added(negative, amounts.fp[negative]))
        return cls(
            thresholds,
            added(positive).astype(np.int64),
            added(negative).astype(np.int64),
            costs,
        )

    def resampled(self, draws: np.random.Generator, replicates: int) -> Drawn:
        """As many rows of each class, drawn with replacement."""
        tp, missed = self._drawn(draws, self.positives, self.costs and self.costs.fn, replicates)
        fp, raised = self._drawn(draws, self.negatives, self.costs and self.costs.fp, replicates)
        return Drawn(tp, fp, missed, raised)

    def _drawn(
        self, draws: np.random.Generator, sizes: Codes, costs: Floats | None, replicates: int
    ) -> tuple[Any, Any]:
        """Counts at each threshold, shape (replicates, thresholds + 1), and their costs if rows have any."""
        rows = int(sizes.sum())
        drawn = draws.multinomial(rows, sizes / max(rows, 1), size=replicates)
        paid = None if costs is None else np.cumsum(drawn * (costs / np.maximum(sizes, 1)), axis=1)
        return np.cumsum(drawn, axis=1), paid


def candidates(y: Codes, scores: Floats) -> Floats:
    """The distinct scores of positive rows, falling, after one above all scores."""
    rising = np.unique(scores[y == 1])
    top = np.nextafter(max(scores.max(), rising[-1]), np.inf)
    return np.concatenate([[top], rising[::-1]])
