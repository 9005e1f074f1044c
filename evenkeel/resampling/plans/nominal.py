"""SMOTEN: rows that are near because their categories go with the same classes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from evenkeel import progress
from evenkeel.resampling.plans.tasks import Part, Positions, Task

if TYPE_CHECKING:
    from imblearn.metrics.pairwise import ValueDifferenceMetric

# distances that are held at once
MOST_CELLS = 2**22


def smoten(task: Task) -> Iterator[Part]:
    """The votes of a row and its k nearest in the value difference metric (Chawla et al. 2002, section 6.2).

    Rows are category codes from 0. Nothing lies between two rows here, so no part has weights; the
    neighbour is the nearest of the voters.
    """
    from imblearn.metrics.pairwise import ValueDifferenceMetric

    codes = task.X.astype(np.int32)
    metric = ValueDifferenceMetric(n_categories=codes.max(axis=0) + 1).fit(codes, task.y)
    for label, size, rows in task.classes():
        k = task.room("k_neighbors", len(rows), task.called(label))
        voters = _nearest(metric, codes, rows, k)
        row = np.random.RandomState(task.seed).choice(np.arange(len(rows)), size=size, replace=True)
        base, votes = rows[row], voters[row]
        # among duplicates the row itself need not come first
        other = votes[np.arange(size), (votes != base[:, None]).argmax(axis=1)]
        yield Part(label, base, other, np.full(size, np.nan), votes)


def _nearest(
    metric: ValueDifferenceMetric, codes: npt.NDArray[np.int32], rows: Positions, k: int
) -> Positions:
    """The k + 1 nearest of `rows` for each of them, nearest first, ties as imbalanced-learn has them."""
    own = codes[rows]
    step = max(1, MOST_CELLS // len(rows))
    found = np.empty((len(rows), k + 1), dtype=np.intp)
    for part in progress.slices(len(rows), step, "rows compared"):
        distance = metric.pairwise(own[part], own)
        few = np.argpartition(distance, k, axis=1)[:, : k + 1]
        order = np.take_along_axis(distance, few, axis=1).argsort(axis=1)
        found[part] = np.take_along_axis(few, order, axis=1)
    return rows[found]
