"""Strategies: each is one way to treat imbalance, and one row of the comparison."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from evenkeel.errors import ConfigError
from evenkeel.resampling.samplers import check_sampler, find_sampler

NONE = "none"


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
    """Nothing, class weights, a chain of samplers, or weights with a chain."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str = Field(min_length=1, max_length=60)
    resample: Annotated[
        tuple[Link, ...], BeforeValidator(as_list, json_schema_input_type=str | Link | list[str | Link])
    ] = ()
    class_weight: Literal["balanced"] | dict[str, float] | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"name": value} if value == NONE else {"name": value, "resample": [value]}
        if isinstance(value, dict) and "name" not in value and value.get("resample"):
            return {**value, "name": "-then-".join(_short_names(value["resample"]))}
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

    @model_validator(mode="after")
    def _none_is_none(self) -> Strategy:
        if self.name == NONE and (self.resample or self.class_weight is not None):
            raise ValueError(f"The name {NONE!r} is for the rows as they are. Next: give it another name.")
        return self

    @property
    def description(self) -> str:
        """What is done, in one line."""
        parts = [str(link) for link in self.resample]
        if self.class_weight is not None:
            parts.append(f"class weights {self.class_weight}")
        return ", then ".join(parts) or "the training rows as they are"


def _short_names(resample: Any) -> list[str]:
    # a link that is wrong gets no name here, so that its own error keeps its place
    names = [link.get("sampler") if isinstance(link, dict) else link for link in as_list(resample)]
    return [_short_name(name.sampler if isinstance(name, Link) else name) for name in names]


def _short_name(name: Any) -> str:
    try:
        return find_sampler(name).short
    except (ConfigError, AttributeError):
        return "?"
