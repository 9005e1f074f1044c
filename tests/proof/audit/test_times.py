"""EKA005: the future in train."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from evenkeel.errors import DataError
from evenkeel.proof.audit.finding import NotChecked, Suspicion

Halves = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]
Check = Callable[..., list[Suspicion]]


def dated(rows: int = 300) -> pd.DataFrame:
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(rows), unit="D")
    return pd.DataFrame(
        {"seen": days, "x": np.random.default_rng(0).normal(size=rows), "y": np.arange(rows) % 2}
    )


FORMS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "dates": lambda frame: frame,
    "iso texts": lambda frame: frame.assign(seen=frame["seen"].dt.strftime("%Y-%m-%d")),
    "zoned": lambda frame: frame.assign(seen=frame["seen"].dt.tz_localize("Europe/Vienna")),
}


@pytest.mark.parametrize("form", FORMS)
def test_dates_are_found_and_an_overlap_is_for_information(halves: Halves, check: Check, form: str) -> None:
    (found,) = check("EKA005", *halves(FORMS[form](dated())))
    assert found.severity == "info"
    assert "--time" in found.evidence


@pytest.mark.parametrize("form", FORMS)
def test_a_named_time_that_overlaps_is_critical(halves: Halves, check: Check, form: str) -> None:
    train, test = halves(FORMS[form](dated()))
    (found,) = check("EKA005", train, test, time="seen")
    late = int((train["seen"] > test["seen"].min()).sum())
    assert found.severity == "critical"
    assert (found.rows[0].table, found.rows[0].count) == ("train", late)


def test_numbers_are_times_when_they_are_named(check: Check) -> None:
    frame = dated().assign(seen=range(300))
    assert check("EKA005", frame[:200], frame[200:], time="seen") == []
    assert check("EKA005", frame[100:], frame[:100], time="seen")[0].severity == "critical"


def test_test_after_train_is_quiet(check: Check) -> None:
    assert check("EKA005", dated()[:200], dated()[200:]) == []


def test_a_few_late_rows_are_a_warning(check: Check) -> None:
    frame = dated()
    train = pd.concat([frame[:199], frame[250:251]])
    assert check("EKA005", train, frame[200:250], time="seen")[0].severity == "warning"


def test_texts_are_no_times(halves: Halves, check: Check) -> None:
    frame = dated().assign(seen="abc")
    with pytest.raises(NotChecked, match="--time"):
        check("EKA005", *halves(frame))
    with pytest.raises(DataError, match="Expected dates or numbers in 'seen'"):
        check("EKA005", *halves(frame), time="seen")
