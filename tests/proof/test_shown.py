"""A run of another version keeps verifying: what cannot be drawn again is said, what both know must agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from evenkeel import __version__

if TYPE_CHECKING:
    from tests.proof.conftest import Forger

OLD = "0.0.9"


@pytest.fixture
def older(forger: Forger) -> Forger:
    """A run as an earlier version would have left it: fewer claims, fewer keys, another page."""
    forger.pretend(evenkeel=OLD)
    step = forger.record("report").step
    claims = step.parameters["claims"][:12]
    config = {key: value for key, value in step.parameters["config"].items() if key != "max_rows"}
    forger.restep("report", parameters={"claims": claims, "config": config})
    forger.tell()

    def fewer(report: dict[str, Any]) -> dict[str, Any]:
        kept = {key: value for key, value in report.items() if key != "scatter"}
        return kept | {"metrics": report["metrics"][:-1], "left_out_since": 1, "config": config}

    page = forger.store.put(b"<p>as it was drawn then</p>", "html")
    forger.swap(forger.record("report").outputs["html"], page)
    (forger.run.folder / "report.html").write_bytes(forger.store.get(page))
    change_report(forger, fewer)
    return forger


def change_report(forger: Forger, change: Any) -> None:
    forger.swap_json("report", "json", change)
    forger.edit("report.json", change)


def shown(forger: Forger) -> tuple[str, str]:
    claim = next(claim for claim in forger.verdict(tell=False).claims if claim.code == "EK012")
    return claim.outcome, claim.explanation


def test_a_run_of_an_earlier_version_verifies_and_says_that_its_page_was_not_drawn_again(
    older: Forger,
) -> None:
    verdict = older.verdict(tell=False)
    assert [claim for claim in verdict.claims if claim.outcome == "failed"] == []
    told = f"report.html was not drawn again: evenkeel {OLD} drew it, here {__version__}"
    assert shown(older)[1].endswith(f"; {told}")


WRONG: dict[str, Any] = {
    "a sentence": lambda report: report | {"recommended": report["recommended"] | {"sentence": "finds all"}},
    "a figure": lambda report: (
        report
        | {
            "strategies": report["strategies"]
            | {
                "none": report["strategies"]["none"]
                | {"test": report["strategies"]["none"]["test"] | {"roc_auc": 1.0}}
            }
        }
    ),
    "a digest": lambda report: report | {"split": report["split"] | {"test_digest": "0" * 64}},
    "the claims": lambda report: report | {"claims": []},
}


@pytest.mark.parametrize("what", WRONG)
def test_a_report_of_an_earlier_version_that_says_otherwise_is_found(older: Forger, what: str) -> None:
    change_report(older, WRONG[what])
    assert shown(older) == ("failed", "report.json does not follow from the records")


def test_a_config_that_an_earlier_report_shows_otherwise_is_found(older: Forger) -> None:
    step = older.record("report").step
    config = step.parameters["config"] | {"folds": 4}
    older.restep("report", parameters=step.parameters | {"config": config})
    assert "EK011" in older.failed(tell=False)


@pytest.mark.parametrize("change", ["fewer", "another outcome"])
def test_claims_that_an_earlier_report_does_not_tell_as_they_are_come_out(older: Forger, change: str) -> None:
    step = older.record("report").step
    claims = step.parameters["claims"]
    said = claims[:4] if change == "fewer" else [{**claims[0], "outcome": "passed"}, *claims[1:]]
    older.restep("report", parameters=step.parameters | {"claims": said})
    change_report(older, lambda report: report | {"claims": said})
    assert shown(older) == ("failed", "the report shows other outcomes of the claims than come out now")


def test_figures_of_run_json_must_agree_with_those_of_today(older: Forger) -> None:
    older.edit("run.json", lambda about: about | {"recommended": "smote"})
    assert shown(older) == ("failed", "run.json tells other figures than the records")


def test_the_figures_of_an_earlier_run_are_replayed_as_ever(older: Forger) -> None:
    older.swap_json("evaluate none", "figures", lambda made: made | {"test": made["test"] | {"roc_auc": 1.0}})
    assert "EK010" in older.failed()


def test_a_page_that_other_libraries_drew_otherwise_is_said_not_failed(forger: Forger) -> None:
    forger.pretend(altair="6.0.0")
    forger.tell()
    page = forger.store.put(b"<p>as the other library draws it</p>", "html")
    forger.swap(forger.record("report").outputs["html"], page)
    (forger.run.folder / "report.html").write_bytes(forger.store.get(page))
    outcome, told = shown(forger)
    assert outcome == "passed"
    assert "; report.html was drawn in another environment (altair 6.0.0, here " in told
