"""Chains in native space: rows keep the table's own columns, types and units, and say where they came from.

Samplers look for neighbours in a `Space`, but what they decide is done to the typed rows: `WAYS` says how,
for each way that an entry of `SAMPLERS` can name. A new sampler that keeps rows, or draws lines between
them, needs no more than its entry.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from evenkeel import progress
from evenkeel.errors import DataError
from evenkeel.resampling.centroids import cluster_centroids
from evenkeel.resampling.columns import category_codes
from evenkeel.resampling.lineage import Lineage, Rows
from evenkeel.resampling.links import (
    Chain,
    LinkResult,
    by_code,
    counts,
    counts_text,
    guarded,
    linked,
)
from evenkeel.resampling.plans import Plan, plan
from evenkeel.resampling.rows import elect, interpolate
from evenkeel.resampling.samplers import SAMPLERS, build_sampler, check_sampler, find_sampler
from evenkeel.resampling.searches import Neighbors, Searches
from evenkeel.resampling.space import Matrix, Space

PARTS = {
    "SMOTEENN": ("smote", ("enn", "EditedNearestNeighbours")),
    "SMOTETomek": ("smote", ("tomek", "TomekLinks")),
}


@dataclass(frozen=True)
class Resampling:
    """What a chain made of train: the rows, with their lineage, and what each link did."""

    rows: Rows
    links: tuple[LinkResult, ...]


@dataclass(frozen=True)
class Job:
    """One sampler at work: rows, parameters, and what it needs to know of the table."""

    name: str
    params: Mapping[str, Any]
    rows: Rows
    space: Space
    seed: int
    classes: Sequence[str]
    strict: bool
    searches: Searches
    notes: list[str] = field(default_factory=list)

    @functools.cached_property
    def Z(self) -> Matrix:  # noqa: N802 - as the space is called in formulas
        """The rows in the space of distances, shape (rows, columns)."""
        return self.space.transform(self.rows.frame)


def resample_native(
    rows: Rows,
    chain: Chain,
    space: Space,
    *,
    seed: int,
    classes: Sequence[str],
    strict: bool = False,
    neighbors: Neighbors = "exact",
) -> Resampling:
    """Run the (sampler, parameters) pairs of `chain` one after the other on typed train rows.

    `rows` are train (see `lineage.train_rows`), and `space` was fitted on them. Where a class has too few
    rows for a sampler's neighbours, it gets by with fewer and a note says so; with `strict`, that is a
    `DataError`.

    The rows that a sampler keeps, and the pairs that it draws, are those of imbalanced-learn in that space
    with ``random_state=seed``; with approximate `neighbors` nearly those, and each link says its recall.
    Raises `DataError` for what a sampler cannot do with these rows.
    """
    links = []
    for name, params in chain:
        check_sampler(name, params)
        searches = Searches(neighbors)
        job = Job(name, by_code(params, classes), rows, space, seed, classes, strict, searches)
        made = run(job)
        job.notes.extend(_unchanged(made.lineage, rows.lineage))
        links.append(linked(name, rows.y, made.y, classes, job.notes, searches.recall))
        rows = made
    return Resampling(rows, tuple(links))


def run(job: Job) -> Rows:
    """The rows after one sampler."""
    with progress.working(job.name):
        return WAYS[SAMPLERS[job.name].native](job)


def _unchanged(after: Lineage, before: Lineage) -> list[str]:
    """A note if the rows are the same; under-samplers put even those in the order of classes."""
    if len(after.origin) != len(before.origin):
        return []
    if _equal(after, before):
        return ["changed nothing"]
    return ["changed nothing but the order of rows"] if _equal(_sorted(after), _sorted(before)) else []


def _equal(one: Lineage, other: Lineage) -> bool:
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one[:-1], other[:-1], strict=True))


def _sorted(lineage: Lineage) -> Lineage:
    return lineage.take(np.lexsort((lineage.weight, lineage.second, lineage.first, lineage.origin)))


def _keep(job: Job) -> Rows:
    """Rows that stay, which is all that under-sampling and cleaning decide."""
    # classes in the parameters are codes by now, so it must not be made ready as from a config
    sampler = build_sampler(job.name, _enough_neighbours(job), job.seed, job.searches)
    _, notes = guarded(job.name, job.rows.y, job.classes, lambda: sampler.fit_resample(job.Z, job.rows.y))
    job.notes.extend(notes)
    return job.rows.take(sampler.sample_indices_)


def _enough_neighbours(job: Job) -> dict[str, Any]:
    """The parameters, with as many neighbours as the rarest class can give."""
    params, parameter = dict(job.params), SAMPLERS[job.name].neighbours
    if parameter is None:
        return params
    k = params.get(parameter, SAMPLERS[job.name].load()().get_params()[parameter])
    sizes = np.bincount(job.rows.y, minlength=len(job.classes))
    rarest = int(np.argmin(np.where(sizes > 0, sizes, sizes.max() + 1)))
    if sizes[rarest] >= k:
        return params
    whose = f"class {job.classes[rarest]!r}: it has {sizes[rarest]} rows"
    if job.strict:
        raise DataError(
            f"Expected at least {k} rows of {whose.partition(':')[0]} for {parameter}={k} of {job.name}, "
            f"got {sizes[rarest]}. Next: set {parameter} to {sizes[rarest]}, or leave `strict` out."
        )
    job.notes.append(f"{parameter} {k} -> {sizes[rarest]} for {whose}")
    return {**params, parameter: int(sizes[rarest])}


def _plan(job: Job) -> Rows:
    """Old rows, followed by new ones between two of them."""
    return _with_new(job, _planned(job, job.name, job.Z, job.params), job.name)


def _planned(job: Job, name: str, Z: Matrix, params: Mapping[str, Any]) -> Plan:
    return plan(
        name,
        Z,
        job.rows.y,
        params,
        job.seed,
        strict=job.strict,
        names=job.classes,
        searches=job.searches,
    )


def _with_new(job: Job, made: Plan, maker: str) -> Rows:
    job.notes.extend(made.notes)
    if not len(made.base):
        return job.rows
    # a copy is a copy in its categories too, whatever the neighbours of its origin would vote
    copies = (made.base == made.neighbour)[:, None]
    votes = np.where(copies, made.base[:, None], made.votes)
    frame = interpolate(
        job.rows.frame,
        made.base,
        made.neighbour,
        made.weight,
        votes,
        job.space.features,
        reach=made.reach,
    )
    lineage = job.rows.lineage.between(made.base, made.neighbour, made.weight * made.reach, maker)
    return job.rows.and_then(Rows(frame, made.label, lineage))


def _smote(job: Job) -> Rows:
    """SMOTE and its kin for categories: which of them it is, the types of the columns decide."""
    features = job.space.features
    numbers, categories = len(features.numeric) + len(features.dates), len(features.categorical)
    for key in ("categorical_features", "categorical_encoder"):
        if job.params.get(key) is not None:
            raise DataError(
                f"Expected no {key} for {job.name} in native space, got {job.params[key]!r}: the table's "
                f"types say which columns are categories. Next: name numeric ones in `categorical`."
            )
    if job.name == "SMOTENC" and not categories:
        raise DataError(
            "Expected categorical columns beside numbers for SMOTENC, got numbers alone. Next: use SMOTE."
        )
    if job.name == "SMOTEN" or not numbers:
        return _nominal(job)
    maker = "SMOTENC" if categories else "SMOTE"
    params = {key: value for key, value in job.params.items() if not key.startswith("categorical")}
    if maker != job.name:
        job.notes.append(f"{categories} categorical columns are decided by vote, as in SMOTENC")
    return _with_new(job, _planned(job, "SMOTE", job.Z, params), maker)


def _nominal(job: Job) -> Rows:
    """SMOTEN: every column is a category, decided by the nearest rows in the value difference metric."""
    if job.name != "SMOTEN":
        job.notes.append("all columns are categories: this is SMOTEN")
    names = list(job.space.features)
    codes = np.column_stack([category_codes(job.rows.frame[name]) for name in names]).astype(np.float64)
    params = {key: value for key, value in job.params.items() if not key.startswith("categorical")}
    made = _planned(job, "SMOTEN", codes, params)
    job.notes.extend(made.notes)
    if not len(made.base):
        return job.rows
    frame = elect(job.rows.frame, names, made.base, made.votes)
    lineage = job.rows.lineage.between(made.base, made.neighbour, made.weight, "SMOTEN")
    return job.rows.and_then(Rows(frame, made.label, lineage))


def _combined(job: Job) -> Rows:
    """SMOTE, then a cleaning sampler over all classes."""
    first, (then, cleaner) = PARTS[job.name]
    over = _part(job, first, "SMOTE", _given(job, "sampling_strategy", "random_state"))
    grown = run(over)
    job.notes.append(f"after {over.name}: {counts_text(counts(grown.y, job.classes))}")
    clean = _part(job, then, cleaner, {"sampling_strategy": "all"})
    return run(replace(clean, rows=grown))


def _part(job: Job, parameter: str, name: str, params: Mapping[str, Any]) -> Job:
    """The job of a part of a combined sampler: the one that is given, or `name` with `params`."""
    if (given := job.params.get(parameter)) is None:
        return replace(job, name=name, params=params)
    return replace(job, name=find_sampler(given["sampler"]).name, params=given.get("params", {}))


def _given(job: Job, *names: str) -> dict[str, Any]:
    return {name: job.params[name] for name in names if name in job.params}


def _centroids(job: Job) -> Rows:
    """Centres of clusters in place of the rows of a class, with every value in its column's own type."""
    made, notes = guarded(
        job.name,
        job.rows.y,
        job.classes,
        lambda: cluster_centroids(job.rows, job.Z, job.space, job.params, job.seed),
    )
    job.notes.extend(notes)
    return made


WAYS: dict[str, Callable[[Job], Rows]] = {
    "keep": _keep,
    "plan": _plan,
    "smote": _smote,
    "combined": _combined,
    "centroids": _centroids,
}
