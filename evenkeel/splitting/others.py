"""Splits that are not ours: scikit-learn's `train_test_split`, and a column that somebody filled in.

They are repeated as they are, never moved. What a config asks of them beside that is checked, and refused
where it does not hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from evenkeel.errors import DataError
from evenkeel.labels import label_of, label_text
from evenkeel.splitting.bundles import group_names, set_codes, twin_codes
from evenkeel.splitting.sides import Codes, Mask, Split
from evenkeel.splitting.times import time_text, times_of


def random_split(rows: int, test_size: float, seed: int) -> Split:
    """scikit-learn's `train_test_split(test_size=.., random_state=seed)` over the rows in source order."""
    try:
        train, test = train_test_split(np.arange(rows), test_size=test_size, random_state=seed)
    except ValueError as error:
        raise DataError(f"{rows} rows cannot be split: {error} Next: change `split.test_size`.") from error
    return Split(train, test, "random, scikit-learn's train_test_split")


def split_by_column(column: pd.Series[Any], test: object) -> Split:
    """A split that somebody else made: the rows that say `test` are test, all others train."""
    texts = label_text(column).fillna("")
    is_test = (texts == label_of(test)).to_numpy(dtype=bool)
    if not is_test.any() or is_test.all():
        found = ", ".join(f"{value!r} ({n} rows)" for value, n in texts.value_counts().head(8).items())
        raise DataError(
            f"Expected column {column.name!r} to say {label_of(test)!r} for the test rows and something "
            f"else for the others, got {int(is_test.sum())} of {len(texts)} rows. Available: {found}. "
            f"Next: mend `split.test`."
        )
    return Split(np.flatnonzero(~is_test), np.flatnonzero(is_test), f"by column {column.name!r}")


def torn_sets(codes: Codes, is_test: Mask) -> Codes:
    """The numbers of the sets that have rows on both sides."""
    return np.intersect1d(codes[is_test & (codes >= 0)], codes[~is_test & (codes >= 0)])


def check_column_split(
    frame: pd.DataFrame, made: Split, features: Sequence[str], parameters: Mapping[str, Any]
) -> None:
    """Refuse a column that tears what the config says belongs together, or that is not in order of time."""
    is_test = np.zeros(len(frame), dtype=bool)
    is_test[made.test] = True
    if groups := parameters.get("groups", ()):
        names = group_names(frame, groups)
        codes = set_codes(names)
        torn = torn_sets(codes, is_test)
        examples = names[np.isin(codes, torn)].drop_duplicates().head(3).tolist()
        _refuse(made, len(torn), f"groups on both sides, for example {examples}", "groups")
    if parameters["split"].get("duplicates") == "together":
        codes = twin_codes(frame, features)
        torn = torn_sets(codes, is_test)
        _refuse(made, len(torn), "sets of rows with equal features on both sides", "split.duplicates")
    if (time := parameters.get("time")) is not None:
        times = times_of(frame[time])
        last = times[~is_test].max()
        early = int((times[is_test] <= last).sum())
        _refuse(made, early, f"test rows that are not later than train's last, {time_text(last)}", "time")


def _refuse(made: Split, number: int, what: str, key: str) -> None:
    if number:
        raise DataError(
            f"Expected a split that keeps to `{key}`, got {number:,} {what} ({made.method}). "
            f"Next: mend the column, or remove `{key}`, or let Evenkeel split."
        )
