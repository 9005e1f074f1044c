"""What a strategy's stored model says of new rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from evenkeel.config import RunConfig
from evenkeel.errors import DataError, StoreError, suggest
from evenkeel.evaluation import calibration
from evenkeel.evaluation.operating import decide
from evenkeel.labels import label_of
from evenkeel.ledger import Record
from evenkeel.models import load_model, probabilities
from evenkeel.plan import recipe
from evenkeel.recipe import Recipe
from evenkeel.runs import Run
from evenkeel.training import load_preprocessor, one_thread, probability_columns


@one_thread
def predicted(run: Run, strategy: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Probabilities and decisions for the rows of a tidy frame, in their order."""
    config = RunConfig.model_validate_json((run.folder / "config.json").read_bytes())
    mine = _records(run, strategy)
    shared = recipe(config, mine["split"].facts)
    _check_columns(frame, shared)
    kind = mine["train"].step.parameters["model"]["kind"]
    store = run.store
    encoder = load_preprocessor(store.get(mine["preprocess"].outputs["preprocessor"]), shared)
    model = load_model(kind, store.get(mine["train"].outputs["model"]))
    decision = store.get_json(mine["decide"].outputs["decision"])
    found = calibration.apply(decision.get("calibration"), probabilities(model, encoder.transform(frame)))
    table = pd.DataFrame(found, columns=probability_columns(shared.classes))
    return table.assign(decided=_as_labels(run, mine["split"], shared, decide(found, decision["threshold"])))


def index_of(data: Any) -> pd.Index[Any]:
    """The index that results for the rows of `data` should have."""
    return data.index if isinstance(data, pd.DataFrame) else pd.RangeIndex(len(data))


def _records(run: Run, strategy: str) -> dict[str, Record]:
    """The records of a strategy by stage, and those that all strategies share."""
    records = run.records()
    known = [record.step.subject for record in records if record.step.stage == "train"]
    if strategy not in known:
        raise StoreError(
            f"Expected a strategy of this run, got {strategy!r}. {suggest(strategy, map(str, known))}"
        )
    return {record.step.stage: record for record in records if record.step.subject in (None, strategy)}


def _check_columns(frame: pd.DataFrame, shared: Recipe) -> None:
    gone = [name for name in shared.features if name not in frame.columns]
    if gone:
        raise DataError(
            f"Expected the features that the model was trained on, got none called {gone[0]!r}"
            f"{f' and {len(gone) - 1} more' if gone[1:] else ''}. {suggest(gone[0], map(str, frame.columns))}"
        )


def _as_labels(run: Run, split: Record, shared: Recipe, codes: Any) -> pd.Series[Any]:
    """The labels as they stand in the table: numbers where it has numbers; a class of many is a text."""
    values = run.store.get_table(split.outputs["train"])[shared.target].dropna().unique()
    of_name = {label_of(value): value for value in values}
    return pd.Series([of_name.get(name, name) for name in np.array(shared.classes, dtype=object)[codes]])
