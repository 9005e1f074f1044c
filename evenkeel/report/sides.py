"""What the page says of the split beside its counts: what was kept together, and what that cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Facts = Mapping[str, Any]


def sentences(split: Facts) -> list[str]:
    """One sentence per thing that the record tells of a split; none for records that tell less."""
    return [line for tell in TELL for line in tell(split)]


def _duplicates(split: Facts) -> Iterator[str]:
    if not (said := split.get("duplicates")):
        return
    if not said["rows"]:
        yield "No row equals another in all features."
        return
    twice = said["test_rows_in_train"]
    where = f"{twice:,} test rows equal a train row" if twice else "each set is on one side"
    yield f"{said['rows']:,} rows equal another in all features, in {said['sets']:,} sets: {where}."


def _groups(split: Facts) -> Iterator[str]:
    if not (said := split.get("groups")):
        return
    without = (
        f"; {said['rows_without']:,} rows without one are each their own" if said["rows_without"] else ""
    )
    yield (
        f"{said['groups']:,} groups by {', '.join(said['columns'])}, the largest of {said['largest']:,} "
        f"rows, {said['in_test']:,} of them in test and {said['on_both_sides']:,} on both sides{without}."
    )


def _times(split: Facts) -> Iterator[str]:
    if not (said := split.get("time")):
        return
    until, start = said["train_until"] or "nothing new", said["test_from"] or "nothing new"
    yield f"By {said['column']}, train lasts until {until} and test begins at {start}."
    if said["test_rows_not_later"]:
        yield (
            f"{said['test_rows_not_later']:,} test rows are not later than train: rows that belong together "
            f"count as late as the last of them."
        )


def _quota(split: Facts) -> Iterator[str]:
    off = split.get("off_quota")
    parts = off if isinstance(off, Mapping) else {"all": off or 0}
    told = [f"{name}: {rows:+,}" for name, rows in parts.items() if rows]
    if told:
        yield f"Test rows off the quota, because rows stay together or keep their side: {', '.join(told)}."


def _continued(split: Facts) -> Iterator[str]:
    if not (said := split.get("continues")):
        return
    if said["run"] is None:
        yield "To be continued: there was no earlier split of this name."
        return
    kept, new, gone = (said[key] for key in ("kept", "new", "gone"))
    yield (
        f"Continues run {said['run']}: {kept['train']:,} train and {kept['test']:,} test rows kept their "
        f"side, {new['train']:,} new rows are train and {new['test']:,} test, {sum(gone.values()):,} are "
        f"gone."
    )
    if said["rows_torn_before"]:
        yield (
            f"{said['rows_torn_before']:,} rows belong together, but lay on both sides of the split that is "
            f"continued."
        )


TELL = (_duplicates, _groups, _times, _quota, _continued)
