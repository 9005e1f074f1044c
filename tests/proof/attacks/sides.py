"""Attacks on what belongs together: groups, equal rows, and splits that are continued."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from evenkeel.tables import ROW_ID
from tests.proof.attacks.attack import Attack, side

if TYPE_CHECKING:
    from tests.proof.conftest import Forger


def move(forger: Forger, chosen: Any) -> None:
    """Test rows that are marked go to train."""
    rows = side(forger, "test")
    forger.swap_table("split", "train", lambda train: pd.concat([train, rows[chosen]], ignore_index=True))
    forger.swap_table("split", "test", lambda test: test[~chosen].reset_index(drop=True))


def tear_group(forger: Forger) -> None:
    patients = side(forger, "test")["patient"]
    name = patients[patients.duplicated()].iloc[0]
    move(forger, (patients == name) & ~patients.duplicated())


def tear_equal(forger: Forger) -> None:
    test = side(forger, "test")
    move(forger, test.index == test.index[test.duplicated(["x", "z"])][0])


def move_old_row(forger: Forger) -> None:
    inputs = forger.record("split").step.inputs
    old = forger.store.get_table(inputs["earlier_test"])[ROW_ID].iloc[0]
    move(forger, side(forger, "test")[ROW_ID] == old)


def another_past(forger: Forger) -> None:
    """The earlier test table without the row that is to be moved."""
    inputs = forger.record("split").step.inputs
    fewer = forger.store.put_table(forger.store.get_table(inputs["earlier_test"]).iloc[1:], "test")
    move_old_row(forger)
    forger.restep("split", inputs=inputs | {"earlier_test": fewer})


SIDES = (
    Attack("a group torn", "one of its rows moved to train", "EK018", tear_group, "grown"),
    Attack("equal rows torn", "one of them moved to train", "EK018", tear_equal, "equal"),
    Attack("an old test row moved to train", "in a run that continues", "EK019", move_old_row, "grown"),
    Attack("another earlier split", "than its run recorded", "EK019", another_past, "grown"),
)
