"""Checks of groups and times: only where a config names them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from evenkeel.validation import BuiltinRules, CheckResult, check_table

GROUPED = {"enough groups per class", "every row has a group"}


def check(frame: pd.DataFrame, **said: Any) -> dict[str, CheckResult]:
    rules = BuiltinRules(target="y", positive=1, folds=3, test_size=0.2, **said)
    ids = pd.Series([f"r{i}" for i in range(len(frame))])
    return {result.check: result for result in check_table(frame, ids, rules)}


def table(rows: int = 60) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "x": np.arange(rows) * 1.5,
            "g": [f"g{i // 2}" for i in range(rows)],
            "t": np.arange(rows),
            "y": (np.arange(rows) % 3 == 0).astype(int),
        }
    )


def test_nobody_who_names_no_groups_and_no_time_is_told_of_them() -> None:
    assert not {*GROUPED, "every row has a time"} & set(check(table()))


def test_a_sound_table_passes() -> None:
    results = check(table(), groups=("g",), time="t")
    assert {results[name].outcome for name in (*GROUPED, "every row has a time")} == {"passed"}


def test_what_ties_rows_is_no_feature() -> None:
    plain, tied = check(table()), check(table(), groups=("g",), time="t")
    assert plain["no feature looks like an id"].column == "t"
    assert tied["no feature looks like an id"].outcome == "passed"


def test_a_class_in_fewer_groups_than_test_and_folds_need_stops() -> None:
    frame = table()
    frame.loc[frame["y"] == 1, "g"] = [f"ill{i % 3}" for i in range(20)]
    found = check(frame, groups=("g",))["enough groups per class"]
    assert found.stops
    assert found.expected == "each class in 4 groups by 'g': one in test, one per fold"
    assert found.observed.startswith("class '1' is in 3. Next: ")
    assert found.rows == 20


def test_rows_without_a_group_are_groups_of_their_own_and_warned_of() -> None:
    frame = table()
    frame.loc[frame["y"] == 1, "g"] = None
    results = check(frame, groups=("g",))
    assert results["enough groups per class"].outcome == "passed"
    assert results["every row has a group"].severity == "warning"
    assert results["every row has a group"].rows == 20


@pytest.mark.parametrize("said", [{"groups": ("gg",)}, {"time": "gg"}], ids=str)
def test_a_column_that_is_not_there_is_named(said: dict[str, Any]) -> None:
    name = "enough groups per class" if "groups" in said else "every row has a time"
    found = check(table(), **said)[name]
    assert found.stops
    assert "no column 'gg'. Did you mean 'g'?" in found.observed


@pytest.mark.parametrize(
    ("times", "observed"),
    [
        ([1.0] * 59 + [np.nan], "got none in 1 of 60 rows"),
        (["2024-01-01"] * 59 + ["soon"], "got 'soon' (1 of 60 rows)"),
        ([7] * 60, "1 different times"),
    ],
    ids=["missing", "no time", "one for all"],
)
def test_times_that_order_nothing_stop(times: list[object], observed: str) -> None:
    found = check(table().assign(t=times), time="t")["every row has a time"]
    assert found.stops
    assert observed in found.observed


def test_with_time_a_class_needs_no_quota_of_test_rows() -> None:
    frame = table().assign(y=[0] * 55 + [1] * 5)
    assert check(frame.iloc[:59], time="t")["enough rows per class"].outcome == "passed"
