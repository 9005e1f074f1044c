"""Every sampler, in both spaces: nearly the exact rows, and a recall where it looked for neighbours."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evenkeel.parameters import parameter_names
from evenkeel.preprocessing import PreprocessConfig
from evenkeel.recipe import Recipe, Treatment, encode
from evenkeel.resampling import SAMPLERS, LinkResult
from evenkeel.resampling.approximate import graph
from evenkeel.resampling.approximate import samplers as approximate
from evenkeel.resampling.searches import Neighbors
from evenkeel.tables import ROW_ID, find_features
from evenkeel.treatment import Treated, products, treat

pytestmark = pytest.mark.usefixtures("everywhere")

SPACES = ("native", "encoded")
SEARCHING = [name for name, entry in SAMPLERS.items() if entry.searches]
OTHERS = [name for name, entry in SAMPLERS.items() if not entry.searches]
PARAMS: dict[str, list[dict[str, Any]]] = {
    # clusters that hold enough of the rarest class
    "KMeansSMOTE": [{"cluster_balance_threshold": 0.01, "kmeans_estimator": 2}],
    "BorderlineSMOTE": [{}, {"kind": "borderline-2"}],
    "NearMiss": [{"version": 1}, {"version": 2}, {"version": 3}],
    "TomekLinks": [{}, {"sampling_strategy": "all"}],
    "SMOTEENN": [
        {},
        {
            "smote": {"sampler": "SMOTE", "params": {"k_neighbors": 3}},
            "enn": {"sampler": "EditedNearestNeighbours", "params": {"kind_sel": "mode"}},
        },
    ],
    "NeighbourhoodCleaningRule": [{}, {"n_neighbors": 1, "threshold_cleaning": 0.1}],
}


def table(name: str) -> pd.DataFrame:
    """Three overlapping classes of numbers, and categories for the one sampler that needs them."""
    rng, sizes = np.random.default_rng(2), {"many": 420, "some": 130, "few": 60}
    y = rng.permutation(np.repeat(list(sizes), list(sizes.values())))
    X = rng.normal(size=(len(y), 9)) + 0.8 * (y == "few")[:, None] + 0.4 * (y == "some")[:, None]
    frame = pd.DataFrame(X, columns=[f"x{i}" for i in range(9)])
    if name == "SMOTENC":
        frame["city"] = rng.choice(["Graz", "Linz", "Wien"], len(y))
    return frame.assign(**{ROW_ID: [f"r{i}" for i in range(len(y))], "y": y})


def recipe_of(frame: pd.DataFrame, space: Any) -> Recipe:
    features = find_features(frame, exclude={"y"})
    return Recipe(
        target="y",
        classes=("few", "many", "some"),
        numeric=features.numeric,
        dates=features.dates,
        categorical=features.categorical,
        preprocess=PreprocessConfig(),
        resample_space=space,
        strict=False,
        seed=3,
    )


def made(name: str, params: dict[str, Any], space: str, neighbors: Neighbors) -> Treated:
    frame = table(name)
    recipe = recipe_of(frame, space)
    return treat(encode(frame, recipe), Treatment(chain=((name, params),), neighbors=neighbors), recipe)


def told(link: LinkResult) -> dict[str, Any]:
    """A link without what it says in words, and without its recall."""
    return link._replace(notes=(), recall=None)._asdict()


def searching() -> list[Any]:
    return [
        pytest.param(name, params, space, id=f"{name}-{number}-{space}")
        for name in SEARCHING
        for (number, params), space in itertools.product(enumerate(PARAMS.get(name, [{}])), SPACES)
    ]


@pytest.mark.parametrize(("name", "params", "space"), searching())
def test_a_sampler_gives_the_exact_rows_where_it_finds_all_neighbours(
    name: str, params: dict[str, Any], space: str
) -> None:
    exact, near = (made(name, params, space, kind) for kind in ("exact", "approximate"))
    (before,), (after,) = exact.links, near.links
    assert before.recall is None
    assert after.recall is not None
    assert after.notes[-1].startswith("neighbours approximate: recall ")
    assert after.recall > 0.98
    if after.recall == 1.0:
        assert told(after) == told(before)
        np.testing.assert_array_equal(near.y, exact.y)
        np.testing.assert_allclose(near.X, exact.X, rtol=1e-12, atol=1e-12)
    else:
        assert abs(len(near.y) - len(exact.y)) < 0.02 * len(exact.y)


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("name", OTHERS)
def test_a_sampler_that_compares_no_neighbours_is_as_ever_and_says_no_recall(name: str, space: str) -> None:
    exact, near = (made(name, {}, space, kind) for kind in ("exact", "approximate"))
    assert near.links == exact.links
    assert near.X.tobytes() == exact.X.tobytes()


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("name", SEARCHING)
def test_a_graph_that_misses_much_is_told_by_the_recall(
    name: str, space: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph, "LINKS", 2)
    monkeypatch.setattr(graph, "CANDIDATES", 1)
    monkeypatch.setattr(graph, "IN_VIEW", 1)
    monkeypatch.setattr(graph, "IN_VIEW_EACH", 0)
    (link,) = made(name, PARAMS.get(name, [{}])[0], space, "approximate").links
    assert link.recall is not None
    assert link.recall < 0.9


@pytest.mark.parametrize("space", SPACES)
def test_every_link_of_a_chain_has_a_recall_of_its_own(space: Any) -> None:
    frame = table("chain")
    recipe, chain = recipe_of(frame, space), ("SMOTE", "TomekLinks", "RandomUnderSampler", "AllKNN")
    treatment = Treatment(chain=tuple((name, {}) for name in chain), neighbors="approximate")
    facts = products(encode(frame, recipe), treatment, recipe).facts
    assert ["recall" in link for link in facts["links"]] == [True, True, False, True]
    assert facts == products(encode(frame, recipe), treatment, recipe).facts


def test_there_is_a_class_for_every_sampler_that_searches_and_for_no_other() -> None:
    ours = {
        name
        for name, cls in vars(approximate).items()
        if isinstance(cls, type) and issubclass(cls, approximate.Approximate)
    }
    assert ours - {"Approximate"} == set(SEARCHING)
    for name in SEARCHING:
        cls = SAMPLERS[name].load_approximate()
        assert issubclass(cls, SAMPLERS[name].load())
        assert parameter_names(cls) == parameter_names(SAMPLERS[name].load())
