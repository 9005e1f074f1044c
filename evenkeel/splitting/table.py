"""From a validated table and the parameters of a split step to train, test, and what to tell of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from evenkeel.errors import DataError
from evenkeel.splitting.latest import latest_split
from evenkeel.splitting.others import check_column_split, random_split, split_by_column
from evenkeel.splitting.ranked import stratified_split
from evenkeel.splitting.sides import Codes, Split
from evenkeel.splitting.telling import told
from evenkeel.splitting.ties import Earlier, Ties, find_ties
from evenkeel.splitting.times import times_of
from evenkeel.tables import ROW_ID, Labels, class_names, encode_labels, find_features


class SplitTables(NamedTuple):
    """The two sides, and what a reader of the record wants to know of them."""

    train: pd.DataFrame
    test: pd.DataFrame
    facts: dict[str, Any]


def split_table(
    frame: pd.DataFrame, parameters: Mapping[str, Any], earlier: Earlier | None = None
) -> SplitTables:
    """Split a validated table by the parameters of a split step: a replay needs nothing else.

    `earlier` are the sides of the split that is continued. Parameters of earlier versions say less, and
    are then told no more than they were.
    """
    target = frame[parameters["target"]]
    classes = class_names(target, parameters["positive"])
    codes = encode_labels(target, classes).codes
    features = find_features(frame, exclude=parameters["not_features"], categorical=parameters["categorical"])
    if earlier is not None:
        _check_same_table(frame, earlier, parameters["earlier"])
    ties = find_ties(frame, list(features), parameters, earlier)
    made = make_split(frame, codes, parameters["split"], time=parameters.get("time"), ties=ties)
    if "column" in parameters["split"]:
        check_column_split(frame, made, list(features), parameters)
    facts = {
        "method": made.method,
        "classes": list(classes),
        "numeric": list(features.numeric),
        "dates": list(features.dates),
        "categorical": list(features.categorical),
        "train": Labels(classes, codes[made.train]).counts(),
        "test": Labels(classes, codes[made.test]).counts(),
        **told(frame, Labels(classes, codes), list(features), made, ties, parameters, earlier),
    }
    return SplitTables(frame.iloc[made.train], frame.iloc[made.test], facts)


def make_split(
    frame: pd.DataFrame,
    codes: Codes,
    how: Mapping[str, Any],
    time: str | None = None,
    ties: Ties | None = None,
) -> Split:
    """The split that the config's `split` section describes, over the rows of `frame`.

    `codes` are the class codes of the rows, `time` the column by which the latest part is test, `ties` what
    rows stay together. Both sides are non-empty and every class is in train, or it is a `DataError`.
    """
    if "column" in how:
        made = split_by_column(frame[how["column"]], how["test"])
    elif time is not None:
        ids, times = frame[ROW_ID].tolist(), times_of(frame[time])
        made = latest_split(ids, times, how["test_size"], how["seed"], ties, column=time)
    elif how["stratify"]:
        made = stratified_split(frame[ROW_ID].tolist(), codes, how["test_size"], how["seed"], ties)
    else:
        made = random_split(len(frame), how["test_size"], how["seed"])
    if missing := set(np.unique(codes)) - set(np.unique(codes[made.train])):
        raise DataError(
            f"Expected every class in train, got none of {len(missing)} of them ({made.method}). Next: use a "
            f"stratified split, a smaller test_size, or leave out classes that are too rare."
            f"{_about_bundles(ties)}"
        )
    if not len(made.test):
        raise DataError(
            f"Expected test rows, got none ({made.method}). Next: a larger test_size.{_about_bundles(ties)}"
        )
    return made


def _about_bundles(ties: Ties | None) -> str:
    """A hint where rows that belong together are so many that no side could take them."""
    largest = 0 if ties is None else int(np.bincount(ties.bundle).max())
    if ties is None or largest < 2:
        return ""
    return (
        f" {largest:,} of {len(ties.bundle):,} rows belong together: finer `groups`, or "
        f"`split.duplicates: apart`, would leave more choice."
    )


def _check_same_table(frame: pd.DataFrame, earlier: Earlier, run: str) -> None:
    """Rows of another table, or under other ids, would all be new ones: nothing would be continued."""
    rows = sum(map(len, earlier))
    if not any(side[ROW_ID].isin(frame[ROW_ID]).any() for side in earlier):
        raise DataError(
            f"Expected the {rows:,} rows of run {run} among these rows, got none of them: they are known by "
            f"their `id`, or without one by all their cells. Next: the same table and `id` as in that run, "
            f"or remove `split.continues`."
        )
