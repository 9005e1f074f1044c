"""The sampler table: every resampler a config can name, one entry each.

Config names, parameter checks, the command line's listing and the contract tests derive from `SAMPLERS`.
The algorithms are imbalanced-learn's; an entry points at the class and says what it does and whose it is.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any, Literal

from sklearn.base import BaseEstimator

from evenkeel import memory
from evenkeel.errors import ConfigError, suggest
from evenkeel.parameters import check_parameters, parameter_names
from evenkeel.ranges import Options, Range, Ratio, Space
from evenkeel.resampling.searches import Searches

Family = Literal["over", "under", "cleaning", "combined"]
Way = Literal["keep", "plan", "smote", "combined", "centroids"]

APPROXIMATE = "evenkeel.resampling.approximate.samplers"

RATIO: Space = {"sampling_strategy": Ratio()}
NEIGHBOURS = Range(low=2, high=15)


@dataclass(frozen=True, kw_only=True)
class Sampler:
    """One resampler: where its class is, the short name, what it does, its source.

    `native` is how it works on typed rows: one of the `WAYS` of module `native`. `neighbours` names the
    parameter k for which every class that grows needs k + 1 rows, or, where rows are only left out, the
    rarest class needs k. One that draws `at_random` compares no rows at all. `fast` is where a class of ours
    is that takes the same parameters and gives the same result in less time: what is built is that one,
    while the owner's says which parameters there are. One that `searches` for neighbours has a class of its
    name in `approximate.samplers`, which is built where searches are to be approximate. `space` is what a
    search over its parameters tries where the config does not say.
    """

    path: str
    short: str
    family: Family
    what: str
    source: str
    native: Way
    neighbours: str | None = None
    at_random: bool = False
    fast: str | None = None
    searches: bool = False
    space: Space = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The class name, which is the canonical name in configs and reports."""
        return self.path.rpartition(".")[2]

    def load(self) -> type[BaseEstimator]:
        """Import the owner's class; only samplers that are used cost their import."""
        return _imported(self.path)

    def load_fast(self) -> type[BaseEstimator]:
        """Import the class that does the work: the fast one, where there is one."""
        return _imported(self.fast or self.path)

    def load_approximate(self) -> type[BaseEstimator]:
        """Import the class with approximate neighbours; the one that does the work anyway if it has none."""
        return _imported(f"{APPROXIMATE}.{self.name}") if self.searches else self.load_fast()


def _imported(path: str) -> type[BaseEstimator]:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)  # type: ignore[no-any-return]


def find_sampler(name: str) -> Sampler:
    """The entry of that name, in any spelling ("SMOTEENN", "smote-enn"), or a `ConfigError`."""
    for entry in SAMPLERS.values():
        if spelling(name) in {spelling(entry.name), spelling(entry.short)}:
            return entry
    shorts = [entry.short for entry in SAMPLERS.values()]
    raise ConfigError(f"Expected the name of a sampler, got {name!r}. {suggest(name, shorts, also=SAMPLERS)}")


def check_sampler(name: str, params: Mapping[str, Any]) -> None:
    """Refuse an unknown sampler, an unknown parameter, or a value that the sampler does not take."""
    entry = find_sampler(name)
    built = dict(params)
    for key, value in params.items():
        if _is_nested(value):
            check_sampler(value["sampler"], value.get("params", {}))
            # its owner says whether it takes such a sampler
            built[key] = build_sampler(value["sampler"], value.get("params", {}), seed=0)
    if "random_state" in params and not isinstance(params["random_state"], Integral):
        raise ConfigError(
            f"Expected a whole number as random_state of {entry.name}, got {params['random_state']!r}: a "
            f"resampled set must come out the same whenever it is made again. Next: leave it out, and the "
            f"run's seed decides."
        )
    check_parameters(f"sampler {entry.name}", entry.load(), built)


def build_sampler(name: str, params: Mapping[str, Any], seed: int, searches: Searches | None = None) -> Any:
    """A sampler ready to fit; `seed` becomes its `random_state` where it has one and none was given.

    It looks for neighbours as `searches` says, which then knows the recall; exactly if nothing is said.
    """
    entry, searches = find_sampler(name), searches or Searches()
    built = {
        key: build_sampler(value["sampler"], value.get("params", {}), seed, searches)
        if _is_nested(value)
        else value
        for key, value in params.items()
    }
    approximate = searches.kind == "approximate"
    cls = entry.load_approximate() if approximate else entry.load_fast()
    if "random_state" in parameter_names(cls):
        built.setdefault("random_state", seed)
    sampler = cls(**built)
    if approximate and entry.searches:
        sampler.searches = searches
    if hasattr(cls, "kernel_cache"):
        sampler.kernel_cache = memory.kernel_cache()
    return sampler


