"""Samplers that search neighbours or fit something: ours against imbalanced-learn's own, side by side.

Each pair resamples the same generated table of 30 columns, ours and imbalanced-learn's one after the other,
each in a process of its own, with as many threads as there are cores unless told otherwise. Measured are
seconds, the shortest of a few runs where one takes little, the peak of memory beyond the table, and whether
the rows are the same to the last bit. A size at
which imbalanced-learn would take longer than the limit, as its growth so far says, is left to ours alone, and
what it is foreseen to take stands beside it.
Usage: python benchmarks/samplers.py [--rows 20000 50000 150000 300000] [--positives 0.02] [--threads 2]
       [--limit 300] [--only TomekLinks] [--results FILE.json] [--write docs/speed.md]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

COLUMNS = 30
SAMPLERS_SHOWN = (
    "TomekLinks",
    "EditedNearestNeighbours",
    "RepeatedEditedNearestNeighbours",
    "AllKNN",
    "NeighbourhoodCleaningRule",
    "OneSidedSelection",
    "CondensedNearestNeighbour",
    "SMOTEENN",
    "SMOTETomek",
    "NearMiss",
    "BorderlineSMOTE",
    "ADASYN",
    "SVMSMOTE",
    "ClusterCentroids",
    "InstanceHardnessThreshold",
)
MEGABYTE = 2**20
# what takes less than so many seconds is measured again, at most so often, and the shortest counts
WORTH_REPEATING, MOST_REPEATS = 3.0, 5
# and where both take less, both processes are run again in turn, so often in all: starts differ by a tenth
SOON, ROUNDS = 1.0, 4


class Measured(NamedTuple):
    """What one process found: seconds, the peak of memory beyond the table in MB, and its rows' digest."""

    seconds: float
    megabytes: float
    digest: str


class Pair(NamedTuple):
    """Ours and, where it was run, imbalanced-learn's, for one sampler at one size."""

    sampler: str
    rows: int
    positives: float
    ours: Measured
    theirs: Measured | None


