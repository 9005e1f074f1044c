"""Ranges of parameters that a search may try: what tables of models and samplers suggest, and configs say.

They are plain values, so that a record can hold them; `tuning` makes them what Optuna understands.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from evenkeel.errors import ConfigError


class Range(BaseModel):
    """Numbers from `low` to `high`, both included, whole where both are; with `log` evenly by factors."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    low: int | float
    high: int | float
    log: bool = False

    @model_validator(mode="after")
    def _rises(self) -> Range:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ValueError(f"Expected a low end below the high one, got [{self.low}, {self.high}].")
        if self.log and self.low <= 0:
            raise ValueError(f"Expected a low end above 0 with `log`, got {self.low}.")
        return self

    @property
    def ends(self) -> tuple[Any, ...]:
        """Values that the owner of the parameter must take."""
        return self.low, self.high

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}{', by factors' if self.log else ''}"


class Options(BaseModel):
    """One of several values."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    options: tuple[bool | int | float | str | None, ...]

    @model_validator(mode="after")
    def _several(self) -> Options:
        if len(self.options) < 2:
            raise ValueError(f"Expected two options or more, got {list(self.options)}.")
        return self

    @property
    def ends(self) -> tuple[Any, ...]:
        """Values that the owner of the parameter must take."""
        return self.options

    def __str__(self) -> str:
        return " or ".join(map(str, self.options))


class Ratio(BaseModel):
    """A ratio of two classes between the one that a sampler finds and 1, evenly by factors.

    What is tried is how much of that way is gone, from `least` to 1: with 1 % positives a half is a ratio of
    10 %. So a chain of samplers can go in steps, and no step is asked to undo what is there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    least: float = 0.05

    @property
    def ends(self) -> tuple[Any, ...]:
        """Values that the owner of the parameter must take."""
        return (1.0,)

    def of(self, share: float, present: float) -> float:
        """The ratio after `share` of the way from `present`, rounded to four digits."""
        return float(f"{min(present, 1.0) ** (1 - share):.4g}")

    def __str__(self) -> str:
        return "the present ratio to 1, by factors"


Dimension = Range | Options | Ratio
Space = Mapping[str, Dimension]


def read_space(owner: str, said: Any) -> dict[str, Dimension]:
    """The ranges of one model or sampler as a config writes them; `ConfigError` says what is wrong.

    A pair of numbers is a range, a longer list or one of texts are options; `{low: .., high: .., log: true}`
    is a range by factors, `{options: [..]}` the long form of options.
    """
    if not isinstance(said, Mapping):
        raise ConfigError(
            f"Expected ranges by parameter under {owner}, got {said!r}. For example {{max_depth: [2, 8]}}."
        )
    return {str(name): _read(f"{owner}.{name}", value) for name, value in said.items()}


def _read(place: str, value: Any) -> Dimension:
    if isinstance(value, Range | Options | Ratio):
        return value
    try:
        if isinstance(value, list | tuple):
            pair = len(value) == 2 and all(type(end) in (int, float) for end in value)
            return Range(low=value[0], high=value[1]) if pair else Options(options=tuple(value))
        if isinstance(value, Mapping):
            kind = Options if "options" in value else Ratio if "least" in value else Range
            return kind.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ConfigError(f"{place}: {_said(first)}") from error
    raise ConfigError(
        f"{place}: Expected [low, high], a list of options, or {{low: .., high: .., log: true}}, "
        f"got {value!r}."
    )


def _said(error: Any) -> str:
    where = ".".join(map(str, error["loc"][:1]))
    text = str(error["msg"]).removeprefix("Value error, ")
    return f"{where}: {text}" if where else text
