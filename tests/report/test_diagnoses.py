"""The section of diagnostics: what is urgent comes first, and names from data stay text."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.report import render
from evenkeel.report.diagnoses import MOST, headline, section

Report = dict[str, Any]
HOSTILE = "</script><b onmouseover=alert(1)>"


def finding(code: str, severity: str, subject: str = "x") -> Report:
    return {
        "code": code,
        "title": f"title of {code}",
        "severity": severity,
        "subject": subject,
        "evidence": {"sentence": f"{subject} is odd.", "numbers": {}},
        "advice": "Do something.",
        "link": f"docs/diagnostics.md#{code.lower()}",
    }


def diagnosed(*findings: Report, silenced: tuple[Report, ...] = ()) -> Report:
    looked = [
        {"code": "EKD001", "title": "title of EKD001", "outcome": "found", "why": ""},
        {"code": "EKD003", "title": "title of EKD003", "outcome": "nothing found", "why": ""},
        {"code": "EKD009", "title": "title of EKD009", "outcome": "not looked", "why": "too few rows"},
    ]
    return {"diagnostics": {"findings": list(findings), "silenced": list(silenced), "looked": looked}}


def test_without_a_diagnosis_there_is_no_section(small: dict[str, Report]) -> None:
    assert section({}) is None
    assert 'id="diagnostics"' not in render(small["binary"])


@pytest.mark.parametrize(
    ("severities", "said"),
    [
        ([], ""),
        (["info"], ""),
        (["warning"], "1 warning"),
        (["critical", "warning", "warning", "info"], "1 critical finding and 2 warnings"),
    ],
)
def test_the_headline_counts_what_is_urgent(severities: list[str], said: str) -> None:
    assert headline([finding("EKD001", severity) for severity in severities]) == said


def test_the_first_screen_links_to_what_is_urgent(small: dict[str, Report]) -> None:
    page = render(small["binary"] | diagnosed(finding("EKD001", "critical"), finding("EKD004", "info")))
    top, rest = page.split("<main", 1)
    assert '<a href="#diagnostics">1 critical finding</a>' in top
    assert rest.index("title of EKD001") < rest.index("for your information") < rest.index("title of EKD004")
    quiet = render(small["binary"] | diagnosed(finding("EKD004", "info")))
    assert "critical finding" not in quiet.split("<main", 1)[0]


def test_findings_of_one_diagnostic_stand_together_and_many_are_folded() -> None:
    many = [finding("EKD009", "warning", f"s{number}") for number in range(MOST + 2)]
    told = section(diagnosed(*many, finding("EKD001", "warning")))
    assert told is not None
    assert [(group.code, len(group.sentences), len(group.more)) for group in told.urgent] == [
        ("EKD009", MOST, 2),
        ("EKD001", 1, 0),
    ]


def test_silenced_findings_are_counted_and_not_shown(small: dict[str, Report]) -> None:
    page = render(small["binary"] | diagnosed(silenced=(finding("EKD001", "critical", "secret"),)))
    assert "1 finding is silenced" in page
    assert "secret is odd" not in page


def test_what_found_nothing_and_what_could_not_look_are_told_apart() -> None:
    told = section(diagnosed(finding("EKD001", "warning")))
    assert told is not None
    assert told.nothing == ["EKD003 title of EKD003"]
    assert told.not_looked == [("EKD009 title of EKD009", "too few rows")]


def test_names_from_data_stay_text(small: dict[str, Report]) -> None:
    page = render(small["binary"] | diagnosed(finding("EKD002", "critical", HOSTILE)))
    assert "<b onmouseover" not in page
    assert "&lt;b onmouseover" in page


def test_a_part_of_it_may_be_missing(small: dict[str, Report]) -> None:
    assert "</html>" in render(small["binary"] | {"diagnostics": {"findings": [{"code": "EKD001"}]}})
