"""What the page says in words and tables: key figures, marks for the best, matrices, checks in order.

Every function takes the report, or a part of it, and tolerates what is missing there: a value that was not
measured becomes an en dash on the page, a part that was not run becomes a sentence that says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evenkeel.report.datasets import by_class
from evenkeel.report.numbers import DASH, count, known, share, threshold

Report = Mapping[str, Any]

BASELINE = "none"


@dataclass(frozen=True)
class KeyFigure:
    """One number of the first screen; `tone` is good, bad or plain, and `note` says it in words."""

    label: str
    value: str
    note: str = ""
    tone: str = "plain"


@dataclass(frozen=True)
class Decisions:
    """A binary confusion matrix in words, at one threshold."""

    at: str
    missed: int | None
    found: int | None
    false_alarms: int | None
    left_alone: int | None

    @property
    def positives(self) -> int:
        """How many rows should have been found."""
        return (self.missed or 0) + (self.found or 0)

    @property
    def missed_share(self) -> float:
        """Missed rows as a fraction of those that should have been found."""
        return (self.missed or 0) / (self.positives or 1)


@dataclass(frozen=True)
class ClassRow:
    """One true class of a multi-class confusion matrix: its misses first, then its row of counts."""

    label: str
    total: int
    missed: int
    cells: list[int]

    def weight(self, cell: int) -> float:
        """A cell's share of the row, for its shading."""
        return cell / (self.total or 1)


def ordered(strategies: Mapping[str, Any]) -> dict[str, Any]:
    """The strategies with the baseline first, the others as they came."""
    return {name: strategies[name] or {} for name in sorted(strategies, key=lambda name: name != BASELINE)}


def part(strategy: Report, *keys: str) -> Any:
    """A nested value, or an empty dictionary where any step of the way is missing."""
    found: Any = strategy
    for key in keys:
        found = (found.get(key) if isinstance(found, Mapping) else None) or {}
    return found


def decisions(cell: Report, at: str) -> Decisions | None:
    """The confusion matrix in words, or None if it was not measured."""
    if not {"tn", "fp", "fn", "tp"} <= set(cell):
        return None
    return Decisions(at, cell["fn"], cell["tp"], cell["fp"], cell["tn"])


def binary_matrices(strategy: Report) -> list[Decisions]:
    """The matrices of one strategy: at its operating point, then at 0.5."""
    chosen = part(strategy, "test", "at_operating_point")
    title = f"operating point {threshold(chosen.get('threshold'))}"
    found = [decisions(chosen, title), decisions(part(strategy, "test", "at_half"), "threshold 0.5")]
    return [matrix for matrix in found if matrix]


def class_rows(strategy: Report, classes: Sequence[str]) -> list[ClassRow]:
    """The multi-class matrix of one strategy, a row for each true class; empty if it was not measured."""
    test = part(strategy, "test")
    at = part(test, "at_operating_point")
    matrix = at.get("matrix") or part(test, "at_half").get("matrix") or []
    if {"tn", "fp", "fn", "tp"} <= set(at):
        # two classes of equal standing
        matrix = [[at["tn"], at["fp"]], [at["fn"], at["tp"]]]
    rows = zip(classes, matrix, strict=False)
    return [ClassRow(label, sum(row), sum(row) - row[i], list(row)) for i, (label, row) in enumerate(rows)]


def best(values: Mapping[str, Any], higher_is_better: bool) -> set[str]:
    """The names that share the best of the values; nobody wins where there is nothing to compare."""
    numbers = {name: number for name, value in values.items() if (number := known(value)) is not None}
    if len(numbers) < 2:
        return set()
    top = (max if higher_is_better else min)(numbers.values())
    return {name for name, number in numbers.items() if abs(number - top) <= 1e-12}


def best_by_metric(
    strategies: Mapping[str, Any], metrics: Iterable[Report]
) -> dict[tuple[str, str], set[str]]:
    """For each metric, who is best on test and who in cross-validation, under (key, "test" | "cv")."""
    found = {}
    for metric in metrics:
        key, higher = metric["key"], metric.get("higher_is_better", True)
        found[key, "test"] = best({n: part(s, "test").get(key) for n, s in strategies.items()}, higher)
        found[key, "cv"] = best({n: part(s, "cv", key).get("mean") for n, s in strategies.items()}, higher)
    return found


