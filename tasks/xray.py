"""X-ray: what leaks would have reported of one strategy, on train rows alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evenkeel import units
from evenkeel.config import Strategy
from evenkeel.execution import Label, Unit
from evenkeel.ledger import Products, Record, Step
from evenkeel.plan import xray_parameters
from evenkeel.xray import Part, Question, findings, parts
from tasks.stage import Context, Done, each, stage


@stage
def xray(context: Context, split: Done, strategy: Strategy) -> Mapping[str, Record]:
    """The figures of honest work and of each leak; the train rows stand for a whole table."""
    store, train = context.store, split.ref("train")
    parameters = xray_parameters(context.config, split.record.facts, strategy)
    question = Question.model_validate(parameters)
    jobs = parts(question)
    name = strategy.name
    step = Step(stage="xray", subject=name, parameters=parameters, inputs={"train": train})

    def unit_list(_: str) -> list[Unit]:
        return [(units.xray_part, (context.root, train, question, part)) for part in jobs]

    def products(results: list[Any]) -> tuple[Products, float]:
        made = findings(store.get_table(train), question, [result.scores for result in results])
        seconds = sum(result.seconds for result in results)
        return Products({"xray": store.put_json(made)}, question.size), seconds

    return each(
        context,
        {name: step},
        unit_list,
        products,
        label=lambda _, index: Label(_called(name, jobs[index])),
        seal=context.seal(split),
    )


def _called(strategy: str, part: Part) -> str:
    """What a person calls a part while it runs."""
    names = {
        "resampled": "resampled before the split",
        "fold": f"fold {part.number + 1}, every model",
        "scaled": f"scaled before the split, fold {part.number + 1}",
        "seed": f"split seed {part.number + 1}",
    }
    return f"{strategy}, {names[part.kind]}"
