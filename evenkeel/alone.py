"""How much one column alone tells of the label: a small model of it, fitted on train and judged on test."""

from __future__ import annotations

import functools
import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.preprocessing import TargetEncoder
from sklearn.tree import DecisionTreeClassifier

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Positions = npt.NDArray[np.intp]
Truths = npt.NDArray[np.bool_]

# share of the label's uncertainty that a column takes away, from which it is the label in disguise
CRITICAL, WARNING = 0.9, 0.6
# ranking that no single column has by nature, as a rule
RANKING = 0.99
# rows that columns are fitted and judged on
MOST_ROWS = 50_000
LEAVES, FEWEST_IN_LEAF = 32, 3
# test rows of a class from which a column is judged, and from which it is judged surely
FEWEST_TEST_ROWS, SURE_TEST_ROWS = 3, 10
LEAST = 1e-6


@dataclass(frozen=True)
class Strength:
    """What a column tells of the label on test: a share of its uncertainty, and the ROC AUC.

    `fewest` is the number of test rows of the smallest class.
    """

    explained: float
    auc: float
    fewest: int

    @property
    def severity(self) -> Literal["critical", "warning"] | None:
        """How much it looks like the label in disguise; None where it does not."""
        if self.explained >= CRITICAL and self.fewest >= SURE_TEST_ROWS:
            return "critical"
        return "warning" if self.explained >= WARNING or self.auc >= RANKING else None


class Alone:
    """Some rows of both tables, of the classes that both have, and how well a column predicts them.

    `codes` are the class codes of the rows of both tables, `in_test` says of which they are, shape (rows,).
    """

    def __init__(self, codes: Codes, in_test: Truths) -> None:
        size = int(codes.max(initial=0)) + 1
        train, test = (np.bincount(codes[side], minlength=size) for side in (~in_test, in_test))
        self.known = np.flatnonzero((train >= FEWEST_IN_LEAF) & (test >= FEWEST_TEST_ROWS))
        usable = np.isin(codes, self.known)
        self.train = _drawn(usable & ~in_test)
        self.test = _drawn(usable & in_test)
        self.y_train, self.y_test = codes[self.train], codes[self.test]
        # a draw of a very rare class may have lost it
        self.known = np.intersect1d(np.unique(self.y_train), np.unique(self.y_test))

    def strength(self, values: Floats, *, levels: bool) -> Strength:
        """How well one column, shape (rows,), predicts the labels of test; `levels` have no order."""
        guess = self._by_level(values) if levels else self._by_tree(values)
        kept = np.isin(self.y_test, self.known)
        guess = np.clip(guess[kept], LEAST, None)
        guess /= guess.sum(axis=1, keepdims=True)
        y = self.y_test[kept]
        loss = log_loss(y, guess, labels=self.known)
        scores = guess[:, 1] if len(self.known) == 2 else guess
        auc = roc_auc_score(y, scores, multi_class="ovr", labels=self.known)
        return Strength(
            float(1 - loss / self._uncertainty), float(auc), int(np.unique(y, return_counts=True)[1].min())
        )

    @functools.cached_property
    def _uncertainty(self) -> float:
        y = self.y_test[np.isin(self.y_test, self.known)]
        shares = np.bincount(np.searchsorted(self.known, y)) / len(y)
        return float(-(shares * np.log(np.clip(shares, LEAST, None))).sum())

    def _by_tree(self, values: Floats) -> Floats:
        kept = np.isin(self.y_train, self.known)
        tree = DecisionTreeClassifier(
            max_leaf_nodes=LEAVES, min_samples_leaf=FEWEST_IN_LEAF, random_state=0
        ).fit(values[self.train[kept], None], self.y_train[kept])
        return np.asarray(tree.predict_proba(values[self.test, None]), dtype=np.float64)

    def _by_level(self, values: Floats) -> Floats:
        kept = np.isin(self.y_train, self.known)
        kind = "binary" if len(self.known) == 2 else "multiclass"
        encoder = TargetEncoder(target_type=kind, smooth="auto")
        with warnings.catch_warnings():
            # a level that only test has is told by the mean, which is what is wanted
            warnings.simplefilter("ignore", UserWarning)
            encoder.fit(values[self.train[kept], None], self.y_train[kept])
            found = np.asarray(encoder.transform(values[self.test, None]), dtype=np.float64)
        return np.column_stack([1 - found, found]) if kind == "binary" else found


def _drawn(usable: Truths) -> Positions:
    rows: Positions = np.flatnonzero(usable)
    if len(rows) <= MOST_ROWS:
        return rows
    return np.sort(np.random.default_rng(0).choice(rows, MOST_ROWS, replace=False))
