"""Which strategy to use, decided on the folds of train alone: the test set only confirms it.

The strategy with the best cross-validated figure wins, unless a simpler one is as good: strategies whose
fold-by-fold difference to the best has an interval that holds zero are ties, and the simplest tie wins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evenkeel.evaluation.crossval import LEVEL, interval
from evenkeel.evaluation.metrics import METRICS


@dataclass(frozen=True)
class Recommendation:
    """The strategy to use, why it and no other, and the others that are as good as far as the folds tell."""

    strategy: str
    reason: str
    ties: tuple[str, ...] = ()


def recommend(
    per_fold: Mapping[str, Sequence[float | None]],
    effort: Mapping[str, int],
    metric: str,
    *,
    together: bool = True,
    repeats: int = 1,
) -> Recommendation:
    """Choose by `metric`'s value in each fold; `effort` ranks how much a strategy does (0 = nothing).

    The best of several is lucky too: `together`, the intervals of all differences to it hold at once
    (Bonferroni). Runs before version 0.3 had each hold alone. The folds may be those of several `repeats`.
    """
    sign = 1 if METRICS[metric].higher_is_better else -1
    means = {name: interval(list(values))["mean"] for name, values in per_fold.items()}
    known = {name: sign * mean for name, mean in means.items() if mean is not None}
    title = METRICS[metric].title
    if not known:
        first = min(per_fold, key=lambda name: effort[name])
        return Recommendation(first, f"{title} is undefined in the folds, so the simplest strategy stands.")
    best = max(known, key=lambda name: known[name])
    level = 1 - (1 - LEVEL) / max(1, len(known) - 1) if together else LEVEL
    ties = [name for name in known if name == best or _tied(per_fold[name], per_fold[best], level, repeats)]
    chosen = min(ties, key=lambda name: (effort[name], -known[name]))
    others = tuple(name for name in ties if name != chosen)
    return Recommendation(chosen, _reason(chosen, best, ties, means, title), others)


def chosen_by(decisions: Mapping[str, Mapping[str, Any]], effort: Mapping[str, int], metric: str) -> str:
    """The strategy that decisions, by strategy in their order, recommend: see `recommend`."""
    per_fold = {name: decided["per_fold"][metric] for name, decided in decisions.items()}
    repeats = next(iter(decisions.values())).get("repeats", 1)
    return recommend(per_fold, effort, metric, repeats=repeats).strategy


def ranked(per_fold: Mapping[str, Sequence[float | None]], metric: str) -> list[str]:
    """The strategies by their mean over the folds, the best first; last those without one."""
    sign = 1 if METRICS[metric].higher_is_better else -1
    means = {name: interval(list(values))["mean"] for name, values in per_fold.items()}
    known = sorted((name for name in means if means[name] is not None), key=lambda n: -sign * (means[n] or 0))
    return [*known, *(name for name in means if means[name] is None)]


def _tied(values: Sequence[float | None], best: Sequence[float | None], level: float, repeats: int) -> bool:
    differences = [None if a is None or b is None else a - b for a, b in zip(values, best, strict=True)]
    found = interval(differences, level, repeats=repeats)
    low, high = found["low"], found["high"]
    return low is None or high is None or low <= 0 <= high


def _reason(chosen: str, best: str, ties: list[str], means: Mapping[str, float | None], title: str) -> str:
    figure = f"cross-validated {title} {means[chosen]:.3f}"
    if chosen == best:
        others = len(ties) - 1
        tied = (
            f" {others} other strateg{'y is' if others == 1 else 'ies are'} statistically tied with it."
            if others
            else ""
        )
        return f"It has the best {figure}.{tied}"
    return (
        f"Its {figure} cannot be told apart from the best, {best} ({means[best]:.3f}), "
        f"and it does less to the data."
    )
