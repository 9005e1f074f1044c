"""How sure the figures of several classes are: for each class against the rest, and for their means.

The bootstrap is that of `bootstrap`, with as many strata as there are classes: every replicate draws as many
rows of each class as there are, and the draws are the same for all strategies.

| figure | interval |
|---|---|
| recall of a class | Wilson's score interval of a proportion |
| other figures of decisions | expanded percentiles of the smoothed bootstrap |
| ROC AUC, average precision of a class | expanded percentiles or Student's t on the logit scale: the wider |
| macro recall, balanced accuracy | as other decisions or the intervals of the classes together: the wider |
| macro ROC AUC and average precision | as of a class or the intervals of the classes together: the wider |
| Brier score, log loss | bootstrap-t |
| differences | as in `intervals` |

Intervals of parts make that of their mean by Zou & Donner, "Construction of confidence limits about effect
measures: a general approach", Statistics in Medicine 27 (2008). For other means, degrees of freedom are those
of Welch and Satterthwaite, with the same spread within all classes. How often all of them hold the truth is
measured in ``benchmarks/coverage_classes.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evenkeel.evaluation.bootstrap import PSEUDO_ROWS, REPLICATES, Ranked, mean_of, weights
from evenkeel.evaluation.crossval import LEVEL
from evenkeel.evaluation.intervals import bootstrap_t, differences, expanded, limits, ranking, row, wilson
from evenkeel.evaluation.metrics import METRICS, Codes, Counts, Floats

AREAS = ("roc_auc", "average_precision")
LOSSES = ("brier", "log_loss")
NOTHING = {"value": 0.0, "low": 0.0, "high": 0.0}
# of so few rows the bootstrap does not know what they might have been
FEW = 10
DECIDED = tuple(name for name, metric in METRICS.items() if metric.needs_threshold)


@dataclass(frozen=True)
class Classed:
    """The test rows by class, and each class by row id.

    `sizes` are the rows of each class, `scores` probabilities, shape (strategies, rows, classes), and
    `decided` class codes, shape (strategies, rows).
    """

    sizes: tuple[int, ...]
    scores: Floats
    decided: Codes

    @property
    def truth(self) -> Codes:
        """The class of every row."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)

    @property
    def known(self) -> float:
        """How many rows say how much is known of decisions over all classes, each smoothed by a few rows."""
        return _together([rows + PSEUDO_ROWS for rows in self.sizes if rows])

    @property
    def seen(self) -> float:
        """The same for scores, which are not smoothed: of a class with one row its spread is not seen."""
        return _together([max(2, rows) for rows in self.sizes if rows])


@dataclass(frozen=True)
class Drawn:
    """Figures of every strategy in every replicate.

    `confusion` counts rows, shape (strategies, true class, decided class, replicates); `areas` are of each
    class against the rest, shape (strategies, classes, replicates), NaN where it has no rows or no rest;
    `losses` and their standard `errors` have shape (strategies, replicates).
    """

    confusion: Floats
    areas: Mapping[str, Floats]
    losses: Mapping[str, Floats]
    errors: Mapping[str, Floats]


def _together(sizes: Sequence[int]) -> float:
    """The rows that say as much as a mean over classes does: Welch's and Satterthwaite's freedom, and one."""
    rows = np.array(sizes, dtype=np.float64)
    return float(1 + np.sum(1 / rows) ** 2 / np.sum(1 / rows**2 / (rows - 1)))


def classed(y: Codes, ids: Any, probabilities: Floats, decided: Codes) -> Classed:
    """Put rows in order: `y` and `ids` have shape (rows,), the others begin with the strategies."""
    order = np.lexsort((np.asarray(ids, dtype=str), y))
    sizes = np.bincount(y, minlength=probabilities.shape[2])
    return Classed(tuple(map(int, sizes)), np.ascontiguousarray(probabilities[:, order]), decided[:, order])


