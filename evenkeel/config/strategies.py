"""Strategies: each is one way to treat imbalance, and one row of the comparison."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from evenkeel.config.classifier import ModelConfig
from evenkeel.errors import ConfigError, suggest
from evenkeel.models import MODELS, short_name
from evenkeel.resampling.samplers import SAMPLERS, check_sampler, find_sampler, spelling

NONE, RANDOM_OVER = "none", "random-over"


class Link(BaseModel):
    """One sampler of a chain, with its parameters."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    sampler: str
    params: dict[str, Any] = {}

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"sampler": value} if isinstance(value, str) else value

    @field_validator("sampler")
    @classmethod
    def _canonical(cls, name: str) -> str:
        return find_sampler(name).name

    @model_validator(mode="after")
    def _checked(self) -> Link:
        check_sampler(self.sampler, self.params)
        return self

    def __str__(self) -> str:
        inside = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.sampler}({inside})"


def as_list(value: Any) -> Any:
    """A single item counts as a list of one."""
    return value if isinstance(value, list | tuple) else [value]


class Strategy(BaseModel):
    """Nothing, a chain of samplers, weights, a model of its own, or several of these together."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str = Field(min_length=1, max_length=60)
    resample: Annotated[
        tuple[Link, ...], BeforeValidator(as_list, json_schema_input_type=str | Link | list[str | Link])
    ] = ()
    class_weight: Literal["balanced"] | dict[str, float] | None = None
    scale_pos_weight: float | Literal["balanced"] | None = Field(
        None, description="weight of the positive class; `balanced` is negatives / positives"
    )
    model: ModelConfig | None = None
    max_rows: int | None = Field(None, ge=2, description="instead of the run's `max_rows`")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        if isinstance(value, str):
            return _named(value)
        if isinstance(value, dict) and "name" not in value and (names := _short_names(value)):
            return {**value, "name": "-then-".join(names)}
        return value

    @field_validator("class_weight", mode="before")
    @classmethod
    def _text_keys(cls, value: Any) -> Any:
        if isinstance(value, dict):
            for key, weight in value.items():
                if isinstance(weight, bool) or not isinstance(weight, int | float):
                    raise ValueError(f"Expected a number for class {str(key)!r}, got {weight!r}.")
            if any(weight < 0 for weight in value.values()) or not any(value.values()):
                raise ValueError(f"Expected weights of at least 0, and one above, got {value!r}.")
            return {str(key): weight for key, weight in value.items()}
        if value not in (None, "balanced"):
            raise ValueError(f"Expected 'balanced' or a mapping of class to weight, got {value!r}.")
        return value

    @field_validator("scale_pos_weight", mode="before")
    @classmethod
    def _above_zero(cls, value: Any) -> Any:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if value not in (None, "balanced") and not (number and value > 0):
            raise ValueError(f"Expected 'balanced' or a number above 0, got {value!r}.")
        return value

    @model_validator(mode="after")
    def _one_weight(self) -> Strategy:
        if self.class_weight is not None and self.scale_pos_weight is not None:
            raise ValueError(
                "Expected `class_weight` or `scale_pos_weight`, got both. Next: remove one of them."
            )
        return self

    @model_validator(mode="after")
    def _none_is_none(self) -> Strategy:
        if self.name == NONE and self.effort:
            raise ValueError(f"The name {NONE!r} is for the rows as they are. Next: give it another name.")
        return self

    @property
    def weighs(self) -> bool:
        """Whether rows weigh differently."""
        return self.class_weight is not None or self.scale_pos_weight is not None

    @property
    def effort(self) -> int:
        """The number of things that are done; of two strategies that are equally good the simpler wins."""
        return len(self.resample) + self.weighs + (self.model is not None)

    @property
    def description(self) -> str:
        """What is done, in one line."""
        parts = [str(link) for link in self.resample]
        if self.class_weight is not None:
            parts.append(f"class weights {self.class_weight}")
        if self.scale_pos_weight is not None:
            parts.append(f"positives weighted by {_ratio(self.scale_pos_weight)}")
        if self.model is not None:
            own = ", which balances its own bags" if MODELS[self.model.kind].balances else ""
            parts.append(f"model {self.model}{own}")
        return ", then ".join(parts) or "the training rows as they are"


def _ratio(weight: float | Literal["balanced"]) -> str:
    return "negatives / positives" if weight == "balanced" else f"{weight:g}"


def _named(name: str) -> dict[str, Any]:
    """The strategy that one word stands for: nothing, a sampler, or a model that balances its own bags."""
    if name == NONE:
        return {"name": name}
    balancing = {kind: entry for kind, entry in MODELS.items() if entry.balances}
    for kind, entry in balancing.items():
        if spelling(name) in {spelling(kind), spelling(entry.name)}:
            return {"name": short_name(kind), "model": {"kind": kind}}
    try:
        find_sampler(name)
    except ConfigError:
        known = [*(entry.short for entry in SAMPLERS.values()), *map(short_name, balancing)]
        raise ConfigError(
            f"Expected the name of a sampler or of a model that balances its own bags, got {name!r}. "
            f"{suggest(name, known, also=SAMPLERS)}"
        ) from None
    return {"name": name, "resample": [name]}


def _short_names(value: dict[str, Any]) -> list[str]:
    # what is wrong gets no name here, so that its own error keeps its place
    links = [
        link.get("sampler") if isinstance(link, dict) else link
        for link in as_list(value.get("resample") or [])
    ]
    names = [_short_name(name.sampler if isinstance(name, Link) else name) for name in links]
    model = value.get("model")
    kind = model.get("kind") if isinstance(model, dict) else getattr(model, "kind", None)
    return [*names, short_name(str(kind))] if kind else names


def _short_name(name: Any) -> str:
    try:
        return find_sampler(name).short
    except (ConfigError, AttributeError):
        return "?"
