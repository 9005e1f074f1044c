"""The lines of an X-ray: the figures that honest work and each leak report, and what lies between them.

A line has one value per fold; it reports their mean. What is chosen honestly, a threshold or a model, is
chosen for each fold by the figures of the others, as everywhere in Evenkeel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from evenkeel.evaluation.crossval import cross_validated
from evenkeel.evaluation.metrics import METRICS, Codes, Floats, measure
from evenkeel.evaluation.operating import choose, decide
from evenkeel.xray.parts import Kind, Part, Scores, parts, split_rows
from evenkeel.xray.question import Question

# what is shown of every line
SHOWN = ("roc_auc", "average_precision", "recall", "precision")
HONEST, TUNED = "honest", "honest-tuning"
BEFORE = "resample-before-split"
# enough for any reader, and no more than libraries of the same version agree on
DIGITS = 6

Values = dict[str, list[float | None]]
Done = Mapping[Part, Scores]


class Line(NamedTuple):
    """What a line does, the honest line that it is compared with, and its values by metric.

    A line reports the mean of its values; one that `picks` reports the first of them.
    """

    what: str
    against: str | None
    values: Values
    picks: bool = False


def findings(frame: pd.DataFrame, question: Question, results: Sequence[Scores]) -> dict[str, Any]:
    """All lines, from the train rows `frame` and the scores of all `parts` in their order.

    Per line and metric: `value`, `low` and `high` (mean, lowest and highest fold; for the best seed: its
    value, and the lowest and highest of all seeds), and `too_good`, by how much it flatters.
    """
    lines = _lines(frame, question, dict(zip(parts(question), results, strict=True)))
    values = {name: _figures(line) for name, line in lines.items()}
    told = [_told(name, line, values) for name, line in lines.items()]
    return {
        "rows": len(frame),
        **question.size,
        "metric": question.metric,
        "lines": told,
    }


def _lines(frame: pd.DataFrame, question: Question, done: Done) -> dict[str, Line]:
    folds, models, seeds = _of("fold", done), len(question.grid), len(question.seeds)
    tables = [_judged(_joined(folds, model), question) for model in range(models)]
    (resampled,) = _of("resampled", done)
    return {
        HONEST: Line("split first; everything is fitted on the other folds", None, tables[0]),
        BEFORE: Line(
            "samplers applied to all rows, and what they made split and judged",
            HONEST,
            _judged(_joined([resampled]), question),
        ),
        "scale-before-split": Line(
            "imputation, scaling and encoding fitted on all rows",
            HONEST,
            _judged(_joined(_of("scaled", done)), question),
        ),
        "pick-the-best-seed": Line(
            f"the best of {seeds} splits, reported as if it were the only one",
            HONEST,
            _best_seed(frame, question, done),
            picks=True,
        ),
        TUNED: Line(
            f"the best of {models} models, chosen on the other folds", None, _tuned(tables, question)
        ),
        "tune-on-test": Line(
            f"the best of {models} models and its threshold, chosen on the rows that are reported",
            TUNED,
            _tuned_on_test(folds, question),
        ),
    }


def _of(kind: Kind, done: Done) -> list[Scores]:
    return [scores for part, scores in done.items() if part.kind == kind]


def _joined(scores: Sequence[Scores], model: int = 0) -> Scores:
    """The predictions of one model in all folds."""
    y, fold = (np.concatenate([getattr(part, name) for part in scores]) for name in ("y", "fold"))
    return Scores(y, fold, (np.concatenate([part.probabilities[model] for part in scores]),))


def _judged(scores: Scores, question: Question) -> Values:
    """Each fold with the threshold that the others choose."""
    _, per_fold = cross_validated(
        scores.y, scores.probabilities[0], scores.fold, question.rule, alert_share=question.alert_share
    )
    return per_fold


def _tuned(tables: Sequence[Values], question: Question) -> Values:
    """Each fold with the model that is best in the others."""
    metric, chosen = question.metric, []
    for fold in range(question.folds):
        others = [[v for k, v in enumerate(table[metric]) if k != fold] for table in tables]
        best = _best([_mean(values) for values in others], metric)
        chosen.append({name: values[fold] for name, values in tables[best].items()})
    return _by_metric(chosen)


def _tuned_on_test(folds: Sequence[Scores], question: Question) -> Values:
    """Each fold with the model, and the threshold, that are best on itself."""
    chosen = []
    for part in folds:
        rows = [_measured(part.y, found, part.y, found, question) for found in part.probabilities]
        chosen.append(rows[_best([row[question.metric] for row in rows], question.metric)])
    return _by_metric(chosen)


def _best_seed(frame: pd.DataFrame, question: Question, done: Done) -> Values:
    """Every split, the best of them first."""
    honest = _joined(_of("fold", done))
    order = np.concatenate([split_rows(frame, question, part)[1] for part in done if part.kind == "fold"])
    y, found = np.zeros_like(honest.y), np.zeros_like(honest.probabilities[0])
    y[order], found[order] = honest.y, honest.probabilities[0]
    rows = []
    for part, scores in done.items():
        if part.kind == "seed":
            # one split has no other folds to choose its threshold on; these are its own fitting rows,
            # as models that were not fitted on them see them
            inside, _ = split_rows(frame, question, part)
            rows.append(_measured(y[inside], found[inside], scores.y, scores.probabilities[0], question))
    best = _best([row[question.metric] for row in rows], question.metric)
    return _by_metric([rows[best], *rows[:best], *rows[best + 1 :]])


def _measured(
    y: Codes, found: Floats, judged: Codes, scores: Floats, question: Question
) -> dict[str, float | None]:
    """The figures of the judged rows with the threshold that the rows `y` choose."""
    threshold = None
    if question.rule is not None:
        threshold = choose(y, found[:, 1], question.rule, alert_share=question.alert_share).threshold
    return measure(judged, scores, decide(scores, threshold))


def _by_metric(rows: Sequence[Mapping[str, float | None]]) -> Values:
    return {name: [row[name] for row in rows] for name in METRICS}


def _best(values: Sequence[float | None], metric: str) -> int:
    """The position of the best value, the first of equals; undefined ones never win over others."""
    sign = 1 if METRICS[metric].higher_is_better else -1
    return max(range(len(values)), key=lambda i: -np.inf if (v := values[i]) is None else sign * v)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _figures(line: Line) -> dict[str, dict[str, float | None]]:
    return {name: _spread(line.values[name], picks=line.picks) for name in SHOWN}


def _spread(values: Sequence[float | None], *, picks: bool) -> dict[str, float | None]:
    known = [value for value in values if value is not None]
    value = values[0] if picks else _mean(values)
    low, high = (min(known), max(known)) if known else (None, None)
    return {name: _rounded(v) for name, v in (("value", value), ("low", low), ("high", high))}


def _told(name: str, line: Line, figures: Mapping[str, Any]) -> dict[str, Any]:
    own = figures[name]
    too_good = None
    if line.against is not None:
        honest = figures[line.against]
        too_good = {key: _difference(own[key]["value"], honest[key]["value"]) for key in SHOWN}
    return {
        "name": name,
        "what": line.what,
        "against": line.against,
        "figures": own,
        "too_good": too_good,
    }


def _difference(value: float | None, honest: float | None) -> float | None:
    return None if value is None or honest is None else _rounded(value - honest)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)
