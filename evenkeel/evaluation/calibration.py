"""Probabilities that mean something again after the classes were balanced, by row or by weight.

A model that learns from balanced rows believes in balanced classes. Where nothing but the classes' shares was
changed, the change is known and is taken back exactly (`prior`: Elkan, "The foundations of cost-sensitive
learning", IJCAI 2001). Synthetic rows and balanced bags change more than shares: there a map from scores to
frequencies is fitted on predictions for rows that the model did not see (`sigmoid`: Platt 1999; `isotonic`:
Zadrozny & Elkan 2002). Every map is strictly increasing for two classes, so it ranks rows as before.

A map is plain data and goes into the decision of a strategy, `apply` reads it back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from threadpoolctl import threadpool_limits

from evenkeel.evaluation.metrics import Codes, Floats

Method = Literal["prior", "held-out"]
# positives from which the steps of an isotonic map are finer than the bend of a sigmoid is wrong
FEWEST_FOR_ISOTONIC = 1_000
# an isotonic map reaches 0 and 1, of which nothing is sure; a little of the sigmoid keeps it from them
SIGMOID_SHARE = 0.01
# maps are flat in places, the sigmoid where numbers end; so little of the score keeps them rising
RISE = 1e-6
# scores are moved this far from 0 and 1, where odds end
EDGE = 1e-12
# a slope below says that high scores are no likelier than low ones; the map must rise all the same
LEAST_SLOPE = 1e-3


def fit(asked: Mapping[str, Any], y: Codes, probabilities: Floats, repeats: int = 1) -> dict[str, Any]:
    """The map that `asked` is for, from labels, shape (rows,), and held-out probabilities (rows, classes).

    `asked` is {"method": "prior", "factors": [one for each class]}, which needs no rows, or
    {"method": "held-out"}, which is isotonic where the rarest class has many rows, else a sigmoid. Each row
    may be there `repeats` times.
    """
    if asked["method"] == "prior":
        return dict(asked)
    classes = probabilities.shape[1]
    isotonic = np.bincount(y, minlength=classes).min() >= FEWEST_FOR_ISOTONIC * repeats
    shown = [1] if classes == 2 else range(classes)
    maps = [_fitted(y == code, probabilities[:, code], isotonic) for code in shown]
    return {"method": "isotonic" if isotonic else "sigmoid", "maps": maps}


def apply(found: Mapping[str, Any] | None, probabilities: Floats) -> Floats:
    """Probabilities by a map that was fitted, shape (rows, classes); as they are where there is none."""
    if found is None:
        return probabilities
    if found["method"] == "prior":
        made = probabilities * np.asarray(found["factors"], dtype=np.float64)
    elif probabilities.shape[1] == 2:
        positive = _mapped(found["maps"][0], probabilities[:, 1])
        return np.column_stack([1.0 - positive, positive])
    else:
        made = np.column_stack(
            [_mapped(one, probabilities[:, code]) for code, one in enumerate(found["maps"])]
        )
    return np.asarray(made / made.sum(axis=1, keepdims=True))


def prior_factors(before: Sequence[float], after: Sequence[float]) -> list[float]:
    """What to multiply each class's probability by: its share before over its share in what was learned.

    `before` and `after` are the classes' rows, or the sums of their weights, in the same order.
    """
    made = np.asarray(before, dtype=np.float64) / np.asarray(after, dtype=np.float64)
    return [float(value) for value in made / made[0]]


def _fitted(truth: Any, scores: Floats, isotonic: bool) -> dict[str, Any]:
    slope, intercept = _sigmoid(np.asarray(truth, dtype=np.int64), scores)
    made: dict[str, Any] = {"slope": slope, "intercept": intercept}
    if isotonic:
        from sklearn.isotonic import IsotonicRegression

        fitted = IsotonicRegression(out_of_bounds="clip").fit(scores, truth)
        made["scores"] = [float(value) for value in fitted.X_thresholds_]
        made["shares"] = [float(value) for value in fitted.y_thresholds_]
    return made


def _sigmoid(truth: Codes, scores: Floats) -> tuple[float, float]:
    """Platt's sigmoid on the log odds of the scores, with his targets, which are not quite 0 and 1."""
    from sklearn.linear_model import LogisticRegression

    positives = int(truth.sum())
    negatives = len(truth) - positives
    if not positives or not negatives:
        return 1.0, 0.0
    target = np.where(truth == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    odds = np.tile(_log_odds(scores), 2)[:, None]
    # sums of more threads differ in their last bits
    with threadpool_limits(1):
        # a target between the two labels is a row with each of them, weighted
        fitted = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1_000).fit(
            odds, np.repeat([1, 0], len(truth)), sample_weight=np.concatenate([target, 1 - target])
        )
    slope = float(fitted.coef_[0, 0])
    if slope < LEAST_SLOPE:
        # nothing but the share of positives is known
        return LEAST_SLOPE, float(np.log(positives / negatives))
    return slope, float(fitted.intercept_[0])


def _mapped(one: Mapping[str, Any], scores: Floats) -> Floats:
    from scipy.special import expit

    smooth = expit(one["slope"] * _log_odds(scores) + one["intercept"])
    if "scores" in one:
        steps = np.interp(scores, one["scores"], one["shares"])
        smooth = SIGMOID_SHARE * smooth + (1 - SIGMOID_SHARE) * steps
    return np.asarray(RISE * scores + (1 - RISE) * smooth)


def _log_odds(scores: Floats) -> Floats:
    from scipy.special import logit

    return np.asarray(logit(np.clip(scores, EDGE, 1 - EDGE)))
