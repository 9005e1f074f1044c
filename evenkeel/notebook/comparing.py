"""`compare`: a frame and some strategies in, a finished run out."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from evenkeel import calling, execution, runs
from evenkeel.canonical import sha256
from evenkeel.config import parse
from evenkeel.notebook import frames, keywords, watching
from evenkeel.notebook.comparison import Comparison
from evenkeel.notebook.keywords import GUESSED
from evenkeel.store import Store

if TYPE_CHECKING:
    import pandas as pd

INPUTS = "inputs"


def compare(
    data: pd.DataFrame,
    target: str | Mapping[str, Any],
    *,
    strategies: Sequence[str | Mapping[str, Any]] | str | None = None,
    positive: Any = GUESSED,
    store: Path | str | None = None,
    progress: bool = True,
    **config: Any,
) -> Comparison:
    """Compare ways to treat the imbalance of a table, as `evenkeel run` does: same steps, same figures.

    data: the rows, with the target as a column. The index is left out; columns keep their types.
    target: the column to predict.
    strategies: names from `evenkeel samplers`, or mappings as in a config; default: none, random-over, smote.
        The first two are always compared, unless `baselines=False`.
    positive: the class to look for. If not said, it is 1 of {0, 1} and True of {False, True}, and a note says
        so; otherwise, and with None, all classes count alike.
    store: folder for the frame, the run and what can be used again; default: EVENKEEL_STORE, or `data/store`.
    progress: show how far it is.
    config: any other key of a config file, with the value that YAML would give: `id="id"`, `drop=["note"]`,
        `folds=10`, `seed=1`, `model={"kind": "logistic"}`, `operating_point={"recall_at_least": 0.9}`,
        `split={"test_size": 0.3}`.

    Raises `ConfigError` for what a config may not say, `SourceError` and `DataError` for rows that cannot be
    treated so, `ValidationStopped` where a critical check fails. What is interrupted leaves nothing half
    done: the next call goes on from there.
    """
    place = Store(store if store is not None else calling.default_store())
    tidy = frames.tidy(data)
    given = config if strategies is None else {**config, "strategies": strategies}
    raw, guesses = keywords.described(tidy.frame, target, positive, given)
    raw = _with_categories(raw, tidy.categorical)
    # before anything is written: a mistake is answered at once
    parse({**raw, "source": {"kind": "parquet", "path": "frame.parquet"}}, "compare")
    path = _kept(place, frames.parquet(tidy.frame), ".parquet")
    said = {**raw, "source": {"kind": "parquet", "path": str(path)}}
    described = _kept(place, yaml.safe_dump(said, sort_keys=False, allow_unicode=True).encode(), ".yaml")
    notes = (*guesses, *tidy.notes)
    result = _run(described, place, notes if progress else None)
    return Comparison(runs.find(place, result["run"]), notes=notes, config=described)


def _with_categories(raw: dict[str, Any], found: Sequence[str]) -> dict[str, Any]:
    """The config with columns that the frame had as categories of numbers among its `categorical` ones."""
    said = raw.get("categorical") or []
    said = [said] if isinstance(said, str) else said
    new = [name for name in found if name not in said and name != raw["target"].get("column")]
    return {**raw, "categorical": [*said, *new]} if new else raw


def _kept(store: Store, data: bytes, ending: str) -> Path:
    """Where `data` lies among the store's inputs, named by its digest: written whole, and only once."""
    # the name stands in the report; the whole digest is in the record
    name = f"{INPUTS}/{sha256(data)[:16]}{ending}"
    if store.read(name) != data:
        store.discard(name)
        store.create(name, data)
    return store.root / name


def _run(config: Path, store: Store, notes: Sequence[str] | None) -> dict[str, Any]:
    """The result of the train flow; what `notes` say is shown with its progress, None shows nothing."""
    calling.quiet_prefect()
    from flows.train import train

    shown = contextlib.nullcontext() if notes is None else watching.shown(sys.stderr, notes)
    with calling.ending_workers(), shown:
        result: dict[str, Any] = calling.result_of(train, str(config), str(store.root))
    # a notebook lives on, and its memory is for other things
    execution.stop()
    return result
