"""KMeansSMOTE: clusters first, then SMOTE inside those that have enough of the class."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import NamedTuple

import numpy as np

from evenkeel import progress
from evenkeel.errors import DataError
from evenkeel.resampling.plans.tasks import Part, Positions, Task, Weights, pairs


class Group(NamedTuple):
    """The rows of one class in one cluster, and the share of the cluster's `size` rows that they are."""

    rows: Positions
    share: float
    size: int

    def holds(self, k: int) -> bool:
        """Whether each row has k neighbours here."""
        # not len(rows): this product can fall short of it by a bit, and imbalanced-learn goes by the product
        return self.share * self.size >= k + 1


def kmeans_smote(task: Task) -> Iterator[Part]:
    """SMOTE inside k-means clusters, the more the sparser the class is there (Last et al. 2017)."""
    cluster = _clusters(task)
    for label, size, rows in task.classes():
        k = task.room("k_neighbors", len(rows), task.called(label))
        if k == 0:
            yield pairs(task, label, rows, rows[:, None], size)
            continue
        groups = _groups(task, cluster, label)
        chosen = [group.rows for group in groups if group.share >= _threshold(task, label) and group.holds(k)]
        if not chosen:
            raise DataError(_no_cluster(task, cluster, label, k))
        if len(chosen) < len(groups):
            task.notes.append(f"{task.called(label)} grows in {len(chosen)} of {len(groups)} clusters")
        shares = zip(chosen, _shares(task, chosen, label), strict=True)
        for own, share in progress.tracked(shares, len(chosen), "clusters filled"):
            yield pairs(task, label, own, task.nearest(own, own, k), math.ceil(size * share))


def _clusters(task: Task) -> Positions:
    from sklearn.cluster import MiniBatchKMeans

    count = task.params["kmeans_estimator"]
    settings = {} if count is None else {"n_clusters": count}
    found: Positions = MiniBatchKMeans(random_state=task.seed, **settings).fit_predict(task.X)
    return found


def _groups(task: Task, cluster: Positions, label: int) -> list[Group]:
    groups = []
    for number in np.unique(cluster):
        inside = np.flatnonzero(cluster == number)
        own = task.y[inside] == label
        groups.append(Group(inside[own], float(own.mean()), len(inside)))
    return groups


def _threshold(task: Task, label: int) -> float:
    """The share of the class that a cluster needs; "auto" is half the class's share of all new rows."""
    if task.params["kmeans_estimator"] == 1:
        return -math.inf
    threshold = task.params["cluster_balance_threshold"]
    return task.wanted[label] / sum(task.wanted.values()) / 2 if threshold == "auto" else float(threshold)


def _shares(task: Task, chosen: Sequence[Positions], label: int) -> Weights:
    """What each cluster gets of the new rows: as its sparsity, mean distance ** exponent / rows."""
    sparsities = np.array(
        [_sparsity(task, own) for own in progress.tracked(chosen, len(chosen), "clusters measured")]
    )
    total = sparsities.sum()
    if not 0 < total < np.inf:
        task.notes.append(
            f"{task.called(label)} grows evenly in its clusters: distances there are zero or too large"
        )
        return np.full(len(chosen), 1 / len(chosen))
    shares: Weights = sparsities / total
    return shares


def _sparsity(task: Task, own: Positions) -> float:
    from sklearn.metrics import pairwise_distances

    n = len(own)
    distances = pairwise_distances(task.X[own], metric="euclidean", n_jobs=task.params["n_jobs"])
    exponent = task.params["density_exponent"]
    if exponent == "auto":
        exponent = math.log(n, 1.6) ** 1.8 * 0.16
    return float((distances.sum() / (n**2 - n)) ** exponent / n)


def _no_cluster(task: Task, cluster: Positions, label: int, k: int) -> str:
    groups = _groups(task, cluster, label)
    needed = max(0.0, _threshold(task, label))
    best = sorted(groups, key=lambda group: -group.share)[:5]
    shares = ", ".join(f"{group.share:.3f} ({len(group.rows)} of {group.size} rows)" for group in best)
    return (
        f"Expected a cluster with a share of {task.called(label)} of at least {needed:.3f} "
        f"and {k + 1} of its rows for KMeansSMOTE, got {len(groups)} clusters, the best with {shares}. "
        f"Next: {_way_out(task, cluster)}"
    )


def _way_out(task: Task, cluster: Positions) -> str:
    """Parameters with which every class that grows has a cluster, computed from the shares."""
    growing = [_groups(task, cluster, label) for label, _, rows in task.classes() if len(rows) > 1]
    asked = int(task.params["k_neighbors"])
    k = min(asked, *(max(len(group.rows) for group in groups) - 1 for groups in growing))
    while k > 0 and not all(any(group.holds(k) for group in groups) for groups in growing):
        k -= 1
    if k < 1:
        return "take fewer clusters (kmeans_estimator), or use SMOTE; no threshold would do."
    best = min(max(group.share for group in groups if group.holds(k)) for groups in growing)
    # rounded down, so that the cluster with this very share still passes
    threshold = Decimal(best).quantize(Decimal("0.001"), ROUND_FLOOR)
    fewer = "" if k == asked else f" and k_neighbors to {k}"
    return f"set cluster_balance_threshold to {threshold}{fewer}."
