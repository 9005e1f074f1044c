"""The table of diagnostics and the page that describes them say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evenkeel.diagnosing import DIAGNOSTICS, SEVERITIES

PAGE = (Path(__file__).parents[2] / "docs/diagnostics.md").read_text(encoding="utf-8")


def test_codes_are_numbered_without_a_gap() -> None:
    assert list(DIAGNOSTICS) == [f"EKD{number:03}" for number in range(1, len(DIAGNOSTICS) + 1)]


def test_the_page_lists_them_all() -> None:
    rows = re.findall(r"^\| \[(EKD\d+)\]\(#(ekd\d+)\) \| (.+?) \| (\w+) \| (\w+) \|$", PAGE, re.MULTILINE)
    assert [(code, title, of) for code, _, title, of, _ in rows] == [
        (entry.code, entry.title, entry.of) for entry in DIAGNOSTICS.values()
    ]
    assert all(anchor == code.lower() and worst in SEVERITIES for code, anchor, _, _, worst in rows)


@pytest.mark.parametrize("code", DIAGNOSTICS)
def test_each_has_a_section_with_what_it_means_and_what_to_do(code: str) -> None:
    section = PAGE.split(f"\n## {code}\n")[1].split("\n## ")[0]
    title = DIAGNOSTICS[code].title
    assert f"**{title[0].upper()}{title[1:]}.**" in section
    assert "*Next:*" in section
    assert DIAGNOSTICS[code].link == f"docs/diagnostics.md#{code.lower()}"


def test_advice_is_one_or_two_sentences() -> None:
    assert all(30 < len(entry.advice) < 330 and entry.advice.endswith(".") for entry in DIAGNOSTICS.values())