def compared(of: Classed, names: Sequence[str], classes: Sequence[str], seed: int) -> dict[str, Any]:
    """As `intervals.compared`, of figures over all classes; and by strategy and class those of `classes`.

    These hold `rows`, `called` (rows that were given this class), and by figure `value`, `low` and `high`;
    a figure that is undefined is left out. Over all classes, scores are undefined where a class has no rows.
    """
    here = _drawn(of, [np.ones((sum(of.sizes), 1))])
    drawn = _drawn(of, weights(of.sizes, REPLICATES, seed))
    drawn = Drawn(_smoothed(drawn.confusion, of, seed), drawn.areas, drawn.losses, drawn.errors)
    present = here.confusion[..., 0].sum(axis=1) + here.confusion[..., 0].sum(axis=2) > 0
    one, many = (_over_all(of, found, present) for found in (here, drawn))
    by_class = [
        [_of_class(of, here, drawn, place, code) for code in range(len(classes))]
        for place in range(len(names))
    ]
    return {
        "level": LEVEL,
        "replicates": REPLICATES,
        "rows": dict(zip(classes, of.sizes, strict=True)),
        "intervals": dict(zip(names, _intervals(of, here, drawn, one, many, by_class), strict=True)),
        "classes": {
            name: dict(zip(classes, told, strict=True)) for name, told in zip(names, by_class, strict=True)
        },
        "differences": {
            reference: differences(of, one, many, names, place) for place, reference in enumerate(names)
        },
    }


def _drawn(of: Classed, blocks: Iterable[Floats]) -> Drawn:
    """All figures of rows that are drawn as often as the weights of `blocks` say, without smoothing."""
    edges = np.cumsum(of.sizes)[:-1]
    ranked = [[_ranked(of, scores, code) for code in range(len(of.sizes))] for scores in of.scores]
    losses = _losses(of)
    parts: dict[str, list[Floats]] = {}
    for drawn in blocks:
        by_class = np.split(drawn, edges)
        found = {"confusion": _confusion(of, by_class)}
        areas = [[_areas(one, by_class, code) for code, one in enumerate(mine)] for mine in ranked]
        found |= {name: np.array([[area[name] for area in mine] for mine in areas]) for name in AREAS}
        for name, loss in losses.items():
            found[name], found[f"error of {name}"] = mean_of(loss, by_class)
        for name, values in found.items():
            parts.setdefault(name, []).append(values)
    joined = {name: np.concatenate(values, axis=-1) for name, values in parts.items()}
    return Drawn(
        joined["confusion"],
        {name: joined[name] for name in AREAS},
        {name: joined[name] for name in LOSSES},
        {name: joined[f"error of {name}"] for name in LOSSES},
    )


def _confusion(of: Classed, by_class: Sequence[Floats]) -> Floats:
    classes = np.arange(len(of.sizes))
    parts = np.split(of.decided, np.cumsum(of.sizes)[:-1], axis=1)
    cells = [
        (part[:, None, :] == classes[None, :, None]).astype(np.float64) @ drawn
        for part, drawn in zip(parts, by_class, strict=True)
    ]
    return np.stack(cells, axis=1)


def _ranked(of: Classed, scores: Floats, code: int) -> Ranked | None:
    """The rows by their score for one class, those of the others first; None where one side is empty."""
    rest = sum(of.sizes) - of.sizes[code]
    if not (rest and of.sizes[code]):
        return None
    mine = of.truth == code
    return Ranked(rest, np.concatenate([scores[~mine, code], scores[mine, code]]))


def _areas(ranked: Ranked | None, by_class: Sequence[Floats], code: int) -> dict[str, Floats]:
    if ranked is None:
        return dict.fromkeys(AREAS, np.full(by_class[0].shape[1], np.nan))
    others = np.concatenate([drawn for place, drawn in enumerate(by_class) if place != code])
    found = ranked.areas(others, by_class[code])
    return {name: found[name] for name in AREAS}


def _losses(of: Classed) -> dict[str, Floats]:
    """What each row adds to a score that is a mean over rows, shape (strategies, rows)."""
    truth = of.truth
    apart = (of.scores - np.eye(len(of.sizes))[truth]) ** 2
    own = np.take_along_axis(of.scores, truth[None, :, None], axis=2)[..., 0] / of.scores.sum(axis=2)
    least = np.finfo(np.float64).eps
    # of two classes, the score of the second says all
    brier = apart[..., 1] if len(of.sizes) == 2 else apart.sum(axis=2)
    return {"brier": brier, "log_loss": -np.log(np.clip(own, least, 1 - least))}


