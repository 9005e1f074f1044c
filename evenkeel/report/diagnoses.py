"""What the page says is likely to be wrong: the diagnostics that found something, the worst first.

Runs that were not diagnosed have no such section.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evenkeel.report.figures import SEVERITIES, part

Report = Mapping[str, Any]
# findings of one diagnostic that stand in the open, the others are folded
MOST = 4


@dataclass(frozen=True)
class Group:
    """One diagnostic with the sentences of its findings; `severity` is that of the worst.

    `advice` is in pieces, each with whether it is something to type.
    """

    code: str
    title: str
    severity: str
    sentences: list[str]
    more: list[str]
    advice: list[tuple[str, bool]]
    link: str


@dataclass(frozen=True)
class Section:
    """All that the section shows; `headline` is for the first screen, empty where nothing is urgent."""

    headline: str
    tone: str
    urgent: list[Group]
    minor: list[Group]
    silenced: int
    nothing: list[str]
    not_looked: list[tuple[str, str]]


def section(report: Report) -> Section | None:
    """The diagnostics by what they found, or None where nothing was diagnosed."""
    found = part(report, "diagnostics")
    if not found:
        return None
    findings, looked = list(found.get("findings") or []), list(found.get("looked") or [])
    groups = _groups(findings)
    silenced = found.get("silenced") or []
    quiet = {str(each.get("code")) for each in (*findings, *silenced)}
    return Section(
        headline=headline(findings),
        tone="bad" if any(each.get("severity") == "critical" for each in findings) else "plain",
        urgent=[group for group in groups if group.severity != "info"],
        minor=[group for group in groups if group.severity == "info"],
        silenced=len(silenced),
        nothing=[
            _named(each)
            for each in looked
            if each.get("outcome") != "not looked" and each.get("code") not in quiet
        ],
        not_looked=[
            (_named(each), str(each.get("why"))) for each in looked if each.get("outcome") == "not looked"
        ],
    )


def headline(findings: Sequence[Report]) -> str:
    """How many findings are critical or warnings: "1 critical finding and 2 warnings"."""
    sizes = {name: sum(each.get("severity") == name for each in findings) for name in SEVERITIES}
    told = [
        f"{sizes[name]} {noun}{'s' * (sizes[name] != 1)}"
        for name, noun in (("critical", "critical finding"), ("warning", "warning"))
        if sizes[name]
    ]
    return " and ".join(told)


def _groups(findings: Sequence[Report]) -> list[Group]:
    """Findings of one code together, in the order in which codes come first: the most severe."""
    by_code: dict[str, list[Report]] = {}
    for each in findings:
        by_code.setdefault(str(each.get("code")), []).append(each)
    made = []
    for code, mine in by_code.items():
        sentences, first = [str(part(each, "evidence").get("sentence") or "") for each in mine], mine[0]
        made.append(
            Group(
                code=code,
                title=str(first.get("title") or ""),
                severity=str(first.get("severity") or ""),
                sentences=sentences[:MOST],
                more=sentences[MOST:],
                advice=_pieces(str(first.get("advice") or "")),
                link=str(first.get("link") or ""),
            )
        )
    return made


def _pieces(text: str) -> list[tuple[str, bool]]:
    """Text whose every other piece stands between backticks."""
    return [(piece, bool(place % 2)) for place, piece in enumerate(text.split("`")) if piece]


def _named(each: Report) -> str:
    return f"{each.get('code')} {each.get('title')}"