def seal(claims: Sequence[Report]) -> KeyFigure:
    """The certificate in one figure: intact, broken, or not examined."""
    outcomes = [claim.get("outcome") for claim in claims]
    passed, failed, other = (outcomes.count(o) for o in ("passed", "failed", "not applicable"))
    if failed:
        return KeyFigure("Test set seal", "Broken", f"{failed} of {len(outcomes)} claims failed", "bad")
    if not passed:
        return KeyFigure("Test set seal", "Not examined", "this report carries no claims that passed")
    note = f"{passed} claims passed" + (f", {other} not applicable" if other else "")
    return KeyFigure("Test set seal", "Intact", note, "good")


def key_figures(report: Report) -> list[KeyFigure]:
    """The three numbers of the first screen, for the recommended strategy."""
    chosen = part(report, "strategies", part(report, "recommended").get("strategy") or "")
    return multiclass_figures(report, chosen) if is_multiclass(report) else binary_figures(report, chosen)


def binary_figures(report: Report, strategy: Report) -> list[KeyFigure]:
    """What the operating point makes of the positives, the misses first."""
    matrices = binary_matrices(strategy)
    if not matrices:
        test = part(report, "split", "test")
        positives, rows = test.get(str(positive_class(report))), sum(test.values())
        first = KeyFigure("Positives in the test set", count(positives), f"of {count(rows)} rows")
        return [first, KeyFigure("Missed", DASH, "no decisions were recorded")]
    at = matrices[0]
    total = at.positives
    ratio = f"{at.false_alarms / at.found:.1f} for each one found" if at.false_alarms and at.found else at.at
    return [
        KeyFigure(
            "Missed", count(at.missed), f"of {count(total)} positives, {share(at.missed, total)}", "bad"
        ),
        KeyFigure("Found", count(at.found), f"of {count(total)} positives, {share(at.found, total)}"),
        KeyFigure("False alarms", count(at.false_alarms), ratio),
    ]


def multiclass_figures(report: Report, strategy: Report) -> list[KeyFigure]:
    """How many rows were assigned wrongly, the class that suffers most, and how many rows there are."""
    rows = class_rows(strategy, classes(report))
    test = part(report, "split", "test")
    rest = KeyFigure("Rows in the test set", count(sum(test.values())), f"{len(test)} classes")
    judged = [row for row in rows if row.total]
    if not judged:
        return [KeyFigure("Missed", DASH, "no decisions were recorded"), rest]
    missed, total = sum(r.missed for r in judged), sum(r.total for r in judged)
    worst = max(judged, key=lambda row: row.missed / row.total)
    return [
        KeyFigure("Missed", count(missed), f"{share(missed, total)} of rows got another class", "bad"),
        KeyFigure("Hardest class", worst.label, f"{worst.missed} of {worst.total} missed"),
        rest,
    ]


def is_multiclass(report: Report) -> bool:
    """True where decisions go to the most probable of several classes."""
    return bool(report.get("task") == "multiclass")


def classes(report: Report) -> list[str]:
    """The classes as text, in the report's order."""
    return [str(c) for c in part(report, "data").get("classes") or part(report, "split", "train")]


def positive_class(report: Report) -> str | None:
    """The class to find, as text; None for multi-class."""
    value = part(report, "data").get("positive")
    if value is not None:
        return str(value)
    return None if is_multiclass(report) or not classes(report) else classes(report)[-1]


def by_frequency(report: Report) -> list[str]:
    """The classes, most frequent in train first."""
    train = part(report, "split", "train")
    return sorted(classes(report), key=lambda c: -train.get(c, 0))


OUTCOMES = ("failed", "error", "passed", "not applicable")
SEVERITIES = ("critical", "warning", "info")


def by_concern(checks: Iterable[Report]) -> tuple[list[Report], list[Report]]:
    """The checks that did not pass, worst first; then the others."""

    def rank(check: Report) -> tuple[int, int]:
        outcome, severity = check.get("outcome"), check.get("severity")
        return (
            OUTCOMES.index(outcome) if outcome in OUTCOMES else 1,
            SEVERITIES.index(severity) if severity in SEVERITIES else 1,
        )

    sorted_checks = sorted(checks, key=rank)
    quiet = ("passed", "not applicable")
    return (
        [c for c in sorted_checks if c.get("outcome") not in quiet],
        [c for c in sorted_checks if c.get("outcome") in quiet],
    )


def curves_of(strategy: Report, kind: str) -> dict[str | None, list[Report]]:
    """The points of a strategy's curves of one kind, by class."""
    return by_class(part(strategy, "curves", kind) or [])


def nearest(points: Sequence[Report], field: str, wanted: Sequence[float]) -> list[Report]:
    """The points of a curve that lie closest to the wanted values of a field: a curve as a short table."""
    usable = [p for p in points if known(p.get(field)) is not None]
    return [min(usable, key=lambda p: abs(p[field] - value)) for value in wanted] if usable else []
