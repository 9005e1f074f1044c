"""Split: train and test, before anything is fitted or balanced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evenkeel.config import RunConfig
from evenkeel.ledger import Products, Record, Step, perform
from evenkeel.splitting import split_table
from tasks.stage import Context, Done, one, stage


@stage
def split(context: Context, ingested: Done, validated: Done) -> Mapping[str, Record]:  # noqa: ARG001 - the gate
    """The train and the test table, and what their columns are for."""
    store, parameters = context.store, split_parameters(context.config)

    def work() -> Products:
        made = split_table(store.get_table(ingested.ref("table")), parameters)
        outputs = {"train": store.put_table(made.train, "train"), "test": store.put_table(made.test, "test")}
        return Products(outputs, made.facts)

    step = Step(stage="split", parameters=parameters, inputs={"table": ingested.ref("table")})
    return one(perform(store, step, work))


def split_parameters(config: RunConfig) -> dict[str, Any]:
    """All that the split depends on beside the rows; `evenkeel.proof` replays the split from these."""
    return {
        "split": config.split.model_dump(mode="json"),
        "target": config.target.column,
        "positive": config.target.positive,
        "not_features": sorted(config.not_features),
        "categorical": list(config.categorical),
    }
