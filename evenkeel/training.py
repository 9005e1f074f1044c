"""Pure units of work: encode, resample, fit a fold or the final model, decide, predict and judge.

Frames in, small results out; tasks store what comes out, and a replay compares it with what was stored.

Everything that is fitted here (imputation, scaling, encoding, samplers, models) is fitted on the rows that
the caller hands over, which are train rows; within a fold, on the other folds alone. A unit uses one thread.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, ParamSpec, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import BaseModel, ConfigDict
from threadpoolctl import threadpool_limits

from evenkeel import progress
from evenkeel.errors import DataError, suggest
from evenkeel.evaluation import calibration, thresholds
from evenkeel.evaluation.curves import calibration_curves, curves
from evenkeel.evaluation.metrics import count, measure
from evenkeel.evaluation.operating import Amounts, choose, decide
from evenkeel.evaluation.repeats import cross_validated, of_part, slices, threshold_interval, tiled
from evenkeel.evaluation.testing import judge
from evenkeel.labels import class_code
from evenkeel.models import (
    POSITIVE_WEIGHT,
    build_model,
    load_estimator,
    load_model,
    probabilities,
    save_model,
    takes_positive_weight,
    watched,
)
from evenkeel.preprocessing import Matrix, Preprocessor
from evenkeel.recipe import Encoded, Recipe, Treatment, fold_positions
from evenkeel.tables import CODE, FOLD, ROW_ID, encode_labels
from evenkeel.treatment import in_part, treat

P = ParamSpec("P")
T = TypeVar("T")
# figures that judge the probabilities themselves, which calibration is for
PROBABILISTIC = ("brier", "log_loss")


class ModelSpec(BaseModel):
    """The classifier, and the weights that a strategy gives to classes, or to the positive one alone."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: str
    params: dict[str, Any]
    class_weight: str | dict[str, float] | None = None
    scale_pos_weight: float | Literal["balanced"] | None = None


class Watched(NamedTuple):
    """Rows of every class that a model is not fitted on but stops early by, shape (rows, features)."""

    X: Matrix
    y: npt.NDArray[np.int64]


def one_thread(unit: Callable[P, T]) -> Callable[P, T]:
    """Run `unit` with one thread in every numeric library: the same bits on any number of cores."""

    @functools.wraps(unit)
    def limited(*args: P.args, **kwargs: P.kwargs) -> T:
        with threadpool_limits(1):
            return unit(*args, **kwargs)

    return limited


def load_preprocessor(data: bytes, recipe: Recipe) -> Preprocessor:
    """A stored preprocessor, which was fitted on train."""
    return Preprocessor(recipe.features, load_estimator(data))


def fit(
    X: Matrix, y: npt.NDArray[np.int64], spec: ModelSpec, recipe: Recipe, early: Watched | None = None
) -> Any:
    """A fitted classifier; where rows are given for it, one that stopped early by them."""
    if gone := [name for code, name in enumerate(recipe.classes) if code not in y]:
        raise DataError(
            f"Expected train rows of every class for model {spec.kind}, got none of {gone} after resampling. "
            f"Next: name the classes to clean in the sampler's sampling_strategy, or leave the strategy out."
        )
    params, weights = _weighted(y, spec, recipe.classes)
    model = build_model(spec.kind, params, recipe.seed, recipe.classes)
    more = {} if early is None else watched(spec.kind, model, *early, len(recipe.classes))
    with progress.working(f"fit {spec.kind}", note=""), warnings.catch_warnings():
        # a model that did not converge is still a model; its figures show what it is worth
        warnings.filterwarnings("ignore", message=".*failed to converge.*")
        try:
            # not every model has the parameter
            more |= {} if weights is None else {"sample_weight": weights}
            return model.fit(X, y, **more)
        except (ValueError, TypeError) as error:
            text = " ".join(str(error).split("Stack trace")[0].split())
            raise DataError(
                f"Model {spec.kind} could not be fitted: {text} Next: look at model.params, "
                f"or leave the strategy out."
            ) from error


