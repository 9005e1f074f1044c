"""Who is train and who is test, as a function of row ids, labels and a seed, and of nothing else.

The stratified split ranks the rows of each class by a keyed digest of their ids and takes the first
ones as test: exact counts per class, and the order of the source file does not matter. `stratify: false`
is scikit-learn's `train_test_split`, which goes by position, so that published splits can be repeated.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.model_selection import StratifiedKFold, train_test_split

from evenkeel.errors import DataError
from evenkeel.labels import label_of, label_text
from evenkeel.tables import ROW_ID, Labels, class_names, encode_labels, find_features

Positions = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Split:
    """Positions of the train and of the test rows, each in the order in which the split names them."""

    train: Positions
    test: Positions
    method: str


class SplitTables(NamedTuple):
    """The two sides, and what a reader of the record wants to know of them."""

    train: pd.DataFrame
    test: pd.DataFrame
    facts: dict[str, Any]


def split_table(frame: pd.DataFrame, parameters: Mapping[str, Any]) -> SplitTables:
    """Split a validated table by the parameters of a split step: a replay needs nothing else."""
    target = frame[parameters["target"]]
    classes = class_names(target, parameters["positive"])
    codes = encode_labels(target, classes).codes
    features = find_features(frame, exclude=parameters["not_features"], categorical=parameters["categorical"])
    made = make_split(frame, codes, parameters["split"])
    facts = {
        "method": made.method,
        "classes": list(classes),
        "numeric": list(features.numeric),
        "dates": list(features.dates),
        "categorical": list(features.categorical),
        "train": Labels(classes, codes[made.train]).counts(),
        "test": Labels(classes, codes[made.test]).counts(),
    }
    return SplitTables(frame.iloc[made.train], frame.iloc[made.test], facts)


def make_split(frame: pd.DataFrame, codes: npt.NDArray[np.int64], how: Mapping[str, Any]) -> Split:
    """The split that the config's `split` section describes, over the rows of `frame`.

    `codes` are the class codes of the rows. Both sides are non-empty and every class is in train, or it is
    a `DataError`.
    """
    if "column" in how:
        made = split_by_column(frame[how["column"]], how["test"])
    elif how["stratify"]:
        made = stratified_split(frame[ROW_ID].tolist(), codes, how["test_size"], how["seed"])
    else:
        made = random_split(len(frame), how["test_size"], how["seed"])
    if missing := set(np.unique(codes)) - set(np.unique(codes[made.train])):
        raise DataError(
            f"Expected every class in train, got none of {len(missing)} of them ({made.method}). Next: use a "
            f"stratified split, a smaller test_size, or leave out classes that are too rare."
        )
    return made


def stratified_split(ids: Sequence[str], codes: npt.NDArray[np.int64], test_size: float, seed: int) -> Split:
    """Exact counts per class, decided by row id and seed; both sides come in the order of the ranking."""
    ranks = _ranks(ids, seed)
    order = np.argsort(ranks, kind="stable")
    quotas = test_quotas(np.bincount(codes), test_size)
    place = np.empty(len(order), dtype=np.int64)
    for code in range(len(quotas)):
        members = order[codes[order] == code]
        place[members] = np.arange(len(members))
    is_test = place[order] < quotas[codes[order]]
    return Split(order[~is_test], order[is_test], "stratified by class, ranked by row id")


def test_quotas(counts: npt.NDArray[np.int64], test_size: float) -> npt.NDArray[np.int64]:
    """Test rows per class: ceil(test_size x rows) in all, shared out by largest remainder."""
    exact = counts * test_size
    quotas: npt.NDArray[np.int64] = np.floor(exact + 1e-9).astype(np.int64)
    missing = math.ceil(test_size * counts.sum() - 1e-9) - int(quotas.sum())
    # the largest remainder first; of equal ones the smaller class, which needs the row more
    by_need = sorted(range(len(counts)), key=lambda c: (-(exact[c] - quotas[c]), counts[c], c))
    quotas[by_need[:missing]] += 1
    return quotas


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


def stratified_folds(
    codes: npt.NDArray[np.int64], folds: int, seed: int
) -> list[tuple[Positions, Positions]]:
    """Pairs of (fit, held out) positions within train, by scikit-learn's shuffled `StratifiedKFold`."""
    kfold = StratifiedKFold(n_splits=folds, shuffle=True, random_state=seed)
    return list(kfold.split(np.zeros((len(codes), 1)), codes))


def _ranks(ids: Sequence[str], seed: int) -> npt.NDArray[np.bytes_]:
    prefix = f"evenkeel-split:{seed}:".encode()
    digests = [hashlib.sha256(prefix + name.encode()).digest() for name in ids]
    return np.array(digests, dtype="S32")
