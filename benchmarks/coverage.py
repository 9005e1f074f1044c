"""How often 95 % intervals hold the truth, on generated data of which it is known.

A population of rows is generated, models are fitted on other rows and get their thresholds there. Test sets
are drawn from the population (as many rows of each class every time), and the figures of the population are
the truth. For the folds' intervals, tables are drawn and cross-validated; the mean of all is the truth.
Usage: python benchmarks/coverage.py [--sets 160] [--tables 240] [--workers 2] [--write docs/coverage.md]
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from evenkeel.evaluation.bootstrap import plain, sample
from evenkeel.evaluation.intervals import DECIDED, SCORED, compared
from evenkeel.evaluation.metrics import METRICS, measure
from evenkeel.evaluation.operating import choose, decide
from evenkeel.evaluation.spread import cross_validated

WANTED = 0.93
NAMES = ("none", "weights", "boosted")
RULE = {"maximize": "f2"}
CHUNKS = 2
LEARNERS = ("none", "weights", "boosted with weights")
Z = 1.96
# whether intervals hold, by what they are of; under "width .." how wide they are
Hits = dict[str, list[float]]


@dataclass(frozen=True)
class Scene:
    """Rows of each class in a test set, and how far apart the classes lie."""

    name: str
    positives: int
    negatives: int
    apart: float


SCENES = (
    Scene("31 of 1,531", 31, 1500, 1.2),
    Scene("31 of 1,531, easy", 31, 1500, 2.2),
    Scene("31 of 151", 31, 120, 1.0),
    Scene("100 of 2,100", 100, 2000, 1.5),
    Scene("200 of 1,000", 200, 800, 1.0),
    Scene("60 of 460", 60, 400, 1.6),
)


def rows(scene: Scene, times: int, rng: np.random.Generator) -> tuple[Any, Any]:
    """Labels, and six features: two tell the classes apart, one only together with another, half is noise."""
    y = np.repeat([0, 1], [scene.negatives * times, scene.positives * times])
    X = rng.normal(size=(len(y), 6))
    X[:, 0] += scene.apart * y
    X[:, 1] += 0.7 * scene.apart * y * np.sign(X[:, 2])
    return y, X


def boosted(weight: float = 1.0) -> Any:
    """Small boosted trees, as a strategy without weights or with them has."""
    from xgboost import XGBClassifier

    return XGBClassifier(n_estimators=30, max_depth=3, learning_rate=0.2, scale_pos_weight=weight, n_jobs=1)


def models(scene: Scene, rng: np.random.Generator) -> tuple[list[Any], Any]:
    """Three models fitted on rows of their own, and their thresholds by the F2 on more such rows."""
    from sklearn.linear_model import LogisticRegression

    y, X = rows(scene, max(1, 4000 // (scene.positives + scene.negatives)), rng)
    made = [LogisticRegression(), LogisticRegression(class_weight="balanced"), boosted()]
    for model in made:
        model.fit(X, y)
    more, them = rows(scene, max(1, 4000 // (scene.positives + scene.negatives)), rng)
    chosen = [choose(more, model.predict_proba(them)[:, 1].astype(float), RULE).threshold for model in made]
    return made, np.array(chosen)


def on_test(scene: Scene, sets: int, chunk: int) -> Hits:
    """Whether each interval held the truth, by what it is an interval of."""
    rng = np.random.default_rng(20_261)
    fitted, thresholds = models(scene, rng)
    y, X = rows(scene, 400_000 // (scene.positives + scene.negatives), rng)
    scores = np.array([model.predict_proba(X)[:, 1] for model in fitted], dtype=np.float64)
    truth = population(scene, y, scores, thresholds)
    hits: Hits = {}
    drawn = np.random.default_rng((20_262, chunk))
    edge = int(np.sum(y == 0))
    for number in range(sets):
        taken = np.concatenate(
            [drawn.integers(0, edge, scene.negatives), drawn.integers(edge, len(y), scene.positives)]
        )
        of = sample(y[taken], np.arange(len(taken)), scores[:, taken], thresholds)
        for what, held in held_by(compared(of, NAMES, chunk * 10_000 + number), truth):
            hits.setdefault(what, []).append(held)
    return hits


def population(scene: Scene, y: Any, scores: Any, thresholds: Any) -> dict[str, Any]:
    """Every figure of the population, by name and strategy; counts as of a test set of the scene."""
    here = plain(sample(y, np.zeros(len(y)), scores, thresholds))
    scale = (scene.positives + scene.negatives) / len(y)
    found = {name: np.asarray(formula(here.counts))[:, 0] for name, formula in DECIDED.items()}
    found |= {name: found[name] * scale for name in ("tn", "fp", "fn", "tp")}
    return found | {name: here.scores[name][:, 0] for name in SCORED}


def held_by(found: Mapping[str, Any], truth: Mapping[str, Any]) -> Iterable[tuple[str, bool]]:
    """What each interval is of, and whether it holds the truth; differences are those from `none`."""
    for i, name in enumerate(NAMES):
        for figure, row in found["intervals"][name].items():
            yield f"test {figure}", row["low"] <= truth[figure][i] <= row["high"]
    others = found["differences"][NAMES[0]]
    for figure in truth:
        apart = {name: truth[figure][i] - truth[figure][0] for i, name in enumerate(NAMES)}
        rows = {name: figures[figure] for name, figures in others.items()}
        for name, row in rows.items():
            yield f"difference {figure}", row["low"] <= apart[name] <= row["high"]
        together = all(row["all_low"] <= apart[name] <= row["all_high"] for name, row in rows.items())
        yield f"together {figure}", together


def on_folds(scene: Scene, tables: int, learner: str, varying: bool = False) -> Hits:
    """Whether the folds' intervals hold what their own models are worth, and the mean over all tables.

    How wide they are is against the interval of somebody who knows how far the means of tables vary.
    """
    rng = np.random.default_rng((20_263, LEARNERS.index(learner)))
    many = rows(scene, 20_000 // (scene.positives + scene.negatives), rng)
    drawn = (_drawn(scene, rng) if varying else scene for _ in range(tables))
    found, own = zip(
        *(_table(each, learner, many, rng, number) for number, each in enumerate(drawn)), strict=True
    )
    hits: Hits = {}
    for name in METRICS:
        mean, low, high = (
            np.array([cv[name][end] for cv in found], dtype=np.float64) for end in ("mean", "low", "high")
        )
        for kind, truth in (("own", np.array([each[name] for each in own])), ("folds", mean.mean())):
            hits[f"{kind} {name}"] = [bool(held) for held in (low <= truth) & (truth <= high)]
        hits[f"width {name}"] = [float(np.mean(high - low) / (2 * Z * mean.std(ddof=1)))]
    return hits


def _drawn(scene: Scene, rng: np.random.Generator) -> Scene:
    """The scene with as many positives as fall among its rows."""
    size = scene.positives + scene.negatives
    positives = max(5, int(rng.binomial(size, scene.positives / size)))
    return Scene(scene.name, positives, size - positives, scene.apart)


def _table(scene: Scene, learner: str, many: Any, rng: np.random.Generator, seed: int) -> tuple[Any, Any]:
    """The cross-validated figures of a table, and the mean figures of its folds' models on `many` rows."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold

    y, X = rows(scene, 1, rng)
    fold, p, fitted = np.zeros(len(y), dtype=np.int64), np.zeros((len(y), 2)), []
    for k, (rest, held_out) in enumerate(StratifiedKFold(5, shuffle=True, random_state=seed).split(X, y)):
        model = {
            "none": LogisticRegression(),
            "weights": LogisticRegression(class_weight="balanced"),
            "boosted with weights": boosted(np.sum(y[rest] == 0) / np.sum(y[rest] == 1)),
        }[learner]
        fitted.append(model.fit(X[rest], y[rest]))
        fold[held_out], p[held_out] = k, fitted[k].predict_proba(X[held_out])
    worth = []
    for k, model in enumerate(fitted):
        threshold = choose(y[fold != k], p[fold != k, 1], RULE).threshold
        predicted = model.predict_proba(many[1]).astype(np.float64)
        worth.append(measure(many[0], predicted, decide(predicted, threshold)))
    own = {name: float(np.mean([figures[name] for figures in worth])) for name in METRICS}
    return cross_validated(y, p, fold, RULE, seed=seed)[0], own


