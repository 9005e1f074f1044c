"""The model table: every classifier a config can name, how it is built, saved and loaded.

Each entry fixes one thread per fit: many such fits at once are faster than one fit with many threads,
and give the same bits on any machine. Files are XGBoost's UBJSON or skops with scikit-learn types alone;
nothing here reads a pickle.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from evenkeel.errors import ConfigError, StoreError, suggest
from evenkeel.parameters import check_parameters

# set by us, because they decide reproducibility or the task
RESERVED = (
    "random_state",
    "seed",
    "n_jobs",
    "nthread",
    "device",
    "objective",
    "num_class",
    "early_stopping_rounds",
    # the matrix is encoded already
    "categorical_features",
    "enable_categorical",
    "feature_types",
)

# types that skops does not list by itself; they hold arrays and no code
TRUSTED = frozenset(
    {
        "numpy.dtype",
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        "sklearn.tree._tree.Tree",
    }
)


@dataclass(frozen=True, kw_only=True)
class Model:
    """One kind of classifier: its class, the defaults that we change, and what it is."""

    path: str
    what: str
    defaults: Mapping[str, Any] = field(default_factory=dict)
    format: str = "skops"

    def load(self) -> type:
        """Import the class; only models that are used cost their import."""
        module, _, name = self.path.rpartition(".")
        return getattr(importlib.import_module(module), name)  # type: ignore[no-any-return]


MODELS: dict[str, Model] = {
    "xgboost": Model(
        path="xgboost.XGBClassifier",
        what="gradient boosted trees (Chen & Guestrin 2016)",
        defaults={"tree_method": "hist", "n_jobs": 1},
        format="ubj",
    ),
    "logistic": Model(
        path="sklearn.linear_model.LogisticRegression",
        what="logistic regression",
        defaults={"max_iter": 1000},
    ),
    "random_forest": Model(
        path="sklearn.ensemble.RandomForestClassifier",
        what="random forest (Breiman 2001)",
    ),
    "hist_gradient_boosting": Model(
        path="sklearn.ensemble.HistGradientBoostingClassifier",
        what="histogram gradient boosted trees, scikit-learn's",
        # its early stopping would split off rows after resampling: copies on both sides
        defaults={"early_stopping": False},
    ),
}


def find_model(kind: str) -> Model:
    """The entry of that name; `ConfigError` with a hint if there is none."""
    if kind not in MODELS:
        raise ConfigError(f"Expected a kind of model, got {kind!r}. {suggest(kind, MODELS)}")
    return MODELS[kind]


def check_model(kind: str, params: Mapping[str, Any]) -> None:
    """Refuse an unknown model, an unknown parameter, or a value that the model does not take."""
    cls = find_model(kind).load()
    for name in set(params) & set(RESERVED):
        raise ConfigError(
            f"Parameter {name!r} of model {kind} is set by Evenkeel (seed, one thread, the task). "
            f"Next: remove it."
        )
    check_parameters(f"model {kind}", cls, params, reserved=RESERVED)


def build_model(kind: str, params: Mapping[str, Any], seed: int) -> Any:
    """An unfitted classifier with one thread and the given seed."""
    entry = find_model(kind)
    cls = entry.load()
    return cls(**{**entry.defaults, **params, "random_state": seed})


def probabilities(model: Any, X: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Class probabilities, shape (rows, classes), as float64."""
    return np.asarray(model.predict_proba(X), dtype=np.float64)


def save_model(kind: str, model: Any) -> bytes:
    """The fitted classifier as bytes that can be opened without running code."""
    if find_model(kind).format == "ubj":
        return bytes(model.get_booster().save_raw("ubj"))
    return save_estimator(model)


def load_model(kind: str, data: bytes) -> Any:
    """The fitted classifier back from `save_model`; the caller has checked the digest of `data`."""
    if find_model(kind).format == "ubj":
        model = find_model(kind).load()(n_jobs=1)
        model.load_model(bytearray(data))
        return model
    return load_estimator(data)


def save_estimator(estimator: Any) -> bytes:
    """A fitted scikit-learn estimator as skops bytes."""
    import skops.io

    return skops.io.dumps(estimator)  # type: ignore[no-any-return]


def load_estimator(data: bytes) -> Any:
    """A scikit-learn estimator from skops bytes; types off a fixed list are refused."""
    import skops.io

    if unknown := set(skops.io.get_untrusted_types(data=data)) - TRUSTED:
        raise StoreError(f"The model file wants types that are not allowed: {', '.join(sorted(unknown))}.")
    return skops.io.loads(data, trusted=sorted(TRUSTED))
