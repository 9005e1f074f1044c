"""The diagnosis of a run from what its steps stored: for a task, and for a replay.

It is the last look at the test rows. A model is fitted that tells them from train rows (EKD005); it knows no
label and is thrown away, and no step that fits or decides reads what comes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from evenkeel.diagnosing import Judged, Seen, diagnose
from evenkeel.evaluation.recommend import chosen_by
from evenkeel.models import load_model, probabilities
from evenkeel.recipe import Recipe
from evenkeel.store import Ref, Store
from evenkeel.tables import FOLD, encode_labels
from evenkeel.training import judged, load_preprocessor, read_predictions

# what a diagnosis reads of every strategy, and the stage that wrote it
READS = {"model": "train", "out_of_fold": "train", "decision": "decide", "predictions": "evaluate"}
# train rows of each class that final models are asked about
MOST_ROWS = 2_500


def diagnose_inputs(strategies: Mapping[str, Mapping[str, Ref]], **shared: Ref) -> dict[str, Ref]:
    """The inputs of a diagnose step by name: those `shared` by all strategies, and by strategy `READS`."""
    own = {f"{name} {strategy}": refs[name] for strategy, refs in strategies.items() for name in READS}
    return {**shared, **own}


def diagnosed(store: Store, inputs: Mapping[str, Ref], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What the stored rows, models and predictions of all strategies give; see `diagnosing.diagnose`."""
    recipe = Recipe.model_validate(parameters["recipe"])
    train, test = (store.get_table(inputs[name]) for name in ("train", "test"))
    frame = pd.concat([train, test], ignore_index=True)
    preprocessor = load_preprocessor(store.get(inputs["preprocessor"]), recipe)
    y = encode_labels(frame[recipe.target], recipe.classes).codes
    shown = _drawn(y[: len(train)], recipe)
    X = preprocessor.transform(train.iloc[shown].reset_index(drop=True))
    strategies = {
        name: _strategy(store, inputs, parameters, name, recipe, len(train), shown, X)
        for name in parameters["strategies"]
    }
    decisions = {name: each.decision for name, each in strategies.items()}
    return diagnose(
        Seen(
            frame=frame[list(dict.fromkeys([*recipe.features, *recipe.groups]))],
            train_rows=len(train),
            features=recipe.features,
            groups=recipe.groups,
            target=recipe.target,
            classes=recipe.classes,
            y=y,
            encode=preprocessor.transform,
            sources=preprocessor.sources,
            strategies=strategies,
            chosen=chosen_by(decisions, parameters["effort"], parameters["metric"]),
            metric=parameters["metric"],
            seed=recipe.seed,
        )
    )


def _strategy(
    store: Store,
    inputs: Mapping[str, Ref],
    parameters: Mapping[str, Any],
    name: str,
    recipe: Recipe,
    rows: int,
    shown: Any,
    X: Any,
) -> Judged:
    kind, decision = parameters["models"][name], store.get_json(inputs[f"decision {name}"])
    # those of the first repeat, if there are several: all together would pass for more rows than there are
    table = store.get_table(inputs[f"out_of_fold {name}"]).iloc[:rows]
    model = load_model(kind, store.get(inputs[f"model {name}"]))
    return Judged(
        kind=kind,
        effort=parameters["effort"][name],
        decision=decision,
        made=parameters["made"][name],
        fold=table[FOLD].to_numpy(dtype=np.int64),
        folds=read_predictions(table, recipe.classes)[1],
        of_train=shown,
        on_train=probabilities(model, X),
        on_test=judged(store.get_table(inputs[f"predictions {name}"]), recipe.classes, decision)[1],
    )


def _drawn(y: Any, recipe: Recipe) -> Any:
    """Train rows that final models are asked about: all of a class, or of many a draw."""
    draws = np.random.default_rng(recipe.seed)
    of_class = [np.flatnonzero(y == code) for code in range(len(recipe.classes))]
    kept = [
        rows if len(rows) <= MOST_ROWS else draws.choice(rows, MOST_ROWS, replace=False) for rows in of_class
    ]
    return np.sort(np.concatenate(kept))
