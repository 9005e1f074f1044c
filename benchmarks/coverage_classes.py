"""How often 95 % intervals of several classes hold the truth, on generated data of which it is known.

A population is drawn for three ways to score it; test sets of other rows have as many of each class every
time, and the figures of the population are the truth. What is printed, by scene, is the share of intervals
that hold it: of figures over all classes, of single classes, and of differences from the first way.
Usage: python benchmarks/coverage_classes.py [--sets 100] [--replicates 500]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from evenkeel.evaluation import several
from evenkeel.evaluation.metrics import measure
from evenkeel.evaluation.several import Classed, classed, compared

NAMES = ("shifted", "noisy", "plain")
POPULATION = 20_000


@dataclass(frozen=True)
class Scene:
    """Rows of each class in a test set, and how far apart the classes lie."""

    sizes: tuple[int, ...]
    apart: float


SCENES = (
    Scene((300, 60, 30), 1.6),
    Scene((200, 40, 10, 5), 1.6),
    Scene((29, 15, 11, 7, 4, 1), 1.8),
)


def rows(scene: Scene, times: int, rng: np.random.Generator) -> Classed:
    """Rows scored in three ways: with the shares of the classes, with noise, and without either."""
    y = np.repeat(np.arange(len(scene.sizes)), np.array(scene.sizes) * times)
    logits = rng.normal(size=(len(y), len(scene.sizes))) + scene.apart * np.eye(len(scene.sizes))[y]
    shares = np.log(np.array(scene.sizes) / sum(scene.sizes))
    ways = np.stack([logits + shares, logits + 0.5 * rng.normal(size=logits.shape), 0.7 * logits])
    p = np.exp(ways) / np.exp(ways).sum(axis=2, keepdims=True)
    return classed(y, np.arange(len(y)), p, p.argmax(axis=2))


def truths(of: Classed) -> list[dict[str, Any]]:
    """The figures of a population by way: over all classes by name, of one by (code, name)."""
    y, found = of.truth, []
    for p, decided in zip(of.scores, of.decided, strict=True):
        told: dict[Any, Any] = dict(measure(y, p, decided))
        for code in range(len(of.sizes)):
            binary = np.column_stack([1 - p[:, code], p[:, code]])
            mine = measure((y == code).astype(np.int64), binary, (decided == code).astype(np.int64))
            told |= {(code, name): mine[name] for name in ("recall", "precision", "f1", *several.AREAS)}
        found.append(told)
    return found


def held(found: Mapping[str, Any], truth: list[dict[Any, Any]]) -> Iterable[tuple[str, bool]]:
    """What each interval is of, and whether it holds the truth."""
    for name, true in zip(NAMES, truth, strict=True):
        for figure, row in found["intervals"][name].items():
            yield f"all: {figure}", row["low"] <= true[figure] <= row["high"]
        for code, told in enumerate(found["classes"][name].values()):
            for figure in ("recall", "precision", "f1", *several.AREAS):
                row = told[figure]
                yield f"class of {told['rows']}: {figure}", row["low"] <= true[code, figure] <= row["high"]
    others = found["differences"][NAMES[0]]
    for figure in others[NAMES[1]]:
        pairs = [(others[name][figure], true[figure] - truth[0][figure])
                 for name, true in zip(NAMES[1:], truth[1:], strict=True)]  # fmt: skip
        yield f"difference: {figure}", all(row["all_low"] <= true <= row["all_high"] for row, true in pairs)


def covered(scene: Scene, sets: int) -> dict[str, float]:
    """The share of intervals that hold the truth, by what they are of."""
    rng = np.random.default_rng(20_264)
    truth = truths(rows(scene, POPULATION // sum(scene.sizes), rng))
    hits: dict[str, list[bool]] = {}
    for number in range(sets):
        found = compared(rows(scene, 1, rng), NAMES, [f"c{i}" for i in range(len(scene.sizes))], number)
        for what, inside in held(found, truth):
            hits.setdefault(what, []).append(inside)
    return {what: float(np.mean(inside)) for what, inside in hits.items()}


def main() -> None:
    """Print the coverage of every scene."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=100)
    parser.add_argument("--replicates", type=int, default=500)
    asked = parser.parse_args()
    # fewer than a run has, for time: what is measured is where intervals lie, not how finely
    setattr(several, "REPLICATES", asked.replicates)  # noqa: B010 - the module does not offer it
    with threadpool_limits(1):
        for scene in SCENES:
            print(f"\n{' / '.join(map(str, scene.sizes))}")
            for what, share in covered(scene, asked.sets).items():
                print(f"  {share:.3f}  {what}")


if __name__ == "__main__":
    main()
