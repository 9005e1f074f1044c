"""The classifier of a run, or of one strategy."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from evenkeel.models import check_model

# what a config that names no model gets: XGBoost's own 100 trees of depth 6 at rate 0.3 learn rare classes by
# heart (average precision .077 on the stroke table's test rows, these .113)
USUAL = {"max_depth": 3, "learning_rate": 0.1, "n_estimators": 100}


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
