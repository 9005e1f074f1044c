"""InstanceHardnessThreshold with as many threads as there are to be had."""

from __future__ import annotations

from typing import Any

from imblearn import under_sampling
from joblib import effective_n_jobs, parallel_config
from sklearn.ensemble import RandomForestClassifier
from threadpoolctl import threadpool_info


class InstanceHardnessThreshold(under_sampling.InstanceHardnessThreshold):  # type: ignore[misc]
    """imbalanced-learn's instance hardness threshold (Smith et al. 2014), the same rows in the same order.

    Nearly all of the time goes into 500 trees, and scikit-learn's trees have no faster way to the same bits.
    But each is a thing of its own, with a seed that is drawn before: where this process may use more than one
    thread (`threadpoolctl.threadpool_limits`, joblib), they grow side by side. With one thread, with an
    `estimator` or with `n_jobs` this is imbalanced-learn's own code.
    """

    def _validate_estimator(self, random_state: Any) -> None:
        if self.estimator is None and self.n_jobs is None:
            self.estimator_ = Forest(n_estimators=100, random_state=self.random_state)
        else:
            super()._validate_estimator(random_state)


class Forest(RandomForestClassifier):  # type: ignore[misc]
    """A random forest whose trees grow in several threads; they vote one by one.

    Votes are sums of fractions where leaves are mixed, and their last bits hang on the order.
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Forest:
        """The forest of `RandomForestClassifier.fit`, tree by tree."""
        with parallel_config("threading", n_jobs=_threads()):
            super().fit(X, y, sample_weight)
        return self


def _threads() -> int:
    """How many threads may work at once: one inside joblib's workers and where libraries are held to one."""
    return int(min([effective_n_jobs(-1), *(pool["num_threads"] for pool in threadpool_info())]))
