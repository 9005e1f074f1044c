"""Diagnose: what is likely to be wrong with the data, the folds, the fits and the resampling."""

from __future__ import annotations

from collections.abc import Mapping

from evenkeel.diagnosed import READS, diagnose_inputs, diagnosed
from evenkeel.ledger import Products, Record, Step, perform
from evenkeel.plan import diagnose_parameters
from evenkeel.training import one_thread
from tasks.stage import Context, Done, one, stage


@stage
def diagnose(
    context: Context,
    split: Done,
    preprocessed: Done,
    resampled: Done,
    trained: Done,
    decided: Done,
    judged: Done,
) -> Mapping[str, Record]:
    """One diagnosis of all strategies, from what the other stages stored; nothing but the report reads it."""
    store, config = context.store, context.config
    stages = {done.stage: done.records for done in (trained, decided, judged)}
    step = Step(
        stage="diagnose",
        parameters=diagnose_parameters(
            config, split.record.facts, {name: record.facts for name, record in resampled.records.items()}
        ),
        inputs=diagnose_inputs(
            {
                strategy.name: {
                    what: stages[wrote][strategy.name].outputs[what] for what, wrote in READS.items()
                }
                for strategy in config.strategies
            },
            train=split.ref("train"),
            test=split.ref("test"),
            preprocessor=preprocessed.ref("preprocessor"),
        ),
    )

    @one_thread
    def work() -> Products:
        made = diagnosed(store, step.inputs, step.parameters)
        return Products({"diagnosis": store.put_json(made)}, {"findings": len(made["findings"])})

    return one(perform(store, step, work))
