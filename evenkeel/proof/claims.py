"""The claims: each a coded, checkable statement, in the order in which they are checked.

A check returns why the claim holds, or raises `Broken` (what differs) or `NotApplicable` (why not).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from evenkeel.canonical import frame_digest
from evenkeel.ledger import EARLIER_INPUTS, STAGES, Record, answer_intact, step_key
from evenkeel.proof.case import Broken, Case, NotApplicable
from evenkeel.proof.files import check_files
from evenkeel.proof.looked import check_looks, check_only_split
from evenkeel.proof.outcome import replayed
from evenkeel.proof.shown import check_planned, check_shown
from evenkeel.proof.sides import check_stayed, check_together
from evenkeel.proof.signed import check_signatures
from evenkeel.resampling.links import lowest_recall
from evenkeel.resampling.searches import marked
from evenkeel.store import Ref
from evenkeel.tables import ROW_ID

Outcome = Literal["passed", "failed", "not applicable"]
STAGE_ORDER = tuple(STAGES)
ONCE = ("ingest", "validate", "split", "preprocess", "compare", "explain", "diagnose", "xray", "report")
# what has seen test rows, so that nothing that fits may read it
AFTER = ("evaluate", "compare", "explain", "diagnose")


@dataclass(frozen=True)
class Claim:
    """A statement about a run, and how it is checked; with `stage`, only of runs that have that stage."""

    code: str
    title: str
    check: Callable[[Case], str]
    stage: str | None = None


def _files(case: Case) -> str:
    if case.run is None:
        raise NotApplicable("the run is not sealed yet; `evenkeel verify` checks it")
    return check_files(case.run, case.records)


def _records(case: Case) -> str:
    """Every key is the digest of its question, and every input was made by an earlier step."""
    made: set[str] = set()
    for record in case.records:
        if step_key(record.step, record.version, record.environment) != record.key:
            raise Broken(f"{record.step.label}: the key does not belong to its parameters and inputs")
        for name, ref in record.step.inputs.items():
            if ref.digest not in made and not _from_earlier(record, name):
                raise Broken(
                    f"{record.step.label}: no earlier step made its input {name!r} ({ref.digest[:12]})"
                )
        if case.run is not None and not answer_intact(case.store, record.key):
            raise Broken(f"{record.step.label}: what the store remembers of it (steps/) is damaged")
        made |= {ref.digest for ref in record.outputs.values()}
    _complete(case)
    return f"{len(case.records)} steps, each reading only what an earlier one wrote"


def _from_earlier(record: Record, name: str) -> bool:
    """Whether an input was made by an earlier run: the two tables of the split that a split continues."""
    return (
        record.step.stage == "split"
        and name in EARLIER_INPUTS
        and bool(record.step.parameters.get("earlier"))
    )


def _complete(case: Case) -> None:
    stages = [record.step.stage for record in case.records]
    if stages != sorted(stages, key=STAGE_ORDER.index):
        raise Broken("the steps are not in the order of the stages")
    if case.run is not None:
        _fits_its_status(case, str(case.run.about.get("status")), stages)
    for stage in ONCE:
        if stages.count(stage) > 1:
            raise Broken(f"stage {stage} is recorded {stages.count(stage)} times")
    subjects = {
        stage: sorted(str(r.step.subject) for r in case.of(stage)) for stage in set(stages) - set(ONCE)
    }
    if len({tuple(names) for names in subjects.values()}) > 1:
        raise Broken(f"the stages name different strategies: {subjects}")


def _fits_its_status(case: Case, status: str, stages: list[str]) -> None:
    """A completed run has every stage; a stopped one was stopped by validation, and has nothing after it."""
    if status == "completed":
        if missing := {name for name, stage in STAGES.items() if not stage.optional} - set(stages):
            raise Broken(f"no record of stage {sorted(missing)}")
    elif status != "stopped" or stages != ["ingest", "validate"]:
        raise Broken(f"the status is {status!r}, the stages are {stages or 'none'}")
    elif not any(result.stops for result in case.checks()):
        raise Broken("the status is 'stopped', but no check stops the run")


def _artifacts(case: Case) -> str:
    case.must_hold_objects()
    count = 0
    for count, (label, ref) in enumerate(case.refs(), start=1):  # noqa: B007 - how many there are
        case.once(ref, functools.partial(_artifact, case, label, ref))
    return f"{count} artifacts hash to their names"


def _artifact(case: Case, label: str, ref: Ref) -> None:
    if ref.kind != "table":
        case.store.get(ref)
        return
    frame = case.table(ref)
    if len(frame) != ref.rows:
        raise Broken(f"{label}: {ref.digest[:12]} holds {len(frame)} rows, {ref.rows} are recorded")
    if frame_digest(frame) != ref.content:
        raise Broken(f"{label}: the content of {ref.digest[:12]} is not the recorded one")


def _test_ref(case: Case) -> str:
    test = case.single("split").outputs["test"]
    evaluated = case.of("evaluate")
    if not evaluated:
        raise NotApplicable("nothing was evaluated: the run stopped before")
    for record in evaluated:
        entered = record.step.inputs["test"]
        if (entered.digest, entered.content) != (test.digest, test.content):
            raise Broken(
                f"{record.step.label} read {entered.digest[:12]}, the split wrote {test.digest[:12]}"
            )
    return f"{test.digest[:12]} left the split and entered {len(evaluated)} evaluations"


def _unread(case: Case) -> str:
    """By digest, not only by role: a test ref under a false role would be found as well."""
    split = case.single("split")
    inputs = {ref.digest for ref in split.step.inputs.values()}
    # a split that is continued without new rows gives the same train table again
    forbidden = {split.outputs["test"].digest, *(inputs - {split.outputs["train"].digest})}
    judged = [record for stage in AFTER for record in case.of(stage)]
    forbidden |= {ref.digest for record in judged for ref in record.outputs.values()}
    for record in case.fitting():
        for name, ref in record.step.inputs.items():
            allowed = ref.role is None or ref.role in STAGES[record.step.stage].reads
            if ref.digest in forbidden or not allowed:
                raise Broken(
                    f"{record.step.label} fits something and read {name!r} ({ref.digest[:12]}, {ref.role})"
                )
    return f"{len(case.fitting())} steps fit something; none read a test row or the unsplit table"


def _disjoint(case: Case) -> str:
    split = case.single("split")
    refs = split.outputs["train"], split.outputs["test"], split.step.inputs["table"]
    return case.once(("parts of a whole", *refs), lambda: _parts_of_a_whole(*map(case.table, refs)))


def _parts_of_a_whole(train: pd.DataFrame, test: pd.DataFrame, rows: pd.DataFrame) -> str:
    whole = rows.set_index(ROW_ID, drop=False)
    both = set(train[ROW_ID]) & set(test[ROW_ID])
    if both:
        raise Broken(f"{len(both)} row ids are on both sides, for example {sorted(both)[:3]}")
    if len(train) + len(test) != len(whole) or set(train[ROW_ID]) | set(test[ROW_ID]) != set(whole.index):
        raise Broken(
            f"train ({len(train)}) and test ({len(test)}) are not together the {len(whole)} validated rows"
        )
    for side, frame in (("train", train), ("test", test)):
        if frame_digest(whole.loc[frame[ROW_ID]]) != frame_digest(frame):
            raise Broken(f"rows of {side} differ from the validated rows of the same id")
    return f"{len(train):,} train and {len(test):,} test rows, no id twice, are the {len(whole):,} validated"


def _resampled(case: Case) -> str:
    """The replay; a set that approximate neighbours made is marked, whatever comes out."""
    recalls = {r.step.subject or "": lowest_recall(r.facts.get("links", ())) for r in case.of("resample")}
    mark = marked({name: recall for name, recall in recalls.items() if recall is not None})
    ending = f"; {mark}" if mark else ""
    try:
        return replayed("resample")(case) + ending
    except (Broken, NotApplicable) as reason:
        raise type(reason)(f"{reason}{ending}") from None


def _searched(case: Case) -> str:
    """The replays, and how many trials there are beside those that were fitted again."""
    said = replayed("tune")(case)
    trials = sum(int(record.facts["trials"]) for record in case.of("tune"))
    return f"{said}: {trials} trials follow from the values before them, and each best value was fitted again"


def _isolated(case: Case) -> str:
    fitting = case.fitting()
    if not fitting:
        raise NotApplicable("nothing was fitted: the run stopped before")
    bare = [record.step.label for record in fitting if record.isolation != "landlock"]
    if bare:
        raise NotApplicable(
            f"{len(bare)} of {len(fitting)} steps ran without isolation, {bare[0]} for one: the system had "
            f"no Landlock, the work was done in one process, or the record is of format 1"
        )
    return f"{len(fitting)} steps ran where Landlock forbids to open them"


CLAIMS = (
    Claim("EK001", "every file of the run is the one that was sealed", _files),
    Claim("EK002", "the records are complete and follow from one another", _records),
    Claim("EK003", "every artifact is the one that its record names", _artifacts),
    Claim("EK004", "the test set that left the split is the one that was evaluated", _test_ref),
    Claim("EK005", "no step that fits anything read a test row", _unread),
    Claim("EK006", "train and test are disjoint and together the validated rows", _disjoint),
    Claim(
        "EK007",
        "the split follows from the rows, the config and the seed",
        replayed("split"),
    ),
    Claim(
        "EK008",
        "every resampled set follows from train, parameters and seed",
        _resampled,
    ),
    Claim(
        "EK009",
        "every operating point follows from out-of-fold predictions of train",
        replayed("decide"),
    ),
    Claim(
        "EK010",
        "every figure follows from the stored model and the test set",
        replayed("evaluate"),
    ),
    Claim("EK011", "every step did what the config says", check_planned),
    Claim("EK012", "the report, the certificate and the summary say what the records say", check_shown),
    Claim("EK013", "records in their order and certificate are signed by one key", check_signatures),
    Claim(
        "EK014",
        "every preprocessor, model and out-of-fold prediction follows from train",
        replayed("preprocess", "train"),
    ),
    Claim("EK015", "every evaluation was a counted look, when model and threshold were fixed", check_looks),
    Claim("EK016", "the kernel kept test rows from the steps that fit anything", _isolated),
    Claim("EK017", "no other split of these rows had been looked at before", check_only_split),
    Claim("EK018", "rows that belong together are on one side", check_together),
    Claim("EK019", "every row of the split that is continued stayed on its side", check_stayed),
    Claim("EK020", "the X-ray follows from train, parameters and seed", replayed("xray"), stage="xray"),
    Claim(
        "EK021",
        "intervals and differences follow from the stored predictions",
        replayed("compare"),
        stage="compare",
    ),
    Claim(
        "EK022",
        "every search follows from its values, and its best value from train",
        _searched,
        stage="tune",
    ),
    Claim(
        "EK023",
        "the explanation follows from the stored model and is of the recommended strategy",
        replayed("explain"),
        stage="explain",
    ),
    Claim(
        "EK024",
        "the diagnosis follows from the stored rows, models and predictions",
        replayed("diagnose"),
        stage="diagnose",
    ),
)
