"""Where rows come from: the train row that each is a copy of, or its parents, the weight and the sampler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from evenkeel.resampling.rows import copy_rows
from evenkeel.tables import ROW_ID

Positions = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

NOWHERE = -1

ORIGIN = "__origin__"
PARENTS = ("__parent_1__", "__parent_2__")
WEIGHT = "__weight__"
SAMPLER = "__sampler__"
TO_OWN = "__to_own__"
TO_OTHER = "__to_other__"
PROVENANCE = (ORIGIN, *PARENTS, WEIGHT, SAMPLER, TO_OWN, TO_OTHER)


class Lineage(NamedTuple):
    """One entry per row; positions are in train, -1 stands for none.

    `origin` is the train row that a row is a copy of. A synthetic row has none, but its `first` parent and,
    where it lies between two, the `second`, with `weight`: value = first + weight * (second - first). `maker`
    is the name of the sampler that made it, None for copies.
    """

    origin: Positions
    first: Positions
    second: Positions
    weight: Floats
    maker: npt.NDArray[np.object_]

    def take(self, positions: Positions) -> Lineage:
        """The lineage of the rows at `positions`."""
        return Lineage(**{name: entry[positions] for name, entry in self._asdict().items()})

    def and_then(self, more: Lineage) -> Lineage:
        """The lineage of these rows followed by `more`."""
        entries = more._asdict()
        return Lineage(**{name: np.append(entry, entries[name]) for name, entry in self._asdict().items()})

    def nearest_train(self) -> Positions:
        """The train row that stands for each row: itself, or for a synthetic one its first parent."""
        return np.where(self.origin >= 0, self.origin, self.first)

    def between(self, base: Positions, neighbour: Positions, weight: Floats, maker: str) -> Lineage:
        """The lineage of new rows between rows of this lineage; one at its own neighbour is a copy of it.

        A parent that is synthetic itself is stood for by its own first parent. The row is then not on the
        line between the two that are named, so it has no weight.
        """
        train, real = self.nearest_train(), self.origin >= 0
        on_the_line = real[base] & real[neighbour]
        made = Lineage(
            origin=np.full(len(base), NOWHERE),
            first=train[base],
            second=train[neighbour],
            weight=np.where(on_the_line, weight, np.nan),
            maker=np.full(len(base), maker, dtype=object),
        )
        copies, same = base == neighbour, self.take(base)._asdict()
        entries: dict[str, Any] = made._asdict()
        return Lineage(**{name: np.where(copies, same[name], new) for name, new in entries.items()})


def of_train(rows: int) -> Lineage:
    """The lineage of the train rows themselves."""
    nowhere = np.full(rows, NOWHERE)
    return Lineage(
        np.arange(rows), nowhere, nowhere, np.full(rows, np.nan), np.full(rows, None, dtype=object)
    )


@dataclass(frozen=True)
class Rows:
    """Typed rows with the columns of train, their class codes, and their lineage."""

    frame: pd.DataFrame
    y: Codes
    lineage: Lineage

    def take(self, positions: Positions) -> Rows:
        """The rows at `positions`, which may repeat."""
        return Rows(copy_rows(self.frame, positions), self.y[positions], self.lineage.take(positions))

    def and_then(self, more: Rows) -> Rows:
        """These rows, followed by `more`."""
        frame = pd.concat([self.frame, more.frame], ignore_index=True)
        return Rows(frame, np.concatenate([self.y, more.y]), self.lineage.and_then(more.lineage))


def train_rows(frame: pd.DataFrame, y: Codes) -> Rows:
    """Train rows before any sampler, each a copy of itself."""
    return Rows(frame.reset_index(drop=True), y, of_train(len(frame)))


def resampled_table(
    rows: Rows, ids: npt.NDArray[np.object_], to_own: Floats, to_other: Floats
) -> pd.DataFrame:
    """The rows with ids of their own and `PROVENANCE`: a table a person can open.

    `ids` are train's row ids, shape (train rows,); `to_own` and `to_other` the distances of each row to the
    nearest train row of its own and of another class, NaN where it is a copy or they were not measured. A
    train row keeps its id; its further copies are called ``id#copy1``, .., synthetic rows ``id#new1``, ..
    after their first parent.
    """
    lineage = rows.lineage
    names = np.array([*ids, None], dtype=object)
    columns = {
        ORIGIN: _texts(names[lineage.origin]),
        PARENTS[0]: _texts(names[lineage.first]),
        PARENTS[1]: _texts(names[lineage.second]),
        WEIGHT: lineage.weight,
        SAMPLER: _texts(lineage.maker),
        TO_OWN: to_own,
        TO_OTHER: to_other,
    }
    own = rows.frame.assign(**{ROW_ID: _row_ids(lineage, names)}) if ROW_ID in rows.frame else rows.frame
    return pd.concat([own, pd.DataFrame(columns, index=own.index)], axis="columns")


def _row_ids(lineage: Lineage, names: npt.NDArray[np.object_]) -> pd.Series[str]:
    synthetic = lineage.origin < 0
    base = _texts(names[lineage.nearest_train()]).fillna("")
    number = base.groupby([base, synthetic], sort=False).cumcount()
    # in the ids of train a mark "#" is followed by digits, so none of these can be taken
    new = base + "#new" + (number + 1).astype("str")
    return base.where(
        ~synthetic & (number == 0), (base + "#copy" + number.astype("str")).mask(synthetic, new)
    )


def _texts(values: npt.NDArray[np.object_]) -> pd.Series[str]:
    return pd.Series(values, dtype="str")
