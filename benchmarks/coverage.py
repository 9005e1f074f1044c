"""How often 95 % intervals hold the truth, on generated data of which it is known.

A population of rows is generated, models are fitted on other rows and get their thresholds there. Test sets
are drawn from the population (as many rows of each class every time), and the figures of the population are
the truth. For the folds' intervals, tables are drawn and cross-validated; the mean of all is the truth.
Usage: python benchmarks/coverage.py [--sets 300] [--workers 2] [--write docs/coverage.md]
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
from evenkeel.evaluation.crossval import cross_validated
from evenkeel.evaluation.intervals import DECIDED, SCORED, compared
from evenkeel.evaluation.metrics import METRICS, measure
from evenkeel.evaluation.operating import choose, decide

WANTED = 0.93
NAMES = ("none", "weights", "boosted")
RULE = {"maximize": "f2"}
CHUNKS = 2
Hits = dict[str, list[bool]]


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
)


def rows(scene: Scene, times: int, rng: np.random.Generator) -> tuple[Any, Any]:
    """Labels, and six features: two tell the classes apart, one only together with another, half is noise."""
    y = np.repeat([0, 1], [scene.negatives * times, scene.positives * times])
    X = rng.normal(size=(len(y), 6))
    X[:, 0] += scene.apart * y
    X[:, 1] += 0.7 * scene.apart * y * np.sign(X[:, 2])
    return y, X


def models(scene: Scene, rng: np.random.Generator) -> tuple[list[Any], Any]:
    """Three models fitted on rows of their own, and their thresholds by the F2 on more such rows."""
    from sklearn.linear_model import LogisticRegression
    from xgboost import XGBClassifier

    y, X = rows(scene, max(1, 4000 // (scene.positives + scene.negatives)), rng)
    boosted = XGBClassifier(n_estimators=30, max_depth=3, learning_rate=0.2, n_jobs=1)
    made = [LogisticRegression(), LogisticRegression(class_weight="balanced"), boosted]
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


def on_folds(scene: Scene, tables: int) -> Hits:
    """Whether the folds' intervals hold what their own models are worth, and the mean over all tables."""
    rng = np.random.default_rng(20_263)
    many = rows(scene, 40_000 // (scene.positives + scene.negatives), rng)
    found, own = zip(*(_table(scene, many, rng, number) for number in range(tables)), strict=True)
    hits: Hits = {}
    for name in METRICS:
        mean, low, high = (
            np.array([cv[name][end] for cv in found], dtype=np.float64) for end in ("mean", "low", "high")
        )
        for kind, truth in (("own", np.array([each[name] for each in own])), ("folds", mean.mean())):
            hits[f"{kind} {name}"] = [bool(held) for held in (low <= truth) & (truth <= high)]
    return hits


def _table(scene: Scene, many: Any, rng: np.random.Generator, seed: int) -> tuple[Any, Any]:
    """The cross-validated figures of a table, and the mean figures of its folds' models on `many` rows."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold

    y, X = rows(scene, 1, rng)
    fold, p, fitted = np.zeros(len(y), dtype=np.int64), np.zeros((len(y), 2)), []
    for k, (rest, held_out) in enumerate(StratifiedKFold(5, shuffle=True, random_state=seed).split(X, y)):
        fitted.append(LogisticRegression(class_weight="balanced").fit(X[rest], y[rest]))
        fold[held_out], p[held_out] = k, fitted[k].predict_proba(X[held_out])
    worth = []
    for k, model in enumerate(fitted):
        threshold = choose(y[fold != k], p[fold != k, 1], RULE).threshold
        predicted = model.predict_proba(many[1])
        worth.append(measure(many[0], predicted, decide(predicted, threshold)))
    own = {name: float(np.mean([figures[name] for figures in worth])) for name in METRICS}
    return cross_validated(y, p, fold, RULE)[0], own


def work(job: tuple[str, Scene, int, int]) -> tuple[str, Hits]:
    """One job in one thread."""
    kind, scene, number, chunk = job
    with threadpool_limits(1):
        return scene.name, on_folds(scene, number) if kind == "folds" else on_test(scene, number, chunk)


def main() -> None:
    """Measure, print the page, and end with status 1 where an interval holds too rarely."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--sets", type=int, default=300, help="test sets, and half as many tables, of each scene"
    )
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    started = time.perf_counter()
    jobs = [("test", s, options.sets // CHUNKS, chunk) for chunk in range(CHUNKS) for s in SCENES]
    jobs += [("folds", s, options.sets // 2, 0) for s in SCENES]
    with ProcessPoolExecutor(options.workers, multiprocessing.get_context("spawn")) as pool:
        results = list(pool.map(work, jobs))
    hits: dict[str, Hits] = {scene.name: {} for scene in SCENES}
    for scene, found in results:
        for what, held in found.items():
            hits[scene].setdefault(what, []).extend(held)
    text, least = page(hits, options.sets // CHUNKS * CHUNKS)
    print(text)
    print(f"{time.perf_counter() - started:.0f} s, {options.workers} workers")
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    raise SystemExit(least < WANTED)


def page(hits: Mapping[str, Hits], sets: int) -> tuple[str, float]:
    """The page, and the lowest coverage of a figure over all scenes."""
    titles = {
        "test": "Figures of the test set",
        "difference": "Differences from `none`, each for itself",
        "together": "Differences from `none`, all of a test set at once",
        "own": "Cross-validated figures: what the models of this table's folds are worth",
        "folds": "Cross-validated figures: the mean over all tables of this size",
    }
    lines, least = [HEAD.format(sets=sets, tables=sets // 2)], 1.0
    for kind, title in titles.items():
        lines += [
            f"## {title}",
            "",
            f"| figure | {' | '.join(hits)} | all |",
            "|---|" + "---|" * (len(hits) + 1),
        ]
        for figure in [what.split()[1] for what in next(iter(hits.values())) if what.split()[0] == kind]:
            each = [float(np.mean(found[f"{kind} {figure}"])) for found in hits.values()]
            least = min(least, float(np.mean(each)))
            lines.append(f"| {figure} | {' | '.join(f'{v:.3f}' for v in each)} | **{np.mean(each):.3f}** |")
        lines.append("")
    lines.append(f"The lowest coverage of a figure, over all scenes, is {least:.3f}.\n")
    return "\n".join(lines), least


HEAD = """# Do 95 % intervals hold the truth in 95 %?

Measured by `python benchmarks/coverage.py --write docs/coverage.md`: a population of 400,000 generated
rows, three models with fixed thresholds (logistic regression, the same with balanced weights, boosted
trees), and {sets} test sets of each scene, which is named by its positives and its rows. The truth is the
figure of the population. A share of {sets} test sets is itself known to about ±.025; "all" is the mean of
the scenes, and what must reach .93.

What the figures are of: test sets have the same rows of each class every time, as a stratified split
gives them. If the share of positives is itself uncertain, average precision, precision, F-scores, MCC,
Brier score and log loss on other tables vary by more than these intervals say.

The methods, and who described them, are in `evenkeel/evaluation/intervals.py` and `bootstrap.py`.

Intervals of the folds (Nadeau & Bengio, in `crossval.py`) are measured on {tables} tables of each scene,
in two ways. They hold what the models of these very folds are worth, with the thresholds that they got:
the mean of their figures in 40,000 other rows. They do *not* always hold the mean over all tables of this
size: all folds share most of their rows, so what a table does to the threshold, and to the level of the
probabilities, it does to all folds alike, and no fold tells of it (Bengio & Grandvalet, "No unbiased
estimator of the variance of k-fold cross-validation", 2004). The last table shows by how much: read
intervals of precision, F1, G-mean and, for weighted models, of Brier score and log loss as being about
this table.
"""


if __name__ == "__main__":
    main()