def work(job: tuple[str, Scene, Any]) -> tuple[str, Hits]:
    """One job in one thread."""
    kind, scene, arguments = job
    with threadpool_limits(1):
        return scene.name, (on_folds if kind == "folds" else on_test)(scene, *arguments)


def main() -> None:
    """Measure, print the page, and end with status 1 where an interval holds too rarely."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=160, help="test sets of each scene")
    parser.add_argument("--tables", type=int, default=240, help="cross-validated tables of each scene")
    parser.add_argument("--varying", action="store_true", help="only tables, with any number of positives")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    started = time.perf_counter()
    tables, sets = options.tables // len(LEARNERS), options.sets // CHUNKS
    jobs: list[Any] = [
        ("folds", scene, (tables, learner, options.varying)) for learner in LEARNERS for scene in SCENES
    ]
    if not options.varying:
        jobs += [("test", scene, (sets, chunk)) for chunk in range(CHUNKS) for scene in SCENES]
    with ProcessPoolExecutor(options.workers, multiprocessing.get_context("spawn")) as pool:
        results = list(pool.map(work, jobs))
    hits: dict[str, Hits] = {scene.name: {} for scene in SCENES}
    for scene, found in results:
        for what, held in found.items():
            hits[scene].setdefault(what, []).extend(held)
    text, least = page(hits, sets * CHUNKS, tables * len(LEARNERS))
    print(text)
    print(f"{time.perf_counter() - started:.0f} s, {options.workers} workers")
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    raise SystemExit(least < WANTED)


def page(hits: Mapping[str, Hits], sets: int, tables: int) -> tuple[str, float]:
    """The page, and the lowest coverage of a figure over all scenes, of all tables but that of widths."""
    titles = {
        "test": "Figures of the test set",
        "difference": "Differences from `none`, each for itself",
        "together": "Differences from `none`, all of a test set at once",
        "own": "Cross-validated figures: what the models of this table's folds are worth",
        "folds": "Cross-validated figures: the mean over all tables of this size",
        "width": "Cross-validated figures: how wide intervals are, by the best that could be",
    }
    lines, least = [HEAD.format(sets=sets, tables=tables)], 1.0
    for kind, title in titles.items():
        figures = [what.split()[1] for what in next(iter(hits.values())) if what.split()[0] == kind]
        if not figures:
            continue
        lines += [
            f"## {title}",
            "",
            f"| figure | {' | '.join(hits)} | all |",
            "|---|" + "---|" * (len(hits) + 1),
        ]
        digits = 2 if kind == "width" else 3
        for figure in figures:
            each = [float(np.mean(found[f"{kind} {figure}"])) for found in hits.values()]
            if kind != "width":
                least = min(least, float(np.mean(each)))
            cells = " | ".join(f"{value:.{digits}f}" for value in each)
            lines.append(f"| {figure} | {cells} | **{np.mean(each):.{digits}f}** |")
        lines.append("")
    lines.append(f"The lowest coverage of a figure, over all scenes, is {least:.3f}.\n")
    return "\n".join(lines), least


HEAD = """# Do 95 % intervals hold the truth in 95 %?

