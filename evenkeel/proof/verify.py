"""Check the claims of a run, one after the other; every claim gets an outcome, whatever the others say."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from evenkeel import execution
from evenkeel.errors import EvenkeelError
from evenkeel.ledger import Record
from evenkeel.proof.case import Broken, Case, NotApplicable
from evenkeel.proof.claims import CLAIMS, Claim, Outcome
from evenkeel.runs import Run
from evenkeel.signing import PublicKey
from evenkeel.store import Store


class Checked(BaseModel):
    """The outcome of one claim, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    code: str
    title: str
    outcome: Outcome
    explanation: str


# what no check of files can say, in the words of docs/claims.md
BEYOND = (
    "whether the source's rows are true",
    "what people knew of the test set",
    "evaluations in other stores",
    "history cut off at its end",
)
WHOSE_KEY = "whose key signed (--key PUB asks)"


class Verdict(BaseModel):
    """The outcomes of all claims about a run, whether it had its objects for them, and what none is about."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    run: str
    claims: tuple[Checked, ...]
    without_objects: bool = False
    not_checked: tuple[str, ...] = BEYOND

    @property
    def verified(self) -> bool:
        """Whether no claim failed."""
        return all(claim.outcome != "failed" for claim in self.claims)


def verify(run: Run, *, replay: bool = True, key: PublicKey | None = None) -> Verdict:
    """Check a sealed run from its files; with `replay`, compute its products again and compare.

    With `key`, the run must be signed by it; without, by whatever key lies in its folder.
    """
    if replay and not run.without_objects:
        execution.warm()
    try:
        records = run.records()
        complaint = None
    except (EvenkeelError, ValueError) as error:
        records, complaint = [], " ".join(str(error).split())
    case = Case(run.store, records, run, replay, key)
    claims = tuple(_check(claim, case, complaint) for claim in asked(case))
    beyond = BEYOND if key else (WHOSE_KEY, *BEYOND)
    return Verdict(run=run.name, claims=claims, without_objects=run.without_objects, not_checked=beyond)


def check_records(
    store: Store, records: Sequence[Record], known: dict[Hashable, Any] | None = None
) -> list[dict[str, Any]]:
    """The claims that can be checked before a run is sealed, for its report and certificate.

    `known` is what was found of the same files a moment ago.
    """
    case = Case(store, records, None, replay=False, known={} if known is None else known)
    return [_check(claim, case, None).model_dump() for claim in asked(case)]


def asked(case: Case) -> list[Claim]:
    """The claims that are made of this run: a stage that it may do without brings claims of its own."""
    return [claim for claim in CLAIMS if claim.stage is None or case.of(claim.stage)]


def _check(claim: Claim, case: Case, complaint: str | None) -> Checked:
    outcome: Outcome = "passed"
    try:
        if complaint and claim is not CLAIMS[0]:
            raise Broken(f"a record cannot be read: {complaint}")
        explanation = claim.check(case)
    except NotApplicable as reason:
        outcome, explanation = "not applicable", str(reason)
    except Broken as broken:
        outcome, explanation = "failed", str(broken)
    except Exception as error:
        # damaged files can break any reader in any way: that is a finding, not a bug of the checker
        name = "" if isinstance(error, EvenkeelError) else f"{type(error).__name__}: "
        outcome, explanation = "failed", f"{name}{' '.join(str(error).split())[:300]}"
    return Checked(code=claim.code, title=claim.title, outcome=outcome, explanation=explanation)
