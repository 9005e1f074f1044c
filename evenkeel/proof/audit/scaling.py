"""EKA009: a scaler that was fitted on train and test together, or on each of them alone.

What a scaler was fitted on has mean 0 and deviation 1 (or runs from 0 to 1, or has median 0 and
interquartile range 1) to the last bits; anything else does not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from evenkeel.proof.audit.finding import Floats, NotChecked, Severity, Suspicion, Suspicions, some
from evenkeel.proof.audit.pair import Pair

# a fitted column is this near to its aim, in double and single precision, and after rounding
DOUBLE, SINGLE, ROUNDED = 1e-10, 2e-6, 1e-5
# values below which a column is a code; columns that must run from 0 to 1 for that to be no accident
FEWEST_VALUES, FEWEST_RANGES = 5, 3
# the unit of columns that are too coarse to have been scaled
COARSE = 1e-5
# means and deviations that differ so much were not made by one scaler
SHIFT, STRETCH = 1.0, 2.0


@dataclass(frozen=True)
class Scaler:
    """A kind of scaling, and how far a column is from having been the one that it was fitted on."""

    name: str
    aim: str
    miss: Callable[[Floats], float]


def check(pair: Pair) -> Suspicions:
    """Columns that are scaled by all rows, or each table by its own."""
    names = [name for name in pair.numbers if _values_of_test(pair, name) >= FEWEST_VALUES]
    names = [name for name in names if pair.grains[name] < COARSE]
    if not names:
        raise NotChecked("no numeric column has the precision of scaled values")
    for scaler in SCALERS:
        yield from _together(pair, names, scaler)
        yield from _apart(pair, names, scaler)


def _together(pair: Pair, names: list[str], scaler: Scaler) -> Suspicions:
    fitted: dict[str, float] = {}
    for name in names:
        miss = scaler.miss(pair.numbers[name])
        if miss <= ROUNDED < _alone(pair, name, scaler, test=False):
            fitted[name] = miss
    severity = _severity(pair, names, scaler, fitted)
    if severity is None:
        return
    exact = "" if severity == "critical" else ", though not to the last bits: it may have been published so"
    yield Suspicion(
        severity,
        f"{len(fitted)} of {len(names)} columns ({some(list(fitted))}) have {scaler.aim} over train and test "
        f"together but not over train alone: the {scaler.name} scaler was fitted on all rows{exact}.",
    )


def _severity(pair: Pair, names: list[str], scaler: Scaler, fitted: dict[str, float]) -> Severity | None:
    if not fitted:
        return None
    if scaler.name != "min-max":
        exact = [name for name, miss in fitted.items() if miss <= _tolerance(pair, name)]
        return "critical" if exact else "warning"
    # shares run from 0 to 1 by nature, so all columns must
    ranges = [name for name in names if scaler.miss(pair.numbers[name]) <= _tolerance(pair, name)]
    if len(ranges) < len(names) or len(names) < 2:
        return None
    return "critical" if len(names) >= FEWEST_RANGES else "warning"


def _apart(pair: Pair, names: list[str], scaler: Scaler) -> Suspicions:
    misses = {n: (_alone(pair, n, scaler, test=False), _alone(pair, n, scaler, test=True)) for n in names}
    fitted = [n for n, (train, _) in misses.items() if train <= _tolerance(pair, n)]
    own = [n for n in fitted if misses[n][1] <= _tolerance(pair, n)]
    enough = len(fitted) == len(names) >= 2 if scaler.name == "min-max" else True
    if own and enough and len(own) == len(fitted):
        yield Suspicion(
            "critical",
            f"{len(own)} columns ({some(own)}) have {scaler.aim} in train and in test: each table was scaled "
            f"by its own values, so equal values mean different things.",
        )
    elif scaler.name == "standard" and (other := [n for n in fitted if _is_elsewhere(pair, n)]):
        yield Suspicion(
            "warning",
            f"{len(other)} columns ({some(other)}) have {scaler.aim} in train, while test lies elsewhere: it "
            f"seems not to have been scaled by the same scaler.",
        )


def _values_of_test(pair: Pair, name: str) -> int:
    """How many values a column has in test, where nothing was resampled, as a rule."""
    return len(np.unique(pair.codes[name][pair.in_test]))


def _alone(pair: Pair, name: str, scaler: Scaler, *, test: bool) -> float:
    values = pair.numbers[name]
    return scaler.miss(values[pair.train_rows :] if test else values[: pair.train_rows])


def _tolerance(pair: Pair, name: str) -> float:
    """What a column that was fitted may miss its aim by; nothing fits that was rounded afterwards."""
    if pair.grains[name] > 0:
        return -1.0
    values = pair.numbers[name]
    known = values[np.isfinite(values)]
    return SINGLE if (known == known.astype(np.float32)).all() else DOUBLE


def _is_elsewhere(pair: Pair, name: str) -> bool:
    test = pair.numbers[name][pair.train_rows :]
    test = test[np.isfinite(test)]
    if len(test) < 30:
        return False
    mean, deviation = float(np.median(test)), float(test.std())
    return abs(mean) > SHIFT and not 1 / STRETCH < deviation < STRETCH


def _standard(values: Floats) -> float:
    known = values[np.isfinite(values)]
    if len(known) < FEWEST_VALUES:
        return np.inf
    # pandas divides by the deviation of a sample, scikit-learn by that of all rows
    deviation = min(abs(known.std(ddof=ddof) - 1) for ddof in (0, 1))
    return float(max(abs(known.mean()), deviation))


def _range(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(max(abs(known.min()), abs(known.max() - 1))) if len(known) else np.inf


def _robust(values: Floats) -> float:
    known = values[np.isfinite(values)]
    if len(known) < FEWEST_VALUES:
        return np.inf
    if abs(middle := float(np.median(known))) > ROUNDED:
        return abs(middle)
    low, high = np.quantile(known, [0.25, 0.75])
    return float(max(abs(middle), abs(high - low - 1)))


SCALERS = (
    Scaler("standard", "mean 0 and deviation 1", _standard),
    Scaler("min-max", "minimum 0 and maximum 1", _range),
    Scaler("robust", "median 0 and interquartile range 1", _robust),
)
