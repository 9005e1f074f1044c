"""The model table: every classifier a config can name, how it is built, saved and loaded.

Each entry fixes one thread per fit: many such fits at once are faster than one fit with many threads,
and give the same bits on any machine. Files are XGBoost's UBJSON or skops with scikit-learn types alone;
nothing here reads a pickle.
"""

from __future__ import annotations

import copy
import importlib
import inspect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from evenkeel.errors import ConfigError, StoreError, suggest
from evenkeel.labels import class_code
from evenkeel.parameters import check_parameters, parameter_names
from evenkeel.ranges import Options, Range, Space

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
class Growth:
    """A model that grows until rows that it is not fitted on have gained nothing for `patience` rounds.

    `parameter` is the number of rounds, `most` their limit while the right number is looked for.
    """

    parameter: str
    most: int
    patience: int


@dataclass(frozen=True, kw_only=True)
class Model:
    """One kind of classifier: its class, the defaults that we change, and what it is.

    `balances` says that it draws balanced bags from the rows that it is fitted on, and so treats imbalance by
    itself. `unsaved` are fitted attributes that prediction does not read. `space` is what a search over its
    parameters tries where the config does not say; `growth` says that early stopping finds the number of
    rounds instead.
    """

    path: str
    what: str
    defaults: Mapping[str, Any] = field(default_factory=dict)
    format: str = "skops"
    balances: bool = False
    unsaved: tuple[str, ...] = ()
    space: Space = field(default_factory=dict)
    growth: Growth | None = None

    @property
    def name(self) -> str:
        """The class name."""
        return self.path.rpartition(".")[2]

    def load(self) -> type[Any]:
        """Import the class; only models that are used cost their import."""
        module = self.path.rpartition(".")[0]
        return getattr(importlib.import_module(module), self.name)  # type: ignore[no-any-return]


_TREES: Space = {
    "min_samples_leaf": Range(low=1, high=50, log=True),
    "max_depth": Range(low=3, high=20),
    "max_features": Options(options=("sqrt", 0.3, 0.6, 1.0)),
}

MODELS: dict[str, Model] = {
    "xgboost": Model(
        path="xgboost.XGBClassifier",
        what="gradient boosted trees (Chen & Guestrin 2016)",
        defaults={"tree_method": "hist", "n_jobs": 1},
        format="ubj",
        space={
            "max_depth": Range(low=2, high=8),
            "learning_rate": Range(low=0.02, high=0.2, log=True),
            "min_child_weight": Range(low=1.0, high=20.0, log=True),
            "subsample": Range(low=0.5, high=1.0),
            "colsample_bytree": Range(low=0.4, high=1.0),
            "reg_lambda": Range(low=0.1, high=30.0, log=True),
        },
        growth=Growth(parameter="n_estimators", most=1000, patience=30),
    ),
    "logistic": Model(
        path="sklearn.linear_model.LogisticRegression",
        what="logistic regression",
        defaults={"max_iter": 1000},
        space={"C": Range(low=1e-4, high=100.0, log=True)},
    ),
    "random_forest": Model(
        path="sklearn.ensemble.RandomForestClassifier",
        what="random forest (Breiman 2001)",
        space=_TREES,
    ),
    "hist_gradient_boosting": Model(
        path="sklearn.ensemble.HistGradientBoostingClassifier",
        what="histogram gradient boosted trees, scikit-learn's",
        # its early stopping would split off rows after resampling: copies on both sides
        defaults={"early_stopping": False},
        space={
            "learning_rate": Range(low=0.01, high=0.3, log=True),
            "max_iter": Range(low=20, high=400, log=True),
            "max_leaf_nodes": Range(low=4, high=63, log=True),
            "min_samples_leaf": Range(low=5, high=100, log=True),
            "l2_regularization": Range(low=0.001, high=100.0, log=True),
        },
    ),
    "balanced_random_forest": Model(
        path="imblearn.ensemble.BalancedRandomForestClassifier",
        what="random forest, each tree on a balanced bag (Chen, Liaw & Breiman 2004)",
        balances=True,
        # a second copy of every tree, and of the rows that it has seen
        unsaved=("pipelines_", "samplers_"),
        space=_TREES,
    ),
    "easy_ensemble": Model(
        path="imblearn.ensemble.EasyEnsembleClassifier",
        what="AdaBoost on each of several balanced bags (Liu, Wu & Zhou 2009)",
        balances=True,
        space={"n_estimators": Range(low=5, high=30, log=True)},
    ),
    "rus_boost": Model(
        path="imblearn.ensemble.RUSBoostClassifier",
        what="AdaBoost with a balanced bag in every round (Seiffert et al. 2010)",
        balances=True,
        space={
            "n_estimators": Range(low=20, high=300, log=True),
            "learning_rate": Range(low=0.03, high=1.0, log=True),
        },
        unsaved=("pipelines_", "samplers_"),
    ),
    "balanced_bagging": Model(
        path="imblearn.ensemble.BalancedBaggingClassifier",
        what="bagged trees, each on a balanced bootstrap (Maclin & Opitz 1997)",
        balances=True,
        space={
            "n_estimators": Range(low=5, high=50, log=True),
            "max_samples": Range(low=0.2, high=1.0),
            "max_features": Range(low=0.3, high=1.0),
        },
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


def grows(kind: str, params: Mapping[str, Any]) -> bool:
    """Whether early stopping finds the number of rounds; not where a search tries that number itself."""
    growth = find_model(kind).growth
    return growth is not None and growth.parameter not in params


def watched(kind: str, model: Any, X: Any, y: Any, classes: int) -> dict[str, Any]:
    """Make `model` stop early by the rows `X`, `y`; gives what its `fit` must be told beside the rows.

    By log loss, whatever a search goes by: it is smooth, where the ranks of few positives jump about and stop
    a model long before it has learnt. Two classes start from their share among the watched rows, not among
    those of the fit: what resampling and weights do to the prior is no loss.
    """
    growth = find_model(kind).growth
    assert growth is not None, f"{kind} does not stop early"
    two = classes == 2
    model.set_params(
        **{growth.parameter: growth.most},
        early_stopping_rounds=growth.patience,
        eval_metric="logloss" if two else "mlogloss",
    )
    told: dict[str, Any] = {"eval_set": [(X, y)], "verbose": False}
    if two:
        share = float(np.mean(y))
        told["base_margin_eval_set"] = [np.full(len(y), math.log(share / (1 - share)))]
    return told


def rounds(model: Any) -> int:
    """The best number of rounds of a model that stopped early."""
    return int(model.best_iteration) + 1


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
