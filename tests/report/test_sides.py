"""What the page says of the split: everything that the record tells, and nothing where it tells nothing."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.report.sides import sentences

TIES: dict[str, tuple[dict[str, Any], str]] = {
    "no equal rows": (
        {"duplicates": {"rows": 0, "sets": 0, "test_rows_in_train": 0}},
        "No row equals another in all features.",
    ),
    "equal rows": (
        {"duplicates": {"rows": 1684, "sets": 281, "test_rows_in_train": 0}},
        "1,684 rows equal another in all features, in 281 sets: each set is on one side.",
    ),
    "equal rows apart": (
        {"duplicates": {"rows": 684, "sets": 281, "test_rows_in_train": 120}},
        "684 rows equal another in all features, in 281 sets: 120 test rows equal a train row.",
    ),
    "groups": (
        {
            "groups": {
                "columns": ["site", "patient"],
                "groups": 71518,
                "in_test": 14209,
                "largest": 40,
                "rows_without": 3,
                "on_both_sides": 0,
            }
        },
        "71,518 groups by site, patient, the largest of 40 rows, 14,209 of them in test and 0 on both sides; "
        "3 rows without one are each their own.",
    ),
    "quotas": (
        {"off_quota": {"0": -3, "1": 0, "2": 1}},
        "Test rows off the quota, because rows stay together or keep their side: 0: -3, 2: +1.",
    ),
    "a quota of all": (
        {"off_quota": 49},
        "Test rows off the quota, because rows stay together or keep their side: all: +49.",
    ),
    "nothing to continue": (
        {"continues": {"run": None, "note": "nothing to continue"}},
        "To be continued: there was no earlier split of this name.",
    ),
}


@pytest.mark.parametrize("what", TIES)
def test_each_fact_is_a_sentence(what: str) -> None:
    split, sentence = TIES[what]
    assert sentences(split) == [sentence]


@pytest.mark.parametrize("split", [{}, {"method": "x"}, {"off_quota": {"0": 0}}, {"off_quota": 0}])
def test_of_what_is_not_told_nothing_is_said(split: dict[str, Any]) -> None:
    assert sentences(split) == []


def test_a_split_by_time_says_what_it_does_not_keep_apart() -> None:
    time = {"column": "day", "train_until": "5", "test_from": "6", "test_rows_not_later": 7}
    first, second = sentences({"time": time})
    assert first == "By day, train lasts until 5 and test begins at 6."
    assert second.startswith("7 test rows are not later than train")


def test_a_continued_split_names_its_run_and_what_it_kept() -> None:
    said = {
        "run": "stroke-1",
        "kept": {"train": 1000, "test": 20},
        "new": {"train": 3, "test": 4},
        "gone": {"train": 5, "test": 6},
        "rows_torn_before": 2,
    }
    first, second = sentences({"continues": said})
    assert first == (
        "Continues run stroke-1: 1,000 train and 20 test rows kept their side, 3 new rows are train and "
        "4 test, 11 are gone."
    )
    assert second.startswith("2 rows belong together, but lay on both sides")
