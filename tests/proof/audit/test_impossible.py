"""EKA012: values that nobody has."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from evenkeel.proof.audit.finding import Suspicion

People = Callable[..., pd.DataFrame]
Halves = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]
Check = Callable[..., list[Suspicion]]


def test_fractions_of_train_alone_are_a_warning(people: People, halves: Halves, check: Check) -> None:
    from imblearn.over_sampling import SMOTE

    train, test = halves(people().drop(columns=["person_id", "city"]))
    X, y = SMOTE(random_state=0).fit_resample(train.drop(columns="y").astype(float), train["y"])
    (found,) = check("EKA012", X.assign(y=y), test)
    assert found.severity == "warning"
    assert "'age', 'smokes'" in found.evidence
    assert [rows.table for rows in found.rows] == ["train"]


def test_fractions_of_one_class_in_both_tables_are_a_warning(
    people: People, halves: Halves, check: Check
) -> None:
    from imblearn.over_sampling import SMOTE

    frame = people().drop(columns=["person_id", "city"])
    X, y = SMOTE(random_state=0).fit_resample(frame.drop(columns="y").astype(float), frame["y"])
    (found,) = check("EKA012", *halves(X.assign(y=y)))
    assert "one class alone" in found.evidence


@pytest.mark.parametrize("block", [[1, 1, 0], [0, 0, 0]])
def test_broken_one_hot_blocks_are_a_warning(halves: Halves, check: Check, block: list[int]) -> None:
    frame = pd.get_dummies(pd.DataFrame({"c": list("xyz") * 40}), dtype=int).assign(y=np.arange(120) % 2)
    train, test = halves(frame)
    train.loc[:4, ["c_x", "c_y", "c_z"]] = block
    (found,) = check("EKA012", train, test)
    assert found.rows[0].numbers == (0, 1, 2, 3, 4)


@pytest.mark.parametrize("seed", range(4))
def test_rare_fractions_are_nothing(people: People, halves: Halves, check: Check, seed: int) -> None:
    frame = people(seed=seed).astype({"age": float})
    frame.loc[:3, "age"] = 0.5
    assert check("EKA012", *halves(frame, seed)) == []
