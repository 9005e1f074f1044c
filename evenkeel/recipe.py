"""What every unit of a run works by: the recipe, the treatment of a strategy, and rows made ready by it."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer

from evenkeel.preprocessing import Matrix, PreprocessConfig, Preprocessor, fit_preprocessor
from evenkeel.resampling.lineage import Rows, train_rows
from evenkeel.resampling.searches import Neighbors
from evenkeel.resampling.space import Space, fit_space
from evenkeel.splitting import Positions, bundled_folds, find_bundles, group_names, set_codes, twin_codes
from evenkeel.tables import ROW_ID, Features, encode_labels

ResampleSpace = Literal["native", "encoded"]


class Recipe(BaseModel):
    """What all strategies have in common: the columns, the classes, preprocessing, the space and the seed.

    `groups` and `duplicates` say which rows the folds keep together.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    target: str
    classes: tuple[str, ...]
    numeric: tuple[str, ...]
    dates: tuple[str, ...]
    categorical: tuple[str, ...]
    preprocess: PreprocessConfig
    resample_space: ResampleSpace
    strict: bool
    seed: int
    groups: tuple[str, ...] = ()
    duplicates: Literal["together", "apart"] = "apart"

    @model_serializer(mode="wrap")
    def _apart_unsaid(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without what ties no rows: steps that were done before there were ties keep their keys."""
        said: dict[str, Any] = handler(self)
        unsaid: tuple[tuple[str, Any], ...] = (("groups", ()), ("groups", []), ("duplicates", "apart"))
        return {key: value for key, value in said.items() if (key, value) not in unsaid}

    @property
    def features(self) -> Features:
        """The feature columns by kind."""
        return Features(self.numeric, self.dates, self.categorical)


class Treatment(BaseModel):
    """What a strategy does to rows: (sampler, parameters) pairs, and how many rows may come out of them.

    `neighbors` is how the samplers look for neighbours.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    chain: tuple[tuple[str, dict[str, Any]], ...] = ()
    max_rows: int | None = None
    neighbors: Neighbors = "exact"

    @model_serializer(mode="wrap")
    def _exact_unsaid(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without the default of `neighbors`: what was done exactly before keeps its key."""
        said: dict[str, Any] = handler(self)
        return {key: value for key, value in said.items() if (key, value) != ("neighbors", "exact")}


@dataclass(frozen=True)
class Encoded:
    """Rows made ready: as they were, the preprocessor fitted on them, its matrix, and the class codes."""

    frame: pd.DataFrame
    features: Features
    preprocessor: Preprocessor
    X: Matrix
    y: npt.NDArray[np.int64]

    @property
    def ids(self) -> npt.NDArray[np.object_]:
        """The row ids, shape (rows,)."""
        return self.frame[ROW_ID].to_numpy(dtype=object)

    @functools.cached_property
    def rows(self) -> Rows:
        """The typed rows, for samplers in native space."""
        return train_rows(self.frame, self.y)

    @functools.cached_property
    def space(self) -> Space:
        """The space in which these rows have distances; fitted when it is first asked for."""
        return fit_space(self.frame, self.features)


def fold_positions(
    frame: pd.DataFrame, recipe: Recipe, folds: int, repeat: int = 0
) -> list[tuple[Positions, Positions]]:
    """Pairs of (fit, held out) positions within the train rows `frame`: the one way in which folds are made.

    Every row is held out once, together with the rows that belong to it. Another `repeat` deals the rows out
    anew, as a run with a seed so much higher does. `DataError` where a class is in fewer bundles of such rows
    than there are folds.
    """
    codes = encode_labels(frame[recipe.target], recipe.classes).codes
    links = [set_codes(group_names(frame, recipe.groups))] if recipe.groups else []
    if recipe.duplicates == "together":
        links.append(twin_codes(frame, list(recipe.features)))
    bundle = find_bundles(links, len(frame))
    return bundled_folds(codes, bundle, folds, (recipe.seed + repeat) % 2**32, recipe.classes)


def encode(frame: pd.DataFrame, recipe: Recipe) -> Encoded:
    """Fit preprocessing on the rows of `frame` and apply it to them."""
    preprocessor = fit_preprocessor(frame, recipe.features, recipe.preprocess)
    y = encode_labels(frame[recipe.target], recipe.classes).codes
    return Encoded(frame, recipe.features, preprocessor, preprocessor.transform(frame), y)