def _weighted(
    y: npt.NDArray[np.int64], spec: ModelSpec, classes: Sequence[str]
) -> tuple[dict[str, Any], npt.NDArray[np.float64] | None]:
    """The parameters of the model and the weights of its rows that say together what the classes weigh."""
    if spec.scale_pos_weight is None:
        return spec.params, row_weights(y, spec.class_weight, classes)
    weight = positive_weight(y, spec.scale_pos_weight)
    if takes_positive_weight(spec.kind):
        # rows that weigh more would move the bins of XGBoost's histograms too, which the parameter does not
        return {**spec.params, POSITIVE_WEIGHT: weight}, None
    return spec.params, row_weights(y, {classes[1]: weight}, classes)


def positive_weight(y: npt.NDArray[np.int64], weight: float | Literal["balanced"]) -> float:
    """What a positive row weighs against a negative one; "balanced" is negatives / positives among `y`."""
    if weight != "balanced":
        return weight
    positives = int(np.count_nonzero(y == 1))
    return (len(y) - positives) / max(1, positives)


def row_weights(
    y: npt.NDArray[np.int64], class_weight: str | Mapping[str, float] | None, classes: Sequence[str]
) -> npt.NDArray[np.float64] | None:
    """One weight per row, from "balanced" or {class name: weight}; classes not named weigh 1."""
    if class_weight is None:
        return None
    return _per_class(np.bincount(y, minlength=len(classes)), class_weight, classes)[y]


def class_weights(sizes: Sequence[int], spec: ModelSpec, classes: Sequence[str]) -> list[float]:
    """What a row of each class weighs where the classes have `sizes` rows."""
    if spec.scale_pos_weight == "balanced":
        return [1.0, sizes[0] / max(1, sizes[1])]
    if spec.scale_pos_weight is not None:
        return [1.0, float(spec.scale_pos_weight)]
    if spec.class_weight is None:
        return [1.0] * len(classes)
    return [float(weight) for weight in _per_class(np.asarray(sizes), spec.class_weight, classes)]


def _per_class(
    sizes: npt.NDArray[np.int64], class_weight: str | Mapping[str, float], classes: Sequence[str]
) -> npt.NDArray[np.float64]:
    if isinstance(class_weight, str):
        return np.asarray(sizes.sum() / (np.count_nonzero(sizes) * np.maximum(sizes, 1)))
    per_class = np.ones(len(classes))
    for name, weight in class_weight.items():
        per_class[class_code(name, classes, "class_weight")] = weight
    return per_class


def predict_fold(
    fitted: Encoded, held_out: pd.DataFrame, treatment: Treatment, spec: ModelSpec, recipe: Recipe
) -> npt.NDArray[np.float64]:
    """Class probabilities of the held-out rows from a model that saw only the rows of `fitted`.

    Numbers of rows in the treatment are meant for the whole of train, and are scaled down to these rows.
    """
    (found,) = predict_fold_by(fitted, held_out, treatment, [spec], recipe)
    return found


def predict_fold_by(
    fitted: Encoded, held_out: pd.DataFrame, treatment: Treatment, specs: Sequence[ModelSpec], recipe: Recipe
) -> list[npt.NDArray[np.float64]]:
    """As `predict_fold`, by each of several models: the rows are resampled once."""
    rest = encode_labels(held_out[recipe.target], recipe.classes).codes
    made = treat(fitted, in_part(treatment, fitted.y, np.concatenate([fitted.y, rest]), recipe), recipe)
    X = fitted.preprocessor.transform(held_out)
    return [probabilities(fit(made.X, made.y, spec, recipe), X) for spec in specs]


def out_of_fold(
    frame: pd.DataFrame,
    recipe: Recipe,
    parts: Sequence[npt.NDArray[np.float64]],
    folds: int | None = None,
) -> pd.DataFrame:
    """The predictions of all folds in the order of train: row id, fold, label, one probability per class.

    `parts` are the folds' predictions in the order of `fold_positions`. Where there are more than `folds`,
    they are those of several repeats: the table has each row once for each, one repeat after the other.
    """
    folds = folds or len(parts)
    repeats = [parts[start : start + folds] for start in range(0, len(parts), folds)]
    made = [_one_repeat(frame, recipe, part, number) for number, part in enumerate(repeats)]
    return made[0] if len(made) == 1 else pd.concat(made, ignore_index=True)


