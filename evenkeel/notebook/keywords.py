"""From the arguments of `compare` to the mapping that a config file would hold."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from evenkeel.config.loading import read_suite
from evenkeel.errors import ConfigError
from evenkeel.labels import label_text

# keys whose values are names of columns
COLUMNS = ("id", "drop", "categorical", "groups", "time")
# pairs of classes of which everybody knows which one is looked for, as labels and as values
OBVIOUS: dict[frozenset[str], Any] = {frozenset({"0", "1"}): 1, frozenset({"False", "True"}): True}


class _Guessed:
    def __repr__(self) -> str:
        return "GUESSED"


GUESSED: Final = _Guessed()


def described(
    frame: pd.DataFrame, target: Any, positive: Any, given: Mapping[str, Any]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The config but for its source, unchecked, and what was decided in it that nobody said."""
    if "source" in given:
        raise ConfigError("compare: Expected no `source`: the frame is it. Next: leave it out.")
    raw = {key: _value(key, value) for key, value in given.items()}
    raw |= {key: _column_names(raw[key]) for key in COLUMNS if key in raw}
    said = _value("target", target) if isinstance(target, Mapping) else {"column": str(target)}
    if isinstance(suite := raw.get("validation"), str):
        raw["validation"] = read_suite(Path(suite))
    notes: tuple[str, ...] = ()
    if positive is not GUESSED:
        said["positive"] = _value("positive", positive)
    elif "positive" not in said and said.get("column") in frame.columns:
        said, notes = _guessed(said, frame[said["column"]])
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", str(said.get("column"))).strip("-._")[:60] or "run"
    return {"name": name, **raw, "target": said}, notes


def _guessed(target: dict[str, Any], column: pd.Series[Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The target with its positive class where that is obvious, and a note on what was taken for granted."""
    sizes = label_text(column).dropna().value_counts()
    found = OBVIOUS.get(frozenset(sizes.index))
    name = target["column"]
    if found is not None:
        return target | {"positive": found}, (f"the positive class of {name!r} is {found!r} (positive=..)",)
    if len(sizes) != 2:
        return target, ()
    many, few = sizes.index
    return target, (
        f"{name!r} has two classes, {few!r} and {many!r}, and neither was called positive: they are compared "
        f"as equals, without a threshold. positive={few!r} looks for the rarer one",
    )


def _column_names(value: Any) -> Any:
    """Names of columns are texts in the table, whatever they were in the frame."""
    if isinstance(value, list):
        return [_column_names(item) for item in value]
    return str(value) if isinstance(value, int | float) else value


def _value(place: str, value: Any) -> Any:
    """A value as YAML holds it; numpy's and pandas' own forms are as good as Python's."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, np.ndarray | pd.Index | pd.Series):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {_value(place, key): _value(f"{place}.{key}", item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_value(f"{place}.{number}", item) for number, item in enumerate(value)]
    if isinstance(value, set | frozenset):
        return sorted(_value(place, item) for item in value)
    if isinstance(value, Path):
        return str(value)
    if value is None or isinstance(value, str | int | float | bool | datetime.date):
        return value
    raise ConfigError(f"compare: {place}: Expected what YAML can hold, got {_unlike(value)}")


def _unlike(value: Any) -> str:
    """What came instead, and for a sampler or a model how to name it."""
    kind = value if isinstance(value, type) else type(value)
    if not callable(getattr(kind, "get_params", None)):
        return f"a {kind.__name__}. Next: texts, numbers, lists and dicts, as in a config file."
    key = "sampler" if hasattr(kind, "fit_resample") else "kind"
    named = f'{{"{key}": "{kind.__name__}", "params": {{..}}}}'
    if key == "sampler":
        named = f'{{"name": "..", "resample": {named}}}'
    listing = "samplers" if key == "sampler" else "models"
    return f"the object {kind.__name__}. Next: name it, {named}; `evenkeel {listing}` lists the names."
