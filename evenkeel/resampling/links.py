"""One link of a chain, whatever the space: a sampler made ready, run, and what it did in words."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from evenkeel.errors import DataError
from evenkeel.labels import class_code
from evenkeel.resampling.samplers import build_sampler
from evenkeel.resampling.searches import Searches, recall_text
from evenkeel.tables import Labels

T = TypeVar("T")
Codes = npt.NDArray[np.int64]
Chain = Sequence[tuple[str, Mapping[str, Any]]]

# how the limit on rows is called where links are listed
CAP = "max_rows"


class LinkResult(NamedTuple):
    """Class counts before and after one sampler, and what it had to say.

    `recall` is that of its approximate searches, see `Searches`; None where there were none.
    """

    sampler: str
    before: dict[str, int]
    after: dict[str, int]
    notes: tuple[str, ...]
    recall: float | None = None


def counts(y: Codes, classes: Sequence[str]) -> dict[str, int]:
    """How many rows each class has, by its name."""
    return Labels(tuple(classes), y).counts()


def counts_text(found: Mapping[str, int]) -> str:
    """Class counts in words."""
    return ", ".join(f"{name}: {size}" for name, size in found.items())


def ready_sampler(
    name: str,
    params: Mapping[str, Any],
    *,
    seed: int,
    classes: Sequence[str],
    categorical: Sequence[int] = (),
    searches: Searches | None = None,
) -> Any:
    """The sampler of one link as a chain runs it: classes by code, SMOTENC told its categorical columns."""
    params = by_code(params, classes)
    if name == "SMOTENC" and "categorical_features" not in params:
        if not len(categorical):
            raise DataError(
                "Expected categorical columns beside numbers for SMOTENC, got numbers alone. Next: use SMOTE."
            )
        params["categorical_features"] = list(categorical)
    return build_sampler(name, params, seed, searches)


def by_code(params: Mapping[str, Any], classes: Sequence[str]) -> dict[str, Any]:
    """Parameters in which `sampling_strategy` knows classes by their codes, in nested samplers as well."""
    coded = dict(params)
    for key, value in params.items():
        if key == "sampling_strategy" and isinstance(value, Mapping):
            coded[key] = {class_code(label, classes): size for label, size in value.items()}
        elif key == "sampling_strategy" and isinstance(value, list | tuple):
            # cleaning samplers take the classes that may lose rows
            coded[key] = [class_code(label, classes) for label in value]
        elif isinstance(value, Mapping) and "sampler" in value:
            coded[key] = {**value, "params": by_code(value.get("params", {}), classes)}
    return coded


def guarded(name: str, y: Codes, classes: Sequence[str], work: Callable[[], T]) -> tuple[T, list[str]]:
    """What `work` gives, and its warnings as notes; a sampler's own error becomes a `DataError`."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            made = work()
        except (ValueError, RuntimeError, TypeError, IndexError) as error:
            raise DataError(
                f"{name} could not resample {len(y)} rows ({counts_text(counts(y, classes))}): "
                f"{' '.join(str(error).split())} Next: change its parameters, or leave the strategy out."
            ) from error
    notes = [" ".join(str(w.message).split()) for w in caught if issubclass(w.category, UserWarning)]
    return made, list(dict.fromkeys(notes))


def linked(
    name: str,
    y: Codes,
    made: Codes,
    classes: Sequence[str],
    notes: Sequence[str],
    recall: float | None = None,
) -> LinkResult:
    """What one sampler made of classes `y`; a class that has lost all its rows is noted."""
    before, after = counts(y, classes), counts(made, classes)
    if not len(made):
        raise DataError(
            f"Expected rows after {name}, got none (before: {counts_text(before)}). "
            f"Next: change its parameters, or leave the strategy out."
        )
    gone = [label for label, size in before.items() if size and not after[label]]
    told = [*notes, *(f"class {label!r} has lost all its rows" for label in gone)]
    if recall is not None:
        told.append(f"neighbours approximate: {recall_text(recall)}")
    return LinkResult(name, before, after, tuple(dict.fromkeys(told)), recall)


def lowest_recall(links: Iterable[Mapping[str, Any]]) -> float | None:
    """The lowest recall of the links of a chain, as the record has them; None where all was exact."""
    return min((link["recall"] for link in links if link.get("recall") is not None), default=None)


def capped(
    y: Codes, most: int, *, seed: int, classes: Sequence[str]
) -> tuple[npt.NDArray[np.intp], LinkResult]:
    """At most `most` rows, drawn at random within each class, which keep the classes' shares and the order.

    Positions, shape (kept,), and what was done, as a link of its own. A class keeps at least one row: where
    classes outnumber `most`, so do the rows.
    """
    sizes = np.bincount(y, minlength=len(classes))
    if len(y) <= most:
        same = counts(y, classes)
        return np.arange(len(y)), LinkResult(CAP, same, same, (f"{len(y):,} rows are not above {most:,}",))
    quotas = _quotas(sizes, most)
    draws = np.random.default_rng(seed)
    kept = [
        draws.choice(np.flatnonzero(y == code), size=quota, replace=False)
        for code, quota in enumerate(quotas)
    ]
    positions = np.sort(np.concatenate(kept))
    return positions, LinkResult(CAP, counts(y, classes), counts(y[positions], classes), ())


def _quotas(sizes: Codes, most: int) -> Codes:
    """How many rows each class keeps: its share by largest remainders, and one if that is less."""
    exact = sizes * most / sizes.sum()
    quotas: Codes = np.maximum(np.floor(exact).astype(np.int64), sizes > 0)
    while quotas.sum() < most:
        quotas[np.argmax(exact - quotas)] += 1
    # what classes below one row were given beyond their share, the others pay
    while quotas.sum() > max(most, np.count_nonzero(sizes)):
        quotas[np.argmax(np.where(quotas > 1, quotas - exact, -np.inf))] -= 1
    return quotas
