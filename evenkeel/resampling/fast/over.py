"""imbalanced-learn's over-samplers that look at borders: the same new rows, draw for draw, but faster.

Each asks for the nearest of all rows for every row of a class that grows; only these searches are ours.
"""

from __future__ import annotations

from imblearn import over_sampling

from evenkeel.resampling.fast.neighbours import quicken


class ADASYN(over_sampling.ADASYN):  # type: ignore[misc]
    """ADASYN (He et al. 2008), row for row as `imblearn.over_sampling.ADASYN`."""

    def _validate_estimator(self) -> None:
        super()._validate_estimator()
        quicken(self, "nn_")


class BorderlineSMOTE(over_sampling.BorderlineSMOTE):  # type: ignore[misc]
    """Borderline-SMOTE (Han et al. 2005), row for row as `imblearn.over_sampling.BorderlineSMOTE`."""

    def _validate_estimator(self) -> None:
        super()._validate_estimator()
        quicken(self, "nn_m_", "nn_k_")


class SVMSMOTE(over_sampling.SVMSMOTE):  # type: ignore[misc]
    """SVM-SMOTE (Nguyen et al. 2011), row for row as `imblearn.over_sampling.SVMSMOTE`.

    Its support vector machine is scikit-learn's, and takes most of the time. `kernel_cache` is how many bytes
    of its kernel it may keep, which changes nothing but the time; None leaves what its parameters say.
    """

    kernel_cache: int | None = None

    def _validate_estimator(self) -> None:
        super()._validate_estimator()
        quicken(self, "nn_m_", "nn_k_")
        if self.kernel_cache and self.svm_estimator is None:
            self.svm_estimator_.set_params(cache_size=self.kernel_cache / 2**20)
