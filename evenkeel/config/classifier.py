"""The classifier of a run, or of one strategy."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from evenkeel.models import check_model


class ModelConfig(BaseModel):
    """The classifier and its parameters, checked by their owner."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: str = "xgboost"
    params: dict[str, Any] = {}

    @model_validator(mode="after")
    def _checked(self) -> ModelConfig:
        check_model(self.kind, self.params)
        return self

    def __str__(self) -> str:
        inside = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.kind}({inside})"