def main() -> None:
    """Measure, and print the tables or write them with their plot."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[20_000, 50_000, 150_000, 300_000])
    parser.add_argument("--positives", type=float, nargs="+", default=[0.02])
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--limit", type=float, default=300, help="seconds for one run of imbalanced-learn's")
    parser.add_argument("--only", nargs="+", default=SAMPLERS_SHOWN, choices=SAMPLERS_SHOWN)
    parser.add_argument("--results", type=Path, help="where measurements are kept, and read back from")
    parser.add_argument("--write", type=Path, help="the page to write; its plot gets the same name and .svg")
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        whose, name, rows, positives = options.child
        print(json.dumps(measure(whose, name, int(rows), float(positives))))
        return
    pairs = kept(options.results)
    for positives in options.positives:
        for name in options.only:
            add_pairs(pairs, name, positives, options)
    page = Page(pairs, options.threads).text()
    print(page)
    if options.write:
        plot(pairs, options.write.with_suffix(".svg"))
        options.write.write_text(page, encoding="utf-8")


def kept(results: Path | None) -> list[Pair]:
    """The measurements of an earlier call."""
    if results is None or not results.exists():
        return []
    found = json.loads(results.read_text(encoding="utf-8"))
    return [Pair(n, r, p, Measured(*ours), theirs and Measured(*theirs)) for n, r, p, ours, theirs in found]


def add_pairs(pairs: list[Pair], name: str, positives: float, options: argparse.Namespace) -> None:
    """Measure one sampler at every size, the smallest first, that is not there yet."""
    for rows in sorted(options.rows):
        if any((p.sampler, p.rows, p.positives) == (name, rows, positives) for p in pairs):
            continue
        pair = measured(name, rows, positives, options, foreseen(pairs, name, rows, positives) or 0)
        pairs.append(pair)
        pairs.sort(key=lambda known: (-known.positives, SAMPLERS_SHOWN.index(known.sampler), known.rows))
        print(pair, file=sys.stderr, flush=True)
        if options.results:
            options.results.write_text(json.dumps(pairs), encoding="utf-8")


def measured(name: str, rows: int, positives: float, options: argparse.Namespace, expected: float) -> Pair:
    """Ours and theirs in turn; a few times, of which the shortest counts, where both are soon done."""
    ours = run("ours", name, rows, positives, options)
    if expected > options.limit:
        return Pair(name, rows, positives, ours, None)
    theirs = run("theirs", name, rows, positives, options)
    if max(ours.seconds, theirs.seconds) < SOON:
        for _ in range(ROUNDS - 1):
            ours = min(ours, run("ours", name, rows, positives, options))
            theirs = min(theirs, run("theirs", name, rows, positives, options))
    return Pair(name, rows, positives, ours, theirs)


def run(whose: str, name: str, rows: int, positives: float, options: argparse.Namespace) -> Measured:
    """One measurement in a process of its own."""
    command = [sys.executable, __file__, "--child", whose, name, str(rows), str(positives)]
    limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(options.threads))
    done = subprocess.run(command, env=os.environ | limits, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{whose} {name} at {rows:,} rows failed:\n{done.stderr}")
    return Measured(*json.loads(done.stdout))


def measure(whose: str, name: str, rows: int, positives: float) -> Measured:
    """Run one sampler once; what it imports is there before the clock starts."""
    from evenkeel.resampling import SAMPLERS

    cls: Any = SAMPLERS[name].load_fast() if whose == "ours" else SAMPLERS[name].load()
    settings = {"random_state": 0} if "random_state" in cls().get_params() else {}
    cls(**settings).fit_resample(*generated(6_000, 0.1))
    X, y = generated(rows, positives)
    before = memory("VmRSS")
    # the peak so far was that of making the table
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    made, labels, seconds = timed(cls, settings, X, y)
    # the digest copies the rows
    peak = memory("VmHWM") - before
    again = min(MOST_REPEATS, int(WORTH_REPEATING / seconds))
    seconds = min([seconds, *(timed(cls, settings, X, y)[2] for _ in range(again))])
    digest = hashlib.sha256(np.ascontiguousarray(made).tobytes() + labels.tobytes()).hexdigest()
    return Measured(seconds, peak, digest)


def timed(cls: Any, settings: dict[str, Any], X: Any, y: Any) -> tuple[Any, Any, float]:
    """The rows and labels of one run, and its seconds."""
    started = time.perf_counter()
    made, labels = cls(**settings).fit_resample(X, y)
    return made, labels, time.perf_counter() - started


def memory(field: str) -> float:
    """A figure of this process in MB, as Linux has it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(rf"^{field}:\s+(\d+) kB", status, re.MULTILINE)
    assert found, f"this system does not tell {field}"
    return int(found[1]) * 1024 / MEGABYTE


def generated(rows: int, positives: float) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Overlapping classes in 30 columns."""
    from sklearn.datasets import make_classification

    X, y = make_classification(
        n_samples=rows,
        n_features=COLUMNS,
        n_informative=10,
        weights=[1 - positives],
        class_sep=0.8,
        flip_y=positives / 4,
        random_state=0,
    )
    return np.ascontiguousarray(X), y


def foreseen(pairs: Sequence[Pair], name: str, rows: int, positives: float) -> float | None:
    """Seconds of imbalanced-learn's at `rows`, by its growth so far, and at least that of the square."""
    known = [p for p in pairs if (p.sampler, p.positives) == (name, positives) and p.theirs and p.rows < rows]
    if not known:
        return None
    growth = max(2.0, slope([(p.rows, p.theirs.seconds) for p in known if p.theirs]) or 0)
    assert known[-1].theirs
    return known[-1].theirs.seconds * (rows / known[-1].rows) ** growth


def slope(points: Sequence[tuple[int, float]]) -> float | None:
    """That of log seconds over log rows, by least squares; 1 is linear growth, 2 that of the square."""
    if len(points) < 2:
        return None
    rows, seconds = np.log(np.array(points)).T
    return float(np.polyfit(rows, seconds, 1)[0])


