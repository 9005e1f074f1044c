"""Decide: the operating point of every strategy, and its cross-validated figures, from train alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evenkeel.config import RunConfig
from evenkeel.ledger import Products, Record, Step, perform
from evenkeel.training import decision
from tasks.stage import Context, Done, stage


@stage
def decide(context: Context, split: Done, trained: Done) -> Mapping[str, Record]:
    """Thresholds and cross-validated figures; none of it has seen a test row."""
    parameters = decide_parameters(context.config, split)
    return {
        name: perform(
            context.store,
            step := Step(
                stage="decide",
                subject=name,
                parameters=parameters,
                inputs={"out_of_fold": record.outputs["out_of_fold"]},
            ),
            lambda step=step: _work(context, step),  # type: ignore[misc]
        )
        for name, record in trained.records.items()
    }


def decide_parameters(config: RunConfig, split: Done) -> dict[str, Any]:
    """The rule; `alerts` is turned into a share of rows, because the test set and train differ in size."""
    facts = split.record.facts
    if config.target.positive is None:
        return {"classes": facts["classes"], "rule": None, "alert_share": None}
    rule = config.operating_point.model_dump(exclude_none=True)
    share = rule["alerts"] / sum(facts["test"].values()) if "alerts" in rule else None
    return {"classes": facts["classes"], "rule": rule, "alert_share": share}


def _work(context: Context, step: Step) -> Products:
    made = decision(context.store.get_table(step.inputs["out_of_fold"]), step.parameters)
    return Products({"decision": context.store.put_json(made)}, {"threshold": made["threshold"]})
