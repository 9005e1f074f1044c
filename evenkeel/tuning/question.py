"""What a search asks: one strategy, the ranges of its parameters, the budget and the metric."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, field_validator, model_serializer

from evenkeel.evaluation.metrics import METRICS
from evenkeel.models import find_model, grows
from evenkeel.ranges import Dimension, Ratio, Space
from evenkeel.recipe import Recipe, Treatment
from evenkeel.training import ModelSpec

Params = dict[str, Any]
State = Literal["complete", "pruned", "failed"]

# trials that are asked for together: no answer among them is known to the others, on any number of workers
BATCH = 4
# trials at random, before what was found says where to look
STARTUP = 8
# folds after which a trial that does worse than most is given up, if there are twice as many or more
FIRST_FOLDS = 2


class Trial(BaseModel):
    """What was tried and what came of it.

    `values` has one value per fold that was done, `value` is their mean if all were; `rounds` are those that
    early stopping found, one per fold. A failed trial says why in `note`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    number: int
    params: Params
    state: State
    value: float | None
    values: tuple[float, ...]
    rounds: tuple[int, ...] = ()
    note: str = ""


class Question(BaseModel):
    """All that the answer depends on beside the train rows; the parameters of a tune step.

    `recipe` has the seed of the search: its folds are not those of the out-of-fold predictions. `space` names
    the parameters "model.max_depth" and "2.SMOTE.k_neighbors", by the place of a sampler in the chain.
    `present` is the ratio of the rarer to the more frequent class in train. `rule` and `alert_share` choose
    thresholds as in a decide step. `timeout` is in seconds of computing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    recipe: Recipe
    treatment: Treatment
    model: ModelSpec
    folds: int
    trials: int
    metric: str
    rule: dict[str, Any] | None
    alert_share: float | None
    present: float
    space: dict[str, Dimension]
    timeout: float | None = None

    @model_serializer(mode="wrap")
    def _unsaid(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without a timeout that is none."""
        said: dict[str, Any] = handler(self)
        return {key: value for key, value in said.items() if (key, value) != ("timeout", None)}

    @field_validator("space")
    @classmethod
    def _in_order(cls, space: dict[str, Dimension]) -> dict[str, Dimension]:
        """The model's first, each by name: what is drawn depends on the order, which JSON does not keep."""
        return {name: space[name] for name in sorted(space, key=lambda n: (not n.startswith("model."), n))}

    @property
    def maximizes(self) -> bool:
        """Whether more of the metric is better."""
        return METRICS[self.metric].higher_is_better

    @property
    def first(self) -> int:
        """How many folds are done before a trial may be given up; all of them where they are few."""
        return FIRST_FOLDS if self.folds >= 2 * FIRST_FOLDS else self.folds

    def stops(self, params: Params) -> bool:
        """Whether early stopping finds the number of rounds of a trial; never of the config's own."""
        tried = {name.removeprefix("model."): value for name, value in params.items()}
        return bool(params) and grows(self.model.kind, tried)

    def asked(self, params: Params, rounds: int | None = None) -> tuple[ModelSpec, Treatment]:
        """The classifier and the treatment of a trial."""
        model = {name.removeprefix("model."): v for name, v in params.items() if name.startswith("model.")}
        if rounds is not None:
            model |= {growth_parameter(self.model.kind): rounds}
        spec = self.model.model_copy(update={"params": {**self.model.params, **model}})
        return spec, self.treatment.model_copy(update={"chain": self._chain(params)})

    def settings(self, params: Params, rounds: int | None = None) -> dict[str, Any]:
        """The value of every parameter that was searched, and of the rounds; None is its owner's default."""
        spec, treatment = self.asked(params, rounds)
        given = {f"model.{name}": value for name, value in spec.params.items()}
        for place, (sampler, mine) in enumerate(treatment.chain, start=1):
            given |= {place_name(place, sampler, name): value for name, value in mine.items()}
        grown = [] if rounds is None else [f"model.{growth_parameter(self.model.kind)}"]
        return {name: given.get(name) for name in [*self.space, *grown]}

    def _chain(self, params: Params) -> tuple[tuple[str, dict[str, Any]], ...]:
        present, chain = self.present, []
        for place, (sampler, given) in enumerate(self.treatment.chain, start=1):
            mine, start = dict(given), place_name(place, sampler, "")
            for name, value in params.items():
                if name.startswith(start):
                    dimension = self.space[name]
                    tried = dimension.of(value, present) if isinstance(dimension, Ratio) else value
                    mine[name.removeprefix(start)] = tried
            if isinstance(ratio := mine.get("sampling_strategy"), float):
                present = ratio
            chain.append((sampler, mine))
        return tuple(chain)


def growth_parameter(kind: str) -> str:
    """The parameter that early stopping decides."""
    growth = find_model(kind).growth
    assert growth is not None, f"{kind} does not stop early"
    return growth.parameter


def place_name(place: int, sampler: str, parameter: str) -> str:
    """What a parameter of a sampler is called in a search; places count from 1."""
    return f"{place}.{sampler}.{parameter}"


def search_seed(seed: int) -> int:
    """The seed of a search in a run: other folds than those of the out-of-fold predictions."""
    return drawn(f"search {seed}")


def drawn(text: str) -> int:
    """A number below 2**32 that follows from a text alone."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def space_of(
    spec: ModelSpec,
    treatment: Treatment,
    said: Mapping[str, Space],
    known: Mapping[str, Space],
    *,
    binary: bool,
) -> dict[str, Dimension]:
    """The parameters that are searched for a model and a chain, the model's first, each with its range.

    What is `said` for a model or a sampler counts instead of what is `known` of it. Of what is known, ratios
    are left out for several classes, and parameters of samplers that the chain sets: they tell one strategy
    from another. Model parameters that the config sets are where the search begins.
    """
    found = {f"model.{name}": d for name, d in said.get(spec.kind, known.get(spec.kind, {})).items()}
    for place, (sampler, given) in enumerate(treatment.chain, start=1):
        free = {
            name: d
            for name, d in known.get(sampler, {}).items()
            if name not in given and (binary or not isinstance(d, Ratio))
        }
        found |= {place_name(place, sampler, name): d for name, d in said.get(sampler, free).items()}
    return found
