"""ClusterCentroids in the table's own types: a cluster of rows becomes one row at its centre."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from evenkeel.resampling.columns import Floats, Positions, at, category_codes, mean
from evenkeel.resampling.lineage import NOWHERE, Lineage, Rows
from evenkeel.resampling.rows import is_measured, is_voted
from evenkeel.resampling.samplers import build_sampler
from evenkeel.resampling.space import Matrix, Space
from evenkeel.tables import Features

MAKER = "ClusterCentroids"


def cluster_centroids(rows: Rows, Z: Matrix, space: Space, params: Mapping[str, Any], seed: int) -> Rows:
    """Every class that shrinks becomes the centres of its k-means clusters in `Z`, as imbalanced-learn's.

    The first parent of a centre is the row of its cluster that is nearest to it: its missing cells, and the
    columns that are no features, are that row's. Numbers are the centre's, in the units of the column;
    integers and dates are rounded; categories are the most frequent of the cluster. With ``voting="hard"``
    that nearest row itself is kept.
    """
    from imblearn.utils import check_sampling_strategy
    from sklearn.base import clone
    from sklearn.cluster import KMeans

    settings = build_sampler(MAKER, params, seed).get_params(deep=False)
    wanted = check_sampling_strategy(settings["sampling_strategy"], rows.y, "under-sampling")
    estimator = settings["estimator"]
    estimator = KMeans(random_state=settings["random_state"]) if estimator is None else clone(estimator)
    made: Rows | None = None
    for label in np.unique(rows.y):
        own = np.flatnonzero(rows.y == label)
        part = rows.take(own)
        if label in wanted:
            fitted = estimator.set_params(n_clusters=wanted[label]).fit(Z[own])
            hard = settings["voting"] == "hard"
            part = _nearest(part, Z[own], fitted) if hard else _centres(part, Z[own], space, fitted)
        made = part if made is None else made.and_then(part)
    assert made is not None, "there are rows"
    return made


def centre(
    frame: pd.DataFrame,
    cluster: Positions,
    base: Positions,
    values: Mapping[str, Floats],
    features: Features,
) -> pd.DataFrame:
    """One row for each cluster, at its centre, with exactly the columns and types of `frame`.

    `cluster` numbers the rows of `frame` from 0, shape (rows,), `base` is the position of the row that stands
    for each cluster, shape (clusters,), and `values` holds the centres of float columns, shape (clusters,)
    each. A cell that is missing in the base row stays so; columns that are no features are the base row's.

    - Floats are taken from `values`; where a column has missing cells, they are the mean of the cluster's
      observed ones. Integers and dates are that mean, rounded half to even and in the observed range. A
      cluster without rows has the base row's.
    - All else is the cluster's most frequent value; if tied, the base row's own, else the smallest.
    """
    rows: dict[Any, pd.Series[Any]] = {}
    for name, column in frame.items():
        if is_voted(column, features):
            rows[name] = at(column, _mode(column, cluster, base))
        elif is_measured(column, features):
            rows[name] = mean(column, base, cluster, values[str(name)])
        else:
            rows[name] = at(column, base)
    return pd.DataFrame(rows, index=pd.RangeIndex(len(base)), columns=frame.columns)


def _mode(column: pd.Series[Any], cluster: Positions, base: Positions) -> Positions:
    """For each cluster the position of a row that holds its most frequent observed value."""
    codes, present = category_codes(column), column.notna().to_numpy()
    observed = np.flatnonzero(present & present[base][cluster])
    chosen = base.copy()
    width = int(codes.max()) + 1
    pairs, first, sizes = np.unique(
        cluster[observed] * width + codes[observed], return_index=True, return_counts=True
    )
    group, code = np.divmod(pairs, width)
    # the first of each cluster: most rows, then the base row's own value, then the smallest
    order = np.lexsort((code, code != codes[base][group], -sizes, group))
    groups, best = np.unique(group[order], return_index=True)
    chosen[groups] = observed[first[order[best]]]
    return chosen


def _nearest(part: Rows, Z: Matrix, fitted: Any) -> Rows:
    return part.take(_medoids(Z, fitted.cluster_centers_))


def _centres(part: Rows, Z: Matrix, space: Space, fitted: Any) -> Rows:
    base = _own_medoids(Z, fitted)
    values = space.original(fitted.cluster_centers_)
    frame = centre(part.frame, fitted.labels_.astype(np.intp), base, values, space.features)
    lineage = part.lineage.nearest_train()[base]
    nowhere = np.full(len(base), NOWHERE)
    made = Lineage(
        origin=nowhere,
        first=lineage,
        second=nowhere,
        weight=np.full(len(base), np.nan),
        maker=np.full(len(base), MAKER, dtype=object),
    )
    return Rows(frame, part.y[base], made)


def _medoids(Z: Matrix, centres: Matrix) -> Positions:
    """The row nearest to each centre, shape (centres,)."""
    from sklearn.neighbors import NearestNeighbors

    found: Positions = NearestNeighbors(n_neighbors=1).fit(Z).kneighbors(centres, return_distance=False)[:, 0]
    return found


def _own_medoids(Z: Matrix, fitted: Any) -> Positions:
    """The row of each cluster that is nearest to its centre, shape (clusters,)."""
    distance = np.linalg.norm(Z - fitted.cluster_centers_[fitted.labels_], axis=1)
    order = np.lexsort((distance, fitted.labels_))
    clusters, first = np.unique(fitted.labels_[order], return_index=True)
    medoids = _medoids(Z, fitted.cluster_centers_)
    # where rows repeat, k-means may leave a cluster empty: then the nearest row of any stands for it
    medoids[clusters] = order[first]
    return medoids