def _one_repeat(
    frame: pd.DataFrame, recipe: Recipe, parts: Sequence[npt.NDArray[np.float64]], repeat: int
) -> pd.DataFrame:
    table = predictions_frame(frame, recipe, np.zeros((len(frame), len(recipe.classes))))
    table.insert(1, FOLD, np.zeros(len(frame), dtype=np.int64))
    columns, folds = probability_columns(recipe.classes), len(parts)
    for number, (_, held_out) in enumerate(fold_positions(frame, recipe, folds, repeat)):
        table.loc[held_out, FOLD] = repeat * folds + number
        table.loc[held_out, columns] = parts[number]
    return table


def predictions_frame(
    frame: pd.DataFrame, recipe: Recipe, probability: npt.NDArray[np.float64]
) -> pd.DataFrame:
    """Row id, label and one probability column per class."""
    y = encode_labels(frame[recipe.target], recipe.classes).codes
    names = np.array(recipe.classes, dtype=object)[y]
    table = pd.DataFrame(probability, columns=probability_columns(recipe.classes))
    table.insert(0, CODE, pd.Series(names, dtype="str"))
    table.insert(0, ROW_ID, frame[ROW_ID].to_numpy(dtype=object))
    return table.astype({ROW_ID: "str"})


def probability_columns(classes: Sequence[str]) -> list[str]:
    """Names of the probability columns, in class order."""
    return [f"p({name})" for name in classes]


