"""How a link looks for neighbours: the one place that gives a finder, and hears how well it did."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Neighbors = Literal["exact", "approximate"]


@dataclass
class Searches:
    """The searches of one link: of which kind they are, and the lowest recall of the approximate ones.

    `recall` is the share of the true nearest rows that were found, None where nothing was searched
    approximately. Of several searches the lowest counts: what a link decides is no better than that.
    """

    kind: Neighbors = "exact"
    recall: float | None = None

    def finder(self, k: int) -> Any:
        """An unfitted `NearestNeighbors` for k neighbours, scikit-learn's or one with its interface."""
        if self.kind == "approximate":
            from evenkeel.resampling.approximate.neighbors import ApproximateNeighbors

            return ApproximateNeighbors(k, searches=self)
        from evenkeel.resampling.fast.neighbours import NearestNeighbors

        return NearestNeighbors(n_neighbors=k)

    def hear(self, recall: float) -> None:
        """Take note of the recall of one search."""
        self.recall = recall if self.recall is None else min(self.recall, recall)

    def __deepcopy__(self, _: dict[int, Any]) -> Searches:
        """Itself: finders are cloned on their way through imbalanced-learn, and all must be heard."""
        return self


def marked(recalls: Mapping[str, float]) -> str:
    """The mark that a reader gets to see, from the recall of each strategy; empty where all was exact.

    Recall is cut, not rounded: 1.000 means that nothing was missed.
    """
    each = ", ".join(f"{name} {recall_text(recall)}" for name, recall in recalls.items())
    return f"neighbours approximate: {each}" if each else ""


def recall_text(recall: float) -> str:
    """Three digits, cut."""
    return f"recall {math.floor(recall * 1000 + 1e-9) / 1000:.3f}"
