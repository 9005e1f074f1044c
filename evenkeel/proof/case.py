"""What a claim can look at: the records of a run, its store, and its folder once it is sealed."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import pandas as pd

from evenkeel.ledger import STAGES, Record
from evenkeel.proof.batch import Replays
from evenkeel.runs import Run
from evenkeel.signing import PublicKey
from evenkeel.store import Ref, Store
from evenkeel.validation import CheckResult

T = TypeVar("T")


class Broken(Exception):
    """A claim does not hold; the message says what differs."""


class NotApplicable(Exception):
    """A claim cannot be asked of this run; the message says why."""


@dataclass(frozen=True)
class Case:
    """A run under examination; `run` is None while it is not sealed, `key` that of who must have signed.

    `known` is what was found so far.
    """

    store: Store
    records: Sequence[Record]
    run: Run | None
    replay: bool
    key: PublicKey | None = None
    known: dict[Hashable, Any] = field(default_factory=dict)

    @property
    def without_objects(self) -> bool:
        """Whether the run was exported without its tables, models and predictions."""
        return self.run is not None and self.run.without_objects

    def must_hold_objects(self) -> None:
        """Stop a claim that needs objects where they were left out."""
        if self.without_objects:
            raise NotApplicable("objects were left out when this run was exported")

    def sealed(self) -> Run:
        """The run's folder; without one a claim cannot be asked yet."""
        if self.run is None:
            raise NotApplicable("the run is not sealed yet; `evenkeel verify` checks it")
        return self.run

    @cached_property
    def replays(self) -> Replays:
        """What comes out when the steps are done again; nothing is done before it is asked for."""
        path = self.run.folder / "config.json" if self.run else None
        config = path.read_bytes() if path and path.is_file() else b""
        return Replays(str(self.store.root), self.records, config)

    def once(self, what: Hashable, work: Callable[[], T]) -> T:
        """What `work` finds, unless that is known: two looks at the same records need not read all twice."""
        if what not in self.known:
            self.known[what] = work()
        found: T = self.known[what]
        return found

    def of(self, stage: str) -> list[Record]:
        """The records of a stage."""
        return [record for record in self.records if record.step.stage == stage]

    def single(self, stage: str) -> Record:
        """The one record of a stage that has just one."""
        found = self.of(stage)
        if not found:
            raise NotApplicable(f"the run has no {stage} step: it stopped before")
        if len(found) > 1:
            raise Broken(f"expected one record of stage {stage}, got {len(found)}")
        return found[0]

    def table(self, ref: Ref) -> pd.DataFrame:
        """The rows of an artifact of the run."""
        self.must_hold_objects()
        return self.store.get_table(ref)

    def checks(self) -> list[CheckResult]:
        """The results of validation."""
        self.must_hold_objects()
        rows = self.store.get_json(self.single("validate").outputs["results"])
        return [CheckResult.model_validate(row) for row in rows]

    def refs(self) -> Iterator[tuple[str, Ref]]:
        """Every artifact of the run, once, with the step that names it first."""
        seen: set[str] = set()
        for record in self.records:
            for ref in record.refs():
                if ref.digest not in seen:
                    seen.add(ref.digest)
                    yield record.step.label, ref

    def fitting(self) -> list[Record]:
        """The records of the stages that fit something."""
        return [record for record in self.records if STAGES[record.step.stage].fits]

    def must_replay(self) -> None:
        """Stop a claim that needs a replay when none is wanted, or none can be."""
        self.must_hold_objects()
        if not self.replay:
            raise NotApplicable("not replayed here; `evenkeel verify` does")
