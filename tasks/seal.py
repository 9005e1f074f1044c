"""Seal: write the folder of the run, whole, with the digests of everything in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.context import FlowRunContext

from evenkeel import runs
from evenkeel.findings import summary
from tasks import dashboard
from tasks.stage import Context, Done


def seal(context: Context, stages: list[Done]) -> dict[str, Any]:
    """The result of the run, as `evenkeel run --json` prints it; a task where Prefect watches."""
    return _task(context, stages) if FlowRunContext.get() else _seal(context, stages)


def _seal(context: Context, stages: list[Done]) -> dict[str, Any]:
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


_task = task(_seal, name="seal", cache_policy=NO_CACHE, persist_result=False, result_serializer="json")
