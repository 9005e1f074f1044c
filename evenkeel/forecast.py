"""What a strategy will cost before it is run: rows from counts alone, time and memory from small trials.

`trials` does trials of the sizes that `sample_sizes` names until they say enough; for each, `sample` draws
the rows, `for_sample` fits the chain to them and `measure` does the work. `forecast` draws the line from the
trials to the whole table, and `check` stops a run that would not fit in memory while nothing is lost yet.

How far off it is: on generated numbers (40,000 rows, 2 % positives; ten samplers on 15 columns, four on 40;
a machine at rest) memory was forecast at 1.00 to 1.05 times what numpy then took, and seconds at 0.6 to 1.4
times what went by. Trials on a busy machine are worse: there a factor of six was seen. Memory that a
library takes without telling Python is not seen: a support vector machine's cache is up to 200 MB more.
"""

from __future__ import annotations

import contextlib
import itertools
import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from evenkeel import memory
from evenkeel.errors import DataError
from evenkeel.resampling import SAMPLERS
from evenkeel.resampling.links import ready_sampler

Chain = Sequence[tuple[str, Mapping[str, Any]]]
Counts = dict[str, int]

# up to here resampling itself is as quick as its trials
SMALL = 5_000
# three, because a fixed, a linear and a quadratic part are told apart by no fewer
SIZES = (1_000, 2_000, 4_000)
# of each class, so that every sampler with usual parameters finds its neighbours
ENOUGH = 20
# seconds: a run that is over sooner says more about the clock than about the work, and costs little
BRIEF = 0.05
REPEATS = 5
# a third trial of such work would be felt, and the forecast is bad news anyway
LONG = 1.0
# more rows than these are not counted further: they fit nowhere, and counting them would not either
MOST_ROWS = 100_000_000


class Trial(NamedTuple):
    """One small run: rows of the sample, rows that came out, seconds, and bytes at the peak."""

    rows_before: int
    rows_after: int
    seconds: float
    peak: int

    @property
    def size(self) -> int:
        """Rows that went in and came out: what time and memory grow with."""
        return self.rows_before + self.rows_after


class Forecast(NamedTuple):
    """What a strategy will cost: rows before and after, seconds and bytes of one resampling of train.

    `seconds` is None where nothing was tried.
    """

    before: int
    rows: int
    seconds: float | None
    memory: int


