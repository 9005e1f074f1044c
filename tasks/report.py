"""Report: the same findings and claims as one HTML page and one JSON file."""

from __future__ import annotations

from collections.abc import Mapping

from evenkeel.findings import findings, xrayed
from evenkeel.ledger import Products, Record, Step, perform
from evenkeel.plan import report_parameters
from evenkeel.proof import check_records
from evenkeel.report import render
from tasks import dashboard
from tasks.stage import Context, Done, one, stage

# what the page shows of each step; all of it is JSON; `examples` holds a few train rows
SHOWN = {
    "validate": ("results",),
    "resample": ("scatter", "examples"),
    "decide": ("decision",),
    "evaluate": ("figures",),
    "compare": ("comparison",),
    "explain": ("explanation",),
    "diagnose": ("diagnosis",),
    "xray": ("xray",),
    "tune": ("trials",),
}


@stage
def report(context: Context, earlier: list[Done]) -> Mapping[str, Record]:
    """The report, and the claims that can be checked before the run is sealed."""
    store = context.store
    records = [record for done in earlier for record in done.records.values()]
    claims = check_records(store, records)
    inputs = {
        f"{record.step.label}: {name}": record.outputs[name]
        for record in records
        for name in SHOWN.get(record.step.stage, ())
    }
    parameters = report_parameters(context.config, claims)

    def work() -> Products:
        found = {
            **findings(store, context.config, records),
            **xrayed(store, records),
            "claims": claims,
        }
        outputs = {"json": store.put_json(found), "html": store.put(render(found).encode(), "html")}
        return Products(outputs, {"recommended": found["recommended"]["strategy"]})

    record = perform(store, Step(stage="report", parameters=parameters, inputs=inputs), work)
    shown = store.get_json(record.outputs["json"])
    dashboard.show_comparison(shown)
    dashboard.show_diagnostics(shown)
    dashboard.show_verdict(shown)
    return one(record)
