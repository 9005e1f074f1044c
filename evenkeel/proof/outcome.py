"""What replays come to: the same, the same within the tolerance of another environment, or different.

Where Python, packages and processor are those of the record there is no tolerance at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from evenkeel.ledger import Record
from evenkeel.proof.case import Broken, Case, NotApplicable
from evenkeel.proof.compare import Compared
from evenkeel.proof.environments import elsewhere, hint


def replayed(*stages: str) -> Callable[[Case], str]:
    """The check of a claim that every product of these stages comes out again."""

    def check(case: Case) -> str:
        case.must_replay()
        records = [record for stage in stages for record in case.of(stage)]
        if not records:
            raise NotApplicable(f"the run has no {stages[0]} step: it stopped before")
        return judge(case, records)

    return check


def judge(case: Case, records: Sequence[Record]) -> str:
    """How many came out the same, and how many of them only nearly; `Broken` says what differs."""
    found = {index: case.replays.of(record) for index, record in enumerate(records)}
    wrong = {i: far for i, record in enumerate(records) if (far := too_far(record, found[i]))}
    if wrong:
        first, told = next(iter(wrong.items()))
        more = f"; and {len(wrong) - 1} more steps differ" if len(wrong) > 1 else ""
        label = records[first].step.label
        raise Broken(f"{label}: {'; '.join(map(str, told))}{more}{hint(records[first])}")
    near = [records[i] for i, all_ in found.items() if any(c.likeness == "close" for c in all_)]
    return f"{len(records)} of {len(records)} came out the same{_nearly(near)}"


def too_far(record: Record, found: Sequence[Compared]) -> list[Compared]:
    """What differs by more than the environment of a record excuses; no finding at all is too little."""
    excused = {"exact", "close"} if elsewhere(record) else {"exact"}
    nothing = [Compared("not replayed", "different")]
    return [compared for compared in found or nothing if compared.likeness not in excused]


def _nearly(records: Sequence[Record]) -> str:
    if not records:
        return ""
    there = "; ".join(dict.fromkeys(map(elsewhere, records)))
    return f", {len(records)} of them only within the tolerance of another environment ({there})"
