"""What a strategy trains on: train resampled in native or encoded space, as a table, a matrix and a story."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from evenkeel import progress
from evenkeel.labels import class_code
from evenkeel.preprocessing import Matrix, Preprocessor
from evenkeel.recipe import Encoded, Recipe, Treatment
from evenkeel.resampling import LinkResult, check_neighbours, resample_encoded, resample_native
from evenkeel.resampling.lineage import NOWHERE, ORIGIN, Rows, resampled_table
from evenkeel.resampling.links import capped, counts, ready_sampler
from evenkeel.resampling.scatter import project, scatter_rows
from evenkeel.resampling.space import nearest_distances
from evenkeel.resampling.story import examples, story
from evenkeel.tables import CODE, encode_labels

Codes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# cells that are compared to find nearest rows: about ten seconds of one core
MOST_WORK = 200_000_000_000


@dataclass(frozen=True)
class Treated:
    """The rows that a strategy trains on: matrix, class codes, links, and in native space the typed rows.

    `origin` is the position in train of the row that each is a copy of, -1 where there is none.
    """

    X: Matrix
    y: Codes
    origin: npt.NDArray[np.int64]
    links: tuple[LinkResult, ...]
    rows: Rows | None


def treat(encoded: Encoded, treatment: Treatment, recipe: Recipe) -> Treated:
    """The rows that a strategy trains on; without samplers, train as it is."""
    made = (_native if recipe.resample_space == "native" else _encoded)(encoded, treatment, recipe)
    if not treatment.chain or treatment.max_rows is None:
        return made
    kept, link = capped(made.y, treatment.max_rows, seed=recipe.seed, classes=recipe.classes)
    rows = None if made.rows is None else made.rows.take(kept)
    return Treated(made.X[kept], made.y[kept], made.origin[kept], (*made.links, link), rows)


def _encoded(encoded: Encoded, treatment: Treatment, recipe: Recipe) -> Treated:
    made = resample_encoded(
        encoded.X,
        encoded.y,
        treatment.chain,
        seed=recipe.seed,
        classes=recipe.classes,
        categorical=encoded.preprocessor.categorical_columns,
        neighbors=treatment.neighbors,
    )
    return Treated(made.X, made.y, made.origin, made.links, None)


def in_part(treatment: Treatment, part: Codes, whole: Codes, recipe: Recipe) -> Treatment:
    """The treatment for a part of train, where its numbers of rows are meant for the whole.

    `part` and `whole` are class codes. A class that is asked for as many rows as it has in the whole is asked
    for as many as it has in the part.
    """
    sizes = [np.bincount(codes, minlength=len(recipe.classes)) for codes in (part, whole)]
    shares = sizes[0] / np.maximum(sizes[1], 1)
    chain = tuple((name, _scaled(params, shares, recipe.classes)) for name, params in treatment.chain)
    most = treatment.max_rows
    fewer = most and max(2, round(most * len(part) / len(whole)))
    return treatment.model_copy(update={"chain": chain, "max_rows": fewer})


def _scaled(params: Mapping[str, Any], shares: Floats, classes: Sequence[str]) -> dict[str, Any]:
    scaled = dict(params)
    for key, value in params.items():
        if key == "sampling_strategy" and isinstance(value, Mapping):
            scaled[key] = {
                label: max(1, round(rows * shares[class_code(label, classes)]))
                for label, rows in value.items()
            }
        elif isinstance(value, Mapping) and "sampler" in value:
            scaled[key] = {**value, "params": _scaled(value.get("params", {}), shares, classes)}
    return scaled


def _native(encoded: Encoded, treatment: Treatment, recipe: Recipe) -> Treated:
    if not treatment.chain:
        return Treated(encoded.X, encoded.y, encoded.rows.lineage.origin, (), encoded.rows)
    made = resample_native(
        encoded.rows,
        treatment.chain,
        encoded.space,
        seed=recipe.seed,
        classes=recipe.classes,
        strict=recipe.strict,
        neighbors=treatment.neighbors,
    )
    X = encoded.preprocessor.transform(made.rows.frame)
    return Treated(X, made.rows.y, made.rows.lineage.origin, made.links, made.rows)


class Products(NamedTuple):
    """What a resample step stores: the set, its scatter, a few of its rows, the facts for the record."""

    frame: pd.DataFrame
    scatter: dict[str, Any]
    examples: list[dict[str, Any]]
    facts: dict[str, Any]


def products(encoded: Encoded, treatment: Treatment, recipe: Recipe) -> Products:
    """Resample train and tell its story: a replay needs nothing else."""
    made = treat(encoded, treatment, recipe)
    synthetic = _synthetic(encoded, made)
    with progress.working("distances to train rows", note=""):
        to_own, to_other = _distances(encoded, made, synthetic, recipe.seed)
    facts = {
        "links": [_told(link) for link in made.links],
        "counts": counts(made.y, recipe.classes),
        "made": {
            "space": recipe.resample_space,
            **story(_features(encoded, made), made.origin, synthetic, to_own, to_other),
        },
    }
    projection = project(encoded.X, encoded.preprocessor.names)
    scatter = scatter_rows(projection, encoded.X, encoded.y, made.X, made.y, synthetic, recipe.seed)
    if made.rows is None:
        return Products(_encoded_table(encoded, made, recipe), scatter, [], facts)
    table, lineage = resampled_table(made.rows, encoded.ids, to_own, to_other), made.rows.lineage
    labels = [recipe.classes[code] for code in made.y]
    shown = examples(encoded.frame, table, lineage, labels, list(encoded.features), recipe.seed)
    return Products(table, scatter, shown, facts)


def _told(link: LinkResult) -> dict[str, Any]:
    """A link as facts; those of exact searches have no recall."""
    told = {**link._asdict(), "notes": list(link.notes)}
    return {name: value for name, value in told.items() if name != "recall" or value is not None}


def training_arrays(frame: pd.DataFrame, preprocessor: Preprocessor, recipe: Recipe) -> tuple[Matrix, Codes]:
    """The matrix and the class codes of a stored resampled set; `preprocessor` was fitted on train."""
    if recipe.resample_space == "native":
        return preprocessor.transform(frame), encode_labels(frame[recipe.target], recipe.classes).codes
    y = encode_labels(frame[CODE], recipe.classes).codes
    return frame.drop(columns=[CODE, ORIGIN]).to_numpy(dtype=np.float64), y


def check_treatment(treatment: Treatment, sizes: Codes, recipe: Recipe) -> None:
    """Refuse, before anything is fitted, a chain whose first sampler lacks rows in the smallest fold.

    In native space samplers get by with fewer neighbours, and refuse by themselves if `strict`.
    """
    if recipe.resample_space == "native":
        return
    for name, params in treatment.chain[:1]:
        # which columns will hold categories does not matter to the count of rows
        sampler = ready_sampler(name, params, seed=recipe.seed, classes=recipe.classes, categorical=[0])
        check_neighbours(name, sampler, sizes, recipe.classes)


def _features(encoded: Encoded, made: Treated) -> pd.DataFrame:
    return pd.DataFrame(made.X) if made.rows is None else made.rows.frame[list(encoded.features)]


def _encoded_table(encoded: Encoded, made: Treated, recipe: Recipe) -> pd.DataFrame:
    """A set in encoded space as a table: origin, class, then one column per encoded feature."""
    origin = pd.Series(np.array([*encoded.ids, None], dtype=object)[made.origin], dtype="str")
    names = np.array(recipe.classes, dtype=object)[made.y]
    frame = pd.DataFrame(made.X, columns=encoded.preprocessor.names)
    frame.insert(0, CODE, pd.Series(names, dtype="str"))
    frame.insert(0, ORIGIN, origin)
    return frame


def _synthetic(encoded: Encoded, made: Treated) -> Mask:
    """Which rows are no copies; in encoded space, where not every sampler says, those that stand nowhere."""
    unknown: Mask = made.origin == NOWHERE
    if made.rows is not None or not unknown.any():
        return unknown
    real = {row.tobytes() for row in np.ascontiguousarray(encoded.X)}
    where = np.flatnonzero(unknown)
    unknown[where] = [row.tobytes() not in real for row in np.ascontiguousarray(made.X[where])]
    return unknown


def _distances(encoded: Encoded, made: Treated, synthetic: Mask, seed: int) -> tuple[Floats, Floats]:
    """Distances of synthetic rows to the nearest train row of their own and of another class, else NaN.

    Where this would take too long it is done for a sample of them, drawn by the seed.
    """
    to_own, to_other = np.full((2, len(made.y)), np.nan)
    where = np.flatnonzero(synthetic)
    if not len(where):
        return to_own, to_other
    if made.rows is None:
        known, new = encoded.X, made.X[where]
    else:
        known = encoded.space.transform(encoded.frame)
        new = encoded.space.transform(made.rows.frame.iloc[where])
    if len(where) > (most := max(1, MOST_WORK // known.size)):
        few = np.sort(np.random.default_rng(seed).permutation(len(where))[:most])
        where, new = where[few], new[few]
    to_other[where], to_own[where] = nearest_distances(known, encoded.y, new, made.y[where])
    return to_own, to_other
