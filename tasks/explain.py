"""Explain: why the recommended model decides as it does, whom it misses, and where it is worse."""

from __future__ import annotations

from collections.abc import Mapping

from evenkeel.evaluation.recommend import chosen_by
from evenkeel.explained import explain_inputs, explained
from evenkeel.ledger import Products, Record, Step, perform
from evenkeel.plan import choice, explain_parameters, strategy_named
from evenkeel.training import one_thread
from tasks.stage import Context, Done, one, stage


@stage
def explain(
    context: Context, split: Done, preprocessed: Done, trained: Done, decided: Done, judged: Done
) -> Mapping[str, Record]:
    """One explanation, of the strategy that the folds recommend; nothing after it fits or decides."""
    store, config = context.store, context.config
    decisions = {name: record.outputs["decision"] for name, record in decided.records.items()}
    found = {name: store.get_json(ref) for name, ref in decisions.items()}
    by = choice(config)
    chosen = chosen_by(found, by["effort"], by["metric"])
    step = Step(
        stage="explain",
        subject=chosen,
        parameters=explain_parameters(config, split.record.facts, strategy_named(config, chosen)),
        inputs=explain_inputs(
            decisions,
            train=split.ref("train"),
            test=split.ref("test"),
            preprocessor=preprocessed.ref("preprocessor"),
            model=trained.records[chosen].outputs["model"],
            predictions=judged.records[chosen].outputs["predictions"],
        ),
    )

    @one_thread
    def work() -> Products:
        made = explained(store, step.subject, step.inputs, step.parameters)
        return Products({"explanation": store.put_json(made)}, {"method": made["importance"]["method"]})

    return one(perform(store, step, work))
