"""How sure the figures of a run's test set are, and which differences between its strategies are real.

It reads what evaluation wrote for all strategies. Nothing here fits or decides, and nothing that does
reads it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from evenkeel.errors import DataError
from evenkeel.evaluation import several
from evenkeel.evaluation.bootstrap import sample
from evenkeel.evaluation.equal_alerts import at_equal_alerts
from evenkeel.evaluation.intervals import compared
from evenkeel.evaluation.operating import decide
from evenkeel.evaluation.recommend import chosen_by
from evenkeel.store import Ref, Store
from evenkeel.tables import ROW_ID
from evenkeel.training import judged

SEVERAL_CLASSES = "intervals and differences are of two classes; here are {} of them"


def compare_inputs(predictions: Mapping[str, Ref], decisions: Mapping[str, Ref]) -> dict[str, Ref]:
    """The inputs of a compare step by name, from those of every strategy."""
    return {
        **{f"predictions {name}": ref for name, ref in predictions.items()},
        **{f"decision {name}": ref for name, ref in decisions.items()},
    }


def compared_again(store: Store, inputs: Mapping[str, Ref], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The comparison that the stored predictions and decisions give."""
    names = parameters["strategies"]
    tables = {name: store.get_table(inputs[f"predictions {name}"]) for name in names}
    decisions = {name: store.get_json(inputs[f"decision {name}"]) for name in names}
    chosen = chosen_by(decisions, parameters["effort"], parameters["metric"])
    return comparison(
        tables,
        decisions,
        chosen,
        parameters["classes"],
        parameters["seed"],
        # runs that do not say so compared two classes alone
        per_class=parameters.get("per_class", False),
    )


def comparison(
    tables: Mapping[str, pd.DataFrame],
    decisions: Mapping[str, Mapping[str, Any]],
    chosen: str,
    classes: Sequence[str],
    seed: int,
    *,
    per_class: bool = False,
) -> dict[str, Any]:
    """Intervals of every strategy, and differences from each as a reference: see `intervals.compared`.

    `at_equal_alerts` compares with the `chosen` one, which the folds of train recommend: see its module.
    `tables` are predictions for the same test rows, `decisions` the operating points, both by strategy.
    `per_class` is for classes of equal standing, see `several.compared`: without a positive class there are
    no alerts. Where it is not said, with more than two classes only `applies`, which is false, and `why` are.
    Raises DataError where strategies were not judged on the same rows.
    """
    if len(classes) != 2 and not per_class:
        return {"applies": False, "why": SEVERAL_CLASSES.format(len(classes))}
    found = {name: judged(table, classes, decisions[name]) for name, table in tables.items()}
    y, ids = next(iter(found.values()))[0], next(iter(tables.values()))[ROW_ID].to_numpy()
    for name, table in tables.items():
        if not (np.array_equal(ids, table[ROW_ID].to_numpy()) and np.array_equal(y, found[name][0])):
            raise DataError(
                f"Expected the test rows of the first strategy, got others for {name!r}: differences of "
                f"figures on different rows are not paired. Next: this is a defect of the pipeline."
            )
    if per_class:
        p = np.array([probabilities for _, probabilities in found.values()])
        called = np.array([decide(each, None) for each in p])
        return {
            "applies": True,
            **several.compared(several.classed(y, ids, p, called), list(tables), classes, seed),
        }
    scores = np.array([probabilities[:, 1] for _, probabilities in found.values()])
    thresholds = np.array([decisions[name]["threshold"] for name in tables], dtype=np.float64)
    of, names = sample(y, ids, scores, thresholds), list(tables)
    return {
        "applies": True,
        **compared(of, names, seed),
        "at_equal_alerts": at_equal_alerts(of, names, names.index(chosen), seed),
    }