def sample_sizes(rows: int, after: int = 0) -> tuple[int, ...]:
    """How many rows the trials of a table may have, ascending; none for a small one, its own trial.

    A small table of which many rows (`after`) are to be made is tried by its parts.

    The sizes after the third are for work so quick that a smaller trial says too little, see `trials`.
    """
    if rows <= SMALL:
        return () if after <= 2 * SMALL else (rows // 4, rows // 2, rows)
    doubled = (SIZES[-1] * 2**i for i in itertools.count(1))
    further = itertools.takewhile(lambda size: size <= rows // 4, doubled)
    return (*SIZES, *further)


def trials(trial_of: Callable[[int], Trial], rows: int, after: int = 0) -> tuple[Trial, ...]:
    """The last three trials, from `trial_of` a size: the size doubles until one of them is not brief.

    Two are enough where one took long already. A size at which the strategy fails is left out, because a
    sampler can lack in a sample what the table has; fewer trials, or none, are left.
    """
    done: list[Trial] = []
    for size in sample_sizes(rows, after):
        with contextlib.suppress(DataError):
            done.append(trial_of(size))
        if done and done[-1].seconds >= {1: np.inf, 2: LONG}.get(len(done), BRIEF):
            break
    return tuple(done[-len(SIZES) :])


def sample(y: npt.NDArray[np.int64], size: int, seed: int) -> npt.NDArray[np.int64]:
    """Positions of about `size` rows in ascending order, every class with its share of them.

    A class has at least min(20, all of its) rows, so there can be more than `size`; `for_sample` makes up
    for the share that this gives to a rare class.
    """
    generator = np.random.default_rng(seed)
    drawn = [np.empty(0, dtype=np.int64)]
    for code in np.unique(y):
        rows = np.flatnonzero(y == code)
        wanted = max(ENOUGH, round(size * len(rows) / len(y)))
        drawn.append(generator.choice(rows, min(wanted, len(rows)), replace=False))
    return np.sort(np.concatenate(drawn))


def measure(work: Callable[[], int], rows_before: int) -> Trial:
    """Do `work`, which returns the rows that came out, for its seconds and then for its memory.

    Apart, because tracing slows Python down; brief work is timed a few times. Memory is what `work` takes
    beyond what is there before it, so whatever a real run has to hold (its input, its frames) should be made
    inside.
    """
    seconds, rows = _timed(work)
    traced, peak = _traced(work)
    # the first run pays for imports; tracing only slows, so who is quicker with it was not at rest
    again = REPEATS if min(seconds, traced) < BRIEF else int(seconds > 1.5 * traced)
    seconds = min([seconds, *(_timed(work)[0] for _ in range(again))])
    return Trial(rows_before, rows, seconds, peak)


def rows_after(counts: Mapping[str, int], chain: Chain) -> Counts | None:
    """Rows of each class after `chain`, from the rows before: {class name: rows}, None where nobody can say.

    The sampling strategies decide, as imbalanced-learn reads them. Where a sampler only cleans, the count
    before it is the bound; of SMOTE with cleaning, what SMOTE makes. A few samplers (ADASYN, KMeansSMOTE,
    InstanceHardnessThreshold) come close to the count and not exactly to it. None is for strategies that
    the sampler will refuse.
    """
    found: Counts | None = dict(counts)
    for name, params in chain:
        if found is None:
            return None
        found = _after_link(found, name, params)
    return found


def for_sample(chain: Chain, counts: Mapping[str, int], sampled: Mapping[str, int]) -> Chain:
    """The chain that does to a sample what `chain` does to all rows, scaled down.

    Numbers of rows in a sampling strategy are meant for the whole table, and a ratio can be impossible where
    rare classes were given more than their share. So every strategy becomes the numbers of rows that it
    asks of the table (`counts`) times the share of the largest class that is in the sample (`sampled`).
    """
    whole, part = dict(counts), dict(sampled)
    largest = max(whole, key=lambda name: whole[name])
    share = part[largest] / whole[largest]
    made: list[tuple[str, Mapping[str, Any]]] = []
    for name, params in chain:
        after = _after_link(whole, name, params)
        if after is None:
            break
        # a SMOTE that SMOTEENN was given has a strategy of its own, which stays
        if after != whole and params.get("smote") is None:
            goal = {label: _goal(whole[label], after[label], part[label], share) for label in whole}
            params = {**params, "sampling_strategy": {k: n for k, n in goal.items() if after[k] != whole[k]}}
        made.append((name, params))
        whole, part = after, _after_link(part, name, params) or part
    return [*made, *chain[len(made) :]]


def forecast(
    trials: Sequence[Trial],
    rows: int,
    after: int | None,
    *,
    kept: int | None = None,
    compares: bool = True,
) -> Forecast:
    """From one trial or more, smallest first, to a table of `rows` rows of which a strategy makes `after`.

    Where `after` is not known, the largest trial's ratio stands in. `kept` are the rows that a cap leaves of
    `after`; they cost what all of them cost, because a cap comes after the work.

    Seconds are a + b·n + c·n² of the rows in and out, with no part negative: a start, a walk over rows, and
    comparisons of all with all (if the chain `compares` rows), by least squares of relative errors. So they
    grow no faster than quadratically, and never fall below the largest trial's. (A power law
    through two trials was a third of the truth for neighbour searches, whose quadratic part is still small
    in a trial.) Bytes grow with n, by the larger of the last trial's ratio and the slope of first to last.
    """
    last = trials[-1]
    if after is None:
        after = round(rows * last.rows_after / last.rows_before)
    size = rows + after
    return Forecast(
        rows,
        after if kept is None else min(kept, after),
        max(last.seconds, _seconds(trials, size, compares)),
        max(last.peak, round(_slope(trials) * size)),
    )


def check(forecasts: Mapping[str, Forecast], *, at_once: int, limit: int | None) -> None:
    """Refuse, with advice, strategies of which `at_once` side by side need more than `limit` bytes.

    A strategy also runs on every fold: where there are fewer strategies than workers, the largest run twice.
    """
    if limit is None or not forecasts:
        return
    ordered = sorted(forecasts, key=lambda name: -forecasts[name].memory)
    sides = [forecasts[name].memory for name in itertools.islice(itertools.cycle(ordered), max(1, at_once))]
    if sum(sides) <= limit:
        return
    first = forecasts[ordered[0]]
    together = f" and {memory.text(sum(sides))} with {len(sides)} at once" if len(sides) > 1 else ""
    raise DataError(
        f"Strategy {ordered[0]!r} would make {first.rows:,} rows of {first.before:,} and need about "
        f"{memory.text(first.memory)} of memory{together}; expected at most {memory.text(limit)}. "
        f"Next: {_advice(sides, limit)}"
    )


def lines(forecasts: Mapping[str, Forecast]) -> list[str]:
    """One line per strategy: "smote  34,720 -> 68,192 rows, about 3 s, 210 MB"."""
    width = max(map(len, forecasts), default=0)
    return [
        f"{name:<{width}}  {f.before:,} -> {f.rows:,} rows, {duration(f.seconds)}, {memory.text(f.memory)}"
        for name, f in forecasts.items()
    ]


def _timed(work: Callable[[], int]) -> tuple[float, int]:
    started, worked = time.perf_counter(), time.process_time()
    rows = work()
    # a busy machine stretches the first, other threads of this process the second
    return min(time.perf_counter() - started, time.process_time() - worked), rows


def _traced(work: Callable[[], int]) -> tuple[float, int]:
    """Seconds and the peak in bytes under tracemalloc, to which numpy reports."""
    ours = not tracemalloc.is_tracing()
    if ours:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        seconds, _ = _timed(work)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        if ours:
            tracemalloc.stop()
    return seconds, max(0, peak - before)


def _after_link(counts: Counts, name: str, params: Mapping[str, Any]) -> Counts | None:
    from imblearn.utils import check_sampling_strategy

    sampler = ready_sampler(name, params, seed=0, classes=tuple(counts), categorical=[0])
    kind = sampler._sampling_type
    if kind == "clean-sampling" or sum(counts.values()) > MOST_ROWS:
        return counts
    inner = getattr(sampler, "smote", None) if SAMPLERS[name].family == "combined" else None
    y = np.repeat(np.arange(len(counts), dtype=np.int16), list(counts.values()))
    try:
        wanted = check_sampling_strategy((inner or sampler).sampling_strategy, y, kind)
    except (ValueError, TypeError):
        # an impossible ratio: the sampler says it in better words
        return None
    grows = kind == "over-sampling"
    sizes = {code: int(n) for code, n in wanted.items()}
    return {
        label: sizes[code] + n * grows if code in sizes else n
        for code, (label, n) in enumerate(counts.items())
    }


def _goal(before: int, after: int, sampled: int, share: float) -> int:
    """How many rows of a class to ask of a sampler in a sample, such that it has work to do and can do it."""
    scaled = round(after * share)
    return max(sampled + 1, scaled) if after > before else min(sampled, max(ENOUGH, scaled))


def _seconds(trials: Sequence[Trial], size: int, compares: bool) -> float:
    unit = trials[-1].size
    n = np.array([trial.size / unit for trial in trials])
    # divided by the seconds: a quick trial's error counts as much as a slow one's
    seconds = np.maximum([trial.seconds for trial in trials], 1e-6)
    parts = np.stack([np.ones(len(n)), n, n**2], axis=1) / seconds[:, None]
    best, least = np.zeros(3), np.inf
    # the few choices of parts are tried one by one: the best without a negative part is the constrained one
    square = [[2], [0, 2], [1, 2], [0, 1, 2]] if compares else []
    for chosen in ([1], [0, 1], *square):
        found = np.zeros(3)
        found[chosen] = np.linalg.lstsq(parts[:, chosen], np.ones(len(n)), rcond=None)[0]
        error = float(np.square(parts @ found - 1).sum())
        if (found >= 0).all() and error < least - 1e-9:
            best, least = found, error
    grown = size / unit
    return float(best @ [1.0, grown, grown**2])


def _slope(trials: Sequence[Trial]) -> float:
    """Bytes per row in or out."""
    first, last = trials[0], trials[-1]
    further = last.size - first.size
    return max(last.peak / last.size, (last.peak - first.peak) / further if further > 0 else 0.0)


def _advice(sides: Sequence[int], limit: int) -> str:
    fit = sum(total <= limit for total in itertools.accumulate(sides))
    # EVENKEEL_WORKERS=1 is all there is to say of workers, unless even one is too many
    fewer = [f"set EVENKEEL_WORKERS={fit}"] if fit else []
    ways = [
        *fewer,
        "set max_rows",
        "lower the sampling_strategy ratio",
        "put an under-sampler first in its chain",
        "leave the strategy out",
        "set EVENKEEL_MEMORY if there is more memory than that",
    ]
    return f"{', '.join(ways[:-1])}, or {ways[-1]}."


def duration(seconds: float | None) -> str:
    """Seconds as a forecast says them: "about 3 s"."""
    if seconds is None:
        return "too few to try"
    if seconds < 1:
        return "under 1 s"
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"about {seconds / size:,.0f} {unit}"
    return f"about {seconds:.0f} s"