def _smoothed(confusion: Floats, of: Classed, seed: int) -> Floats:
    """Counts as if two rows more of each class were given to it or to one of the others by a coin.

    As `bootstrap.smoothed`; which of the others, is drawn as well.
    """
    strategies, classes, _, number = confusion.shape
    made = confusion.copy()
    for code, rows in enumerate(of.sizes):
        if not rows:
            continue
        rng = np.random.default_rng((seed, code))
        drawn = np.asarray(rng.binomial(rows, PSEUDO_ROWS / (rows + PSEUDO_ROWS), size=number))
        most = max(1, int(drawn.max()))
        # the first half of the numbers are the other classes, the second half is the class itself
        tossed = rng.integers(0, 2 * (classes - 1), size=(strategies, most, number))
        given = np.where(tossed >= classes - 1, code, tossed + (tossed >= code))
        counted = np.arange(most)[:, None] < drawn
        more = [np.sum((given == other) & counted, axis=1) for other in range(classes)]
        made[:, code] = made[:, code] * (1 - drawn / rows) + np.stack(more, axis=1)
    return made


def _over_all(of: Classed, found: Drawn, present: Any) -> dict[str, Floats]:
    """Every defined metric over all classes, shape (strategies, replicates).

    `present` says which classes count, shape (strategies, classes): those that rows have or were given.
    """
    if len(of.sizes) == 2:
        (tn, fp), (fn, tp) = np.moveaxis(found.confusion, 0, 2)
        counts = Counts(tn=tn, fp=fp, fn=fn, tp=tp)
        formulas = {name: METRICS[name].formula for name in DECIDED}
        told = {name: np.asarray(f(counts), dtype=np.float64) for name, f in formulas.items() if f}
        areas = {name: found.areas[name][:, 1] for name in AREAS}
    else:
        told = macro(found.confusion, present[..., None])
        areas = {name: found.areas[name].mean(axis=1) for name in AREAS}
    # undefined without rows of every class, as in the metric table
    return told | (areas | dict(found.losses) if all(of.sizes) else {})


def macro(confusion: Floats, present: Any) -> dict[str, Floats]:
    """The figures of decisions as `metrics` has them for several classes, shape (strategies, replicates).

    `confusion` has the true class before the one that is called: (strategies, classes, classes, replicates).
    """
    own = np.einsum("skkb->skb", confusion)
    rows, called = confusion.sum(axis=2), confusion.sum(axis=1)

    def mean(of_class: Floats) -> Floats:
        return np.asarray(np.sum(of_class * present, axis=1) / present.sum(axis=1))

    recall = _ratio(own, rows)
    told = {"recall": mean(recall), "precision": mean(_ratio(own, called))}
    for name, weight in (("f1", 1), ("f2", 4)):
        told[name] = mean(_ratio((1 + weight) * own, weight * rows + called))
    told["balanced_accuracy"] = told["recall"]
    with np.errstate(divide="ignore"):
        told["g_mean"] = np.exp(mean(np.log(np.where(present, recall, 1.0))))
    return told | {"mcc": _mcc(own.sum(axis=1), rows, called)}


def _mcc(right: Floats, rows: Floats, called: Floats) -> Floats:
    """Matthews' coefficient: Gorodkin, "Comparing two K-category assignments", 2004."""
    whole = rows.sum(axis=1)
    spread = (whole**2 - np.sum(rows**2, axis=1)) * (whole**2 - np.sum(called**2, axis=1))
    return _ratio(right * whole - np.sum(rows * called, axis=1), np.sqrt(spread))


def _ratio(top: Floats, bottom: Floats) -> Floats:
    """top / bottom, and 0 where there is nothing to divide by."""
    return np.divide(top, bottom, out=np.zeros(np.broadcast(top, bottom).shape), where=bottom > 0)


