"""Ingest: read the source, give every row its id, store the raw table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from evenkeel import execution
from evenkeel.config import ColumnSplit, RunConfig
from evenkeel.errors import DataError, SourceError, suggest
from evenkeel.labels import label_of, label_text
from evenkeel.ledger import Products, Record, Step, perform
from evenkeel.plan import ingest_parameters
from evenkeel.resampling.lineage import PROVENANCE
from evenkeel.tables import CODE, FOLD, ROW_ID, row_ids
from tasks.stage import Context, one, stage

# what our tables of rows, resampled sets and predictions add
RESERVED = {ROW_ID, CODE, FOLD, *PROVENANCE}


@stage
def ingest(context: Context) -> Mapping[str, Record]:
    """The raw table, with row ids, and the digest of the source's bytes."""
    source, store = context.config.source, context.store
    fingerprint = source.fingerprint()
    parameters = ingest_parameters(context.config, fingerprint)

    def work() -> Products:
        execution.warm()
        frame = source.read(context.config.seed)
        _check(context.config, frame)
        frame.insert(0, ROW_ID, row_ids(frame, context.config.id))
        types = {name: str(dtype) for name, dtype in frame.dtypes.items() if name != ROW_ID}
        facts = {"source": source.describe(), "types": types}
        return Products({"table": store.put_table(frame, "raw")}, facts)

    record = perform(store, Step(stage="ingest", parameters=parameters), work)
    if record.reused:
        # the rows are those of another run, but this config may ask for other columns of them
        _check(context.config, store.get_table(record.outputs["table"]).drop(columns=ROW_ID))
    return one(record)


def _check(config: RunConfig, frame: pd.DataFrame) -> None:
    """What the config names must be there before anything is stored: a config can be mended at once."""
    columns = list(frame.columns)
    if taken := sorted(RESERVED & set(columns)):
        raise SourceError(
            f"Expected no columns called {taken} in the source: Evenkeel's own tables use these names. "
            f"Next: rename them."
        )
    split = (config.split.column,) if isinstance(config.split, ColumnSplit) else ()
    named = {
        "target.column": (config.target.column,),
        "id": config.id,
        "drop": config.drop,
        "categorical": config.categorical,
        "groups": config.groups,
        "time": () if config.time is None else (config.time,),
        "split.column": split,
    }
    for key, names in named.items():
        for name in names:
            if name not in columns:
                raise SourceError(
                    f"`{key}` names column {name!r}, which the source has not. {suggest(name, columns)}"
                )
    _check_classes(config, frame[config.target.column])


def _check_classes(config: RunConfig, column: pd.Series[Any]) -> None:
    found = label_text(column).dropna().value_counts()
    positive = config.target.positive
    if positive is not None and label_of(positive) not in found.index:
        raise DataError(
            f"Expected {label_of(positive)!r} (`target.positive`) among the values of column "
            f"{config.target.column!r}, got {_listed(found)}. Next: mend `target.positive`."
        )
    if len(found) < 2:
        raise DataError(
            f"Expected at least two classes in column {config.target.column!r}, got {_listed(found)}. "
            f"Next: name another `target.column`, or a table that holds both classes."
        )


def _listed(found: pd.Series[int]) -> str:
    return (
        ", ".join(f"{name!r} ({rows:,} rows)" for name, rows in found.head(8).items()) or "no values at all"
    )
