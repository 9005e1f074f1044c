"""What the terminal says of diagnostics: counts, the worst of each, and nothing that could steer it."""

from __future__ import annotations

from typing import Any

from evenkeel import terminal


def finding(code: str, severity: str, subject: str) -> dict[str, Any]:
    evidence = {"sentence": f"{subject} is odd.", "numbers": {}}
    return {"code": code, "severity": severity, "subject": subject, "title": "title", "evidence": evidence}


def lines(*findings: dict[str, Any], silenced: tuple[Any, ...] = ()) -> list[str]:
    told = {"diagnostics": {"findings": list(findings), "silenced": list(silenced)}}
    return terminal._diagnostics(told)


def test_runs_that_were_not_diagnosed_say_nothing() -> None:
    assert terminal._diagnostics({}) == []


def test_nothing_found_is_said() -> None:
    assert lines() == ["", "diagnostics: nothing found"]


def test_each_diagnostic_has_one_line_the_worst_first() -> None:
    found = lines(
        finding("EKD002", "critical", "a"),
        finding("EKD009", "warning", "b"),
        finding("EKD009", "warning", "c"),
        finding("EKD004", "info", "d"),
        silenced=(finding("EKD001", "warning", "e"),),
    )
    assert found[1] == "diagnostics: 1 critical, 2 warnings, 1 note, 1 silenced"
    assert [line.split()[:2] for line in found[2:]] == [["critical", "EKD002"], ["warning", "EKD009"]]
    assert found[3].endswith("b is odd. Also c")


def test_many_are_cut_short() -> None:
    found = lines(*(finding(f"EKD{number:03}", "warning", "x") for number in range(1, 9)))
    assert found[-1] == "  and 3 more diagnostics in the report"
    assert len(found) == 2 + 5 + 1


def test_a_name_from_data_cannot_steer_the_terminal() -> None:
    found = lines(finding("EKD002", "critical", "a\x1b[31m\nb"), finding("EKD002", "critical", "\x1b[0m"))
    assert "\x1b" not in "".join(found)
    assert "\n" not in "".join(found)