def _intervals(
    of: Classed,
    here: Drawn,
    drawn: Drawn,
    one: Mapping[str, Floats],
    many: Mapping[str, Floats],
    by_class: Sequence[Sequence[Mapping[str, Any]]],
) -> list[dict[str, dict[str, float]]]:
    """One mapping per strategy: figure -> value, low, high; `by_class` has those of `_of_class`."""
    ends = {name: _ends(name, of, here, drawn, one[name][:, 0], many[name]) for name in one}
    made = []
    for place, told in enumerate(by_class):
        found = {}
        for name, (lows, highs) in ends.items():
            value, low, high = one[name][place, 0], lows[place], highs[place]
            if parts := _parts(name, told):
                other = _mean_of_parts(value, parts)
                # each alone misses too often where a class has a row or two
                low, high = min(low, other[0]), max(high, other[1])
            found[name] = row(value, *np.clip((low, high), *limits(name)))
        made.append(found)
    return made


def _parts(name: str, told: Sequence[Mapping[str, Any]]) -> list[Mapping[str, float]]:
    """The rows of the classes whose mean a figure is; of two classes, recall and areas are the second's."""
    key = "recall" if name == "balanced_accuracy" else name
    if key not in ("recall", *AREAS):
        return []
    counted = told[1:] if len(told) == 2 and name != "balanced_accuracy" else told
    # a class that has no rows, and was given some, counts zero
    return [of_class.get(key, NOTHING) for of_class in counted if of_class["rows"] or of_class["called"]]


def _mean_of_parts(value: float, parts: Sequence[Mapping[str, float]]) -> tuple[float, float]:
    low = np.sqrt(sum((part["value"] - part["low"]) ** 2 for part in parts)) / len(parts)
    high = np.sqrt(sum((part["high"] - part["value"]) ** 2 for part in parts)) / len(parts)
    return value - float(low), value + float(high)


def _ends(
    name: str, of: Classed, here: Drawn, drawn: Drawn, value: Floats, values: Floats
) -> tuple[Floats, Floats]:
    if name in LOSSES:
        return bootstrap_t(value, values, here.errors[name][:, 0], drawn.errors[name], LEVEL)
    if name in AREAS:
        whole = sum(of.sizes)
        least = min(1 / (2 * rows * (whole - rows)) for rows in of.sizes) / len(of.sizes)
        return ranking(of.seen, least, value, values)
    return expanded(of.known, values, LEVEL)


def _of_class(of: Classed, here: Drawn, drawn: Drawn, place: int, code: int) -> dict[str, Any]:
    """What is told of one class by one strategy, as if all others were one."""
    size, rest = of.sizes[code], sum(of.sizes) - of.sizes[code]
    told: dict[str, Any] = {"rows": size, "called": int(here.confusion[place, :, code, 0].sum())}
    if not (size and rest):
        return told
    known = max(2, min(size, rest))
    one, many = (_decided(found.confusion[place], code) for found in (here, drawn))
    found = int(here.confusion[place, code, code, 0])
    low, high = wilson(found, size)
    told["recall"] = row(found / size, low, high)
    for name in ("precision", "f1"):
        (low,), (high,) = expanded(known, many[name][None], LEVEL)
        told[name] = row(one[name][0], low, high)
    for name in AREAS:
        value, values = here.areas[name][place, code], drawn.areas[name][place, code]
        least = 1 / (2 * size * rest)
        (low,), (high,) = ranking(known, least, value, values[None])
        # the logit knows no zero: what cannot be told from it is zero
        low = low if low >= least else 0.0
        if known < FEW:
            # no area varies more than a proportion of as many rows: Birnbaum & Klose, 1957
            bottom, top = wilson(value[0] * known, known)
            low, high = min(low, bottom), max(high, top)
        told[name] = row(value[0], low, high)
    return told


def _decided(confusion: Floats, code: int) -> dict[str, Floats]:
    """Precision and F1 of one class, from counts of shape (true class, decided class, replicates)."""
    own, rows, called = confusion[code, code], confusion[code].sum(axis=0), confusion[:, code].sum(axis=0)
    return {"precision": _ratio(own, called), "f1": _ratio(2 * own, rows + called)}
