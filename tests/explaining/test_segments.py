"""Segments are counted right, and one stands out only where chance would hardly do that."""

import numpy as np
import pandas as pd
import pytest

from evenkeel.evaluation.metrics import count
from evenkeel.explaining.segments import FEWEST_ROWS, MOST_SHOWN, segments


def table(rows=4_000, seed=0):
    draws = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "group": draws.choice(["a", "b", "c"], rows),
            "rare": np.where(np.arange(rows) < FEWEST_ROWS - 1, "x", "y"),
            "number": draws.normal(size=rows),
            "flag": draws.random(rows) < 0.5,
            "gaps": np.where(draws.random(rows) < 0.2, np.nan, draws.integers(0, 4, rows)),
        }
    )
    y = (draws.random(rows) < 0.1).astype(int)
    return frame, y, draws.random(rows)


def of(found, column, value):
    return next(told for told in found if (told["column"], told["value"]) == (column, value))


def test_each_segment_is_counted_as_its_rows_alone():
    frame, y, scores = table()
    decided = (scores > 0.6).astype(int)
    found = segments(frame, y, decided, scores)
    for told in found:
        if told["column"] not in ("group", "flag"):
            continue
        rows = (frame[told["column"]].astype(str) == told["value"]).to_numpy()
        assert told["rows"] == rows.sum()
        assert count(y[rows], decided[rows]).as_dict() == {k: told[k] for k in ("tn", "fp", "fn", "tp")}
        assert told["recall"]["low"] <= told["recall"]["value"] <= told["recall"]["high"]
    assert sum(told["rows"] for told in found if told["column"] == "number") == len(frame)
    assert sum(told["rows"] for told in found if told["column"] == "gaps") == len(frame)
    assert of(found, "gaps", "missing")["rows"] == frame["gaps"].isna().sum()


def test_segments_with_few_rows_and_whole_tables_are_none():
    frame, y, scores = table()
    found = segments(frame.assign(constant=1), y, (scores > 0.6).astype(int), scores)
    assert not [told for told in found if told["column"] in ("constant",) or told["value"] == "x"]
    assert len(found) <= MOST_SHOWN


def test_a_group_that_is_missed_is_found_first():
    frame, y, scores = table()
    decided = np.where(frame["group"] == "b", 0, (scores > 0.2).astype(int))
    first = segments(frame, y, decided, scores)[0]
    assert (first["column"], first["value"], first["stands_out"]) == ("group", "b", True)
    assert first["recall"]["value"] == 0


def test_chance_stands_out_rarely():
    hits = 0
    for seed in range(40):
        frame, y, scores = table(1_000, seed)
        hits += any(told["stands_out"] for told in segments(frame, y, (scores > 0.6).astype(int), scores))
    assert hits <= 6


def test_no_positives_in_a_segment_is_no_recall():
    frame, y, scores = table()
    y = np.where(frame["group"] == "a", 0, y)
    told = of(segments(frame, y, (scores > 0.6).astype(int), scores), "group", "a")
    assert told["recall"] == {"value": None, "low": None, "high": None}
    assert told["average_precision"] is None
    assert told["p"] == pytest.approx(1)
