"""Run every sampler on tables of eight kinds in native space, and write what came out as docs/samplers.md.

`python docs/sampler_matrix.py` writes the page again; a test checks that nothing would change. The contract
tests of the samplers use the same tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evenkeel.errors import DataError
from evenkeel.resampling import SAMPLERS, Resampling, resample_native
from evenkeel.resampling.lineage import train_rows
from evenkeel.resampling.space import fit_space
from evenkeel.tables import ROW_ID, Features, class_names, encode_labels, find_features

PAGE = Path(__file__).resolve().parent / "samplers.md"
SEED = 11
TARGET = "outcome"
# a column that the config drops from the features: it stays in the table
NOTE = "note"

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Columns = dict[str, Any]


@dataclass(frozen=True)
class Table:
    """Train rows with row ids, a target and a column that is no feature."""

    frame: pd.DataFrame
    classes: tuple[str, ...]

    @property
    def features(self) -> Features:
        """The feature columns by kind."""
        return find_features(self.frame, exclude={TARGET, NOTE})

    @property
    def y(self) -> Codes:
        """The class codes, shape (rows,)."""
        return encode_labels(self.frame[TARGET], self.classes).codes

    @property
    def sizes(self) -> str:
        """The class counts in words, the largest first."""
        return " : ".join(str(size) for size in sorted(np.bincount(self.y), reverse=True))


class Draw:
    """Columns that say something of the class, and so overlap between classes as real ones do."""

    def __init__(self, sizes: tuple[int, ...]) -> None:
        self.rng = np.random.default_rng(SEED)
        self.y = self.rng.permutation(np.repeat(np.arange(len(sizes)), sizes))

    def floats(self, scale: float = 1.0) -> Floats:
        """Numbers of about the size of `scale`."""
        drawn: Floats = scale * (self.rng.normal(size=len(self.y)) + self.y)
        return drawn

    def whole(self, scale: float) -> Codes:
        """Whole numbers of about the size of `scale`."""
        return np.rint(self.floats(scale)).astype(np.int64)

    def some(self, values: list[Any], blank: float = 0.0) -> list[Any]:
        """Cells drawn from `values`, the later ones for the later classes; a share of them is missing."""
        place = np.rint(self.rng.normal(size=len(self.y)) + 1 + self.y).astype(int) % len(values)
        return [None if hole else values[i] for i, hole in zip(place, self.holes(blank), strict=True)]

    def holes(self, share: float = 0.15) -> npt.NDArray[np.bool_]:
        """Which rows have no value."""
        return self.rng.random(len(self.y)) < share

    def days(self) -> pd.Series[Any]:
        """Dates without a time of day."""
        return pd.Series(np.datetime64("2024-01-01", "s") + self.whole(60).astype("m8[D]"))

    def seconds(self) -> pd.Series[Any]:
        """Dates with a time of day."""
        return pd.Series(np.datetime64("2024-01-01", "us") + self.whole(900_000).astype("m8[s]"))


def numeric(draw: Draw) -> Columns:
    """Floats of different sizes."""
    return {"age": draw.floats(10.0), "dose": draw.floats(0.01), "income": draw.floats(20_000.0)}


def mixed(draw: Draw) -> Columns:
    """A column of every common type."""
    return {
        "weight": draw.floats(8.0),
        "height": draw.floats(0.1).astype(np.float32),
        "visits": draw.whole(5.0),
        "smoker": draw.floats() > 0.8,
        "town": pd.Series(draw.some(["Graz", "Linz", "Wien"]), dtype="str"),
        "grade": pd.Categorical(
            draw.some(["low", "mid", "high"]), categories=["low", "mid", "high", "top"], ordered=True
        ),
        "seen": draw.days(),
    }


def missing(draw: Draw) -> Columns:
    """The common types with holes in every column."""
    columns = mixed(draw)
    columns["visits"] = pd.Series(columns["visits"], dtype="Int64")
    columns["smoker"] = pd.Series(columns["smoker"], dtype="boolean")
    return {name: pd.Series(column).mask(draw.holes()) for name, column in columns.items()}


def texts(draw: Draw) -> Columns:
    """Texts, categories and truths without a single number."""
    return {
        "town": pd.Series(draw.some(["Graz", "Linz", "Wien"], blank=0.1), dtype="str"),
        "job": pd.Series(draw.some(["baker", "nurse", "pilot", "smith"]), dtype=object),
        "grade": pd.Categorical(draw.some(["a", "b", "c"])),
        "smoker": draw.floats() > 0.8,
    }


def nullable(draw: Draw) -> Columns:
    """Nullable integers, one of them with holes, beside a plain small one."""
    return {
        "visits": pd.Series(draw.whole(6.0), dtype="Int64").mask(draw.holes()),
        "income": pd.Series(draw.whole(20_000.0), dtype="Int32"),
        "children": pd.Series(np.clip(draw.whole(2.0), 0, 9), dtype="UInt8"),
        "floor": draw.whole(4.0).astype(np.int16),
    }


def dates(draw: Draw) -> Columns:
    """Dates by day, by second, with a time zone and with holes, beside a number."""
    return {
        "born": draw.days(),
        "seen": draw.seconds(),
        "paid": draw.seconds().dt.tz_localize("UTC").dt.tz_convert("Europe/Vienna"),
        "left": draw.days().mask(draw.holes()),
        "age": draw.floats(10.0),
    }


TWO, MANY, TINY = (90, 30), (80, 40, 24), (60, 3)
KINDS: dict[str, tuple[Callable[[Draw], Columns], tuple[int, ...]]] = {
    "numeric": (numeric, TWO),
    "mixed": (mixed, TWO),
    "missing": (missing, TWO),
    "multi-class": (mixed, MANY),
    "tiny minority": (numeric, TINY),
    "text columns": (texts, TWO),
    "nullable ints": (nullable, TWO),
    "datetimes": (dates, TWO),
}


def build(kind: str) -> Table:
    """The table of that kind, the same one every time."""
    make, sizes = KINDS[kind]
    draw = Draw(sizes)
    columns = make(draw)
    names = np.array(["fine", "ill", "worse"])[draw.y]
    ids = [f"row{i:03}" for i in range(len(draw.y))]
    notes = pd.Series([None if i % 7 == 0 else f"note {i}" for i in range(len(draw.y))], dtype="str")
    frame = pd.DataFrame({ROW_ID: pd.Series(ids, dtype="str"), **columns, NOTE: notes})
    frame[TARGET] = pd.Series(names, dtype="str")
    return Table(frame, class_names(frame[TARGET], None))


def resample(
    name: str, table: Table, params: dict[str, Any] | None = None, *, seed: int = SEED, strict: bool = False
) -> Resampling:
    """What one sampler makes of a table in native space, with its defaults if no others are given."""
    return resample_native(
        train_rows(table.frame, table.y),
        [(name, params or {})],
        fit_space(table.frame, table.features),
        seed=seed,
        classes=table.classes,
        strict=strict,
    )


def changes(made: Resampling, rows: int) -> str:
    """What became of `rows` train rows, in a few words."""
    origin = made.rows.lineage.origin
    stayed = np.unique(origin[origin >= 0])
    copies = int((origin >= 0).sum()) - len(stayed)
    parts = {
        "−{}": rows - len(stayed),
        "+{} new": int((origin < 0).sum()),
        "+{} copies": copies,
    }
    return "ok: " + (" ".join(text.format(n) for text, n in parts.items() if n) or "unchanged")


class Footnotes:
    """Messages, numbered as they come; one that came before keeps its number."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def mark(self, message: str) -> str:
        """The number of a message, as the table shows it."""
        if message not in self.messages:
            self.messages.append(message)
        return f"refused [{self.messages.index(message) + 1}]"


