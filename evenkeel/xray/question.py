"""What an X-ray asks: one strategy, the parameters of the model to choose from, and the seeds to try."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from evenkeel.recipe import Recipe, Treatment
from evenkeel.training import ModelSpec

# split seeds among which the best one is picked
SEEDS = 20

_FOREST: tuple[Mapping[str, Any], ...] = (
    {"max_depth": 4},
    {"max_depth": 8},
    {"min_samples_leaf": 5},
    {"min_samples_leaf": 20},
)

# what a hurried afternoon would try; the numbers of trees are what early stopping chooses from
GRIDS: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "xgboost": (
        {"n_estimators": 25},
        {"n_estimators": 50},
        {"n_estimators": 100},
        {"max_depth": 2},
        {"max_depth": 6},
        {"learning_rate": 0.03},
    ),
    "logistic": ({"C": 0.001}, {"C": 0.01}, {"C": 0.1}, {"C": 10.0}, {"C": 100.0}),
    "random_forest": _FOREST,
    "hist_gradient_boosting": (
        {"max_iter": 25},
        {"max_iter": 50},
        {"max_leaf_nodes": 7},
        {"max_leaf_nodes": 63},
        {"learning_rate": 0.03},
    ),
    "balanced_random_forest": _FOREST,
    "easy_ensemble": ({"n_estimators": 5}, {"n_estimators": 20}),
    "rus_boost": ({"n_estimators": 25}, {"n_estimators": 100}, {"learning_rate": 0.1}),
    "balanced_bagging": ({"n_estimators": 5}, {"n_estimators": 20}, {"max_features": 0.5}),
}


class Question(BaseModel):
    """All that the answer depends on beside the train rows; the parameters of an xray step.

    `grid` holds the parameters of the model that tuning chooses from, the config's own first. `rule` and
    `alert_share` choose thresholds as in a decide step; `rule` is None for several classes. `metric` is what
    models and seeds are picked by. `seeds` are the seeds of the splits to pick the best of.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    recipe: Recipe
    treatment: Treatment
    model: ModelSpec
    grid: tuple[dict[str, Any], ...]
    folds: int
    seeds: tuple[int, ...]
    metric: str
    rule: dict[str, Any] | None
    alert_share: float | None

    @property
    def specs(self) -> list[ModelSpec]:
        """The classifiers of the grid, the config's own first."""
        return [self.model.model_copy(update={"params": params}) for params in self.grid]

    @property
    def size(self) -> dict[str, int]:
        """How many folds, seeds and models there are."""
        return {"folds": self.folds, "seeds": len(self.seeds), "models": len(self.grid)}


def grid(kind: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The parameters to choose from for a model of this kind, `params` first, none twice."""
    found = [dict(params)]
    for change in GRIDS[kind]:
        if (changed := {**params, **change}) not in found:
            found.append(changed)
    return found
