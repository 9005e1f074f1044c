"""What ties a table's rows: which of them stay together, and which had a side before.

A split that continues an earlier one leaves every row of that one where it was, by row id. A new row goes
where the rows are to which it is tied, those included that the source has lost since. Where the earlier
split has such rows on both sides, its own stay as they are, and new ones go to train: no test row is added
that train knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from evenkeel.splitting.bundles import find_bundles, group_names, set_codes, twin_codes
from evenkeel.splitting.filling import FREE, TEST, TRAIN
from evenkeel.splitting.sides import Codes, Mask
from evenkeel.tables import ROW_ID

# before a group's value, so that it is never taken for a row id
GROUP = "#group:"


class Earlier(NamedTuple):
    """The two sides of a split that is continued."""

    train: pd.DataFrame
    test: pd.DataFrame


@dataclass(frozen=True)
class Ties:
    """The bundle of each row and the side of each bundle, `FREE` where nothing decides it yet.

    `names` are what rows are ranked by, `torn` the rows that the earlier split has on both sides though
    they belong together, `words` and `rank` what a reader is told.
    """

    bundle: Codes
    side: Codes
    names: Sequence[str]
    torn: Mask
    words: str = ""
    rank: str = "row id"

    @property
    def before(self) -> Codes:
        """The side that each row has already, `FREE` where it has none."""
        return self.side[self.bundle]


def free_ties(ids: Sequence[str]) -> Ties:
    """Every row for itself, on either side."""
    rows = len(ids)
    return Ties(np.arange(rows), np.full(rows, FREE), ids, np.zeros(rows, dtype=bool))


def find_ties(
    frame: pd.DataFrame, features: Sequence[str], parameters: Mapping[str, Any], earlier: Earlier | None
) -> Ties:
    """The ties that the parameters of a split step ask for, among the rows of `frame`."""
    groups, together = parameters.get("groups", ()), parameters["split"].get("duplicates") == "together"
    sides = sides_before(frame, earlier)
    gone = rows_gone(frame, earlier) if groups or together else frame.iloc[:0]
    whole = pd.concat([frame, gone], ignore_index=True) if len(gone) else frame
    names = group_names(whole, groups) if groups else None
    twins = twin_codes(whole, features) if together else None
    links = [codes for codes in (None if names is None else set_codes(names), twins) if codes is not None]
    bundle = find_bundles(links, len(whole))
    had = np.concatenate([sides, sides_before(gone, earlier)])
    equal = twins is not None and bool((twins >= 0).any())
    words = ("whole groups, " if groups else "") + ("equal rows together, " if equal else "")
    return _with_sides(
        bundle,
        had,
        len(frame),
        _ranked_names(frame, names),
        words=words + ("continued, " if earlier else ""),
        rank="group" if groups else "row id",
    )


def sides_before(frame: pd.DataFrame, earlier: Earlier | None) -> Codes:
    """The side that each row had in the earlier split, `FREE` for new ones."""
    sides = np.full(len(frame), FREE, dtype=np.int64)
    if earlier is not None:
        for code, side in ((TRAIN, earlier.train), (TEST, earlier.test)):
            sides[frame[ROW_ID].isin(side[ROW_ID]).to_numpy(dtype=bool)] = code
    return sides


def rows_gone(frame: pd.DataFrame, earlier: Earlier | None) -> pd.DataFrame:
    """The rows of the earlier split that the table has no more, with the columns of the table."""
    if earlier is None:
        return frame.iloc[:0]
    both = pd.concat([side[~side[ROW_ID].isin(frame[ROW_ID])] for side in earlier], ignore_index=True)
    return both.reindex(columns=frame.columns)


def _with_sides(bundle: Codes, had: Codes, rows: int, names: Sequence[str], *, words: str, rank: str) -> Ties:
    """Ties of the first `rows` rows; `had` are the sides before of these and of those that are gone."""
    count = int(bundle.max()) + 1
    in_train, in_test = (np.bincount(bundle[had == code], minlength=count) > 0 for code in (TRAIN, TEST))
    side = np.where(in_train, TRAIN, np.where(in_test, TEST, FREE))
    both = (in_train & in_test)[bundle]
    # test rows of a bundle that was torn before are a bundle of their own
    apart = np.where(both & (had == TEST), bundle + count, bundle)[:rows]
    kept, renumbered = np.unique(apart, return_inverse=True)
    sides = np.concatenate([side, np.full(count, TEST)])[kept]
    return Ties(renumbered.astype(np.int64), sides.astype(np.int64), names, both[:rows], words, rank)


def _ranked_names(frame: pd.DataFrame, names: pd.Series[Any] | None) -> list[str]:
    ids: list[str] = frame[ROW_ID].tolist()
    if names is None:
        return ids
    texts = names.iloc[: len(frame)]
    given = texts.notna().tolist()
    return [GROUP + str(text) if has else own for text, has, own in zip(texts, given, ids, strict=True)]
