"""What the page says about resampled rows: the links of each chain, what they made, and examples.

Like `figures`, everything here tolerates what is missing: an older report has links only, and a strategy
that changes no row has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evenkeel.report.figures import by_frequency, classes, is_multiclass, part
from evenkeel.report.numbers import count, is_missing, known, share

Report = Mapping[str, Any]

# From this share on, the cell is shaded and says so: one synthetic row in ten contradicts its neighbours
HIGH = 0.1
# More columns than this make an example longer than a screen
SHOWN = 12
# A longer text than this may be cut by the style sheet, depending on its letters and the screen
FITS = 6


@dataclass(frozen=True)
class Change:
    """Rows of one class before and after a link; None where it was not counted."""

    label: str
    before: int | None
    after: int | None


@dataclass(frozen=True)
class Link:
    """One step of a chain: rows in all, rows by class, and what the sampler said."""

    sampler: str
    rows: Change
    by_class: list[Change]
    notes: list[str]


@dataclass(frozen=True)
class Strayed:
    """Synthetic rows that lie nearer to another class than to their own, of those that were measured."""

    rows: int
    measured: int | None
    sampled: bool

    @property
    def weight(self) -> float:
        """Their share, for the shading; zero where it is unknown."""
        return min(1.0, self.rows / self.measured) if self.measured else 0.0

    @property
    def high(self) -> bool:
        """True where the page should draw attention to the share."""
        return self.weight >= HIGH

    @property
    def words(self) -> str:
        """The share, and of how many rows."""
        if not self.measured:
            return ""
        whole = "a sample of " * self.sampled + count(self.measured)
        return f"{share(self.rows, self.measured)} of {whole}"


@dataclass(frozen=True)
class Value:
    """A value of a row as the page shows it, and in full where that says more."""

    text: str
    full: str | None = None
    missing: bool = False


@dataclass(frozen=True)
class Cell:
    """One column of an example: what the parents have there and what the synthetic row got."""

    column: Value
    first: Value
    value: Value
    second: Value | None
    same: bool


@dataclass(frozen=True)
class Example:
    """One synthetic row beside its parents; `second` is None where it has only one."""

    id: str
    sampler: str | None
    label: str | None
    first: Value
    second: Value | None
    weight: Any
    to_own: Any
    to_other: Any
    stray: str
    cells: list[Cell]
    hidden: str


@dataclass(frozen=True)
class Row:
    """One strategy of the section: its chain, what came of it, and examples; None is not measured."""

    strategy: str
    links: list[Link]
    copies: Any
    synthetic: Any
    duplicates: Any
    strayed: Strayed | None
    examples: list[Example]


@dataclass(frozen=True)
class Section:
    """All that the section shows: a row for each strategy that resamples, and remarks about the others."""

    rows: list[Row]
    remarks: dict[str, list[str]]


def section(report: Report, strategies: Mapping[str, Any]) -> Section:
    """What each strategy made of the train rows."""
    rows = [row(report, name, strategy) for name, strategy in strategies.items() if resamples(strategy)]
    found: dict[str, list[str]] = {}
    for name, strategy in strategies.items():
        for remark in remarks(strategy):
            found.setdefault(remark, []).append(name)
    return Section(rows, found)


def resamples(strategy: Report) -> bool:
    """True where the report tells of rows that were taken or added."""
    made = part(strategy, "made")
    return bool(strategy.get("links") or made.get("copies") or made.get("synthetic"))


def remarks(strategy: Report) -> list[str]:
    """What the section cannot show of a strategy, and why."""
    made = part(strategy, "made")
    if not resamples(strategy):
        unknown = strategy.get("links") is None and not made
        return ["resampling was not recorded" if unknown else "not applicable, train rows stay as they are"]
    if not made:
        return ["copies, synthetic rows and duplicates were not counted"]
    if strategy.get("examples") or not made.get("synthetic"):
        return []
    if made.get("space") == "encoded":
        return ["examples are not available, because rows are encoded matrices there"]
    return ["no examples of synthetic rows were recorded"]


def row(report: Report, name: str, strategy: Report) -> Row:
    """The figures of one strategy."""
    made = part(strategy, "made")
    return Row(
        strategy=name,
        links=[link(found, classes(report)) for found in strategy.get("links") or [{}]],
        copies=made.get("copies"),
        synthetic=made.get("synthetic"),
        duplicates=made.get("duplicates"),
        strayed=strayed(made),
        examples=[example(report, found) for found in strategy.get("examples") or []],
    )


def link(found: Report, order: Sequence[str]) -> Link:
    """One step of a chain, its classes in the report's order."""
    before, after = part(found, "before"), part(found, "after")
    labels = [*(c for c in order if c in before or c in after), *(c for c in before if c not in order)]
    return Link(
        sampler=str(found.get("sampler") or "sampler not recorded"),
        rows=Change("all", total(before), total(after)),
        by_class=[Change(c, before.get(c), after.get(c)) for c in labels],
        notes=[str(note) for note in found.get("notes") or []],
    )