def _is_nested(value: object) -> bool:
    return isinstance(value, Mapping) and "sampler" in value


def spelling(name: str) -> str:
    """What two ways to write a name have in common: "SMOTEENN", "smote-enn"."""
    return name.lower().replace("-", "").replace("_", "").replace(" ", "")


_ENTRIES = (
    Sampler(
        path="imblearn.over_sampling.RandomOverSampler",
        short="random-over",
        family="over",
        native="plan",
        what="copies minority rows drawn at random",
        source="imbalanced-learn",
        at_random=True,
        space=RATIO,
    ),
    Sampler(
        path="imblearn.over_sampling.SMOTE",
        short="smote",
        family="over",
        native="smote",
        what="new minority rows between a minority row and one of its k nearest",
        source="Chawla et al. 2002",
        neighbours="k_neighbors",
        searches=True,
        space={**RATIO, "k_neighbors": NEIGHBOURS},
    ),
    Sampler(
        path="imblearn.over_sampling.SMOTENC",
        short="smote-nc",
        family="over",
        native="smote",
        what="SMOTE for numbers beside categories, which are decided by vote",
        source="Chawla et al. 2002",
        neighbours="k_neighbors",
        searches=True,
        space={**RATIO, "k_neighbors": NEIGHBOURS},
    ),
    Sampler(
        path="imblearn.over_sampling.SMOTEN",
        short="smote-n",
        family="over",
        native="smote",
        what="SMOTE for categories alone, by the value difference metric",
        source="Chawla et al. 2002",
        neighbours="k_neighbors",
        space={**RATIO, "k_neighbors": NEIGHBOURS},
    ),
    Sampler(
        path="imblearn.over_sampling.ADASYN",
        short="adasyn",
        family="over",
        native="plan",
        what="like SMOTE, with more new rows where the majority is near",
        source="He et al. 2008",
        neighbours="n_neighbors",
        searches=True,
        fast="evenkeel.resampling.fast.over.ADASYN",
        space={**RATIO, "n_neighbors": NEIGHBOURS},
    ),
    Sampler(
        path="imblearn.over_sampling.BorderlineSMOTE",
        short="borderline-smote",
        family="over",
        native="plan",
        what="SMOTE from the minority rows at the border alone",
        source="Han et al. 2005",
        neighbours="k_neighbors",
        searches=True,
        fast="evenkeel.resampling.fast.over.BorderlineSMOTE",
        space={**RATIO, "k_neighbors": NEIGHBOURS},
    ),
    Sampler(
        path="imblearn.over_sampling.KMeansSMOTE",
        short="kmeans-smote",
        family="over",
        native="plan",
        what="SMOTE inside the k-means clusters where the minority is dense",
        source="Last et al. 2017",
        neighbours="k_neighbors",
        searches=True,
        space={**RATIO, "k_neighbors": NEIGHBOURS},
    ),
    Sampler(
        path="imblearn.over_sampling.SVMSMOTE",
        short="svm-smote",
        family="over",
        native="plan",
        what="SMOTE from the support vectors of the minority",
        source="Nguyen et al. 2011",
        neighbours="k_neighbors",
        searches=True,
        fast="evenkeel.resampling.fast.over.SVMSMOTE",
        space={**RATIO, "k_neighbors": NEIGHBOURS},
    ),
    Sampler(
        path="imblearn.under_sampling.RandomUnderSampler",
        short="random-under",
        family="under",
        native="keep",
        what="keeps majority rows drawn at random",
        source="imbalanced-learn",
        at_random=True,
        space=RATIO,
    ),
    Sampler(
        path="imblearn.under_sampling.ClusterCentroids",
        short="cluster-centroids",
        family="under",
        native="centroids",
        what="replaces majority rows by the centres of k-means clusters",
        source="imbalanced-learn",
        space=RATIO,
    ),
    Sampler(
        path="imblearn.under_sampling.NearMiss",
        short="near-miss",
        family="under",
        native="keep",
        what="keeps the majority rows that are nearest to the minority",
        source="Mani & Zhang 2003",
        neighbours="n_neighbors",
        searches=True,
        fast="evenkeel.resampling.fast.near_miss.NearMiss",
        space={**RATIO, "version": Options(options=(1, 2))},
    ),
    Sampler(
        path="imblearn.under_sampling.InstanceHardnessThreshold",
        short="instance-hardness",
        family="under",
        native="keep",
        fast="evenkeel.resampling.fast.hardness.InstanceHardnessThreshold",
        what="drops the majority rows that a classifier finds hardest",
        source="Smith et al. 2014",
        space=RATIO,
    ),
    Sampler(
        path="imblearn.under_sampling.CondensedNearestNeighbour",
        short="cnn",
        family="under",
        native="keep",
        fast="evenkeel.resampling.fast.condensed.CondensedNearestNeighbour",
        what="keeps a majority subset that still classifies the rest by one neighbour",
        source="Hart 1968",
        space={"n_seeds_S": Range(low=1, high=50, log=True)},
    ),
    Sampler(
        path="imblearn.under_sampling.TomekLinks",
        short="tomek-links",
        family="cleaning",
        native="keep",
        what="drops majority rows that form a mutual nearest pair with a minority row",
        source="Tomek 1976",
        fast="evenkeel.resampling.fast.cleaning.TomekLinks",
        searches=True,
    ),
    Sampler(
        path="imblearn.under_sampling.EditedNearestNeighbours",
        short="enn",
        family="cleaning",
        native="keep",
        what="drops majority rows whose neighbours disagree with them",
        source="Wilson 1972",
        fast="evenkeel.resampling.fast.cleaning.EditedNearestNeighbours",
        searches=True,
        space={"n_neighbors": Range(low=1, high=7)},
    ),
    Sampler(
        path="imblearn.under_sampling.RepeatedEditedNearestNeighbours",
        short="renn",
        family="cleaning",
        native="keep",
        what="ENN again and again until nothing changes",
        source="Tomek 1976",
        fast="evenkeel.resampling.fast.cleaning.RepeatedEditedNearestNeighbours",
        searches=True,
        space={"n_neighbors": Range(low=1, high=7)},
    ),
    Sampler(
        path="imblearn.under_sampling.AllKNN",
        short="all-knn",
        family="cleaning",
        native="keep",
        what="ENN with a growing number of neighbours",
        source="Tomek 1976",
        fast="evenkeel.resampling.fast.cleaning.AllKNN",
        searches=True,
        space={"n_neighbors": Range(low=1, high=7)},
    ),
    Sampler(
        path="imblearn.under_sampling.NeighbourhoodCleaningRule",
        short="ncr",
        family="cleaning",
        native="keep",
        what="ENN, and the majority neighbours of misjudged minority rows",
        source="Laurikkala 2001",
        fast="evenkeel.resampling.fast.cleaning.NeighbourhoodCleaningRule",
        searches=True,
        space={"n_neighbors": Range(low=1, high=7)},
    ),
    Sampler(
        path="imblearn.under_sampling.OneSidedSelection",
        short="oss",
        family="cleaning",
        native="keep",
        what="one condensing pass, then Tomek links",
        source="Kubat & Matwin 1997",
        fast="evenkeel.resampling.fast.cleaning.OneSidedSelection",
        searches=True,
        space={"n_seeds_S": Range(low=1, high=50, log=True)},
    ),
    Sampler(
        path="imblearn.combine.SMOTEENN",
        short="smote-enn",
        family="combined",
        native="combined",
        what="SMOTE, then ENN over all classes",
        source="Batista et al. 2004",
        neighbours="smote.k_neighbors",
        fast="evenkeel.resampling.fast.cleaning.SMOTEENN",
        searches=True,
        space=RATIO,
    ),
    Sampler(
        path="imblearn.combine.SMOTETomek",
        short="smote-tomek",
        family="combined",
        native="combined",
        what="SMOTE, then Tomek links over all classes",
        source="Batista et al. 2003",
        neighbours="smote.k_neighbors",
        fast="evenkeel.resampling.fast.cleaning.SMOTETomek",
        searches=True,
        space=RATIO,
    ),
)

SAMPLERS: dict[str, Sampler] = {entry.name: entry for entry in _ENTRIES}
