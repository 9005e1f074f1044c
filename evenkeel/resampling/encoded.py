"""Chains in encoded space: after preprocessing, exactly as imbalanced-learn does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from evenkeel import progress
from evenkeel.errors import DataError
from evenkeel.resampling.links import Chain, Codes, LinkResult, guarded, linked, ready_sampler
from evenkeel.resampling.samplers import SAMPLERS
from evenkeel.resampling.searches import Neighbors, Searches

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Resampled:
    """Rows after a chain.

    `X` has shape (rows, columns) and `y` holds class codes, shape (rows,). `origin` is the position in the
    input of the row that each row is a copy of, -1 where the sampler does not say (synthetic rows, and
    samplers without `sample_indices_`).
    """

    X: Matrix
    y: Codes
    origin: npt.NDArray[np.int64]
    links: tuple[LinkResult, ...]


def resample_encoded(
    X: Matrix,
    y: Codes,
    chain: Chain,
    *,
    seed: int,
    classes: Sequence[str],
    categorical: Sequence[int] = (),
    neighbors: Neighbors = "exact",
) -> Resampled:
    """Run the (sampler, parameters) pairs of `chain` one after the other; an empty chain changes nothing.

    Each result is identical to the sampler's own `fit_resample` with ``random_state=seed``. `categorical`
    are the matrix columns that hold categories: the default of SMOTENC's `categorical_features`. With
    approximate `neighbors` results are nearly those, and each link says its recall.
    """
    origin = np.arange(len(y), dtype=np.int64)
    links: list[LinkResult] = []
    for name, params in chain:
        searches = Searches(neighbors)
        sampler = ready_sampler(
            name, params, seed=seed, classes=classes, categorical=categorical, searches=searches
        )
        check_neighbours(name, sampler, np.bincount(y, minlength=len(classes)), classes)
        X_new, y_new, notes = _run(name, sampler, X, y, classes)
        origin = _follow(origin, sampler, X, X_new)
        links.append(linked(name, y, y_new, classes, notes, searches.recall))
        X, y = X_new, y_new
    return Resampled(X, y, origin, tuple(links))


def check_neighbours(name: str, sampler: Any, sizes: npt.NDArray[np.int64], classes: Sequence[str]) -> None:
    """Refuse a class with fewer rows than a sampler's neighbours need, before it fails obscurely."""
    k = _neighbours(name, sampler)
    if k is None:
        return
    # who makes rows looks from a class at itself; who only keeps some looks from outside at the rarest
    makes = SAMPLERS[name].family != "under"
    needed, codes = (k + 1, _growing(sampler, sizes)) if makes else (k, [_rarest(sizes)])
    for code in codes:
        if 0 < sizes[code] < needed:
            parameter = SAMPLERS[name].neighbours
            fewer = max(1, sizes[code] - (needed - k))
            raise DataError(
                f"Expected at least {needed} rows of class {classes[code]!r} for {name} with "
                f"{parameter}={k}, got {sizes[code]} (in train, or in the smallest training fold). "
                f"Next: set {parameter} to {fewer} or less, use fewer folds, or take a sampler at random, "
                f"which needs none."
            )


def _run(
    name: str, sampler: Any, X: Matrix, y: Codes, classes: Sequence[str]
) -> tuple[Matrix, Codes, tuple[str, ...]]:
    with progress.working(name):
        (X_new, y_new), notes = guarded(name, y, classes, lambda: sampler.fit_resample(X, y))
    if len(y_new) == len(y) and np.array_equal(X_new, X):
        notes.append("changed nothing")
    return np.asarray(X_new, dtype=np.float64), np.asarray(y_new, dtype=np.int64), tuple(notes)


def _follow(origin: npt.NDArray[np.int64], sampler: Any, X: Matrix, X_new: Matrix) -> npt.NDArray[np.int64]:
    indices = getattr(sampler, "sample_indices_", None)
    if indices is None:
        return np.full(len(X_new), -1, dtype=np.int64)
    # a smoothed bootstrap names its source too, but moves the row: a copy is a copy bit for bit
    same = ((X_new == X[indices]) | (np.isnan(X_new) & np.isnan(X[indices]))).all(axis=1)
    return np.where(same, origin[np.asarray(indices)], -1)


def _neighbours(name: str, sampler: Any) -> int | None:
    parameter = SAMPLERS[name].neighbours
    if parameter is None:
        return None
    owner, _, last = parameter.rpartition(".")
    holder = getattr(sampler, owner) if owner else sampler
    # SMOTEENN and SMOTETomek without a SMOTE of their own make one with its defaults
    value = 5 if holder is None else getattr(holder, last, None)
    return value if isinstance(value, int) else None


def _rarest(counts: npt.NDArray[np.int64]) -> int:
    return int(np.argmin(np.where(counts > 0, counts, counts.max() + 1)))


def _growing(sampler: Any, counts: npt.NDArray[np.int64]) -> list[int]:
    """The classes for which the sampler would make rows."""
    from imblearn.utils import check_sampling_strategy

    y = np.repeat(np.arange(len(counts)), counts)
    try:
        wanted = check_sampling_strategy(sampler.sampling_strategy, y, "over-sampling")
    except (ValueError, TypeError):
        # an impossible ratio: fit_resample says it in better words
        return []
    return [int(code) for code, rows in wanted.items() if rows > 0]
