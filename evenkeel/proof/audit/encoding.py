"""EKA011: levels that were replaced by the mean of the label, or by how often they are, in all rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
import numpy.typing as npt
from sklearn.preprocessing import TargetEncoder

from evenkeel.proof.audit.finding import Floats, NotChecked, Suspicion, Suspicions, Truths
from evenkeel.proof.audit.pair import Pair

Smooth = Literal["auto"] | float
# levels of an encoded column, and the share of rows whose value is what it would be: levels that came out
# equal are one now, and explained no more
FEWEST, MOST, SHARE = 3, 5_000, 0.8
# how many more rows all rows must explain than train does, and rows and levels that are neither 0 nor 1
MORE, FEWEST_ROWS, FEWEST_LEVELS = 0.02, 20, 3
# how often a level is, at least, on average: else it is no level
ROWS_A_LEVEL = 3
SMOOTHINGS: tuple[Smooth, ...] = (0.0, "auto", 1.0, 10.0, 20.0, 100.0)
ERROR = 1e-9
# levels that may be equally frequent, and so have become one
MOST_MERGED = 5


def check(pair: Pair) -> Suspicions:
    """Numeric columns whose values are their own rows' mean label, or their number, over both tables."""
    names = [name for name in pair.numbers if _may_be_encoded(pair, name)]
    if not names:
        raise NotChecked("no numeric column has the few distinct values of an encoded one")
    for name in names:
        # 0 and 1 are means of levels of one class, and of train's as well
        telling = ~np.isin(pair.numbers[name], (0.0, 1.0)) & np.isfinite(pair.numbers[name])
        if telling.sum() < FEWEST_ROWS or len(np.unique(pair.codes[name][telling])) < FEWEST_LEVELS:
            continue
        for what, by_all, by_train in _explanations(pair, name):
            share, alone = float(by_all[telling].mean()), float(by_train[telling].mean())
            if share >= SHARE and share - alone >= MORE:
                yield Suspicion(
                    "critical",
                    f"In {share:.1%} of rows the value of {name!r} is {what} over train and test "
                    f"together, in {alone:.1%} over train alone: the encoder was fitted on all "
                    f"rows.",
                )
                break


def _may_be_encoded(pair: Pair, name: str) -> bool:
    levels = int(pair.codes[name].max()) + 1
    return FEWEST <= levels <= min(MOST, len(pair.frame) // ROWS_A_LEVEL)


def _explanations(pair: Pair, name: str) -> Iterator[tuple[str, Truths, Truths]]:
    """What a value may be, and where it is that, by all rows and by train rows."""
    values, codes = pair.numbers[name], pair.codes[name]
    train = ~pair.in_test
    everywhere = np.ones_like(train)
    for what, per_row in (
        ("the number of rows of the level", False),
        ("the share of rows of the level", True),
    ):
        yield what, _is_number(values, codes, everywhere, per_row), _is_number(values, codes, train, per_row)
    if pair.grains[name] == 1:
        # whole numbers are no means of labels
        return
    classes = range(len(pair.labels.classes)) if len(pair.labels.classes) > 2 else (1, 0)
    for code in classes:
        y = (pair.labels.codes == code).astype(np.float64)
        if not _lies_within(values, y, codes):
            continue
        for smooth in SMOOTHINGS:
            what = f"the mean of label {pair.labels.classes[code]!r} of the level"
            what += "" if smooth == 0.0 else f" (smoothed, {smooth})"
            by_all, by_train = _mean(codes, y, everywhere, smooth), _mean(codes, y, train, smooth)
            yield what, _equal(values, by_all), _equal(values, by_train)


def _lies_within(values: Floats, y: Floats, codes: npt.NDArray[np.int32]) -> bool:
    """Whether the values are shares, and rise with the label: cheap, before anything is fitted."""
    known = np.isfinite(values)
    if not known.any() or values[known].min() < 0 or values[known].max() > 1:
        return False
    means = np.bincount(codes, weights=y) / np.maximum(np.bincount(codes), 1)
    return bool(abs(np.median(values[known] - means[codes][known])) < 0.2)


def _is_number(values: Floats, codes: npt.NDArray[np.int32], kept: Truths, per_row: bool) -> Truths:
    """Whether the rows of a value are as many as it says, or of several levels that are as frequent."""
    number = np.bincount(codes, weights=kept.astype(np.float64))[codes]
    said = values * kept.sum() if per_row else values
    levels = np.divide(number, said, out=np.zeros_like(number), where=said > 0)
    near = np.rint(levels)
    return np.asarray((near >= 1) & (near <= MOST_MERGED) & (np.abs(levels - near) <= ERROR * near))


def _mean(codes: npt.NDArray[np.int32], y: Floats, kept: Truths, smooth: Smooth) -> Floats:
    encoder = TargetEncoder(target_type="continuous", smooth=smooth).fit(codes[kept, None], y[kept])
    every = np.arange(int(codes.max()) + 1)[:, None]
    levels: Floats = np.asarray(encoder.transform(every), dtype=np.float64).ravel()
    return np.asarray(levels[codes])


def _equal(values: Floats, found: Floats) -> Truths:
    return np.asarray(np.abs(values - found) <= ERROR * np.maximum(np.abs(values), 1e-3))
