"""How often the test set was looked at, and that what was judged stood before: the looks of a run."""

from __future__ import annotations

from collections.abc import Sequence

from evenkeel.ledger import Record
from evenkeel.looks import BrokenChain, Look, count, read
from evenkeel.proof.case import Broken, Case, NotApplicable


def check_looks(case: Case) -> str:
    """Every evaluation is a look of the chain, with the test set, the model and the threshold of its record.

    Which split step made the test set does not matter: another config may ask for the same one.
    """
    evaluated = _evaluated(case)
    split = case.single("split")
    table, test = str(split.step.inputs["table"].content), str(split.outputs["test"].content)
    chain = _chain(case, table)
    for record in evaluated:
        look = _own(record, chain)
        inputs = record.step.inputs
        fixed = {
            "table": table,
            "test": test,
            "model": inputs["model"].digest,
            "decision": inputs["decision"].digest,
            "key": record.key,
        }
        said = look.intent.model_dump()
        if other := [name for name, value in fixed.items() if said[name] != value]:
            raise Broken(f"{record.step.label}: look {look.number} was at another {' and '.join(other)}")
    last = max(_own(record, chain).number for record in evaluated)
    times = count(chain, test, last).test
    return f"{len(evaluated)} evaluations, each a look: {times} looks at this test set by then"


def check_only_split(case: Case) -> str:
    """No other test set of the same table had been looked at before this one."""
    evaluated = _evaluated(case)
    split = case.single("split")
    chain = _chain(case, str(split.step.inputs["table"].content))
    last = max(_own(record, chain).number for record in evaluated)
    if others := count(chain, str(split.outputs["test"].content), last).others:
        raise Broken(
            f"{others} other test {'set' if others == 1 else 'sets'} of these rows had been looked at "
            f"before: whether this split was picked for its figures cannot be told"
        )
    return "this test set is the first of these rows that was looked at"


def _evaluated(case: Case) -> list[Record]:
    evaluated = case.of("evaluate")
    if not evaluated:
        raise NotApplicable("nothing was evaluated: the run stopped before")
    # all records: whoever marks the evaluations alone wants to hide looks
    if all(record.format == 1 for record in case.records):
        raise NotApplicable("runs of format 1 did not count looks")
    return evaluated


def _chain(case: Case, table: str) -> list[Look]:
    try:
        return read(case.store, table)
    except BrokenChain as problem:
        raise Broken(str(problem)) from None


def _own(record: Record, chain: Sequence[Look]) -> Look:
    pinned = record.facts.get("look") or {}
    look = next((look for look in chain if look.number == pinned.get("number")), None)
    if look is None or look.digest != pinned.get("digest"):
        raise Broken(f"{record.step.label}: its look, number {pinned.get('number')}, is missing or another")
    return look
