"""Planners that draw rows, and lines between a row and its neighbours."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from evenkeel import memory
from evenkeel.errors import DataError
from evenkeel.resampling.plans.tasks import Part, Positions, Task, Weights, pairs


def random_over(task: Task) -> Iterator[Part]:
    """Copies of rows of the class, drawn with replacement."""
    for label, size, rows in task.classes():
        base = task.draws.choice(rows, size=size, replace=True)
        yield Part(label, base, base, np.zeros(size), base[:, None])


def smote(task: Task) -> Iterator[Part]:
    """Between a row of the class and one of its k nearest there (Chawla et al. 2002)."""
    for label, size, rows in task.classes():
        k = task.room("k_neighbors", len(rows), task.called(label))
        yield pairs(task, label, rows, task.nearest(rows, rows, k), size)


def adasyn(task: Task) -> Iterator[Part]:
    """As SMOTE, but the more rows from a row, the more strangers are near to it (He et al. 2008)."""
    for label, size, rows in task.classes():
        sizes = np.rint(_difficulty(task, label, rows) * size).astype(np.intp)
        if not sizes.any():
            raise DataError(
                f"Expected at least one new row of {task.called(label)} for ADASYN, got shares of "
                f"{size} that all round to none. Next: raise sampling_strategy, or use SMOTE."
            )
        k = task.room("n_neighbors", len(rows), task.called(label))
        near = task.nearest(rows, rows, k).repeat(sizes, axis=0)
        column = task.draws.choice(near.shape[1], size=len(near))
        weight = task.draws.uniform(size=len(near))
        yield Part(label, rows.repeat(sizes), near[np.arange(len(near)), column], weight, near)


def _difficulty(task: Task, label: int, rows: Positions) -> Weights:
    """The share of the new rows that each row should bring forth: as its share of strangers."""
    around = min(int(task.params["n_neighbors"]), len(task.X) - 1)
    strangers: Weights = task.strangers(label, rows, around) / around
    if not strangers.any():
        raise DataError(
            f"Expected rows of other classes near {task.called(label)} for ADASYN, got none among the "
            f"{around} nearest of any of its rows. Next: use SMOTE."
        )
    strangers /= strangers.sum()
    return strangers


def borderline_smote(task: Task) -> Iterator[Part]:
    """SMOTE from the rows in danger alone (Han et al. 2005)."""
    for label, size, rows in task.classes():
        m = task.room("m_neighbors", len(task.X), "the table")
        danger = rows[_in_danger(task.strangers(label, rows, m), m)]
        if not len(danger):
            task.notes.append(f"{task.called(label)} has no borderline rows to start from")
        elif task.params["kind"] == "borderline-1":
            k = task.room("k_neighbors", len(rows), task.called(label))
            yield pairs(task, label, danger, task.nearest(rows, danger, k), size)
        else:
            yield _towards_all(task, label, rows, danger, size)


def _towards_all(task: Task, label: int, rows: Positions, danger: Positions, size: int) -> Part:
    """The second kind: neighbours of any class, but towards strangers at most half of the way."""
    k = task.room("k_neighbors", len(task.X), "the table")
    votes = task.nearest(rows, danger, min(k, len(rows) - 1))
    near = task.nearest(task.everyone, danger, k)
    part = pairs(task, label, danger, near, size, votes=votes)
    strange = task.y[part.neighbour] != label
    reach = np.ones(size)
    reach[strange] = np.random.RandomState(task.seed).uniform(0.0, 0.5, size=strange.sum())
    return part._replace(reach=reach)


def svm_smote(task: Task) -> Iterator[Part]:
    """From the support vectors: towards neighbours where in danger, else away (Nguyen et al. 2011)."""
    from sklearn.svm import SVC

    cache = memory.kernel_cache() / 2**20
    support = SVC(gamma="scale", random_state=task.seed, cache_size=cache).fit(task.X, task.y).support_
    for label, size, rows in task.classes():
        k = task.room("k_neighbors", len(rows), task.called(label))
        if k == 0:
            yield pairs(task, label, rows, rows[:, None], size)
            continue
        m = task.room("m_neighbors", len(task.X), "the table")
        own = _among_their_like(task, label, support[task.y[support] == label], m)
        danger = _in_danger(task.strangers(label, own, m), m)
        towards = int(task.draws.beta(10, 10) * (size + 1))
        away = -float(task.params["out_step"])
        for base, count, step in ((own[danger], towards, 1.0), (own[~danger], size - towards, away)):
            if len(base):
                yield pairs(task, label, base, task.nearest(rows, base, k), count, step=step)


def _among_their_like(task: Task, label: int, support: Positions, m: int) -> Positions:
    """The support vectors that are not noise, which is to have strangers alone as neighbours."""
    kept = support[task.strangers(label, support, m) < m] if len(support) else support
    if not len(kept):
        raise DataError(
            f"Expected support vectors of {task.called(label)} with one of their own class among their {m} "
            f"nearest rows for SVMSMOTE, got none of {len(support)}. Next: raise m_neighbors, or use SMOTE."
        )
    return kept.astype(np.intp)


def _in_danger(strangers: Positions, m: int) -> npt.NDArray[np.bool_]:
    return (strangers >= m / 2) & (strangers < m)
