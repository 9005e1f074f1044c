"""Validate: the built-in checks and the config's own suite; a critical failure stops the run."""

from __future__ import annotations

from collections.abc import Mapping

from evenkeel import runs
from evenkeel.errors import ValidationStopped
from evenkeel.ledger import Products, Record, Step, perform
from evenkeel.plan import validate_parameters
from evenkeel.tables import ROW_ID
from evenkeel.validation import BuiltinRules, CheckResult, check_table, explain_stops, run_suite
from tasks import dashboard
from tasks.stage import Context, Done, one, stage


@stage
def validate(context: Context, ingested: Done) -> Mapping[str, Record]:
    """The results of all checks; a critical failure writes a stopped run and raises `ValidationStopped`."""
    config, store = context.config, context.store
    parameters = validate_parameters(config)
    rules, suite = BuiltinRules.model_validate(parameters["rules"]), list(config.validation)

    def work() -> Products:
        frame = store.get_table(ingested.ref("table"))
        ids, columns = frame[ROW_ID], frame.drop(columns=[ROW_ID, *parameters["ignored"]])
        results = check_table(columns, ids, rules)
        if suite and not any(result.stops for result in results):
            # the suite may ask about any column, the built-in checks only about those that are used
            results += run_suite(frame.drop(columns=ROW_ID), ids, suite)
        rows = [result.model_dump() for result in results]
        failed = sum(result.outcome in ("failed", "error") for result in results)
        return Products({"results": store.put_json(rows)}, {"checks": len(rows), "failed": failed})

    step = Step(stage="validate", parameters=parameters, inputs={"table": ingested.ref("table")})
    record = perform(store, step, work)
    results = [CheckResult.model_validate(row) for row in store.get_json(record.outputs["results"])]
    dashboard.show_validation(results)
    if any(result.stops for result in results):
        run = runs.write(store, config, [ingested.record, record], status="stopped")
        raise ValidationStopped(
            f"Validation stopped run {run}. {explain_stops(results)}\n\n"
            f"Next: mend the rows, or the check in the config. The results are kept: evenkeel show {run}",
            run,
        )
    return one(record)
