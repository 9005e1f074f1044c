"""The ledger: what each step read, wrote, with which parameters, code and environment.

A `Step` is a question ("resample these train rows with these parameters"); its key is the digest of
everything that can change the answer. A `Record` is the answer: the products as refs, small facts, and
how long it took. `perform` answers from ``steps/<key>`` when the same question was answered before and
its products are intact, and works otherwise.

`STAGES` says which roles each stage may read. It is checked before a step runs, and once more, from the
records alone, by `evenkeel.proof`.
"""

from __future__ import annotations

import functools
import importlib.metadata
import json
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from evenkeel import __version__
from evenkeel.canonical import json_bytes, sha256
from evenkeel.errors import SealBroken
from evenkeel.landlock import Isolation
from evenkeel.store import Ref, Role, Store

RECORD_FORMAT = 2
# the packages whose version can change a result, a figure or a page
PACKAGES = (
    "altair",
    "evenkeel",
    "faiss-cpu",
    "great-expectations",
    "imbalanced-learn",
    "jinja2",
    "numpy",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "scipy",
    "skops",
    "vl-convert-python",
    "xgboost",
)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One kind of step. `version` is raised whenever its code gives different products.

    A run is complete without the stages that are `optional`. `packages` are those beside `PACKAGES` that can
    change its results.
    """

    version: int
    reads: frozenset[Role]
    fits: bool = False
    optional: bool = False
    packages: tuple[str, ...] = ()


STAGES: dict[str, Stage] = {
    "ingest": Stage(version=1, reads=frozenset()),
    "validate": Stage(version=1, reads=frozenset({"raw"})),
    # train and test rows are those of the split that is continued
    "split": Stage(version=1, reads=frozenset({"raw", "train", "test"})),
    "preprocess": Stage(version=1, reads=frozenset({"train"}), fits=True),
    "tune": Stage(version=1, reads=frozenset({"train"}), fits=True, optional=True, packages=("optuna",)),
    "resample": Stage(version=2, reads=frozenset({"train"}), fits=True),
    "train": Stage(version=2, reads=frozenset({"train", "resampled"}), fits=True),
    "decide": Stage(version=3, reads=frozenset({"train"}), fits=True),
    "evaluate": Stage(version=3, reads=frozenset({"test"})),
    # runs of 0.2.0 and before had no intervals
    "compare": Stage(version=1, reads=frozenset({"test"}), optional=True),
    # test rows are explained, and nothing is fitted
    "explain": Stage(version=1, reads=frozenset({"train", "test"}), optional=True),
    # the last to look at test rows; what tells them from train rows knows no label, and nothing reads it
    "diagnose": Stage(version=1, reads=frozenset({"train", "test"}), optional=True),
    "xray": Stage(version=1, reads=frozenset({"train"}), fits=True, optional=True),
    "report": Stage(version=1, reads=frozenset()),
}

# the inputs of a split that continues another, and the products of that one that they are
EARLIER_INPUTS = {"earlier_train": "train", "earlier_test": "test"}


class Step(BaseModel):
    """A question to a stage; `subject` is the strategy, where there is one per strategy."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    stage: str
    subject: str | None = None
    parameters: dict[str, Any] = {}
    inputs: dict[str, Ref] = {}

    @property
    def label(self) -> str:
        """How a person names the step: "resample smote"."""
        return f"{self.stage} {self.subject}" if self.subject else self.stage

    @property
    def key(self) -> str:
        """The key of the step here and now."""
        return step_key(self, STAGES[self.stage].version, environment(self.stage))


def step_key(step: Step, version: int, where: Mapping[str, Any]) -> str:
    """The digest of all that the answer can depend on; the subject's name is not part of it."""
    question = {
        "stage": step.stage,
        "version": version,
        "parameters": step.parameters,
        "inputs": {name: ref.digest for name, ref in step.inputs.items()},
        "packages": where["packages"],
        "python": where["python"],
    }
    return sha256(json_bytes(question))


