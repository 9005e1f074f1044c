"""The split that a split continues: found in the store, named in the record by its run and its two tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from evenkeel import runs
from evenkeel.config import RandomSplit, RunConfig
from evenkeel.errors import ConfigError, StoreError
from evenkeel.ledger import EARLIER_INPUTS
from evenkeel.runs import Run
from evenkeel.splitting import Earlier
from evenkeel.store import Ref, Store

LATEST = "latest"


class EarlierSplit(NamedTuple):
    """A run, the refs of its two sides under the names of a split's inputs, and how it knew its rows."""

    run: str
    inputs: dict[str, Ref]
    keys: list[str]


def find_earlier(store: Store, config: RunConfig) -> EarlierSplit | None:
    """The split that the config continues; None where it continues none, or there is no latest yet.

    `StoreError` where the run that is named is not there or has no split, `ConfigError` where its rows were
    known by other columns.
    """
    named = config.split.continues if isinstance(config.split, RandomSplit) else None
    if named is None:
        return None
    run = _latest(store, config.name) if named == LATEST else runs.find(store, named)
    if run is None:
        return None
    found = split_of(run)
    if found is None:
        raise StoreError(
            f"Expected a run with a split to continue, got {run.name}, which stopped before. Next: name "
            f"another run under `split.continues`, or `latest`."
        )
    if found.keys != list(config.id):
        raise ConfigError(
            f"Expected rows that are known as those of run {run.name}, by {found.keys or 'their content'}, "
            f"got `id: {list(config.id)}`. Next: the same `id`, or remove `split.continues`."
        )
    return found


def split_of(run: Run) -> EarlierSplit | None:
    """What the records of a run say of its split, if it has one."""
    records = {record.step.stage: record for record in run.records() if record.step.subject is None}
    if "split" not in records:
        return None
    outputs = records["split"].outputs
    inputs = {name: outputs[side] for name, side in EARLIER_INPUTS.items()}
    return EarlierSplit(run.name, inputs, list(records["ingest"].step.parameters["id"]))


def named_run(store: Store, name: str) -> Run | None:
    """The run of exactly that name, if it is in the store."""
    return next((run for run in runs.every(store) if run.name == name), None)


def earlier_tables(store: Store, inputs: Mapping[str, Ref]) -> Earlier | None:
    """The two sides that a split continues, by its inputs alone."""
    if not inputs.keys() >= EARLIER_INPUTS.keys():
        return None
    return Earlier(*(store.get_table(inputs[name]) for name in EARLIER_INPUTS))


def _latest(store: Store, name: str) -> Run | None:
    return next((run for run in reversed(completed(store, name))), None)


def completed(store: Store, name: str) -> list[Run]:
    """The completed runs of a config's name, oldest first; damaged ones cannot say that they are."""
    return [run for run in runs.every(store) if _says(run) == (name, "completed")]


def _says(run: Run) -> tuple[object, object]:
    try:
        return run.about.get("name"), run.about.get("status")
    except StoreError:
        return None, None
