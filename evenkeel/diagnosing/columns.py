"""Diagnostics of columns: does one give the label away (EKD002), and does one only number rows (EKD003)?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from evenkeel.alone import Alone, Strength
from evenkeel.diagnosing.found import Finds, Found, NotLooked
from evenkeel.diagnosing.seen import Codes, Floats, Truths
from evenkeel.names import is_row_id
from evenkeel.tables import Features, model_input


def leaking(frame: pd.DataFrame, features: Features, y: Codes, in_test: Truths) -> Finds:
    """Columns that tell the label on their own, by their values or by where they are missing.

    Each column is a small model, fitted on train and judged on test: as EKA006 of the audit does. `y` are
    class codes, shape (rows,) as `in_test`.
    """
    sample = Alone(y, in_test)
    if len(sample.known) < 2:
        raise NotLooked("no two classes have enough rows on both sides to judge a column by")
    numbers = model_input(frame, Features(features.numeric, features.dates, ()))
    for name in features:
        missing = frame[name].isna().to_numpy(dtype=np.bool_)
        if 0 < missing.mean() < 1:
            by_gap = sample.strength(missing.astype(np.float64), levels=False)
            if severity := by_gap.severity:
                yield Found(severity, name, _numbers("gaps", by_gap))
                continue
        values = _codes(frame[name]) if name in features.categorical else numbers[name].to_numpy()
        by_value = sample.strength(values, levels=name in features.categorical)
        if severity := by_value.severity:
            yield Found(severity, name, _numbers("values", by_value))


def _numbers(by: str, strength: Strength) -> dict[str, float | str]:
    return {"by": by, "roc_auc": strength.auc, "explained": strength.explained}


def _codes(column: pd.Series) -> Floats:
    texts = column.astype("string").fillna("") if not pd.api.types.is_numeric_dtype(column) else column
    return np.asarray(pd.factorize(texts)[0], dtype=np.float64)


def tell_leaking(found: Found) -> str:
    """EKD002 in a sentence."""
    n = found.numbers
    what = f"Column {found.subject!r} alone" if n["by"] == "values" else f"Where {found.subject!r} is missing"
    return (
        f"{what} tells the label of test rows with a ROC AUC of {n['roc_auc']:.3f} and takes away "
        f"{n['explained']:.0%} of its uncertainty."
    )


def numbering(frame: pd.DataFrame, features: Features) -> Finds:
    """Features whose values only name the rows: see `names.is_row_id`."""
    for name in features:
        if is_row_id(frame[name]):
            distinct = int(frame[name].nunique())
            yield Found("warning", name, {"distinct": distinct, "rows": len(frame)})


def tell_numbering(found: Found) -> str:
    """EKD003 in a sentence."""
    n = found.numbers
    return f"Column {found.subject!r} has {n['distinct']:,} different values in {n['rows']:,} rows."
