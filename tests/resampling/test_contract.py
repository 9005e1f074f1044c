"""What every sampler promises for every kind of table in native space: a valid table, or a way out.

A new entry of `SAMPLERS` is tested without a new test, and so is a new kind of docs/sampler_matrix.py.
"""

from __future__ import annotations

import functools
import importlib.util
import sys
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

from evenkeel.errors import DataError
from evenkeel.preprocessing import PreprocessConfig
from evenkeel.recipe import Encoded, Recipe, Treatment, encode
from evenkeel.resampling import SAMPLERS
from evenkeel.resampling.lineage import ORIGIN, PARENTS, PROVENANCE, SAMPLER, TO_OTHER, TO_OWN, WEIGHT
from evenkeel.tables import ROW_ID
from evenkeel.treatment import products


def script() -> ModuleType:
    path = Path(__file__).parents[2] / "docs" / "sampler_matrix.py"
    spec = importlib.util.spec_from_file_location("sampler_matrix", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # dataclasses look their module up
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


matrix = script()


CHAINS = {
    "under-then-over": ("RandomUnderSampler", "SMOTE"),
    "over-then-clean": ("ADASYN", "EditedNearestNeighbours"),
    "copies-then-new": ("RandomOverSampler", "TomekLinks", "SMOTEN"),
    "new-from-new": ("SMOTE", "ADASYN"),
    "new-to-centres": ("SMOTE", "ClusterCentroids"),
    "centres-then-new": ("ClusterCentroids", "SMOTE"),
}
# links that have something to do where the links before them left the classes as large as each other
PARAMS: dict[str, dict[str, dict[str, Any]]] = {
    "under-then-over": {"RandomUnderSampler": {"sampling_strategy": {"fine": 60}}},
    "new-from-new": {"SMOTE": {"sampling_strategy": {"ill": 50}}},
    "copies-then-new": {"RandomOverSampler": {"sampling_strategy": {"ill": 50}}},
    "new-to-centres": {"ClusterCentroids": {"sampling_strategy": {"ill": 20, "fine": 30}}},
    "centres-then-new": {"ClusterCentroids": {"sampling_strategy": {"fine": 50}}},
}


def chain_of(name: str) -> tuple[tuple[str, dict[str, Any]], ...]:
    """The links of a chain of that name, or the one link of that sampler with its defaults."""
    return tuple((link, PARAMS.get(name, {}).get(link, {})) for link in CHAINS.get(name, (name,)))


def cases(names: Iterable[str], kinds: Iterable[str]) -> list[Any]:
    """Names on kinds of table; the tests of one name share its runs, and so a process."""
    return [
        pytest.param(name, kind, id=f"{name}-{kind}", marks=pytest.mark.xdist_group(name))
        for name in names
        for kind in kinds
    ]


def each(*lists: list[Any]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("name", "kind"), [case for some in lists for case in some])


every_sampler_and_kind = each(cases(SAMPLERS, matrix.KINDS))
chains_too = each(cases(SAMPLERS, matrix.KINDS), cases(CHAINS, ("mixed", "missing", "multi-class")))


class Made(NamedTuple):
    """Train by row id, the resampled table as it is stored, and the facts of its record."""

    train: pd.DataFrame
    table: pd.DataFrame
    facts: dict[str, Any]

    @property
    def old(self) -> pd.DataFrame:
        return self.table[self.table[ORIGIN].notna()]

    @property
    def new(self) -> pd.DataFrame:
        return self.table[self.table[ORIGIN].isna()]

    def parents(self, which: int) -> pd.DataFrame:
        """The first (0) or second (1) parents of the new rows that have one, labelled as these."""
        named = self.new[PARENTS[which]].dropna()
        return self.train.loc[named].set_axis(named.index)

    @property
    def columns(self) -> list[str]:
        """All columns of train but the row id."""
        return list(self.train.columns)


@functools.cache
def ready(kind: str) -> tuple[Encoded, Recipe]:
    table = matrix.build(kind)
    return ready_frame(table, table.frame)


def ready_frame(table: Any, frame: pd.DataFrame, *, strict: bool = False, seed: int = matrix.SEED) -> Any:
    features = table.features
    recipe = Recipe(
        target=matrix.TARGET,
        classes=table.classes,
        numeric=features.numeric,
        dates=features.dates,
        categorical=features.categorical,
        preprocess=PreprocessConfig(),
        resample_space="native",
        strict=strict,
        seed=seed,
    )
    return encode(frame, recipe), recipe


@functools.cache
def outcome(name: str, kind: str, strict: bool = False, seed: int = matrix.SEED) -> Made | DataError:
    """What a run would store, or why it refuses."""
    encoded, recipe = ready(kind)
    recipe = recipe.model_copy(update={"strict": strict, "seed": seed})
    try:
        made = products(encoded, Treatment(chain=chain_of(name)), recipe)
    except DataError as refusal:
        return refusal
    return Made(encoded.frame.set_index(ROW_ID, drop=True), made.frame, made.facts)


def tables(name: str, kind: str) -> list[Made]:
    """The table, or none where there is a refusal, which has a test of its own."""
    made = outcome(name, kind)
    return [made] if isinstance(made, Made) else []


def same(left: pd.DataFrame, right: pd.DataFrame) -> None:
    """Equal in every cell and type, missing ones included; labels of rows have no say."""
    pd.testing.assert_frame_equal(left.reset_index(drop=True), right.reset_index(drop=True), check_exact=True)


@every_sampler_and_kind
def test_a_refusal_says_what_was_expected_what_came_and_what_to_do(name: str, kind: str) -> None:
    refusal = outcome(name, kind)
    if isinstance(refusal, DataError):
        assert all(word in str(refusal) for word in ("Expected", "got", "Next: ", name)), refusal


def test_most_samplers_refuse_nothing() -> None:
    refused = {name for name in SAMPLERS for kind in matrix.KINDS if not tables(name, kind)}
    # the one is for tables with categories, the other needs dense clusters
    assert refused <= {"SMOTENC", "KMeansSMOTE"}


@chains_too
def test_columns_and_types_are_those_of_train_with_provenance_behind_them(name: str, kind: str) -> None:
    for made in tables(name, kind):
        train = ready(kind)[0].frame
        assert list(made.table) == [*train, *PROVENANCE]
        # categorical types are equal only with the same categories in the same order
        assert made.table[list(train)].dtypes.equals(train.dtypes)
        assert isinstance(made.table.index, pd.RangeIndex)


@chains_too
def test_row_ids_are_unique_and_a_train_row_keeps_its_own(name: str, kind: str) -> None:
    for made in tables(name, kind):
        ids = made.table[ROW_ID]
        assert ids.notna().all()
        assert ids.is_unique
        assert not set(made.new[ROW_ID]) & set(made.train.index)
        once = made.old.drop_duplicates(ORIGIN)
        assert (once[ROW_ID] == once[ORIGIN]).all()


@chains_too
def test_a_row_with_an_origin_is_that_train_row_in_every_cell(name: str, kind: str) -> None:
    for made in tables(name, kind):
        assert made.old[[*PARENTS, WEIGHT, SAMPLER, TO_OWN, TO_OTHER]].isna().all(axis=None)
        same(made.old[made.columns], made.train.loc[made.old[ORIGIN]])


@every_sampler_and_kind
def test_a_new_row_names_its_maker_and_parents_of_its_own_class(name: str, kind: str) -> None:
    for made in tables(name, kind):
        assert made.new[SAMPLER].notna().all()
        assert made.new[PARENTS[0]].notna().all()
        assert made.new[PARENTS[1]].isna().all() or made.new[PARENTS[1]].notna().all()
        assert made.new[PARENTS[1]].isna().all() == (name == "ClusterCentroids" or made.new.empty)
        for which in (0, 1):
            parents = made.parents(which)[matrix.TARGET]
            # with its defaults no sampler goes towards another class
            assert (parents == made.new.loc[parents.index, matrix.TARGET]).all()


@each(cases(CHAINS, ("mixed", "missing", "multi-class")))
def test_parents_in_a_chain_are_train_rows_and_weights_are_given_on_the_line_between_them_alone(
    name: str, kind: str
) -> None:
    (made,) = tables(name, kind)
    assert len(made.new) > 0
    for which in (0, 1):
        parents = made.parents(which)[matrix.TARGET]
        assert (parents == made.new.loc[parents.index, matrix.TARGET]).all()
    weighed = made.new[WEIGHT].notna()
    if name == "new-from-new":
        # some of the second sampler's rows start from rows of the first
        assert set(made.new.loc[~weighed, SAMPLER]) == {"ADASYN"}
    assert made.new.loc[weighed, PARENTS[1]].notna().all()


@every_sampler_and_kind
def test_weights_are_shares_of_the_way_but_for_svm_smote_which_also_leads_away(name: str, kind: str) -> None:
    for made in tables(name, kind):
        weight = made.new[WEIGHT].dropna()
        assert weight.between(-0.5 if name == "SVMSMOTE" else 0.0, 1.0).all()
        voted = (made.new[SAMPLER] == "SMOTEN") | (made.new[SAMPLER] == "ClusterCentroids")
        assert (made.new[WEIGHT].isna() == voted).all()


@chains_too
def test_a_float_is_where_the_weight_says_bit_for_bit(name: str, kind: str) -> None:
    for made in tables(name, kind):
        weighed = made.new[made.new[WEIGHT].notna()]
        first, second = (made.parents(which).loc[weighed.index] for which in (0, 1))
        for column in made.train.select_dtypes("floating"):
            a, b = (parent[column].to_numpy(dtype=np.float64) for parent in (first, second))
            line = np.where(np.isnan(b), a, a + weighed[WEIGHT].to_numpy() * (b - a))
            values = weighed[column].to_numpy()
            np.testing.assert_array_equal(values, line.astype(values.dtype))


@chains_too
def test_a_cell_is_missing_where_the_first_parents_is_and_nowhere_else(name: str, kind: str) -> None:
    for made in tables(name, kind):
        same(made.new[made.columns].isna(), made.parents(0).isna())


@chains_too
def test_a_column_that_is_no_feature_is_the_first_parents(name: str, kind: str) -> None:
    for made in tables(name, kind):
        same(made.new[[matrix.NOTE, matrix.TARGET]], made.parents(0)[[matrix.NOTE, matrix.TARGET]])


@chains_too
def test_values_are_observed_ones_or_lie_among_them(name: str, kind: str) -> None:
    for made in tables(name, kind):
        features = ready(kind)[0].features
        for column in (*features.numeric, *features.dates):
            values, known = made.new[column].dropna(), made.train[column].dropna()
            # a float may leave the range, where SVMSMOTE leads outwards
            if name != "SVMSMOTE" or not pd.api.types.is_float_dtype(known.dtype):
                assert values.between(known.min(), known.max()).all(), column
        for column in features.categorical:
            assert set(made.new[column].dropna()) <= set(made.train[column].dropna()), column


@chains_too
def test_days_stay_midnights_and_seconds_whole(name: str, kind: str) -> None:
    for made in tables(name, kind):
        for column in ready(kind)[0].features.dates:
            stamps = made.new[column].dropna()
            grain = "s" if column in {"seen", "paid"} and kind == "datetimes" else "D"
            assert (stamps == stamps.dt.floor(grain)).all(), column


@chains_too
def test_distances_of_new_rows_are_finite_and_of_others_absent(name: str, kind: str) -> None:
    for made in tables(name, kind):
        distances = made.new[[TO_OWN, TO_OTHER]].to_numpy()
        assert np.isfinite(distances).all()
        assert (distances >= 0).all()


@chains_too
def test_counts_in_the_record_are_those_of_the_table(name: str, kind: str) -> None:
    for made in tables(name, kind):
        links = made.facts["links"]
        assert [link["sampler"] for link in links] == [link for link, _ in chain_of(name)]
        assert links[0]["before"] == made.train[matrix.TARGET].value_counts().to_dict()
        assert all(link["after"] == follower["before"] for link, follower in pairwise(links))
        assert links[-1]["after"] == made.table[matrix.TARGET].value_counts().to_dict()
        assert made.facts["counts"] == links[-1]["after"]
        assert made.facts["made"]["rows"] == len(made.table)
        assert made.facts["made"]["synthetic"] == len(made.new)


@every_sampler_and_kind
def test_a_link_that_changed_nothing_says_so_and_no_other_does(name: str, kind: str) -> None:
    for made in tables(name, kind):
        before, after = made.train.index.tolist(), made.table[ORIGIN].fillna("").tolist()
        said = [note for note in made.facts["links"][0]["notes"] if note.startswith("changed nothing")]
        same_rows = sorted(after) == sorted(before)
        order = "" if after == before else " but the order of rows"
        assert said == ([f"changed nothing{order}"] if same_rows else [])


@each(cases(SAMPLERS, ("numeric", "multi-class", "tiny minority")))
def test_strict_refuses_where_neighbours_shrink_and_changes_nothing_else(name: str, kind: str) -> None:
    strict = outcome(name, kind, strict=True)
    for made in tables(name, kind):
        shrunk = [note for note in made.facts["links"][0]["notes"] if " -> " in note]
        if isinstance(strict, Made):
            assert not shrunk
            same(strict.table, made.table)
        else:
            assert shrunk
            assert all(word in str(strict) for word in ("Expected at least ", " got 3 ", "Next: set ")), (
                strict
            )


def test_strict_refuses_a_tiny_minority_for_every_sampler_that_needs_its_neighbours() -> None:
    needy = {name for name, entry in SAMPLERS.items() if entry.neighbours and entry.native != "keep"}
    refused = {
        name for name in SAMPLERS if isinstance(outcome(name, "tiny minority", strict=True), DataError)
    }
    assert refused == needy


@each(cases([*SAMPLERS, *CHAINS], ("missing", "multi-class")))
def test_the_same_seed_gives_the_same_table_whatever_labels_the_rows_have(name: str, kind: str) -> None:
    for made in tables(name, kind):
        table = matrix.build(kind)
        labels = np.random.default_rng(0).permutation(len(table.frame)) * 3
        encoded, recipe = ready_frame(table, table.frame.set_axis(labels))
        same(products(encoded, Treatment(chain=chain_of(name)), recipe).frame, made.table)


RANDOM = [
    *(name for name, entry in SAMPLERS.items() if entry.family in {"over", "combined"} and name != "SMOTENC"),
    "RandomUnderSampler",
    "ClusterCentroids",
]


@pytest.mark.parametrize("name", RANDOM)
def test_another_seed_gives_other_rows_where_a_sampler_draws(name: str) -> None:
    one, other = outcome(name, "numeric"), outcome(name, "numeric", seed=matrix.SEED + 1)
    assert isinstance(one, Made)
    assert isinstance(other, Made)
    assert not one.table.equals(other.table)


def test_every_column_of_provenance_has_its_meaning_on_the_page() -> None:
    assert tuple(name.strip("`") for name in matrix.MEANINGS) == PROVENANCE


def test_the_page_in_docs_is_what_the_script_writes() -> None:
    assert matrix.PAGE.read_text(encoding="utf-8") == matrix.page()
