"""What it will cost to do to train what a strategy asks: `forecast` with trials of the real treatment."""

from __future__ import annotations

import pandas as pd

from evenkeel import progress
from evenkeel.forecast import Forecast, Trial, for_sample, forecast, measure, rows_after, sample, trials
from evenkeel.recipe import Recipe, Treatment, encode
from evenkeel.resampling import SAMPLERS
from evenkeel.resampling.links import counts
from evenkeel.tables import encode_labels
from evenkeel.treatment import treat

# rows that show how wide a table is when it is encoded
FEW = 1_000
FLOAT_BYTES = 8
# every table is held about twice over: what comes in, and what goes out
COPIES = 2


def foresee(frame: pd.DataFrame, treatment: Treatment, recipe: Recipe) -> Forecast:
    """What it will cost to resample the train rows `frame`, from trials on a few of them.

    Of a table so small that there are no trials, time is not forecast, and memory by the size of its rows.
    """
    y = encode_labels(frame[recipe.target], recipe.classes).codes
    have = counts(y, recipe.classes)
    expected = rows_after(have, treatment.chain)
    after = None if expected is None else sum(expected.values())
    compares = not all(SAMPLERS[name].at_random for name, _ in treatment.chain)

    def trial_of(size: int) -> Trial:
        drawn = sample(y, size, recipe.seed)
        chain = tuple(for_sample(treatment.chain, have, counts(y[drawn], recipe.classes)))
        part = Treatment(chain=chain, neighbors=treatment.neighbors)
        encoded = encode(frame.iloc[drawn], recipe)
        with progress.working(f"trial on {len(drawn):,} rows"), progress.muted():
            return measure(lambda: len(treat(encoded, part, recipe).y), len(drawn))

    if found := trials(trial_of, len(y), after or 0):
        return forecast(found, len(y), after, kept=treatment.max_rows, compares=compares)
    made = len(y) if after is None else after
    return Forecast(len(y), min(made, treatment.max_rows or made), None, _bytes(frame, made, recipe))


def _bytes(frame: pd.DataFrame, rows: int, recipe: Recipe) -> int:
    """What so many rows take as typed rows, for distances, and for the model."""
    few = encode(frame.iloc[:FEW], recipe)
    columns = len(few.preprocessor.names) + few.space.transform(few.frame).shape[1]
    row = float(frame.memory_usage(deep=True).sum()) / len(frame) + FLOAT_BYTES * columns
    return int(COPIES * row * rows)