class Page:
    """The measurements as a page of Markdown."""

    def __init__(self, pairs: Sequence[Pair], threads: int) -> None:
        self.pairs, self.threads = pairs, threads

    def text(self) -> str:
        """The whole page."""
        tables = [self.table(positives) for positives in dict.fromkeys(p.positives for p in self.pairs)]
        return "\n\n".join([HEAD.format(threads=self.threads), *tables]) + "\n"

    def table(self, positives: float) -> str:
        """Seconds, ratios, growth and memory for one share of positives."""
        own = [p for p in self.pairs if p.positives == positives]
        sizes = sorted({p.rows for p in own})
        head = ["sampler", *(f"{rows:,} rows" for rows in sizes), "growth", "memory"]
        names = dict.fromkeys(p.sampler for p in own)
        lines = [self.line([p for p in own if p.sampler == name], sizes) for name in names]
        rule = ["---"] * len(head)
        return "\n".join(
            [f"## {positives:.1%} positives", "", *(f"| {' | '.join(c)} |" for c in (head, rule, *lines))]
        )

    def line(self, own: Sequence[Pair], sizes: Sequence[int]) -> list[str]:
        """The cells of one sampler."""
        at = {p.rows: p for p in own}
        cells = [cell(at[rows], self.pairs) if rows in at else "" for rows in sizes]
        ours = slope([(p.rows, p.ours.seconds) for p in own])
        theirs = slope([(p.rows, p.theirs.seconds) for p in own if p.theirs])
        return [own[0].sampler, *cells, f"{figure(ours)} / {figure(theirs)}", memory_cell(own[-1])]


def cell(pair: Pair, pairs: Sequence[Pair]) -> str:
    """Seconds of both and their ratio; rows that differ are shouted about."""
    ours = pair.ours.seconds
    if pair.theirs is None:
        expected = foreseen(pairs, pair.sampler, pair.rows, pair.positives)
        return f"{ours:.2f} s" + (f" (foreseen {expected:,.0f} s)" if expected else "")
    verdict = "" if pair.ours.digest == pair.theirs.digest else " ROWS DIFFER"
    return f"{ours:.2f} / {pair.theirs.seconds:.2f} s = **{pair.theirs.seconds / ours:.1f}x**{verdict}"


def memory_cell(pair: Pair) -> str:
    """The peak beyond the table at the largest size."""
    theirs = "" if pair.theirs is None else f" / {pair.theirs.megabytes:,.0f}"
    return f"{pair.ours.megabytes:,.0f}{theirs} MB"


def figure(value: float | None) -> str:
    """A slope, or a dash."""
    return "–" if value is None or math.isnan(value) else f"{value:.1f}"


def plot(pairs: Sequence[Pair], path: Path) -> None:
    """Seconds over rows, both axes logarithmic, one panel for each sampler."""
    import altair as alt
    import pandas as pd

    points = pd.DataFrame(
        [
            {"sampler": p.sampler, "rows": p.rows, "seconds": m.seconds, "whose": whose}
            for p in pairs
            if p.positives == pairs[0].positives
            for whose, m in (("Evenkeel", p.ours), ("imbalanced-learn", p.theirs))
            if m is not None
        ]
    )
    ticks = sorted(points["rows"].unique().tolist())
    lines = (
        alt.Chart(points, width=150, height=120)
        .mark_line(point=True)
        .encode(
            x=alt.X("rows:Q", scale=alt.Scale(type="log"), axis=alt.Axis(values=ticks, format="~s")),
            y=alt.Y("seconds:Q", scale=alt.Scale(type="log"), axis=alt.Axis(format="~g", tickCount=4)),
            color=alt.Color("whose:N", title=None, scale=alt.Scale(range=["#0072b2", "#d55e00"])),
            facet=alt.Facet("sampler:N", columns=5, title=None, sort=list(dict.fromkeys(points["sampler"]))),
        )
        .configure_legend(orient="top")
    )
    lines.save(path)


HEAD = """# The same rows in less time

<!-- Written by benchmarks/samplers.py, which measures both sides in turn, on one machine. -->

Samplers that are slow in imbalanced-learn are done again in `evenkeel.resampling.fast`. They give the same
rows to the last bit, which this benchmark compares every time, and tests do on generated and real tables.
Generated tables of 30 columns, {threads} threads for both. Each cell: seconds of ours / seconds of
imbalanced-learn's = **ratio**. Where imbalanced-learn would have taken too long, ours stands beside what it
would have taken at its growth so far. Growth is the slope of log seconds over log rows, ours / theirs: 1 is
linear, 2 that of the square. Memory is the peak beyond the table and the result of imports, at the largest
size, ours / theirs; a table of 300,000 rows is 72 MB.

![Seconds over rows, ours and imbalanced-learn's](speed.svg)"""

if __name__ == "__main__":
    main()
