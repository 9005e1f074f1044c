"""What planners share: the task that they are given, the parts that they yield, and the drawing of pairs.

With an integer `random_state`, imbalanced-learn starts the random numbers anew for the pairs of every class
or cluster (`pairs`), and lets others run on from class to class (`Task.draws`). Neighbours are asked for in
the same batches as there, because the last bits of a distance, and so the order of ties, depend on the batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from evenkeel.errors import DataError

Matrix = npt.NDArray[np.float64]
Weights = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Positions = npt.NDArray[np.intp]


class Part(NamedTuple):
    """Some of a plan's rows, all of one class; the fields are those of `Plan`, with a reach of 1 left out."""

    label: int
    base: Positions
    neighbour: Positions
    weight: Weights
    votes: Positions
    reach: Weights | None = None


class Task:
    """What a planner works on: the rows, how many to make of each class, all parameters, and its notes."""

    def __init__(
        self,
        X: Matrix,
        y: Codes,
        wanted: Mapping[int, int],
        params: Mapping[str, Any],
        *,
        strict: bool,
        names: Sequence[str] | None = None,
    ) -> None:
        self.X, self.y, self.wanted, self.params, self.strict = X, y, wanted, params, strict
        self.names = names
        self.seed: int = params["random_state"]
        self.draws = np.random.RandomState(self.seed)
        self.everyone: Positions = np.arange(len(X))
        self.notes: list[str] = []

    def classes(self) -> Iterator[tuple[int, int, Positions]]:
        """Each class that grows: its label, by how many rows, and where its rows are."""
        for label, size in self.wanted.items():
            yield label, size, np.flatnonzero(self.y == label)

    def called(self, label: int) -> str:
        """The class as a message names it."""
        return f"class {label}" if self.names is None else f"class {self.names[label]!r}"

    def room(self, parameter: str, rows: int, whose: str) -> int:
        """The number of neighbours asked for, or as many as `rows` rows allow: 0 for a single row."""
        k = int(self.params[parameter])
        if rows > k:
            return k
        count = f"{rows} row{'s' * (rows > 1)}"
        if self.strict:
            way_out = f"set {parameter} to {rows - 1}" if rows > 1 else "copy it with RandomOverSampler"
            raise DataError(
                f"Expected at least {k + 1} rows of {whose} for {parameter}={k}, got {count}. "
                f"Next: {way_out}."
            )
        if rows > 1:
            self.notes.append(f"{parameter} {k} -> {rows - 1} for {whose}: it has {count}")
        else:
            self.notes.append(f"{whose} is copied: it has {count}, and so no neighbours")
        return rows - 1

    def nearest(self, pool: Positions, of: Positions, k: int) -> Positions:
        """The k nearest in `pool` of each of `of`, shape (of, k): k + 1, less the first, the row itself.

        Where a duplicate comes first, the row may be its own neighbour, as in imbalanced-learn. With k = 0
        it is the only one, shape (of, 1).
        """
        from evenkeel.resampling.fast.neighbours import NearestNeighbors

        if k == 0:
            return of[:, None]
        finder = NearestNeighbors(n_neighbors=k + 1).fit(self.X[pool])
        found: Positions = finder.kneighbors(self.X[of], return_distance=False)[:, 1:]
        return pool[found]

    def strangers(self, label: int, of: Positions, m: int) -> Positions:
        """How many of the m nearest rows of the whole table are not of class `label`, shape (of,)."""
        count: Positions = (self.y[self.nearest(self.everyone, of, m)] != label).sum(axis=1)
        return count


def pairs(
    task: Task,
    label: int,
    base: Positions,
    near: Positions,
    size: int,
    *,
    step: float = 1.0,
    votes: Positions | None = None,
) -> Part:
    """`size` pairs of a row of `base` and one of its neighbours in `near`, shape (base, k).

    Each cell of `near` is as likely as any other, and each weight from 0 to `step`.
    """
    draws = np.random.RandomState(task.seed)
    row, column = np.divmod(draws.randint(0, near.size, size=size), near.shape[1])
    weight = step * draws.uniform(size=size)
    return Part(label, base[row], near[row, column], weight, (near if votes is None else votes)[row])
