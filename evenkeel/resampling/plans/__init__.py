"""Plans: which two rows each new row lies between, for the samplers that make rows out of rows.

imbalanced-learn's over-samplers hand back a matrix. Here the same algorithms, with the same draws in the
same order, say what they are about to do, as a `Plan`; `Plan.place` makes the rows. `tasks` holds what the
planners share, `lines`, `clusters` and `nominal` are the planners. A new one is one entry in `PLANNERS`: it
takes a `Task` and yields a `Part` for each class or cluster that grows.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from evenkeel.errors import DataError, suggest
from evenkeel.resampling.plans.clusters import kmeans_smote
from evenkeel.resampling.plans.lines import adasyn, borderline_smote, random_over, smote, svm_smote
from evenkeel.resampling.plans.nominal import smoten
from evenkeel.resampling.plans.tasks import Codes, Matrix, Part, Positions, Task, Weights
from evenkeel.resampling.samplers import build_sampler, check_sampler
from evenkeel.resampling.searches import Searches

__all__ = ["PLANNERS", "Plan", "plan"]


@dataclass(frozen=True)
class Plan:
    """New rows, row i at ``X[base[i]] + weight[i] * (reach[i] * (X[neighbour[i]] - X[base[i]]))``.

    `label`, shape (n,), is their class. `base` and `neighbour`, shape (n,), are positions in the input rows:
    the same one where the row is a copy, and then the weight is 0. `weight`, shape (n,), is below 0 where a
    row leads away from its neighbour (SVMSMOTE). `reach`, shape (n,), is 1, but below 1/2 towards a row of
    another class (BorderlineSMOTE's second kind). The formula as it stands, neither turned round nor with
    both factors in one, gives imbalanced-learn's very bits.
    `votes`, shape (n, k), are positions of the base's k nearest rows of its class (KMeansSMOTE: of its class
    in its cluster), nearest first; a copy has itself. A class with fewer repeats them in order. Rows of
    SMOTEN have no weight (NaN): they are what `votes`, the base row among them, decide. `notes` is what the
    sampler had to say.
    """

    base: Positions
    neighbour: Positions
    weight: Weights
    reach: Weights
    label: Codes
    votes: Positions
    notes: tuple[str, ...]

    def place(self, X: Matrix) -> Matrix:
        """The new rows, shape (n, columns), from the input rows; copies are exact, NaN and infinity too."""
        made = X[self.base]
        moved = np.flatnonzero(self.base != self.neighbour)
        start = made[moved]
        way = self.reach[moved, None] * (X[self.neighbour[moved]] - start)
        made[moved] = start + self.weight[moved, None] * way
        return made


def plan(
    name: str,
    X: Matrix,
    y: Codes,
    params: Mapping[str, Any],
    seed: int,
    *,
    strict: bool = False,
    names: Sequence[str] | None = None,
    searches: Searches | None = None,
) -> Plan:
    """What sampler `name` would add to `X`, shape (rows, columns), with class codes `y`, shape (rows,).

    A class with too few rows for k neighbours gets by with fewer, and a note says so; if `strict`, that is a
    `DataError`, as is all that the sampler cannot do. Unknown or impossible parameters are a `ConfigError`.
    Messages call a class by its place in `names`, where these are given. `searches` says how neighbours are
    looked for, exactly unless it is given, and hears the recall.
    """
    if name not in PLANNERS:
        raise DataError(f"Expected a sampler that can be planned, got {name!r}. {suggest(name, PLANNERS)}")
    settings = _settings(name, params, seed)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            task = Task(X, y, _wanted(settings, y), settings, strict=strict, names=names, searches=searches)
            parts = list(PLANNERS[name](task)) if task.wanted else []
        except (ValueError, TypeError) as error:
            raise DataError(
                f"{name} cannot plan for {len(y)} rows: {' '.join(str(error).split())} "
                f"Next: change its parameters, or leave the strategy out."
            ) from error
    said = [" ".join(str(w.message).split()) for w in caught if issubclass(w.category, UserWarning)]
    return _joined(parts, [*said, *task.notes, *_differences(task, parts)])


def _settings(name: str, params: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """All parameters with their values; refuses what a plan cannot say or could not repeat."""
    for key, value in params.items():
        if hasattr(value, "fit") or (key == "random_state" and not isinstance(value, Integral)):
            raise DataError(
                f"Expected a whole number as {key} of {name}, got {value!r}: a plan must come out the same "
                f"whenever it is made again. Next: give a number, or leave {key} out."
            )
    if params.get("shrinkage") is not None:
        raise DataError(
            f"Expected no shrinkage for {name}, got {params['shrinkage']!r}: it moves copies by noise, and "
            f"no two rows say where to. Next: leave shrinkage out, or use SMOTE."
        )
    check_sampler(name, params)
    settings: dict[str, Any] = build_sampler(name, params, seed).get_params(deep=False)
    return settings


def _wanted(settings: Mapping[str, Any], y: Codes) -> dict[int, int]:
    from imblearn.utils import check_sampling_strategy

    sizes = check_sampling_strategy(settings["sampling_strategy"], y, "over-sampling")
    return {int(label): int(size) for label, size in sizes.items() if size > 0}


def _joined(parts: Sequence[Part], notes: Sequence[str]) -> Plan:
    width = max((part.votes.shape[1] for part in parts), default=0)
    votes = [part.votes[:, np.arange(width) % part.votes.shape[1]] for part in parts]
    base = np.concatenate([np.empty(0, np.intp), *(part.base for part in parts)])
    neighbour = np.concatenate([np.empty(0, np.intp), *(part.neighbour for part in parts)])
    weight = np.concatenate([np.empty(0), *(part.weight for part in parts)])
    reach = [np.ones(len(part.base)) if part.reach is None else part.reach for part in parts]
    return Plan(
        base=base,
        neighbour=neighbour,
        # a duplicate can be drawn as its own neighbour: a copy, whatever the step
        weight=np.where(base == neighbour, 0.0, weight),
        reach=np.concatenate([np.empty(0), *reach]),
        label=np.repeat(
            np.array([part.label for part in parts], np.int64), [len(part.base) for part in parts]
        ),
        votes=np.concatenate([np.empty((0, width), np.intp), *votes]),
        notes=tuple(dict.fromkeys(notes)),
    )


def _differences(task: Task, parts: Sequence[Part]) -> list[str]:
    made = dict.fromkeys(task.wanted, 0)
    for part in parts:
        made[part.label] += len(part.base)
    return [
        f"{task.called(label)} grows by {made[label]} rows, not by the {size} that were asked for"
        for label, size in task.wanted.items()
        if made[label] != size
    ]


PLANNERS: dict[str, Callable[[Task], Iterator[Part]]] = {
    "RandomOverSampler": random_over,
    "SMOTE": smote,
    "ADASYN": adasyn,
    "BorderlineSMOTE": borderline_smote,
    "KMeansSMOTE": kmeans_smote,
    "SVMSMOTE": svm_smote,
    "SMOTEN": smoten,
}
