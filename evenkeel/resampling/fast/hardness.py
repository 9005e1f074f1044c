"""InstanceHardnessThreshold with as many threads as there are to be had."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from imblearn import under_sampling
from joblib import effective_n_jobs, parallel_config
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_info

from evenkeel import progress

TREES = 100
# what the forests of one sampler call when a tree is grown: they are clones, and can be handed nothing
_grown: ContextVar[Callable[[], None] | None] = ContextVar("_grown", default=None)


class InstanceHardnessThreshold(under_sampling.InstanceHardnessThreshold):  # type: ignore[misc]
    """imbalanced-learn's instance hardness threshold (Smith et al. 2014), the same rows in the same order.

    Nearly all of the time goes into 500 trees, and scikit-learn's trees have no faster way to the same bits.
    But each is a thing of its own, with a seed that is drawn before: where this process may use more than one
    thread (`threadpoolctl.threadpool_limits`, joblib), they grow side by side. With one thread, with an
    `estimator` or with `n_jobs` this is imbalanced-learn's own code.
    """

    def _fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        token = _grown.set(progress.counter(self.cv * TREES, "trees grown"))
        try:
            return super()._fit_resample(X, y)  # type: ignore[no-any-return]
        finally:
            _grown.reset(token)

    def _validate_estimator(self, random_state: Any) -> None:
        if self.estimator is None and self.n_jobs is None:
            self.estimator_ = Forest(n_estimators=TREES, random_state=self.random_state)
        else:
            super()._validate_estimator(random_state)


class Tree(DecisionTreeClassifier):  # type: ignore[misc]
    """A tree of a forest that says when it is grown."""

    grown: Callable[[], None] | None = None

    def _fit(self, *arguments: Any, **named: Any) -> Tree:
        super()._fit(*arguments, **named)
        if self.grown is not None:
            self.grown()
        return self


class Forest(RandomForestClassifier):  # type: ignore[misc]
    """A random forest whose trees grow in several threads; they vote one by one.

    Votes are sums of fractions where leaves are mixed, and their last bits hang on the order.
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Forest:
        """The forest of `RandomForestClassifier.fit`, tree by tree."""
        self.estimator, self._grown = Tree(), _grown.get()
        with parallel_config("threading", n_jobs=_threads()):
            super().fit(X, y, sample_weight)
        return self

    def _make_estimator(self, append: bool = True, random_state: Any = None) -> Tree:
        tree: Tree = super()._make_estimator(append, random_state)
        tree.grown = self._grown
        return tree


def _threads() -> int:
    """How many threads may work at once: one inside joblib's workers and where libraries are held to one."""
    return int(min([effective_n_jobs(-1), *(pool["num_threads"] for pool in threadpool_info())]))
