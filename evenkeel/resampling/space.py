"""The space in which neighbours of typed rows are found: a matrix for distances, never for values.

New rows are not read back from it: `rows` makes them in the table's own columns and units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evenkeel import progress
from evenkeel.errors import DataError
from evenkeel.preprocessing import PreprocessConfig, Preprocessor, fit_preprocessor
from evenkeel.tables import Features, model_input

Matrix = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float64]

MOST_LEVELS = 64
# of rows whose neighbours are looked for at once
MOST_CELLS = 2**20
# of rows that are looked for in a tree at once
TOLD = 1024
# columns up to which a tree finds the nearest row faster than a search through all
MOST_FOR_TREE = 30


@dataclass(frozen=True)
class Space:
    """A fitted space: numbers first, then one block of columns per category column.

    `constant` marks number columns that say nothing, `levels` holds the seen categories of each category
    column, and `mark` is what stands in place of a one in one-hot columns.
    """

    features: Features
    numbers: Preprocessor | None
    constant: npt.NDArray[np.bool_]
    levels: tuple[pd.Index[Any], ...]
    mark: float

    @property
    def numeric_columns(self) -> list[int]:
        """Positions of the matrix columns that hold numbers and dates, in the order of `features`."""
        return list(range(len(self.constant)))

    @property
    def categorical_columns(self) -> list[int]:
        """Positions of the matrix columns that came from categories."""
        return list(range(len(self.constant), len(self.constant) + sum(self._widths)))

    def transform(self, frame: pd.DataFrame) -> Matrix:
        """The rows of `frame` as float64, shape (rows, columns), in which Euclidean distances mean something.

        A category that was not seen in fitting has no mark at all, so it is as far from every seen one.
        """
        numbers = self._numbers(frame)
        if not self.levels:
            return numbers
        matrix = np.zeros((len(frame), len(self.constant) + sum(self._widths)))
        matrix[:, : len(self.constant)] = numbers
        categories = model_input(frame, Features((), (), self.features.categorical))
        start = len(self.constant)
        for name, levels, width in zip(self.features.categorical, self.levels, self._widths, strict=True):
            codes = levels.get_indexer(pd.Index(categories[name], dtype=object))
            seen = np.flatnonzero(codes >= 0)
            matrix[seen, start + np.minimum(codes[seen], width - 1)] = self.mark
            start += width
        return matrix

    def original(self, Z: Matrix) -> dict[str, npt.NDArray[np.float64]]:
        """The number columns of rows of this space in the table's own units, by name; dates as seconds.

        A constant column of a scaled space, which stands at 0 here, comes back as its one value.
        """
        names = [*self.features.numeric, *self.features.dates]
        numbers = np.asarray(Z[:, : len(names)], dtype=np.float64)
        steps = self.numbers.transformer.named_transformers_["numbers"].named_steps if self.numbers else {}
        if "scale" in steps:
            numbers = steps["scale"].inverse_transform(numbers)
        return {name: numbers[:, i] for i, name in enumerate(names)}

    @property
    def _widths(self) -> list[int]:
        return [min(len(levels), MOST_LEVELS) for levels in self.levels]

    def _numbers(self, frame: pd.DataFrame) -> Matrix:
        if self.numbers is None:
            return np.empty((len(frame), 0))
        matrix = self.numbers.transform(frame)
        matrix[:, self.constant] = 0.0
        return matrix


def fit_space(frame: pd.DataFrame, features: Features, *, scale: bool = True) -> Space:
    """Fit the space on `frame`, which must be train rows.

    Numbers, and dates as seconds, are scaled to unit variance after missing ones took the median, as
    `preprocessing` does it; a constant column becomes 0. With `scale=False` numbers stay bit for bit.

    Categories are one-hot, a missing one being a category of its own, and times Med/√2: each mismatch of two
    rows adds Med² to their squared distance, as in SMOTE-NC (Chawla et al. 2002, section 6.1) and in
    imbalanced-learn 0.14; older versions of the latter took Med/2, which counts half of it. Med is the
    median of the standard deviations of the numbers: in the paper over the rows of the class, here over all
    train rows and the columns that vary. So with scaled numbers a mismatch adds 1, as much as one standard
    deviation of one number, and so it does where no number varies.

    A column with more than 64 categories has 64 matrix columns: the missing one and the most frequent, 63
    in all, have their own, and the rest share the last, so that two of these count as equal in distances.

    Raises `DataError` for numbers that are not finite.
    """
    # what overflows here is refused by name below
    with np.errstate(all="ignore"):
        numbers = _fit_numbers(frame, features, scale=scale)
        matrix = numbers.transform(frame) if numbers else np.empty((len(frame), 0))
    _check_finite(matrix, [*features.numeric, *features.dates])
    varies = (matrix != matrix[:1]).any(axis=0)
    # only 1 up to rounding after scaling, so not measured there
    med = 1.0 if scale or not varies.any() else float(np.median(matrix[:, varies].std(axis=0)))
    categories = model_input(frame, Features((), (), features.categorical))
    levels = tuple(_levels(categories[name].to_numpy()) for name in features.categorical)
    return Space(features, numbers, ~varies & scale, levels, float(med / np.sqrt(2.0)))


def nearest_distances(
    Z_train: Matrix, y_train: npt.NDArray[np.int64], Z_new: Matrix, label_new: npt.NDArray[np.int64] | int
) -> tuple[Floats, Floats]:
    """Euclidean distances of each new row to the nearest train row (of another class, of its own class).

    `Z_train` and `Z_new` are rows of one space, shape (rows, columns); `label_new` is one class code or
    shape (new,). A class without train rows is infinitely far. The cost grows with new × train rows: hand in
    a sample where both are large.
    """
    labels = np.broadcast_to(np.asarray(label_new), (len(Z_new),))
    to_other, to_own = np.full(len(Z_new), np.inf), np.full(len(Z_new), np.inf)
    for label in np.unique(labels):
        rows, own = np.flatnonzero(labels == label), y_train == label
        to_other[rows] = _nearest(Z_train[~own], Z_new[rows])
        to_own[rows] = _nearest(Z_train[own], Z_new[rows])
    return to_other, to_own


def _fit_numbers(frame: pd.DataFrame, features: Features, *, scale: bool) -> Preprocessor | None:
    numbers = Features(features.numeric, features.dates, ())
    return fit_preprocessor(frame, numbers, PreprocessConfig(scale=scale)) if len(numbers) else None


def _check_finite(matrix: Matrix, names: Sequence[str]) -> None:
    """Numbers so large that their squares are infinite have no distances."""
    with np.errstate(over="ignore"):
        fits = np.isfinite(np.square(matrix).sum(axis=0))
    huge = [name for name, fit in zip(names, fits.tolist(), strict=True) if not fit]
    if huge:
        raise DataError(
            f"Expected numbers that have a finite distance, got too large ones in {huge}. "
            f"Next: drop these columns, or bring them to another unit."
        )


def _levels(values: npt.NDArray[np.object_]) -> pd.Index[Any]:
    """The distinct values, the missing one first, then by frequency; the order of rows has no say."""
    codes, found = pd.factorize(values, use_na_sentinel=False)
    sizes, missing = np.bincount(codes, minlength=len(found)), pd.isna(found)
    order = sorted(range(len(found)), key=lambda i: (not missing[i], -sizes[i], str(found[i])))
    return pd.Index(found[order], dtype=object)


def _nearest(known: Matrix, rows: Matrix) -> Floats:
    from sklearn.neighbors import NearestNeighbors

    distances = np.full(len(rows), np.inf)
    if not len(known):
        return distances
    # by default a tree is grown up to 15 columns; these rows lie close together, and it pays for longer
    tree = "kd_tree" if known.shape[1] <= MOST_FOR_TREE else "brute"
    model = NearestNeighbors(n_neighbors=1, algorithm=tree).fit(known)
    # in a tree each answer is its own, so it can be asked in small parts, between which progress is told
    step = TOLD if tree == "kd_tree" else max(1, MOST_CELLS // known.shape[1])
    for part in progress.slices(len(rows), step, "rows compared"):
        some = rows[part]
        found = model.kneighbors(some, return_distance=False)[:, 0]
        # the search's own distances lose half their digits to cancellation: an equal row would not be at 0
        distances[part] = np.linalg.norm(some - known[found], axis=1)
    return distances
