"""Seal: write the folder of the run, whole, with the digests of everything in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evenkeel import runs
from evenkeel.findings import summary
from tasks import dashboard
from tasks.stage import Context, Done, as_task


@as_task
def seal(context: Context, stages: list[Done]) -> dict[str, Any]:
    """The result of the run, as `evenkeel run --json` prints it."""
    store, reported = context.store, stages[-1]
    found = store.get_json(reported.ref("json"))
    result = {**summary(found), "timings": {done.stage: done.seconds for done in stages}}
    run = runs.write(
        store,
        context.config,
        [record for done in stages for record in done.records.values()],
        status="completed",
        files={
            "report.json": store.get(reported.ref("json")),
            "report.html": store.get(reported.ref("html")),
        },
        claims=found["claims"],
        about=result,
    )
    folder = Path(context.root).resolve() / "runs" / run
    dashboard.show_report(run, folder / "report.html")
    place = {"report": str(folder / "report.html"), "certificate": str(folder / "certificate.json")}
    return {"run": run, "status": "completed", **place, **result}
