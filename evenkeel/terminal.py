"""What the command line shows when it is done: plain text tables."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenkeel.errors import EvenkeelError, StoreError
from evenkeel.evaluation.metrics import METRICS
from evenkeel.memory import text as size
from evenkeel.runs import Run
from evenkeel.saved import of_run

if TYPE_CHECKING:
    from evenkeel.export import Exported
    from evenkeel.proof import Verdict
    from evenkeel.proof.audit import Checked, Finding, Rows

# diagnostics of which the worst finding is shown
MOST_DIAGNOSED = 5
# and of the others the subjects
MOST_SUBJECTS = 4
MARKS = {"passed": "ok  ", "failed": "FAIL", "not applicable": "n/a "}


def table(columns: Sequence[str], rows: Sequence[Mapping[str, Any]], right: Collection[str] = ()) -> str:
    """Aligned columns; numbers to the right, as are the columns named in `right`."""
    cells = [[_cell(row.get(column)) for column in columns] for row in rows]
    widths = [max(len(text) for text in column) for column in zip(columns, *cells, strict=True)]
    to_the_right = [
        column in right
        or all(isinstance(row.get(column), int | float) or row.get(column) is None for row in rows)
        for column in columns
    ]
    lines = [
        "  ".join(
            text.rjust(width) if r else text.ljust(width)
            for text, width, r in zip(line, widths, to_the_right, strict=True)
        )
        for line in [list(columns), *cells]
    ]
    return "\n".join(line.rstrip() for line in lines)


def run_text(result: Mapping[str, Any], store: str) -> str:
    """The comparison, the recommendation, and where to look next."""
    rows = [_strategy_row(name, strategy) for name, strategy in result["strategies"].items()]
    said = [table(list(rows[0]), rows), "", result["sentence"], *_approximate(result)]
    return "\n".join([*said, *_diagnostics(result), "", *_places(result, store)])


def xray_text(result: Mapping[str, Any], store: str) -> str:
    """The lines of the X-ray, what its worst leak does, and where to look next."""
    found = result["xray"]
    rows = [_xray_row(line) for line in found["lines"]]
    picked = METRICS[found["metric"]].title
    where = f"{found['strategy']} on the {found['rows']:,} train rows in {found['folds']} folds"
    said = [
        f"{where}; the test set is not looked at here",
        "",
        table(list(rows[0]), rows),
        "",
        "+ is how much better than honest a leak looks (tune-on-test: than honest-tuning), .. is from the",
        f"lowest to the highest fold. The best seed and the best models are the best by {picked}.",
        "",
        found["sentence"],
    ]
    return "\n".join([*said, "", *_places(result, store)])


def _xray_row(line: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {"evaluation": line["name"]}
    for key, short in (("roc_auc", "AUC"), ("average_precision", "AP")):
        row[METRICS[key].title] = line["figures"][key]["value"]
        row[f"{short} too good by"] = _flattered(line, key)
    return row | {METRICS[key].title: line["figures"][key]["value"] for key in ("recall", "precision")}


def _flattered(line: Mapping[str, Any], metric: str) -> str:
    """How much better than honest a leak looks; for honest lines the lowest and the highest fold."""
    if line["too_good"] is None:
        low, high = (line["figures"][metric][end] for end in ("low", "high"))
        return "–" if low is None else f"{low:.3f}..{high:.3f}"
    more = line["too_good"][metric]
    return "–" if more is None else f"{round(more, 3) + 0.0:+.3f}"


def _places(result: Mapping[str, Any], store: str) -> list[str]:
    again = "" if store == "data/store" else f" --store {store}"
    return [
        f"report       {_near(result['report'])}",
        f"certificate  {_near(result['certificate'])}",
        f"use it       evenkeel show {result['run']}{again} --config > best.yaml",
        f"check it     evenkeel verify {result['run']}{again}",
    ]


def resampled_text(result: Mapping[str, Any]) -> str:
    """What each sampler did, what came out, and where it is."""
    links = [
        {"sampler": link["sampler"], "before": _counts(link["before"]), "after": _counts(link["after"])}
        for link in result["links"]
    ]
    notes = [f"{link['sampler']}: {note}" for link in result["links"] for note in link["notes"]]
    made = result["made"]
    near = made["majority_territory"]
    where = "" if near is None else f", {near:,} of them nearer to another class than to their own"
    before = sum(result["links"][0]["before"].values()) if links else result["rows"]
    gone = before - (result["rows"] - made["synthetic"] - made["copies"])
    told = (
        f"{result['rows']:,} rows ({_counts(result['counts'])}): {made['synthetic']:,} synthetic{where}, "
        f"{made['copies']:,} copies" + (f", {gone:,} train rows left out" if gone else "")
    )
    if not links:
        told = (
            f"{result['strategy']} resamples nothing: these are the {result['rows']:,} train rows as they are"
        )
    shown = [table(list(links[0]), links), ""] if links else []
    return "\n".join([*shown, *notes, *([""] if notes else []), told, f"written to {result['output']}"])


def _approximate(told: Mapping[str, Any]) -> list[str]:
    """A line where neighbours were approximate."""
    # listing runs need not wait for what resampling imports
    from evenkeel.resampling.searches import marked

    mark = marked(told.get("approximate_neighbors", {}))
    return [f"{mark}."] if mark else []


def _diagnostics(told: Mapping[str, Any]) -> list[str]:
    """How much the diagnostics found, and the worst of it: a line for each diagnostic."""
    if "diagnostics" not in told:
        return []
    from evenkeel.diagnosing import SEVERITIES

    findings, silenced = told["diagnostics"]["findings"], told["diagnostics"]["silenced"]
    sizes = [(name, sum(found["severity"] == name for found in findings)) for name in SEVERITIES]
    counted = ", ".join(_counted(size, name) for name, size in sizes if size) or "nothing found"
    left = f", {len(silenced)} silenced" if silenced else ""
    urgent = [found for found in findings if found["severity"] != "info"]
    by_code = {
        code: [f for f in urgent if f["code"] == code] for code in dict.fromkeys(f["code"] for f in urgent)
    }
    lines = [_diagnosed(mine) for mine in list(by_code.values())[:MOST_DIAGNOSED]]
    more = len(by_code) - len(lines)
    rest = [f"  and {more} more diagnostic{'s' * (more != 1)} in the report"] if more else []
    return ["", f"diagnostics: {counted}{left}", *lines, *rest]


def _counted(size: int, severity: str) -> str:
    """How many findings of a severity, in words: 1 critical, 2 warnings, 3 notes."""
    said = {"warning": "warning", "info": "note"}.get(severity)
    return f"{size} {severity if said is None else said + 's' * (size != 1)}"


def _diagnosed(findings: Sequence[Mapping[str, Any]]) -> str:
    """One line for the findings of a diagnostic: the worst of them, and whom the others are about."""
    worst, others = findings[0], [str(found["subject"]) for found in findings[1:]]
    left = len(others) - MOST_SUBJECTS
    more = f" Also {', '.join(others[:MOST_SUBJECTS])}" if others else ""
    more += f" and {left} more" if left > 0 else ""
    line = (
        f"  {worst['severity']:8}  {worst['code']}  {worst['title']}: {worst['evidence']['sentence']}{more}"
    )
    # names of columns come from data: nothing in them may steer the terminal
    return "".join(c if c.isprintable() else "?" for c in line)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name}: {rows:,}" for name, rows in counts.items())


def verdict_text(verdict: Verdict) -> str:
    """One line per claim, what no claim is about, then the outcome."""
    lines = [
        f"{MARKS[claim.outcome]} {claim.code}  {claim.title}: {claim.explanation}" for claim in verdict.claims
    ]
    failed = sum(claim.outcome == "failed" for claim in verdict.claims)
    end = (
        _verified(verdict)
        if verdict.verified
        else f"NOT VERIFIED: {failed} claim{'s' * (failed != 1)} failed"
    )
    open_ = "; ".join(verdict.not_checked)
    return "\n".join([*lines, f"not checked: {open_} (docs/claims.md)", f"{verdict.run}: {end}"])


def _verified(verdict: Verdict) -> str:
    """What may be said of a run no claim of which failed: no more than was checked."""
    if not verdict.without_objects:
        return "verified"
    unchecked = sum(claim.outcome == "not applicable" for claim in verdict.claims)
    return f"verified from its records alone: {unchecked} claims were not checked, for want of the objects"


def exported_text(exported: Exported) -> str:
    """Where the certificate is, what it holds, and how to check it."""
    near = _near(exported.folder)
    left_out = f", without the {exported.left_out:,} objects" if exported.left_out else ""
    return "\n".join(
        [
            f"certificate of {exported.run}{left_out}: {exported.files:,} files, {size(exported.bytes)}",
            f"signed by    {exported.key or 'nobody: runs of format 1 were not'}",
            f"written to   {near}",
            f"check it     evenkeel verify {near} (README.txt there: three more ways)",
        ]
    )


def audit_text(made: Sequence[Checked]) -> str:
    """The findings, most severe first, with what to do next; then what was clean, and what not checked."""
    from evenkeel.proof.audit import in_order

    found = in_order(made)
    parts = [_finding_text(finding) for finding in found]
    for outcome in ("nothing found", "not checked"):
        lines = [
            f"{check.code}  {check.title}" + (f": {check.explanation}" if check.explanation else "")
            for check in made
            if check.outcome == outcome
        ]
        parts += ["\n".join([outcome, *(f"  {line}" for line in lines)])] if lines else []
    numbers = {name: sum(f.severity == name for f in found) for name in ("critical", "warning", "info")}
    counts = f"{numbers['critical']} critical, {numbers['warning']} warning, {numbers['info']} info"
    end = "nothing speaks against this test set"
    if numbers["critical"]:
        end = "FIGURES OF THIS TEST SET ARE NOT TO BE TRUSTED"
    elif numbers["warning"]:
        end = "nothing is certain, but look at the warnings"
    rows = ["Rows are counted from 0, the first below the header."] if any(f.rows for f in found) else []
    return "\n\n".join([*parts, *rows, f"{counts}: {end}"])


def _finding_text(finding: Finding) -> str:
    rows = [f"rows  {_rows_text(rows)}" for rows in finding.rows]
    lines = [finding.evidence, *rows, f"next  {finding.step}"]
    wrapped = [
        textwrap.fill(
            line, 110, initial_indent=" " * 10, subsequent_indent=" " * (10 if line is lines[0] else 16)
        )
        for line in lines
    ]
    return "\n".join([f"{finding.severity:8}  {finding.code}  {finding.title}", *wrapped])


def _rows_text(rows: Rows) -> str:
    shown = ", ".join(str(number) for number in rows.numbers)
    more = f" and {rows.count - len(rows.numbers):,} more" if rows.count > len(rows.numbers) else ""
    return f"of {rows.table}: {shown}{more}"


def listed(run: Run) -> dict[str, Any]:
    """One run of the listing; a damaged one is listed as such."""
    try:
        about = run.about
    except EvenkeelError:
        return {"run": run.name, "status": "damaged", "finished": None, "recommended": None}
    return {key: about.get(key) for key in ("run", "status", "finished", "recommended")}


def runs_text(rows: Sequence[Mapping[str, Any]], store: str) -> str:
    """The listing of all runs."""
    if not rows:
        return f"No runs in {store} yet. Next: evenkeel run configs/quickstart.yaml"
    return table(["run", "status", "finished", "recommended"], rows)


def shown(run: Run) -> dict[str, Any]:
    """Everything about a run but its artifacts."""
    steps = [
        {"step": record.step.label, "seconds": record.seconds, "reused": record.reused, "facts": record.facts}
        for record in run.records()
    ]
    checks = [
        row
        for record in run.records()
        if record.step.stage == "validate"
        for row in run.store.get_json(record.outputs["results"])
        if row["outcome"] in ("failed", "error")
    ]
    return {**run.about, "steps": steps, "checks": checks, "folder": str(run.folder)}


def settled_text(run: Run) -> str:
    """The config that does what the verdict of a run says, as YAML, with the place of its rows.

    Raises `StoreError` for runs that stopped before their verdict, and those before version 0.3.
    """
    page = run.folder / "report.json"
    config = json.loads((run.folder / "config.json").read_bytes())
    text = of_run(json.loads(page.read_bytes()), config) if page.is_file() else ""
    if not text:
        raise StoreError(
            f"Expected a run with a verdict that says which config does it, got {run.name}, which stopped "
            f"before or is older than version 0.3. Next: run its config again."
        )
    return text


def show_text(shown: Mapping[str, Any]) -> str:
    """A run as text."""
    steps = [{**step, "reused": "yes" if step["reused"] else ""} for step in shown["steps"]]
    parts = [f"{shown['run']}: {shown['status']}, finished {shown['finished']}"]
    parts.append(table(["step", "seconds", "reused"], steps))
    if shown["checks"]:
        parts.append(table(["severity", "check", "column", "observed", "rows"], shown["checks"]))
    if "strategies" in shown:
        rows = [_strategy_row(name, strategy) for name, strategy in shown["strategies"].items()]
        parts += [
            table(list(rows[0]), rows),
            "\n".join([shown["sentence"], *_approximate(shown), *_diagnostics(shown)]),
        ]
    return "\n\n".join([*parts, shown["folder"]])


def samplers_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """The sampler table."""
    joined = [{**row, "parameters": ", ".join(row["parameters"])} for row in rows]
    return table(["name", "family", "what", "source", "parameters"], joined)


def models_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """The model table; models that draw balanced bags say so."""
    said = [{**row, "balances": "its own bags" if row["balances"] else "no"} for row in rows]
    return table(["kind", "what", "balances", "class"], said)


def _strategy_row(name: str, strategy: Mapping[str, Any]) -> dict[str, Any]:
    test, at = strategy["test"], strategy["test"]["at_operating_point"]
    row: dict[str, Any] = {"strategy": name, "train rows": sum(strategy["train_counts"].values())}
    if "matrix" not in at:
        half = test["at_half"]
        row |= {
            "missed@0.5": half["fn"],
            "threshold": _short(at["threshold"]),
            "missed": at["fn"],
            "found": at["tp"],
        }
        row |= {"false alarms": at["fp"]}
    shown = ("average_precision", "roc_auc", "brier") if "matrix" not in at else ("recall", "f1", "roc_auc")
    return row | {METRICS[key].title: test[key] for key in shown}


def _short(value: float | None) -> str:
    """A threshold: small ones must not become 0.000."""
    return "–" if value is None else f"{value:.3g}"


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    return (
        f"{value:.3f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
    )


def _near(path: str) -> str:
    """A path as seen from here, where that is shorter."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path