def read_predictions(
    table: pd.DataFrame, classes: Sequence[str]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Class codes and probabilities back from a table of predictions."""
    y = encode_labels(table[CODE], classes).codes
    return y, table[probability_columns(classes)].to_numpy(dtype=np.float64)


def decision(
    table: pd.DataFrame, parameters: Mapping[str, Any], frame: pd.DataFrame | None = None
) -> dict[str, Any]:
    """The operating point and the cross-validated figures that out-of-fold predictions give.

    `parameters` are those of a decide step: the classes, the rule (None for multi-class), its alert share
    and, since version 0.3, the calibration that is asked for (None: none), what intervals know, and a seed.
    `frame` is train, in the order of the predictions, where costs are in a column of it.

    Where each row was held out in several repeats, calibration and threshold are chosen on all predictions
    together, in which each row weighs alike.
    """
    rule, share = parameters["rule"], parameters["alert_share"]
    y, raw = read_predictions(table, parameters["classes"])
    fold, repeats = table[FOLD].to_numpy(), parameters.get("repeats", 1)
    asked = parameters.get("calibration")
    found = calibration.fit(asked, y, raw, repeats) if asked else None
    fitted, amounts = calibration.apply(found, raw), tiled(amounts_of(rule, frame), repeats)
    chosen = choose(y, fitted[:, 1], rule, alert_share=share, amounts=amounts) if rule else None
    seed = parameters["seed"] if parameters.get("intervals") == "rows" else None
    cv, per_fold, errors = cross_validated(
        y, raw, fold, rule, repeats, seed=seed, alert_share=share, amounts=amounts, calibrate=asked
    )
    made: dict[str, Any] = {
        "threshold": chosen.threshold if chosen else None,
        "kept": chosen.kept if chosen else True,
        "note": chosen.note if chosen else "",
        "cv": cv,
        "per_fold": per_fold,
        **({"row_errors": errors} if errors else {}),
        **({"repeats": repeats} if repeats > 1 else {}),
    }
    if "calibration" not in parameters:
        return made
    made |= {"rule": rule, "calibration": found}
    if found:
        # no decision is judged here, so none is made by the rule
        before, *_ = cross_validated(y, raw, fold, None, repeats, seed=seed)
        made["uncalibrated"] = {name: before[name] for name in PROBABILISTIC}
    if chosen:
        made["interval"] = threshold_interval(
            y, fitted[:, 1], rule, repeats, seed=parameters["seed"], alert_share=share, amounts=amounts
        )
        # counts are those of rows, so of one repeat
        first, *_ = slices(len(y), repeats)
        made["neighbours"] = thresholds.neighbours(
            y[first], fitted[first, 1], rule, chosen, of_part(amounts, first)
        )
    return made


def amounts_of(rule: Mapping[str, Any] | None, frame: pd.DataFrame | None) -> Amounts | None:
    """The costs of each row of `frame`, where the rule takes one of them from a column."""
    said = (rule or {}).get("cost", {})
    if frame is None or not any(isinstance(value, Mapping) for value in said.values()):
        return None
    return Amounts(**{name: _amount(value, frame) for name, value in said.items()})


def _amount(said: float | Mapping[str, str], frame: pd.DataFrame) -> npt.NDArray[np.float64]:
    if not isinstance(said, Mapping):
        return np.full(len(frame), float(said))
    name = said["column"]
    if name not in frame or not pd.api.types.is_numeric_dtype(frame[name]):
        numbers = [str(c) for c in frame if pd.api.types.is_numeric_dtype(frame[c])]
        raise DataError(
            f"Expected a column of numbers with the cost of each row, got {name!r}. {suggest(name, numbers)}"
        )
    found = frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
    if wrong := int(np.count_nonzero(~(found >= 0))):
        raise DataError(
            f"Expected costs of at least 0 in column {name!r}, got {wrong:,} rows with less or with none. "
            f"Next: mend the column, or name a constant cost."
        )
    return found


def predict_test(frame: pd.DataFrame, X: Matrix, kind: str, model: bytes, recipe: Recipe) -> pd.DataFrame:
    """The predictions of a stored model for the test rows `frame`, whose matrix is `X`."""
    return predictions_frame(frame, recipe, probabilities(load_model(kind, model), X))


def judged(
    table: pd.DataFrame, classes: Sequence[str], decided: Mapping[str, Any]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Class codes and probabilities of predictions for test rows, as a decision has them calibrated."""
    y, raw = read_predictions(table, classes)
    return y, calibration.apply(decided.get("calibration"), raw)


def figures(
    table: pd.DataFrame,
    classes: Sequence[str],
    decided: Mapping[str, Any],
    frame: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """The figures and curves that predictions for the test rows give, by a decision made on train.

    Where the decision calibrates, there are also `uncalibrated` figures and their calibration curve. `frame`
    has the test rows in the order of the predictions, where costs are in a column of it.
    """
    y, raw = read_predictions(table, classes)
    fitted, threshold = calibration.apply(decided.get("calibration"), raw), decided["threshold"]
    made = {"test": judge(y, fitted, threshold), "curves": curves(y, fitted, classes)}
    if decided.get("calibration"):
        before = measure(y, raw, decide(raw, None))
        made["test"]["uncalibrated"] = {name: before[name] for name in PROBABILISTIC}
        made["curves"]["uncalibrated"] = calibration_curves(y, raw, classes)
    if "cost" in (decided.get("rule") or {}):
        point = made["test"]["at_operating_point"]
        point["cost"] = _paid(y, decide(fitted, threshold), decided["rule"], frame)
    return made


def _paid(
    y: npt.NDArray[np.int64],
    called: npt.NDArray[np.int64],
    rule: Mapping[str, Any],
    frame: pd.DataFrame | None,
) -> float:
    """What the misses and the false alarms cost together."""
    amounts = amounts_of(rule, frame)
    if amounts is None:
        return thresholds.cost(rule["cost"], count(y, called))
    missed, raised = (y == 1) & (called == 0), (y == 0) & (called == 1)
    return float(amounts.fn[missed].sum() + amounts.fp[raised].sum())


def fit_final(X: Matrix, y: npt.NDArray[np.int64], spec: ModelSpec, recipe: Recipe) -> bytes:
    """The bytes of the model fitted on a whole resampled set."""
    return save_model(spec.kind, fit(X, y, spec, recipe))
