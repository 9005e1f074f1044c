"""The model table: every classifier a config can name, how it is built, saved and loaded.

Each entry fixes one thread per fit: many such fits at once are faster than one fit with many threads,
and give the same bits on any machine. Files are XGBoost's UBJSON or skops with scikit-learn types alone;
nothing here reads a pickle.
"""

from __future__ import annotations

import copy
import importlib
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from evenkeel.errors import ConfigError, StoreError, suggest
from evenkeel.labels import class_code
from evenkeel.parameters import check_parameters, parameter_names

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

POSITIVE_WEIGHT = "scale_pos_weight"

# types that skops does not list by itself; they hold arrays, parameters and fitted parts, and no code
TRUSTED = frozenset(
    {
        "imblearn.ensemble._bagging.BalancedBaggingClassifier",
        "imblearn.ensemble._easy_ensemble.EasyEnsembleClassifier",
        "imblearn.ensemble._forest.BalancedRandomForestClassifier",
        "imblearn.ensemble._weight_boosting.RUSBoostClassifier",
        # a bag of an ensemble: its sampler, which predicts nothing, and its classifier
        "imblearn.pipeline.Pipeline",
        "imblearn.under_sampling._prototype_selection._random_under_sampler.RandomUnderSampler",
        "numpy.dtype",
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        "sklearn.tree._tree.Tree",
    }
)


@dataclass(frozen=True, kw_only=True)
class Model:
    """One kind of classifier: its class, the defaults that we change, and what it is.

    `balances` says that it draws balanced bags from the rows that it is fitted on, and so treats imbalance by
    itself. `unsaved` are fitted attributes that prediction does not read.
    """

    path: str
    what: str
    defaults: Mapping[str, Any] = field(default_factory=dict)
    format: str = "skops"
    balances: bool = False
    unsaved: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The class name."""
        return self.path.rpartition(".")[2]

    def load(self) -> type[Any]:
        """Import the class; only models that are used cost their import."""
        module = self.path.rpartition(".")[0]
        return getattr(importlib.import_module(module), self.name)  # type: ignore[no-any-return]


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
    "balanced_random_forest": Model(
        path="imblearn.ensemble.BalancedRandomForestClassifier",
        what="random forest, each tree on a balanced bag (Chen, Liaw & Breiman 2004)",
        balances=True,
        # a second copy of every tree, and of the rows that it has seen
        unsaved=("pipelines_", "samplers_"),
    ),
    "easy_ensemble": Model(
        path="imblearn.ensemble.EasyEnsembleClassifier",
        what="AdaBoost on each of several balanced bags (Liu, Wu & Zhou 2009)",
        balances=True,
    ),
    "rus_boost": Model(
        path="imblearn.ensemble.RUSBoostClassifier",
        what="AdaBoost with a balanced bag in every round (Seiffert et al. 2010)",
        balances=True,
        unsaved=("pipelines_", "samplers_"),
    ),
    "balanced_bagging": Model(
        path="imblearn.ensemble.BalancedBaggingClassifier",
        what="bagged trees, each on a balanced bootstrap (Maclin & Opitz 1997)",
        balances=True,
    ),
}


def find_model(kind: str) -> Model:
    """The entry of that name; `ConfigError` with a hint if there is none."""
    if kind not in MODELS:
        raise ConfigError(f"Expected a kind of model, got {kind!r}. {suggest(kind, MODELS)}")
    return MODELS[kind]


def short_name(kind: str) -> str:
    """The kind as strategies are named: "easy-ensemble"."""
    return kind.replace("_", "-")


def check_model(kind: str, params: Mapping[str, Any]) -> None:
    """Refuse an unknown model, an unknown parameter, or a value that the model does not take."""
    cls = find_model(kind).load()
    for name in set(params) & set(RESERVED):
        raise ConfigError(
            f"Parameter {name!r} of model {kind} is set by Evenkeel (seed, one thread, the task). "
            f"Next: remove it."
        )
    check_parameters(f"model {kind}", cls, params, reserved=RESERVED)


def build_model(kind: str, params: Mapping[str, Any], seed: int, classes: Sequence[str] = ()) -> Any:
    """An unfitted classifier with one thread and the given seed.

    A `sampling_strategy` calls classes by name; the code of a class, which is what a model is fitted on, is
    its position in `classes`.
    """
    entry = find_model(kind)
    cls = entry.load()
    params = dict(params)
    if isinstance(sizes := params.get("sampling_strategy"), Mapping):
        params["sampling_strategy"] = {class_code(label, classes): size for label, size in sizes.items()}
    return cls(**{**entry.defaults, **params, "random_state": seed})


def takes_weights(kind: str) -> bool:
    """Whether a fit takes one weight per row."""
    return "sample_weight" in inspect.signature(find_model(kind).load().fit).parameters


def takes_positive_weight(kind: str) -> bool:
    """Whether the model has a parameter of its own for the weight of the positive class."""
    return POSITIVE_WEIGHT in parameter_names(find_model(kind).load())


def probabilities(model: Any, X: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Class probabilities, shape (rows, classes), as float64."""
    return np.asarray(model.predict_proba(X), dtype=np.float64)


def save_model(kind: str, model: Any) -> bytes:
    """The fitted classifier as bytes that can be opened without running code."""
    if find_model(kind).format == "ubj":
        return bytes(model.get_booster().save_raw("ubj"))
    return save_estimator(_without(model, find_model(kind).unsaved))


def _without(model: Any, attributes: Sequence[str]) -> Any:
    kept = copy.copy(model)
    for name in attributes:
        delattr(kept, name)
    return kept


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