def matrix(footnotes: Footnotes) -> str:
    """The grid of samplers and kinds; what refusals say goes into the footnotes."""
    tables = {kind: build(kind) for kind in KINDS}
    heads = [f"{kind}<br>{table.sizes}" for kind, table in tables.items()]
    rows = ([f"`{name}`", *(cell(name, table, footnotes) for table in tables.values())] for name in SAMPLERS)
    return grid(["sampler", *heads], rows)


def cell(name: str, table: Table, footnotes: Footnotes) -> str:
    """What one sampler with its defaults does to one table."""
    try:
        return changes(resample(name, table), len(table.frame))
    except DataError as refusal:
        return footnotes.mark(str(refusal))


def grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


CELLS = {
    "floats": "`base + weight × (neighbour − base)`, in the column's own unit",
    "integers, nullable ones too": "the same, rounded to a whole number and kept in the observed range",
    "dates and times": "move along the time between the two rows, on the grain of the column: whole days "
    "where all are midnights, whole seconds where all are whole, else its unit",
    "text, category, bool": "a vote of the base row's neighbours; if tied, the base row's own value",
    "a missing cell": "stays one where the base row's is missing, and is never filled in; no vote for it",
    "the target": "the base row's, and so its class",
    "every other column": "the base row's",
}