class Record(BaseModel):
    """The answer of one step: what was read and written, how, where and in how many seconds.

    `isolation` says what kept a step that fits something from opening test rows; records of format 1 and
    steps that fit nothing do not say it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: int = RECORD_FORMAT
    step: Step
    key: str
    version: int
    outputs: dict[str, Ref]
    facts: dict[str, Any]
    environment: dict[str, Any]
    seconds: float
    reused: bool
    isolation: Isolation | None = None

    def refs(self) -> list[Ref]:
        """Every artifact that the step read or wrote."""
        return [*self.step.inputs.values(), *self.outputs.values()]


@dataclass(frozen=True)
class Products:
    """What a step hands back to the ledger: artifacts, and facts small enough for the record."""

    outputs: Mapping[str, Ref]
    facts: Mapping[str, Any]
    isolation: Isolation | None = None


def perform(store: Store, step: Step, work: Callable[[], Products]) -> Record:
    """The record of `step`: found if it was done before with intact products, else made by `work`."""
    if found := find(store, step):
        return found
    started = time.perf_counter()
    return write(store, step, work(), seconds=time.perf_counter() - started)


def find(store: Store, step: Step) -> Record | None:
    """The record of a step that was done before, if all its products are still intact."""
    check_seal(step)
    started = time.perf_counter()
    answer = _read_answer(store, step.key)
    if answer is None or not all(map(store.intact, answer.outputs.values())):
        return None
    return _record(step, answer, time.perf_counter() - started, reused=True)


def write(store: Store, step: Step, products: Products, *, seconds: float) -> Record:
    """Remember the products of a step that was just done, and give its record."""
    check_seal(step)
    record = _record(step, products, seconds, reused=False)
    answer = {
        "outputs": {name: ref.model_dump() for name, ref in record.outputs.items()},
        "facts": record.facts,
        "isolation": record.isolation,
    }
    body = json_bytes(answer)
    name, data = answer_name(step.key), sha256(body).encode() + b"\n" + body
    if not store.create(name, data) and _read_answer(store, step.key, intact=store.intact) is None:
        # what stands there is damaged, or names a product that is: this fresh answer takes its place
        store.discard(name)
        store.create(name, data)
    return record


def check_seal(step: Step) -> None:
    """Refuse a step that would read rows whose role its stage must not see."""
    allowed = STAGES[step.stage].reads
    for name, ref in step.inputs.items():
        if ref.role is not None and ref.role not in allowed:
            raise SealBroken(
                f"Step {step.label!r} may read {sorted(allowed) or 'no rows'}, but its input {name!r} has "
                f"the role {ref.role!r}. Next: this is a defect of the pipeline; the run stops here."
            )


def answer_name(key: str) -> str:
    """Where the store remembers the answer to a step."""
    return f"steps/{key[:2]}/{key[2:]}"


def answer_intact(store: Store, key: str) -> bool:
    """Whether what the store remembers of a step is undamaged; a run that was carried away has no memory."""
    return store.read(answer_name(key)) is None or _read_answer(store, key) is not None


@functools.cache
def environment(stage: str | None = None) -> dict[str, Any]:
    """Versions and platform, as they go into every record; with what a stage alone uses."""
    names = sorted({*PACKAGES, *(STAGES[stage].packages if stage else ())})
    versions = {
        name: __version__ if name == "evenkeel" else importlib.metadata.version(name) for name in names
    }
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        # sums can be rounded in another way by other instructions
        "cpu": sorted(np.show_config(mode="dicts")["SIMD Extensions"]["found"]),
        "packages": versions,
    }


def _record(step: Step, answer: Products, seconds: float, *, reused: bool) -> Record:
    return Record(
        step=step,
        key=step.key,
        version=STAGES[step.stage].version,
        outputs=dict(answer.outputs),
        facts=dict(answer.facts),
        isolation=answer.isolation,
        environment=environment(step.stage),
        seconds=round(seconds, 3),
        reused=reused,
    )


def _read_answer(
    store: Store, key: str, *, intact: Callable[[Ref], bool] = lambda _: True
) -> Products | None:
    """The remembered answer, or None when there is none or it is damaged: then the step runs again."""
    digest, _, body = (store.read(answer_name(key)) or b"").partition(b"\n")
    if sha256(body).encode() != digest:
        return None
    answer = json.loads(body)
    outputs = {name: Ref.model_validate(ref) for name, ref in answer["outputs"].items()}
    if not all(map(intact, outputs.values())):
        return None
    return Products(outputs, answer["facts"], answer.get("isolation"))
