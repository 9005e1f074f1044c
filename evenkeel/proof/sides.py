"""Two claims about sides: what belongs together is on one, and what a split continues stayed where it was.

They are asked of the tables as they were stored, not of a split made again: they hold, or fail, for every
way in which the sides may have come about.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from evenkeel.earlier import LATEST, completed, earlier_tables, named_run, split_of
from evenkeel.ledger import EARLIER_INPUTS, Record
from evenkeel.proof.case import Broken, Case, NotApplicable
from evenkeel.splitting import Ties, find_ties, group_names, set_codes, times_of, twin_codes
from evenkeel.splitting.filling import FREE, TEST
from evenkeel.splitting.latest import latest
from evenkeel.splitting.others import torn_sets
from evenkeel.splitting.sides import Codes, Mask
from evenkeel.splitting.times import time_text
from evenkeel.store import Ref
from evenkeel.tables import ROW_ID, find_features

NOTHING_TIED = "the config names no groups and no time, and leaves equal rows apart"


class _Sides(NamedTuple):
    """Train and test as one table, which rows are test, and the ties that the split was to keep."""

    frame: pd.DataFrame
    is_test: Mask
    ties: Ties
    features: list[str]


def check_together(case: Case) -> str:
    """Groups, then duplicates, then the order of time; `Broken` names rows that say otherwise."""
    split = case.single("split")
    asked = split.step.parameters
    together = asked["split"].get("duplicates") == "together"
    if not (asked.get("groups") or together or asked.get("time") is not None):
        raise NotApplicable(NOTHING_TIED)
    sides = _sides(case, split)
    _where_the_others_are(sides)
    held = []
    if asked.get("groups"):
        codes = set_codes(group_names(sides.frame, asked["groups"]))
        held.append(_on_one_side(sides, codes, "group", "groups"))
    if together:
        held.append(_on_one_side(sides, twin_codes(sides.frame, sides.features), "set", "sets of equal rows"))
    if asked.get("time") is not None:
        held.append(_in_order(sides, asked["time"]))
    return "; ".join(held)


def _sides(case: Case, split: Record) -> _Sides:
    parts = [case.table(split.outputs[side]) for side in ("train", "test")]
    frame = pd.concat(parts, ignore_index=True)
    is_test = np.arange(len(frame)) >= len(parts[0])
    asked = split.step.parameters
    features = find_features(frame, exclude=asked["not_features"], categorical=asked["categorical"])
    ties = find_ties(frame, list(features), asked, earlier_tables(case.store, split.step.inputs))
    return _Sides(frame, is_test, ties, list(features))


def _where_the_others_are(sides: _Sides) -> None:
    """Rows that belong to rows of the split that is continued are on the side of those."""
    given = sides.ties.before
    wrong = (given != FREE) & (sides.is_test != (given == TEST))
    if wrong.any():
        first = sides.frame[ROW_ID][wrong].tolist()[:3]
        raise Broken(
            f"{int(wrong.sum())} rows are not on the side of those rows of the continued split that they "
            f"belong to: {first}"
        )


def _on_one_side(sides: _Sides, codes: Codes, one: str, many: str) -> str:
    torn = torn_sets(codes, sides.is_test)
    # what the split that is continued had torn cannot be mended without moving its rows
    before = np.unique(codes[sides.ties.torn & (codes >= 0)])
    if len(new := np.setdiff1d(torn, before)):
        rows = np.flatnonzero(codes == new[0])
        ends = sides.frame[ROW_ID].iloc[[rows[0], rows[-1]]].tolist()
        raise Broken(
            f"{len(new)} {many} are on both sides, for example the {one} of {ends[0]!r} in train and of "
            f"{ends[1]!r} in test"
        )
    kept = len(np.unique(codes[codes >= 0])) - len(torn)
    already = f", {len(torn)} were on both sides in the split that is continued" if len(torn) else ""
    return f"{kept:,} {many} are each on one side{already}"


def _in_order(sides: _Sides, column: str) -> str:
    """Of rows that had no side before: each train row is earlier than the latest row of each test bundle."""
    times, ties = times_of(sides.frame[column]), sides.ties
    new = ties.before == FREE
    moments = np.unique(times)
    late = moments[latest(times, ties.bundle)][ties.bundle]
    train, test = times[new & ~sides.is_test], late[new & sides.is_test]
    if not (len(train) and len(test)):
        return f"all new rows by {column!r} are on one side"
    if train.max() >= test.min():
        early = int((late[new & sides.is_test] <= train.max()).sum())
        raise Broken(
            f"{early} test rows are not later by {column!r} than train, which lasts until "
            f"{time_text(train.max())}"
        )
    return f"train lasts until {time_text(train.max())}, test begins at {time_text(test.min())} by {column!r}"


def check_stayed(case: Case) -> str:
    """Every row of the earlier split that is still there, by its id, on the side where it was."""
    split = case.single("split")
    asked = split.step.parameters
    if "earlier" not in asked:
        raise NotApplicable("the split continues no earlier one")
    if (name := asked["earlier"]) is None:
        raise NotApplicable(_nothing_before(case))
    if not split.step.inputs.keys() >= EARLIER_INPUTS.keys():
        raise Broken(f"the record names run {name}, but not its two tables")
    where = _of_the_named(case, split)
    earlier = earlier_tables(case.store, split.step.inputs)
    assert earlier is not None, "both tables are there"
    now = {side: set(case.table(split.outputs[side])[ROW_ID]) for side in ("train", "test")}
    had = {"train": set(earlier.train[ROW_ID]), "test": set(earlier.test[ROW_ID])}
    for was, is_now in (("test", "train"), ("train", "test")):
        if moved := sorted(had[was] & now[is_now]):
            raise Broken(f"{len(moved)} rows that are {was} in run {name} are {is_now} here: {moved[:3]}")
    stayed = {side: len(had[side] & now[side]) for side in had}
    gone = sum(map(len, had.values())) - sum(stayed.values())
    kept = f"{stayed['train']:,} train and {stayed['test']:,} test rows of run {name} stayed"
    return f"{kept}, {gone:,} are gone{where}"


def _of_the_named(case: Case, split: Record) -> str:
    """Whether the two tables are those of the run that is named, where it is at hand."""
    name, config = split.step.parameters["earlier"], split.step.parameters["split"]["continues"]
    if config != LATEST and not name.startswith(config):
        raise Broken(f"the config continues {config!r}, the record {name!r}")
    expected = recorded_inputs(case, split)
    if expected is None:
        # before the seal it was there; the report must say the same wherever the run is carried
        return "" if case.run is None else f"; {name} is not in this store, so its tables are believed"
    for part, ref in expected.items():
        if (given := split.step.inputs[part]) != ref:
            raise Broken(f"{part} is {given.digest[:12]}, run {name} recorded {ref.digest[:12]}")
    return ""


def _nothing_before(case: Case) -> str:
    """That the store now holds earlier runs proves nothing: they may have been brought here since."""
    reason = "there was nothing to continue, says the record"
    if case.run is None:
        return reason
    mine = case.run.about
    before = [
        run.name
        for run in completed(case.store, str(mine.get("name")))
        if str(run.about.get("finished")) < str(mine.get("finished")) and run.name != case.run.name
    ]
    return f"{reason}; but this store holds {before[-1]}, which finished before" if before else reason


def recorded_inputs(case: Case, split: Record) -> Mapping[str, Ref] | None:
    """The two tables that the named earlier run recorded, or None where it is not in the store."""
    name = split.step.parameters.get("earlier")
    run = None if name is None else named_run(case.store, str(name))
    found: Any = None if run is None else split_of(run)
    return None if found is None else dict(found.inputs)
