"""Attacks on the tables: rows on the wrong side, other rows, other cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evenkeel.splitting import split_table
from evenkeel.tables import ROW_ID
from tests.proof.attacks.attack import Attack, side

if TYPE_CHECKING:
    from tests.proof.conftest import Forger


def cell_changed(frame: pd.DataFrame) -> pd.DataFrame:
    """The smallest change there is, in one cell."""
    last = frame.index == len(frame) - 1
    return frame.assign(x1=frame["x1"].mask(last, np.nextafter(frame["x1"], np.inf)))


def in_table(label: str, output: str) -> Callable[[Forger], object]:
    """One changed cell of a product, named by every record that names it."""
    return lambda forger: forger.swap_table(label, output, cell_changed)


def copy_test_row(forger: Forger) -> None:
    copied = side(forger, "test").iloc[:1]
    forger.swap_table("split", "train", lambda train: pd.concat([train, copied], ignore_index=True))


def copy_under_another_id(forger: Forger) -> None:
    copied = side(forger, "test").iloc[:1].assign(**{ROW_ID: "new"})
    forger.swap_table("split", "train", lambda train: pd.concat([train, copied], ignore_index=True))


def move_test_row(forger: Forger) -> None:
    moved = side(forger, "test").iloc[:1]
    forger.swap_table("split", "train", lambda train: pd.concat([train, moved], ignore_index=True))
    forger.swap_table("split", "test", lambda test: test.iloc[1:].reset_index(drop=True))


def resample_before_the_split(forger: Forger) -> None:
    resampled = forger.store.get_table(forger.record("resample smote").outputs["resampled"])
    forger.swap_table("split", "train", lambda train: resampled[list(train.columns)])


def leave_out_hard_rows(forger: Forger) -> None:
    forger.swap_table("split", "test", lambda test: test.iloc[3:].reset_index(drop=True))
    forger.judge("none", compare=False)
    forger.judge("smote")


def evaluate_on_easier_rows(forger: Forger) -> None:
    easier = forger.store.put_table(side(forger, "test").iloc[:20], "test")
    step = forger.record("evaluate none").step
    forger.restep("evaluate none", inputs=step.inputs | {"test": easier})
    forger.judge("none", compare=False)


def split_by_a_better_seed(forger: Forger) -> None:
    split = forger.record("split")
    asked = split.step.parameters
    how = asked | {"split": asked["split"] | {"seed": 7}}
    made = split_table(forger.store.get_table(split.step.inputs["table"]), how)
    for name, frame in (("train", made.train), ("test", made.test)):
        forger.swap(split.outputs[name], forger.store.put_table(frame, name))


def prettier_prediction(forger: Forger) -> None:
    forger.swap_table(
        "evaluate none", "predictions", lambda t: t.assign(**{"p(1)": t["p(1)"].mask(t.index == 0, 0.99)})
    )


def prettier_out_of_fold(forger: Forger) -> None:
    def better(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(**{"p(1)": table["p(1)"].mask(table.index == 0, 0.99)})

    forger.swap_out_of_fold("smote", better)


def false_count(forger: Forger) -> None:
    test = forger.record("split").outputs["test"]
    forger.swap(test, test.model_copy(update={"rows": 10_000}))


ROWS = (
    Attack("test rows appended to train", "a test row stands in both", "EK006", copy_test_row),
    Attack("a test row in train, disguised", "under another id", "EK006", copy_under_another_id),
    Attack("a test row moved to train", "gone from test", "EK007", move_test_row, replay=True),
    Attack("resampled before the split", "train holds synthetic rows", "EK006", resample_before_the_split),
    Attack("hard test rows left out", "figures made anew without them", "EK006", leave_out_hard_rows),
    Attack("test swapped after the split", "judged on 20 easier rows", "EK004", evaluate_on_easier_rows),
    Attack(
        "the split of a better seed",
        "the record says the old one",
        "EK007",
        split_by_a_better_seed,
        replay=True,
    ),
    Attack("one cell of train changed", "by one unit in the last place", "EK006", in_table("split", "train")),
    Attack("one cell of test changed", "by one unit in the last place", "EK006", in_table("split", "test")),
    Attack("one cell of the raw table changed", "the sides stay", "EK006", in_table("ingest", "table")),
    Attack(
        "one cell of a resampled set changed",
        "by one unit in the last place",
        "EK008",
        in_table("resample smote", "resampled"),
        replay=True,
    ),
    Attack("one prediction for test improved", "figures stay", "EK010", prettier_prediction, replay=True),
    Attack(
        "one out-of-fold prediction improved",
        "threshold and figures made anew",
        "EK014",
        prettier_out_of_fold,
        replay=True,
    ),
    Attack("a false number of test rows", "in every record", "EK003", false_count),
)
