"""From typed columns to the numbers a model takes; fitted on train rows only, wherever that is."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from evenkeel.errors import DataError
from evenkeel.tables import Features, model_input

Matrix = npt.NDArray[np.float64]


class PreprocessConfig(BaseModel):
    """The `preprocess` section: `auto` imputes numbers by their median and categories by their mode."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    impute: Literal["auto", "mean", "most_frequent", "none"] = "auto"
    scale: bool = True
    encode: Literal["onehot", "ordinal"] = "onehot"
    max_categories: int = Field(100, ge=2, description="per column; the rarer ones share one")


@dataclass(frozen=True)
class Preprocessor:
    """Fitted preprocessing: `transform` gives a dense matrix with one column per name in `names`."""

    features: Features
    transformer: ColumnTransformer

    @property
    def names(self) -> list[str]:
        """Names of the matrix columns: the table's own, and "column=category" for one-hot ones."""
        return _distinct([*self.features.numeric, *self.features.dates, *self._category_names(_name)])

    @property
    def sources(self) -> list[str]:
        """The table's column behind each column of the matrix."""
        return [*self.features.numeric, *self.features.dates, *self._category_names(_column)]

    def _category_names(self, called: Callable[[str, object], str]) -> list[str]:
        if not self.features.categorical:
            return []
        encoder = copy.copy(self.transformer.named_transformers_["categories"]["encode"])
        if not isinstance(encoder, OneHotEncoder):
            return list(self.features.categorical)
        # not set on the stored encoder: a function of ours has no place in a model file
        encoder.feature_name_combiner = called
        return list(encoder.get_feature_names_out(list(self.features.categorical)))

    @property
    def categorical_columns(self) -> list[int]:
        """Positions of the matrix columns that came from categories."""
        block = self.transformer.output_indices_.get("categories", slice(0, 0))
        return list(range(block.start, block.stop))

    def transform(self, frame: pd.DataFrame) -> Matrix:
        """The rows of `frame` as float64, shape (rows, len(names)).

        A category that was not seen in fitting counts as a rare one or, where there is none, as no category.
        """
        with warnings.catch_warnings():
            # an unknown category in new rows is expected and encoded as none of the known ones
            warnings.filterwarnings("ignore", message="Found unknown categories", category=UserWarning)
            matrix = self.transformer.transform(model_input(frame, self.features))
        return np.asarray(matrix, dtype=np.float64)


def fit_preprocessor(frame: pd.DataFrame, features: Features, config: PreprocessConfig) -> Preprocessor:
    """Fit imputation, scaling and encoding on `frame`, which must be train rows."""
    numbers, categories = [*features.numeric, *features.dates], list(features.categorical)
    blocks: list[tuple[str, Any, list[str]]] = []
    if numbers:
        blocks.append(("numbers", _numbers(config), numbers))
    if categories:
        blocks.append(("categories", _categories(config), categories))
    try:
        fitted = ColumnTransformer(blocks).fit(model_input(frame, features))
    except (ValueError, TypeError) as error:
        raise DataError(
            f"Preprocessing could not be fitted: {' '.join(str(error).split())} "
            f"Next: look at the columns' values and at `preprocess` in the config."
        ) from error
    return Preprocessor(features, fitted)


def _numbers(config: PreprocessConfig) -> Pipeline:
    how = {"auto": "median"}.get(config.impute, config.impute)
    steps: list[tuple[str, Any]] = []
    if how != "none":
        steps.append(("impute", SimpleImputer(strategy=how, keep_empty_features=True)))
    if config.scale:
        steps.append(("scale", StandardScaler()))
    return Pipeline(steps or [("keep", "passthrough")])


def _categories(config: PreprocessConfig) -> Pipeline:
    steps: list[tuple[str, Any]] = []
    if config.impute != "none":
        steps.append(("impute", SimpleImputer(strategy="most_frequent", keep_empty_features=True)))
    encoder = (
        OneHotEncoder(
            handle_unknown="infrequent_if_exist",
            sparse_output=False,
            max_categories=config.max_categories,
        )
        if config.encode == "onehot"
        else OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    )
    return Pipeline([*steps, ("encode", encoder)])


def _distinct(names: list[str]) -> list[str]:
    """Names with a number where one is taken: a column may be called as another one's category."""
    seen: set[str] = set()
    for position, name in enumerate(names):
        number, free = 2, name
        while free in seen or (free != name and free in names):
            free, number = f"{name}#{number}", number + 1
        names[position] = free
        seen.add(free)
    return names


def _name(column: str, category: object) -> str:
    return f"{column}={category}"


def _column(column: str, _: object) -> str:
    return column
