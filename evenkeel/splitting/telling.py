"""What the record tells of a split: quotas, duplicates, groups, times, and the split that is continued."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from evenkeel.splitting.bundles import group_names, set_codes, twin_codes
from evenkeel.splitting.filling import FREE, TEST, TRAIN
from evenkeel.splitting.latest import latest, latest_quota
from evenkeel.splitting.others import torn_sets
from evenkeel.splitting.ranked import test_quotas
from evenkeel.splitting.sides import Codes, Mask, Split
from evenkeel.splitting.ties import Earlier, Ties, rows_gone, sides_before
from evenkeel.splitting.times import time_text, times_of
from evenkeel.tables import ROW_ID, Labels

Facts = dict[str, Any]


def told(
    frame: pd.DataFrame,
    labels: Labels,
    features: Sequence[str],
    made: Split,
    ties: Ties,
    parameters: Mapping[str, Any],
    earlier: Earlier | None,
) -> Facts:
    """The facts that the parameters ask for; those of versions before this ask for none."""
    how, is_test = parameters["split"], np.zeros(len(frame), dtype=bool)
    is_test[made.test] = True
    facts: Facts = {}
    if how.get("duplicates") is not None:
        facts["duplicates"] = _duplicates(twin_codes(frame, features), is_test)
        facts |= _quotas(labels, is_test, how, parameters.get("time"))
    if parameters.get("groups"):
        facts["groups"] = _groups(frame, parameters["groups"], is_test)
    if parameters.get("time") is not None:
        facts["time"] = _times(frame, parameters["time"], ties, is_test)
    if (sizes := np.bincount(ties.bundle)).max() > 1:
        facts["bundles"] = {
            "count": len(sizes),
            "largest": int(sizes.max()),
            "train": _bundles_per_class(labels, ties.bundle, ~is_test),
        }
    if "earlier" in parameters:
        facts["continues"] = _continued(frame, ties, is_test, parameters["earlier"], earlier)
    return facts


def _quotas(labels: Labels, is_test: Mask, how: Mapping[str, Any], time: str | None) -> Facts:
    """The test rows that were wanted, and how many more or fewer there are."""
    if time is not None and "test_size" in how:
        wanted = latest_quota(len(is_test), how["test_size"])
        return {"quota": wanted, "off_quota": int(is_test.sum()) - wanted}
    if not how.get("stratify"):
        return {}
    quotas = test_quotas(np.bincount(labels.codes, minlength=len(labels.classes)), how["test_size"])
    have = np.bincount(labels.codes[is_test], minlength=len(labels.classes))
    return {
        "quota": dict(zip(labels.classes, quotas.tolist(), strict=True)),
        "off_quota": dict(zip(labels.classes, (have - quotas).tolist(), strict=True)),
    }


def _duplicates(codes: Codes, is_test: Mask) -> Facts:
    """Rows that equal another in all features, the sets they make, and test rows that train has too."""
    torn = torn_sets(codes, is_test)
    return {
        "rows": int((codes >= 0).sum()),
        "sets": len(np.unique(codes[codes >= 0])),
        "test_rows_in_train": int((np.isin(codes, torn) & is_test).sum()),
    }


def _groups(frame: pd.DataFrame, columns: Sequence[str], is_test: Mask) -> Facts:
    codes = set_codes(group_names(frame, columns))
    sizes = np.bincount(codes[codes >= 0])
    return {
        "columns": list(columns),
        "groups": len(sizes),
        "in_test": len(np.unique(codes[is_test & (codes >= 0)])),
        "largest": int(sizes.max(initial=0)),
        "rows_without": int((codes < 0).sum()),
        "on_both_sides": len(torn_sets(codes, is_test)),
    }


def _times(frame: pd.DataFrame, column: str, ties: Ties, is_test: Mask) -> Facts:
    """The last time of train, and the first at which a bundle is test; of a continued split, of new rows."""
    times, new = times_of(frame[column]), ties.before == FREE
    new = new if new.any() else np.ones(len(new), dtype=bool)
    late = np.unique(times)[latest(times, ties.bundle)][ties.bundle]
    last = times[new & ~is_test].max() if (new & ~is_test).any() else None
    first = late[new & is_test].min() if (new & is_test).any() else None
    return {
        "column": column,
        "train_until": None if last is None else time_text(last),
        "test_from": None if first is None else time_text(first),
        "test_rows_not_later": 0 if last is None else int((times[new & is_test] <= last).sum()),
    }


def _bundles_per_class(labels: Labels, bundle: Codes, side: Mask) -> dict[str, int]:
    return {
        name: len(np.unique(bundle[side & (labels.codes == code)]))
        for code, name in enumerate(labels.classes)
    }


def _continued(
    frame: pd.DataFrame, ties: Ties, is_test: Mask, run: str | None, earlier: Earlier | None
) -> Facts:
    if earlier is None:
        return {"run": None, "note": "nothing to continue"}
    before, gone = sides_before(frame, earlier), rows_gone(frame, earlier)[[ROW_ID]]
    lost = sides_before(gone, earlier)
    return {
        "run": run,
        "kept": {"train": int((before == TRAIN).sum()), "test": int((before == TEST).sum())},
        "new": {
            "train": int(((before == FREE) & ~is_test).sum()),
            "test": int(((before == FREE) & is_test).sum()),
        },
        "gone": {"train": int((lost == TRAIN).sum()), "test": int((lost == TEST).sum())},
        "rows_torn_before": int(ties.torn.sum()),
    }
