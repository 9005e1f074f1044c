"""Train rows before and after a strategy in two dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

MOST_POINTS = 1500


@dataclass(frozen=True)
class Projection:
    """The two directions that are drawn, and how they were found."""

    components: npt.NDArray[np.float64]
    x: str
    y: str
    method: str

    def __call__(self, X: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Coordinates, shape (rows, 2)."""
        return np.nan_to_num(X) @ self.components.T


def project(X: npt.NDArray[np.float64], names: Sequence[str]) -> Projection:
    """The two features where there are just two, else two principal components of the train rows."""
    if X.shape[1] == 2:
        return Projection(np.eye(2), names[0], names[1], "the two features, as the model sees them")
    if X.shape[1] == 1:
        return Projection(np.array([[1.0], [0.0]]), names[0], "", "the one feature")
    from sklearn.decomposition import PCA

    if not X.std(axis=0).any():
        return Projection(np.eye(2, X.shape[1]), names[0], names[1], "two of the features: none varies")
    pca = PCA(n_components=2, svd_solver="covariance_eigh").fit(np.nan_to_num(X))
    share = pca.explained_variance_ratio_.sum()
    return Projection(
        pca.components_,
        "first principal component",
        "second principal component",
        f"two principal components of the preprocessed train rows ({share:.0%} of the variance)",
    )


def scatter_rows(
    projection: Projection,
    X: npt.NDArray[np.float64],
    y: npt.NDArray[np.int64],
    X_made: npt.NDArray[np.float64],
    y_made: npt.NDArray[np.int64],
    synthetic: npt.NDArray[np.bool_],
    seed: int,
) -> dict[str, Any]:
    """Points before and after, as [x, y, class code, synthetic], at most 1,500 a side, and the axes' titles.

    Rare classes are shown whole, so that they can be seen.
    """
    rng = np.random.default_rng(seed)
    before, after = _pick(y, rng), _pick(y_made + (int(y.max()) + 1) * synthetic, rng)
    return {
        "before": _points(projection(X[before]), y[before], np.zeros(len(before), dtype=np.bool_)),
        "after": _points(projection(X_made[after]), y_made[after], synthetic[after]),
        "axes": {
            "x": projection.x,
            "y": projection.y,
            "method": projection.method,
            "shown": len(before),
            "of": len(y),
        },
    }


def _points(
    places: npt.NDArray[np.float64], codes: npt.NDArray[np.int64], synthetic: npt.NDArray[np.bool_]
) -> list[list[Any]]:
    return [
        [_short(x), _short(y), int(code), bool(new)]
        for (x, y), code, new in zip(places, codes, synthetic, strict=True)
    ]


def _pick(groups: npt.NDArray[np.int64], rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Up to MOST_POINTS positions, shared out so that small groups are shown whole."""
    _, code, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    quota, left = np.zeros(len(sizes), dtype=np.int64), MOST_POINTS
    for rank, group in enumerate(np.argsort(sizes, kind="stable")):
        quota[group] = min(int(sizes[group]), left // (len(sizes) - rank))
        left -= int(quota[group])
    picked = [
        rng.choice(np.flatnonzero(code == group), size=quota[group], replace=False)
        for group in range(len(sizes))
    ]
    return np.sort(np.concatenate(picked))


def _short(value: float) -> float:
    return float(f"{value:.4g}")
