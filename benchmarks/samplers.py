"""Samplers that we made faster against imbalanced-learn's own: seconds side by side in one run, same rows.

Every sampler works on generated tables of 30 columns with 2 % positives, ours and imbalanced-learn's in turn,
one thread each. A size at which imbalanced-learn would take longer than the limit, as its growth so far says,
is left to ours alone. The rows kept are compared each time.
Usage: python benchmarks/samplers.py [--rows 20000 50000 150000] [--limit 300] [--write docs/speed.md]
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.datasets import make_classification
from threadpoolctl import threadpool_limits

from evenkeel.resampling import SAMPLERS

COLUMNS = 30
POSITIVES = 0.02


class Timing(NamedTuple):
    """Seconds for one sampler at one size; `theirs` is None where it was not run."""

    sampler: str
    rows: int
    ours: float
    theirs: float | None
    same: bool | None


def main() -> None:
    """Measure, and print the table or write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[20_000, 50_000, 150_000])
    parser.add_argument("--limit", type=float, default=300, help="seconds for one run of imbalanced-learn's")
    parser.add_argument("--only", nargs="+", default=[n for n, entry in SAMPLERS.items() if entry.fast])
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    timings = [timing for name in options.only for timing in measured(name, options.rows, options.limit)]
    page = table(timings, options.rows)
    print(page)
    if options.write:
        options.write.write_text(f"{HEAD}\n{page}\n", encoding="utf-8")


def measured(name: str, sizes: Sequence[int], limit: float) -> list[Timing]:
    """One timing per size, smallest first."""
    entry = SAMPLERS[name]
    found: list[Timing] = []
    for rows in sorted(sizes):
        X, y = generated(rows)
        ours, kept = seconds(entry.load_fast(), X, y)
        theirs, expected = None, None
        if foreseen([t for t in found if t.theirs is not None], rows) <= limit:
            theirs, expected = seconds(entry.load(), X, y)
        same = None if expected is None else np.array_equal(kept, expected)
        found.append(Timing(name, rows, ours, theirs, same))
        print(found[-1], flush=True)
    return found


def foreseen(known: Sequence[Timing], rows: int) -> float:
    """Seconds of imbalanced-learn's at `rows`, which grow with their square; 0 where nothing is known."""
    return (known[-1].theirs or 0.0) * (rows / known[-1].rows) ** 2 if known else 0.0


def generated(rows: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Overlapping classes in 30 columns."""
    X, y = make_classification(
        n_samples=rows,
        n_features=COLUMNS,
        n_informative=10,
        weights=[1 - POSITIVES],
        class_sep=0.8,
        flip_y=0.005,
        random_state=0,
    )
    return np.ascontiguousarray(X), y


def seconds(
    cls: type, X: npt.NDArray[np.float64], y: npt.NDArray[np.int64]
) -> tuple[float, npt.NDArray[Any]]:
    """How long one thread takes, and the rows that came out."""
    settings = {"random_state": 0} if "random_state" in cls().get_params() else {}
    with threadpool_limits(1):
        started = time.perf_counter()
        made, _ = cls(**settings).fit_resample(X, y)
        return time.perf_counter() - started, made


def table(timings: Sequence[Timing], sizes: Sequence[int]) -> str:
    """Seconds and ratios as a Markdown table; the slope is that of log seconds over log rows, ours."""
    head = "| sampler | " + " | ".join(f"{rows:,} rows" for rows in sorted(sizes)) + " | slope |"
    lines = [head, "| --- |" + " --- |" * (len(sizes) + 1)]
    for name in dict.fromkeys(timing.sampler for timing in timings):
        own = [timing for timing in timings if timing.sampler == name]
        lines.append(f"| {name} | " + " | ".join(map(cell, own)) + f" | {slope(own)} |")
    return "\n".join(lines)


def cell(timing: Timing) -> str:
    """Seconds of both and their ratio; rows that differ are shouted about."""
    if timing.theirs is None:
        return f"{timing.ours:.2f} s"
    verdict = "" if timing.same else " ROWS DIFFER"
    return f"{timing.ours:.2f} s / {timing.theirs:.1f} s = **{timing.theirs / timing.ours:.1f}x**{verdict}"


def slope(timings: Sequence[Timing]) -> str:
    """Growth between the smallest and the largest size."""
    first, last = timings[0], timings[-1]
    if first.rows == last.rows:
        return "–"
    return f"{math.log(last.ours / first.ours) / math.log(last.rows / first.rows):.1f}"


HEAD = """# The same rows in less time

<!-- Written by benchmarks/samplers.py, which measured all of it in one run. -->

Samplers that are slow in imbalanced-learn are done again in `evenkeel.resampling.fast`. They keep the same
rows, which this benchmark compares every time, and tests do on generated and real tables. Each cell: seconds
of ours / seconds of imbalanced-learn's = ratio, one thread each, generated tables of 30 columns with 2 %
positives. Where imbalanced-learn would have taken minutes, ours stands alone. The slope is the growth of
ours: 1 is linear in rows, 2 quadratic.
"""

if __name__ == "__main__":
    main()
