"""Held-out predictions of several repeats, which follow one another: each deals the same rows out anew.

Each repeat has every row once, in the same order. What is judged is judged within a repeat; how sure that is
is asked of one repeat too, whose rows are as many as there are: all together would make more of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from evenkeel.evaluation import crossval, spread, thresholds
from evenkeel.evaluation.crossval import Values, simultaneous
from evenkeel.evaluation.metrics import Codes, Floats
from evenkeel.evaluation.operating import Amounts


def slices(rows: int, repeats: int) -> list[slice]:
    """The places of each repeat's rows among `rows` predictions."""
    size = rows // repeats
    return [slice(number * size, (number + 1) * size) for number in range(repeats)]


def of_part(amounts: Amounts | None, part: slice) -> Amounts | None:
    """The amounts of the rows of a part, if there are any."""
    return None if amounts is None else Amounts(*(amount[part] for amount in amounts))


def tiled(amounts: Amounts | None, repeats: int) -> Amounts | None:
    """The amounts of rows, if there are any, for the predictions of all repeats."""
    return None if amounts is None else Amounts(*(np.tile(amount, repeats) for amount in amounts))


def cross_validated(
    y: Codes,
    probabilities: Floats,
    fold: Codes,
    rule: Mapping[str, Any] | None,
    repeats: int,
    *,
    seed: int | None = None,
    alert_share: float | None = None,
    amounts: Amounts | None = None,
    calibrate: Mapping[str, Any] | None = None,
) -> tuple[dict[str, dict[str, float | None]], Values, dict[str, float]]:
    """As `crossval.cross_validated`, over the folds of all repeats, with the errors that rows tell of.

    With a `seed` these are the standard errors of `spread`, else there are none. The mean over repeats varies
    no more than that of one: the mean of their errors is the most that its own can be.
    """
    values: Values = {}
    errors: dict[str, list[float]] = {}
    for part in slices(len(y), repeats):
        rows, paid = (y[part], probabilities[part], fold[part], rule), of_part(amounts, part)
        more: dict[str, Any] = {"alert_share": alert_share, "amounts": paid, "calibrate": calibrate}
        if seed is None:
            per_fold = crossval.cross_validated(*rows, **more)[1]
        else:
            _, per_fold, known = spread.cross_validated(*rows, seed=seed, **more)
            for name, error in known.items():
                errors.setdefault(name, []).append(error)
        for name, found in per_fold.items():
            values.setdefault(name, []).extend(found)
    means = {name: float(np.mean(found)) for name, found in errors.items()}
    return simultaneous(values, 1, means, repeats), values, means


def threshold_interval(
    y: Codes,
    scores: Floats,
    rule: Mapping[str, Any],
    repeats: int,
    *,
    seed: int,
    alert_share: float | None = None,
    amounts: Amounts | None = None,
) -> dict[str, float]:
    """As `thresholds.interval`; of several repeats from the lowest limit to the highest."""
    found = [
        thresholds.interval(
            y[part], scores[part], rule, seed=seed, alert_share=alert_share, amounts=of_part(amounts, part)
        )
        for part in slices(len(y), repeats)
    ]
    return {"low": min(one["low"] for one in found), "high": max(one["high"] for one in found)}
