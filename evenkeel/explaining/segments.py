"""How a model decides in parts of the table: who is missed more often than everybody else?

Each value of a column of categories is a segment, and so is each quarter of a column of numbers. Many are
looked at, so one stands out only if chance would hardly make any of them look like that.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from evenkeel.evaluation.metrics import METRICS, Codes, Counts, Floats, count

LEVEL = 0.95
# values of a column that are segments each, and quarters of numbers; the rows that a segment needs
MOST_VALUES, PARTS, FEWEST_ROWS = 12, 4, 30
# segments that the report shows, the worst first
MOST_SHOWN = 40


class Segment(NamedTuple):
    """Rows with one value of a column, or with values in a range of it."""

    column: str
    value: str
    rows: npt.NDArray[np.bool_]


def segments(frame: pd.DataFrame, y: Codes, decided: Codes, scores: Floats) -> list[dict[str, Any]]:
    """Every segment of the feature columns in `frame`, those with the least recall first.

    {column, value, rows, positives, tn, fp, fn, tp, recall: {value, low, high}, precision, average_precision,
    p, stands_out}. `p` is that of Fisher's exact test, whether positives are missed in the segment more often
    than elsewhere; it stands out where p is below 5 % after Holm's correction for all segments looked at.
    Intervals are Wilson's.
    """
    found = [_judged(segment, y, decided, scores) for segment in _segments(frame)]
    for told, stands_out in zip(found, _holm([told["p"] for told in found]), strict=True):
        told["stands_out"] = stands_out
    ranked = sorted(
        found, key=lambda told: (not told["stands_out"], told["p"], told["column"], told["value"])
    )
    return ranked[:MOST_SHOWN]


def _segments(frame: pd.DataFrame) -> Iterator[Segment]:
    for column in frame:
        for value, rows in _parts(frame[column]):
            if FEWEST_ROWS <= rows.sum() < len(frame):
                yield Segment(str(column), value, rows)


def _parts(values: pd.Series) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    missing = values.isna().to_numpy(dtype=np.bool_)
    if missing.any():
        yield "missing", missing
    numeric = pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values)
    if numeric and not pd.api.types.is_bool_dtype(values) and values.nunique() > MOST_VALUES:
        yield from _ranges(values)
        return
    for value in values.dropna().value_counts().index[:MOST_VALUES]:
        yield str(value), (values == value).fillna(False).to_numpy(dtype=np.bool_)


def _ranges(values: pd.Series) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    edges = values.quantile(np.linspace(0, 1, PARTS + 1), interpolation="nearest").drop_duplicates().tolist()
    for place, (low, high) in enumerate(itertools.pairwise(edges)):
        last = place == len(edges) - 2
        inside = (values >= low) & ((values <= high) if last else (values < high))
        yield f"{_short(low)} to {_short(high)}", inside.fillna(False).to_numpy(dtype=np.bool_)


def _judged(segment: Segment, y: Codes, decided: Codes, scores: Floats) -> dict[str, Any]:
    rows = segment.rows
    counts, rest = count(y[rows], decided[rows]), count(y[~rows], decided[~rows])
    precision = METRICS["precision"].formula
    ranking = METRICS["average_precision"].score
    assert precision is not None
    assert ranking is not None
    positives = int(y[rows].sum())
    both = 0 < positives < rows.sum()
    p = np.column_stack([1 - scores[rows], scores[rows]])
    return {
        "column": segment.column,
        "value": segment.value,
        "rows": int(rows.sum()),
        "positives": positives,
        **counts.as_dict(),
        "recall": _share(counts.tp, positives),
        "precision": float(precision(counts)) if counts.tp + counts.fp else None,
        "average_precision": ranking(y[rows], p) if both else None,
        "p": _missed_more(counts, rest),
    }


def _share(part: int, whole: int) -> dict[str, float | None]:
    from scipy.stats import binomtest

    if not whole:
        return {"value": None, "low": None, "high": None}
    found = binomtest(part, whole).proportion_ci(LEVEL, method="wilson")
    return {"value": part / whole, "low": float(found.low), "high": float(found.high)}


def _missed_more(counts: Counts, rest: Counts) -> float:
    from scipy.stats import fisher_exact

    table = np.array([[counts.fn, counts.tp], [rest.fn, rest.tp]])
    return float(fisher_exact(table, alternative="greater").pvalue)


def _holm(p: Sequence[float]) -> list[bool]:
    """Which of several tests are significant together (Holm 1979)."""
    kept, allowed = [False] * len(p), 1 - LEVEL
    for rank, place in enumerate(np.argsort(p, kind="stable")):
        if p[place] > allowed / (len(p) - rank):
            break
        kept[int(place)] = True
    return kept


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float | np.floating) else str(value)