def total(counts: Mapping[str, int]) -> int | None:
    """All rows, or None where nothing was counted."""
    return sum(counts.values()) if counts else None


def strayed(made: Report) -> Strayed | None:
    """Rows nearer to another class; None where that was not measured, or on no row at all."""
    rows, measured = known(made.get("majority_territory")), known(made.get("measured"))
    if rows is None or measured == 0:
        return None
    synthetic = known(made.get("synthetic"))
    sampled = measured is not None and synthetic is not None and measured < synthetic
    return Strayed(int(rows), None if measured is None else int(measured), sampled)


def example(report: Report, found: Report) -> Example:
    """One synthetic row: columns in which it or its parents differ come first."""
    parents = [*(found.get("parents") or []), None, None]
    label = None if found.get("label") is None else str(found["label"])
    cells = [cell(c, parents[1] is not None) for c in found.get("cells") or []]
    ranked = sorted(cells, key=lambda c: c.same)
    return Example(
        id=str(found.get("id") or "synthetic row"),
        sampler=found.get("sampler"),
        label=label,
        first=value("not recorded" if parents[0] is None else str(parents[0])),
        second=None if parents[1] is None else value(str(parents[1])),
        weight=known(found.get("weight")),
        to_own=known(found.get("to_own")),
        to_other=known(found.get("to_other")),
        stray=stray(report, label, found),
        cells=ranked[:SHOWN],
        hidden=hidden(ranked[SHOWN:]),
    )


def stray(report: Report, label: str | None, found: Report) -> str:
    """In words, that a row lies nearer to another class than to its own; empty where it does not."""
    own, other = known(found.get("to_own")), known(found.get("to_other"))
    if own is None or other is None or other >= own:
        return ""
    if is_multiclass(report) or label not in classes(report):
        return "nearer to a row of another class than to one of its own"
    sides = ("minority", "majority") if label == by_frequency(report)[0] else ("majority", "minority")
    return "nearer to a {} row than to a {} row".format(*sides)


def cell(found: Report, two_parents: bool) -> Cell:
    """One column; with one parent, what the report holds for a second one means nothing."""
    first, second = [*(found.get("parents") or []), None, None][:2]
    got = found.get("value")
    return Cell(
        column=value(str(found.get("column"))),
        first=value(first),
        value=value(got),
        second=value(second) if two_parents else None,
        same=first == got and (not two_parents or second == got),
    )


def hidden(cells: Iterable[Cell]) -> str:
    """How many columns an example leaves out, in words; empty for none."""
    rest = list(cells)
    differ = sum(not c.same for c in rest)
    if not rest:
        return ""
    more = f"And {count(len(rest))} more column{'s' * (len(rest) != 1)}"
    if not differ:
        return f"{more} that {'is' if len(rest) == 1 else 'are'} equal"
    return more if len(rest) == 1 else f"{more}, of which {count(differ)} differ"


def value(found: Any) -> Value:
    """A value of the data: short for numbers, whole for text, which the style sheet cuts."""
    if is_missing(found):
        return Value("empty" if found == "" else "missing", missing=True)
    exact = ("true" if found else "false") if isinstance(found, bool) else str(found)
    short = decimal(found) if isinstance(found, float) else exact
    return Value(short, exact if short != exact or len(exact) > FITS else None)


def decimal(number: float) -> str:
    """Up to six digits, and all digits before the point of larger numbers."""
    return f"{number:.0f}" if 1e6 <= abs(number) < 1e15 else f"{number:.6g}"
