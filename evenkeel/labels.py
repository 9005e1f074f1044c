"""Class labels as text, so that a column's storage type never decides which class a row is in."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from evenkeel.errors import DataError


def label_text(series: pd.Series[Any]) -> pd.Series[str]:
    """The labels as text, missing ones still missing; integral numbers lose their fraction (1.0 -> "1")."""
    if series.dtype == object:
        # factorize would merge 1, 1.0 and True, and refuses lists.
        texts = series.map(label_of, na_action="ignore")
    else:
        codes, values = pd.factorize(series)
        labels = np.array([label_of(value) for value in values] + [None], dtype=object)
        texts = pd.Series(labels[codes], index=series.index, name=series.name)
    as_text: pd.Series[str] = texts.astype("str")
    return as_text


def label_of(value: Any) -> str:
    """One label as text, by the same rule as `label_text`."""
    if isinstance(value, float | np.floating | Decimal) and np.isfinite(float(value)) and value == int(value):
        return str(int(value))
    return str(value)


def class_code(label: object, classes: Sequence[str], where: str = "sampling_strategy") -> int:
    """The code of the class that a config calls `label` in `where`.

    Keys of a config are texts by now: true is "true" or "True" there, and 1.0 is "1.0".
    """
    for name in (label_of(label), *_spellings(str(label))):
        if name in classes:
            return list(classes).index(name)
    raise DataError(f"Expected class names in {where}, got {label!r}. Available: {list(classes)}.")


def _spellings(text: str) -> list[str]:
    """What a bool or a number that became a text is called as a label."""
    if text.lower() in ("true", "false"):
        return [text.capitalize()]
    try:
        return [label_of(float(text))]
    except ValueError:
        return []