MEANINGS = {
    "`__origin__`": "the train row that this row is, or is a copy of; empty for a new row",
    "`__parent_1__`": "of a new row: the train row that it starts from, its *base row*",
    "`__parent_2__`": "of a new row: the train row that it goes towards; empty for centres of clusters",
    "`__weight__`": "how far it goes: a float is `parent_1 + weight × (parent_2 − parent_1)`; empty where "
    "votes, a mean or a row made earlier in the chain come in between",
    "`__sampler__`": "the sampler that made a new row",
    "`__to_own__`": "of a new row: the distance to the nearest train row of its own class",
    "`__to_other__`": "of a new row: the distance to the nearest train row of another class",
}

PAGE_TEXT = """\
# What each sampler does to each kind of table

<!-- Written by docs/sampler_matrix.py, which ran all of it. -->

In **native space** (`resample_space: native`, the default) a sampler gets the table and gives the table
back: the same columns, the same types, the same units. Numbers are scaled and categories encoded for one
purpose alone, to find out which rows are near to each other. What the sampler then decides is done to the
typed rows: they stay or go, and a new row lies between a *base row* and one of its neighbours.

{cells}

Some samplers go other ways. `RandomOverSampler` copies rows as they are. `SMOTEN` lets neighbours vote on
every feature. `SVMSMOTE` also leads away from a neighbour: integers and dates stop at the observed range, a
float may leave it, but not past a bound that the column shows (0, or an extreme of several rows).
`ClusterCentroids` puts one row in the place of a cluster, with means of numbers and dates and the most
frequent category; its base row is the row nearest to the centre. Samplers that only leave rows out change
no cell.

A class with too few rows for a sampler's neighbours gets by with fewer, and the run's record says so; with
`strict: true` that is an error.

Every row says where it came from:

{meanings}

## Every sampler with its defaults

Each cell is one run. "+60 new" are rows made, "+60 copies" train rows that are there once more, and "−60"
train rows that are gone; "unchanged" means that the sampler had nothing to do, and the record of a run says
that too. Under each kind of table stands how many rows its classes have.

{matrix}

Refusals, word for word:

{refusals}
"""


def page() -> str:
    """The whole page."""
    footnotes = Footnotes()
    rows = matrix(footnotes)
    refusals = [f"{number}. {message}" for number, message in enumerate(footnotes.messages, start=1)]
    return PAGE_TEXT.format(
        cells=grid(["column", "in a new row"], CELLS.items()),
        meanings=grid(["column", "meaning"], MEANINGS.items()),
        matrix=rows,
        refusals="\n".join(refusals),
    )


def main() -> None:
    """Write the page again."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
