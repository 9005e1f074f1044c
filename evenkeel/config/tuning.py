"""The `tuning` section: how many trials, judged by what, for how long, and in which ranges."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
)

from evenkeel.errors import ConfigError, suggest
from evenkeel.evaluation.metrics import METRICS
from evenkeel.models import MODELS, RESERVED, check_model
from evenkeel.parameters import parameter_names
from evenkeel.ranges import Dimension, read_space
from evenkeel.resampling.samplers import SAMPLERS, check_sampler, find_sampler

Ranges = dict[str, dict[str, Dimension]]


def _spaces(value: Any) -> Any:
    """The ranges by the kind of model or the name of the sampler, each one that its owner takes."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise ConfigError(f"Expected ranges by model or sampler, got {value!r}. {_example()}")
    return {_owner(str(name)): _checked(_owner(str(name)), said) for name, said in value.items()}


def _owner(name: str) -> str:
    if name in MODELS:
        return name
    try:
        return find_sampler(name).name
    except ConfigError:
        shorts = [entry.short for entry in SAMPLERS.values()]
        raise ConfigError(
            f"Expected a kind of model or the name of a sampler, got {name!r}. "
            f"{suggest(name, [*MODELS, *shorts], also=SAMPLERS)} {_example()}"
        ) from None


def _checked(owner: str, said: Any) -> dict[str, Dimension]:
    found = read_space(owner, said)
    cls = MODELS[owner].load() if owner in MODELS else SAMPLERS[owner].load()
    known = parameter_names(cls) - {*RESERVED}
    for name, dimension in found.items():
        if name not in known:
            raise ConfigError(
                f"Expected a parameter of {owner} to search, got {name!r}. {suggest(name, known)} "
                f"{_example()}"
            )
        for end in dimension.ends:
            (check_model if owner in MODELS else check_sampler)(owner, {name: end})
    return found


def _example() -> str:
    return "Next: for example `space: {xgboost: {max_depth: [2, 8]}}`."


class Tuning(BaseModel):
    """A search over parameters, the same for every strategy; without trials there is none.

    `metric` also chooses between the strategies.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    trials: int = Field(0, ge=0, description="per strategy; 0: no search, parameters are the config's")
    metric: str = "average_precision"
    timeout: float | None = Field(
        None, gt=0, description="seconds of computing per strategy after which no new trials begin"
    )
    space: Annotated[
        Ranges | None, BeforeValidator(_spaces, json_schema_input_type=dict[str, dict[str, Any]] | None)
    ] = Field(None, description="ranges by model or sampler, instead of those of `evenkeel models --json`")

    @model_serializer(mode="wrap")
    def _unsaid(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without what is not said: older runs never said it, and must read the same."""
        said: dict[str, Any] = handler(self)
        return {key: value for key, value in said.items() if value is not None}

    @field_validator("metric")
    @classmethod
    def _known(cls, metric: str) -> str:
        if metric not in METRICS:
            raise ValueError(f"Expected a metric, got {metric!r}. {suggest(metric, METRICS)}")
        return metric
