"""No tolerance at all where a run was made; a stated, small and visible one in another environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from evenkeel.ledger import Record, environment
from evenkeel.proof.case import Broken, Case
from evenkeel.proof.compare import Compared
from evenkeel.proof.environments import elsewhere, hint
from evenkeel.proof.outcome import judge, too_far
from evenkeel.runs import Run
from evenkeel.training import judged

if TYPE_CHECKING:
    from tests.proof.conftest import Forger

NUMPY = environment()["packages"]["numpy"]
OTHER = f"(numpy 2.3.1, here {NUMPY})"


def said(forger: Forger, code: str) -> tuple[str, str]:
    claim = next(claim for claim in forger.verdict().claims if claim.code == code)
    return claim.outcome, claim.explanation


def moved(far: float) -> Any:
    """Another probability in one row, which stays where it was among the others."""

    def change(table: pd.DataFrame) -> pd.DataFrame:
        highest = table["p(1)"].idxmax()
        return table.assign(**{"p(1)": table["p(1)"].where(table.index != highest, table["p(1)"] - far)})

    return change


@pytest.mark.parametrize(("far", "outcome"), [(1e-15, "failed"), (5e-5, "failed")])
def test_where_the_environment_is_the_same_there_is_no_tolerance(
    forger: Forger, far: float, outcome: str
) -> None:
    forger.swap_out_of_fold("smote", moved(far))
    found, told = said(forger, "EK014")
    assert found == outcome
    assert told.startswith("train smote: fold ")
    assert "recorded with" not in told


def test_in_another_environment_what_is_close_passes_and_says_so(forger: Forger) -> None:
    forger.pretend(numpy="2.3.1")
    forger.swap_out_of_fold("smote", moved(5e-5))
    assert said(forger, "EK014") == (
        "passed",
        f"5 of 5 came out the same, 1 of them only within the tolerance of another environment {OTHER}",
    )


def test_in_another_environment_what_is_the_same_bears_no_mark(forger: Forger) -> None:
    forger.pretend(numpy="2.3.1")
    verdict = forger.verdict()
    assert verdict.verified
    assert not any("tolerance" in claim.explanation for claim in verdict.claims)


def test_a_false_environment_does_not_hide_a_leak(forger: Forger) -> None:
    """The tolerance is too small for it, and the failure names the environment that was claimed."""
    forger.pretend(numpy="2.3.1")
    forger.swap_out_of_fold("smote", moved(2e-4))
    found, told = said(forger, "EK014")
    assert found == "failed"
    assert told.endswith(f" (recorded with {OTHER[1:-1]}: replay with those versions)")


def test_a_figure_out_of_tolerance_fails_in_another_environment_too(forger: Forger) -> None:
    forger.pretend(numpy="2.3.1")
    forger.swap_json(
        "evaluate none", "figures", lambda made: made | {"test": made["test"] | {"roc_auc": 1.0}}
    )
    assert said(forger, "EK010")[0] == "failed"


@pytest.mark.parametrize("far", [1e-15, 5e-5])
def test_predictions_for_test_within_tolerance_pass_in_another_environment_alone(
    forger: Forger, far: float
) -> None:
    forger.swap_table("evaluate none", "predictions", moved(far))
    assert said(forger, "EK010")[0] == "failed"
    forger.pretend(numpy="2.3.1")
    # the log loss moves by more than nothing, so that its figures are close as well
    assert "1 of them only within the tolerance" in said(forger, "EK010")[1]


def test_a_threshold_that_decides_alike_is_close_however_far_it_is(forger: Forger) -> None:
    def lower(made: dict[str, Any]) -> dict[str, Any]:
        table = forger.store.get_table(forger.record("train smote").outputs["out_of_fold"])
        scores = judged(table, ("0", "1"), made)[1][:, 1]
        below = float(scores[scores < made["threshold"]].max())
        return made | {"threshold": (below + made["threshold"]) / 2}

    before = forger.record("decide smote").facts["threshold"]
    forger.swap_json("decide smote", "decision", lower)
    after = forger.store.get_json(forger.record("decide smote").outputs["decision"])["threshold"]
    assert abs(before - after) > 1e-4
    assert said(forger, "EK009")[0] == "failed"
    forger.pretend(numpy="2.3.1")
    assert "1 of them only within the tolerance" in said(forger, "EK009")[1]


# environments


def record_of(run: Run, **changes: Any) -> Record:
    record = next(record for record in run.records() if record.step.stage == "split")
    return record.model_copy(update={"environment": record.environment | changes})


def test_nothing_differs_where_a_run_was_made(finished_run: Run) -> None:
    assert elsewhere(record_of(finished_run)) == ""
    assert hint(record_of(finished_run)) == ""


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"python": "3.9.1"}, f"Python 3.9.1, here {environment()['python']}"),
        ({"machine": "riscv"}, f"machine riscv, here {environment()['machine']}"),
        ({"cpu": ["avx9000"]}, "another processor"),
        ({"packages": {}}, "more"),
        ({"packages": None}, "more"),
        ({"packages": environment()["packages"] | {"numpy": "2.3.1"}}, OTHER[1:-1]),
        (
            {"packages": environment()["packages"] | {"abacus": "1"}},
            "abacus 1, here none",
        ),
    ],
)
def test_what_differs_is_named(finished_run: Run, changes: dict[str, Any], told: str) -> None:
    assert told in elsewhere(record_of(finished_run, **changes))


def test_another_version_of_a_step_is_named_in_the_hint(finished_run: Run) -> None:
    older = record_of(finished_run).model_copy(update={"version": 0})
    assert hint(older) == " (made by version 0 of the step, here 1)"


# the judgement


class Told:
    """Replays that found what a test says."""

    def __init__(self, *found: list[Compared]) -> None:
        self.found = iter(found)

    def of(self, record: Record) -> list[Compared]:
        return next(self.found)


def test_a_step_of_which_nothing_was_compared_has_not_come_out_the_same(finished_run: Run) -> None:
    (told,) = too_far(record_of(finished_run), [])
    assert str(told) == "not replayed"


def test_the_first_step_that_differs_is_told_and_the_others_counted(finished_run: Run) -> None:
    case = Case(finished_run.store, finished_run.records(), finished_run, replay=True)
    bad = [Compared("train", "different", "1 of 2 rows differ"), Compared("test", "exact")]
    case.__dict__["replays"] = Told([Compared("train", "exact")], bad, bad)
    with pytest.raises(Broken, match=r"^split: train: 1 of 2 rows differ; and 1 more steps differ$"):
        judge(case, [record_of(finished_run)] * 3)
