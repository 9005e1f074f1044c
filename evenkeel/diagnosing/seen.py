"""What diagnostics look at: the rows of both sides, and what each strategy made of them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evenkeel.splitting import find_bundles, group_names, set_codes, twin_codes
from evenkeel.tables import Features

Codes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Judged:
    """One strategy: its decision on train, and its probabilities for rows of both sides.

    `folds` are predictions for train rows by models that did not see them, before they were calibrated, and
    `fold` the fold of each; `on_train` are those of the final model for the train rows at `of_train`, and
    `on_test` those for the test rows as they are used, calibrated. Probabilities have shape (rows, classes).
    `made` counts what resampling made, `effort` says how much is done to rows, nothing being 0, and `kind`
    is that of the model.
    """

    kind: str
    effort: int
    decision: Mapping[str, Any]
    made: Mapping[str, Any]
    fold: Codes
    folds: Floats
    of_train: Positions
    on_train: Floats
    on_test: Floats


@dataclass(frozen=True)
class Seen:
    """A finished comparison before its report.

    `frame` has the features and the group columns of all rows, train first; `encode` makes of some of them
    the matrix that models read, shape (rows, columns), and `sources` names the table's column behind each of
    its columns. `y` are the class codes of `frame`. Strategies are in the order of the config, `chosen` is
    the recommended one, and `metric` decides between them.
    """

    frame: pd.DataFrame
    train_rows: int
    features: Features
    groups: tuple[str, ...]
    target: str
    classes: Sequence[str]
    y: Codes
    encode: Callable[[pd.DataFrame], Floats]
    sources: Sequence[str]
    strategies: Mapping[str, Judged]
    chosen: str
    metric: str
    seed: int

    @functools.cached_property
    def in_test(self) -> Truths:
        """Which rows are test rows."""
        return np.arange(len(self.frame)) >= self.train_rows

    @property
    def binary(self) -> bool:
        """Whether a positive class is looked for: code 1."""
        return len(self.classes) == 2 and all(s.decision["threshold"] is not None for s in self._all)

    @property
    def _all(self) -> Sequence[Judged]:
        return list(self.strategies.values())

    def counts(self, side: Truths) -> dict[str, int]:
        """The rows of each class among some."""
        sizes = np.bincount(self.y[side], minlength=len(self.classes))
        return {name: int(size) for name, size in zip(self.classes, sizes, strict=True)}

    @functools.cached_property
    def twins(self) -> Codes:
        """The number of the set of rows with equal features that each row is in, -1 for none."""
        return twin_codes(self.frame, list(self.features))

    @functools.cached_property
    def bundle(self) -> Codes:
        """The number of each row's bundle: rows of one group, or with equal features."""
        links = [self.twins]
        if self.groups:
            links.append(set_codes(group_names(self.frame, self.groups)))
        return find_bundles(links, len(self.frame))