Measured by `python benchmarks/coverage.py --write docs/coverage.md`: a population of 400,000 generated
rows, three models with fixed thresholds (logistic regression, the same with balanced weights, boosted
trees), and {sets} test sets of each scene, which is named by its positives and its rows. The truth is the
figure of the population. A share of {sets} test sets is itself known to about ±.03; "all" is the mean of
the scenes, known to about ±.015, and what must reach .93.

What the figures are of: test sets have the same rows of each class every time, as a stratified split
gives them. If the share of positives is itself uncertain, average precision, precision, F-scores, MCC,
Brier score and log loss on other tables vary by more than these intervals say.

The methods, and who described them, are in `evenkeel/evaluation/intervals.py` and `bootstrap.py`.

Intervals of cross-validated figures are measured on {tables} tables of each scene: a third of them with
logistic regression, a third with the same and balanced weights, a third with boosted trees and balanced
weights; five folds, and the threshold chosen by F2 on the other folds. Probabilities are left as the weights
distort them, which is harder than what a run does by default. There are two truths: what the models of these
very folds are worth, with the thresholds that they got (the mean of their figures in 20,000 other rows), and
the mean over all tables of this size.

The folds of one table cannot tell how far their mean is from that of all tables: they share most of their
rows, so what a table does to the threshold, and to the level of the probabilities, it does to all folds
alike (Bengio & Grandvalet, "No unbiased estimator of the variance of k-fold cross-validation", 2004). By
the variance of Nadeau & Bengio alone, which runs before version 0.3 had, intervals of precision hold that
mean in .81 only, of F1 in .88, of Brier score in .89, of log loss in .91 and of G-mean in .91. The rows tell
more: a bootstrap of the held-out rows in which the rule chooses its threshold again, and, for Brier score
and log loss, how each row moves the level of all probabilities (`evenkeel/evaluation/spread.py`). The
interval takes the larger of the two errors (`crossval.py`), and keeps Student's t of the folds, which have
few degrees of freedom. That has its price, which the last table shows: a width of 1 is that of somebody who
knows how far the means of tables vary.

These tables too have the same rows of each class every time. `--varying` draws them with any number of
positives. The mean over the scenes then stays at .93 and more for every figure, but not every scene does:
Brier score and log loss of calibrated probabilities go with the share of positives itself, which these
intervals take as given. Of logistic regression without weights on 31 of 1,531 rows they hold a Brier score
in about .6.
"""


if __name__ == "__main__":
    main()
