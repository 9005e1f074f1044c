"""A comparison as text and as HTML. The HTML has no script, and escapes whatever comes from data."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from evenkeel import calling, terminal
from evenkeel.evaluation.metrics import METRICS
from evenkeel.notebook.tables import shown_metrics
from evenkeel.proof import Verdict
from evenkeel.report import numbers

# no colour of its own: it takes that of the notebook, light or dark
STYLE = """
.evenkeel { line-height: 1.4; }
.evenkeel table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .6em 0; }
.evenkeel th, .evenkeel td { padding: .25em .7em; text-align: right; vertical-align: top; }
.evenkeel th:first-child { text-align: left; }
.evenkeel thead th { border-bottom: 1px solid currentColor; vertical-align: bottom; }
.evenkeel tbody th { font-weight: normal; }
.evenkeel tr.evenkeel-chosen th, .evenkeel tr.evenkeel-chosen td { font-weight: bold; }
.evenkeel small { opacity: .8; }
"""
HEADS = {
    "train_rows": "train rows",
    "threshold": "threshold",
    "found": "found",
    "missed": "missed",
    "false_alarms": "false alarms",
}


def text(findings: Mapping[str, Any], table: pd.DataFrame, notes: Sequence[str], run: Path) -> str:
    """The table, the sentence, and where to look next, for a terminal."""
    heads = _heads(findings, table)
    rows = [
        {"strategy": name, **dict(zip(heads, cells, strict=True))}
        for name, cells in _rows(findings, table, " ")
    ]
    said = [terminal.table(["strategy", *heads], rows, right=heads), "", _legend(findings), ""]
    said += [f"note: {note}" for note in notes]
    return "\n".join([*said, findings["recommended"]["sentence"], "", *_places(run)])


def page(
    findings: Mapping[str, Any], table: pd.DataFrame, notes: Sequence[str], run: Path, config: str = ""
) -> str:
    """The same as a piece of HTML for a notebook, with the config that does what the verdict says."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in ("strategy", *_heads(findings, table)))
    body = "".join(
        f'<tr{_chosen(table, name)}><th scope="row">{escape(name)}</th>'
        + "".join(f"<td>{cell}</td>" for cell in cells)
        + "</tr>"
        for name, cells in _rows(findings, table, "<br>")
    )
    small = "<br>".join(escape(line) for line in (_legend(findings), *notes, *_places(run)))
    return (
        f'<div class="evenkeel"><style>{STYLE}</style>'
        f"<div><strong>{escape(findings['recommended']['sentence'])}</strong></div>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{_settled(config)}"
        f"<small>{small}</small></div>"
    )


def _settled(config: str) -> str:
    """The config that does what the verdict says, closed at first; nothing where there is none."""
    if not config:
        return ""
    return (
        "<details><summary>The config that does it: <code>result.recommended_config</code></summary>"
        f"<pre>{escape(config)}</pre></details>"
    )


def _heads(findings: Mapping[str, Any], table: pd.DataFrame) -> list[str]:
    titles = [METRICS[metric].title for metric in shown_metrics(findings)]
    return [title for column, title in HEADS.items() if column in table] + titles


def _rows(findings: Mapping[str, Any], table: pd.DataFrame, between: str) -> list[tuple[str, list[str]]]:
    """Each strategy with its cells; a metric has its value and, after `between`, its interval."""
    plain = [column for column in HEADS if column in table]
    metrics = shown_metrics(findings)
    return [
        (
            str(name),
            [
                *(_cell(column, row[column]) for column in plain),
                *(between.join(_figure(row, metric, known=_known(findings))) for metric in metrics),
            ],
        )
        for name, row in table.iterrows()
    ]


def _cell(column: str, value: Any) -> str:
    return numbers.threshold(value) if column == "threshold" else numbers.count(value)


def _figure(row: pd.Series[Any], metric: str, *, known: bool) -> tuple[str, str]:
    """The value on test with its interval; where that is not known, the mean over the folds with its own."""
    column = metric if known else f"{metric}_cv"
    low, high = (numbers.score(row[f"{column}_{end}"]) for end in ("low", "high"))
    return numbers.score(row[column]), f"[{low}, {high}]"


def _known(findings: Mapping[str, Any]) -> bool:
    """Whether figures on test have intervals."""
    return all("test_intervals" in strategy for strategy in findings["strategies"].values())


def _legend(findings: Mapping[str, Any]) -> str:
    test, train = (sum(findings["split"][side].values()) for side in ("test", "train"))
    if _known(findings):
        return f"On the {test:,} test rows, with 95 % intervals."
    counted = f" Counts: the {test:,} test rows." if findings["operating_point"]["applies"] else ""
    config = findings["config"]
    folds = f"the {config['folds'] * config.get('repeats', 1)} folds of the {train:,} train rows"
    return f"Means over {folds}, with 95 % intervals that hold for all strategies together.{counted}"


def _places(run: Path) -> list[str]:
    store = run.parent.parent
    again = "" if store == calling.DEFAULT_STORE else f" --store {shlex.quote(str(store))}"
    return [
        f"report: result.report(), {run / 'report.html'}",
        f"check it: result.verify(), evenkeel verify {run.name}{again}",
    ]


def _chosen(table: pd.DataFrame, name: str) -> str:
    return ' class="evenkeel-chosen"' if table.loc[name, "recommended"] else ""


class Page(os.PathLike[str]):
    """The HTML report of a run: a path, which a notebook shows in place, in a frame of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def html(self) -> str:
        """The page itself."""
        return self.path.read_text(encoding="utf-8")

    def __fspath__(self) -> str:
        return str(self.path)

    def __str__(self) -> str:
        return str(self.path)

    def __repr__(self) -> str:
        return f"Page({str(self.path)!r})"

    def _repr_html_(self) -> str:
        # scripts of the page run in its frame, and can reach nothing outside of it
        return (
            f'<iframe title="Report" sandbox="allow-scripts" style="width:100%;height:80vh;border:0" '
            f'srcdoc="{escape(self.html)}"></iframe><br><small>{escape(str(self.path))}</small>'
        )


class ShownVerdict(Verdict):
    """The verdict on a run, in a notebook one line per claim."""

    def __repr__(self) -> str:
        return terminal.verdict_text(self)

    def __str__(self) -> str:
        return terminal.verdict_text(self)

    def _repr_html_(self) -> str:
        return f'<pre style="white-space:pre-wrap">{escape(terminal.verdict_text(self))}</pre>'
