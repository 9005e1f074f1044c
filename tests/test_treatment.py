"""Treatment: whatever a strategy does, the set it trains on has train's types and says where it came from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evenkeel.canonical import frame_digest, json_bytes
from evenkeel.errors import DataError
from evenkeel.preprocessing import PreprocessConfig
from evenkeel.recipe import Recipe, Treatment, encode
from evenkeel.resampling import SAMPLERS
from evenkeel.resampling.lineage import ORIGIN, PARENTS, PROVENANCE, SAMPLER, TO_OTHER, TO_OWN, WEIGHT
from evenkeel.resampling.links import CAP
from evenkeel.store import Store
from evenkeel.tables import CODE, ROW_ID, find_features, row_ids
from evenkeel.treatment import Products, check_treatment, in_part, products, training_arrays, treat

CLASSES = ("blue", "green", "red")
SMOTE = Treatment(chain=(("SMOTE", {"k_neighbors": 3}),))
UNDER = Treatment(chain=(("RandomUnderSampler", {}),))
SPACES = ("native", "encoded")


def recipe_of(frame: pd.DataFrame, **said: Any) -> Recipe:
    """The recipe of a table with the target `y` and `ROW_ID`."""
    features = find_features(frame, exclude={"y"})
    made = Recipe(
        target="y",
        classes=tuple(sorted(set(frame["y"]))),
        numeric=features.numeric,
        dates=features.dates,
        categorical=features.categorical,
        preprocess=PreprocessConfig(),
        resample_space="native",
        strict=False,
        seed=5,
    )
    return made.model_copy(update=said)


def chain(*names: str) -> Treatment:
    return Treatment(chain=tuple((name, {}) for name in names))


def made_by(frame: pd.DataFrame, treatment: Treatment, **said: Any) -> Products:
    recipe = recipe_of(frame, **said)
    return products(encode(frame, recipe), treatment, recipe)


# any table, any sampler


def column(kind: str, rng: np.random.Generator, rows: int) -> Any:
    """A column of a kind that a table may have."""
    missing = rng.random(rows) < 0.3
    whole = rng.integers(-5, 6, rows)
    days = np.datetime64("2024-01-01", "us") + whole.astype("timedelta64[D]")
    texts = rng.choice(np.array(["a", "b", "ä c"], dtype=object), rows)
    made: dict[str, Any] = {
        "int64": lambda: whole,
        "uint8": lambda: rng.integers(0, 255, rows).astype("uint8"),
        "Int64": lambda: pd.array(whole, dtype="Int64"),
        "float64": lambda: rng.normal(size=rows) * 10.0 ** rng.integers(-5, 6),
        "float32": lambda: whole.astype("float32"),
        "bool": lambda: whole > 0,
        "boolean": lambda: pd.array(whole > 0, dtype="boolean"),
        "str": lambda: pd.array(texts, dtype="str"),
        "category": lambda: pd.Categorical(texts, categories=["unseen", "ä c", "b", "a"]),
        "datetime": lambda: days,
        "zoned": lambda: pd.Series(days).dt.tz_localize("Europe/Vienna"),
        "constant": lambda: np.full(rows, 7),
        "one text": lambda: pd.array(["x"] * rows, dtype="str"),
        "never": lambda: np.full(rows, np.nan),
    }
    values = pd.Series(made[kind]())
    holes = kind in ("Int64", "float64", "boolean", "str", "category", "datetime", "zoned")
    return values.mask(missing) if holes and rng.random() < 0.5 else values


KINDS = (
    *("int64", "uint8", "Int64", "float64", "float32", "bool", "boolean", "str", "category", "datetime"),
    *("zoned", "constant", "one text", "never"),
)


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """A small typed table of two or three classes, each with two rows or more."""
    sizes = [draw(st.integers(8, 30)), *draw(st.lists(st.integers(2, 9), min_size=1, max_size=2))]
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    y = rng.permutation(np.repeat(CLASSES[: len(sizes)], sizes))
    frame = pd.DataFrame({f"{kind} {i}": column(kind, rng, len(y)) for i, kind in enumerate(kinds)})
    if draw(st.booleans()):
        frame = frame.iloc[rng.integers(0, max(1, len(y) // 2), len(y))].reset_index(drop=True)
    frame["y"] = pd.Series(y, dtype="str")
    frame.insert(draw(st.integers(0, 1)), ROW_ID, row_ids(frame, []))
    return frame


def check_set(train: pd.DataFrame, made: Products) -> None:
    """All that a resampled set in native space promises."""
    table = made.frame
    assert table.columns.tolist() == [*train.columns, *PROVENANCE]
    assert table.dtypes[train.columns].tolist() == train.dtypes.tolist()
    check_origins(train, table)
    check_new(train, table)
    check_facts(train, made)
    # nothing in it that could not be stored
    assert json_bytes(made.facts) and json_bytes(made.scatter) and json_bytes(made.examples)


def check_origins(train: pd.DataFrame, table: pd.DataFrame) -> None:
    """Rows are train rows as they were, or new ones with a parent; ids tell them apart."""
    known = set(train[ROW_ID])
    real = table[ORIGIN].notna()
    by_id = train.set_index(ROW_ID)
    theirs = by_id.loc[table.loc[real, ORIGIN]].reset_index(drop=True)
    pd.testing.assert_frame_equal(table.loc[real, by_id.columns].reset_index(drop=True), theirs)
    assert table[ROW_ID].is_unique
    assert set(table[ROW_ID]) & known == set(table.loc[real, ORIGIN])
    assert set(table.loc[~real, PARENTS[0]]) <= known
    assert set(table[PARENTS[1]].dropna()) <= known
    assert table.loc[real, [*PARENTS, WEIGHT, SAMPLER, TO_OWN, TO_OTHER]].isna().all(axis=None)


def check_new(train: pd.DataFrame, table: pd.DataFrame) -> None:
    """New rows have the class and the gaps of their first parent, and values that train could have."""
    new = table[table[ORIGIN].isna()].reset_index(drop=True)
    parents = train.set_index(ROW_ID).loc[new[PARENTS[0]]].reset_index(drop=True)
    assert new["y"].tolist() == parents["y"].tolist()
    assert set(new[SAMPLER]) <= set(SAMPLERS)
    assert (new[TO_OWN] >= 0).all() and (new[TO_OTHER] >= 0).all()
    for name in parents.columns:
        assert new[name].isna().tolist() == parents[name].isna().tolist(), name
        found, seen = new[name].dropna(), train[name].dropna()
        if name.split()[0] in ("bool", "boolean", "str", "category", "one"):
            assert set(found) <= set(seen), name
        elif name.split()[0] not in ("y", "float64", "float32") and len(found):
            assert seen.min() <= found.min() and found.max() <= seen.max(), name


def check_facts(train: pd.DataFrame, made: Products) -> None:
    """The facts are what can be counted in the table."""
    table, facts = made.frame, made.facts
    sizes = {name: int((train["y"] == name).sum()) for name in facts["counts"]}
    for link in facts["links"]:
        assert link["before"] == sizes
        sizes = link["after"]
    assert facts["counts"] == sizes == {name: int((table["y"] == name).sum()) for name in sizes}
    synthetic = table[ORIGIN].isna()
    told = facts["made"]
    assert (told["space"], told["rows"], told["synthetic"]) == ("native", len(table), synthetic.sum())
    assert told["copies"] == table[ORIGIN].dropna().duplicated().sum()
    assert told["measured"] == synthetic.sum()
    nearer = (table[TO_OTHER] < table[TO_OWN]).sum()
    assert told["majority_territory"] == (nearer if synthetic.any() else None)
    assert len(made.examples) == min(3, synthetic.sum())


def treated_or_refused(train: pd.DataFrame, treatment: Treatment) -> None:
    before = train.copy()
    try:
        made = made_by(train, treatment)
    except DataError as refused:
        assert "Next: " in str(refused)
    else:
        check_set(train, made)
        assert [link["sampler"] for link in made.facts["links"]] == [
            *(name for name, _ in treatment.chain),
            *([CAP] if treatment.max_rows else []),
        ]
    pd.testing.assert_frame_equal(train, before)


quick = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("name", SAMPLERS)
@settings(quick, max_examples=10)
@given(train=tables())
def test_any_sampler_gives_a_set_of_trains_types_and_rows_or_says_why_not(
    name: str, train: pd.DataFrame
) -> None:
    treated_or_refused(train, chain(name))


@settings(quick, max_examples=40)
@given(
    train=tables(),
    names=st.tuples(st.sampled_from(sorted(SAMPLERS)), st.sampled_from(sorted(SAMPLERS))),
    most=st.none() | st.integers(2, 60),
)
def test_any_chain_of_two_does_too(train: pd.DataFrame, names: Sequence[str], most: int | None) -> None:
    treated_or_refused(train, Treatment(chain=chain(*names).chain, max_rows=most))


# one table, looked at closely


def people(rows: int = 90) -> pd.DataFrame:
    """Rows of which a third is red, with missing cells, whole numbers, dates and a category."""
    rng = np.random.default_rng(0)
    red = np.arange(rows) % 3 == 0
    frame = pd.DataFrame(
        {
            ROW_ID: pd.Series([f"r{i}" for i in range(rows)], dtype="str"),
            "age": rng.integers(20, 60, rows) + 10 * red,
            "bmi": rng.normal(25, 4, rows) + 2 * red,
            "seen": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, rows), unit="D"),
            "city": pd.Series(rng.choice(["a", "b", "c"], rows), dtype="str"),
            "y": pd.Series(np.where(red, "red", "blue"), dtype="str"),
        }
    )
    frame.loc[::7, "bmi"] = np.nan
    return frame


TREATMENTS = {
    "as they are": Treatment(),
    "smote": SMOTE,
    "under": UNDER,
    "centroids": chain("ClusterCentroids"),
    "smote, tomek, 50 rows": Treatment(chain=chain("SMOTE", "TomekLinks").chain, max_rows=50),
}


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("treatment", TREATMENTS.values(), ids=TREATMENTS)
def test_a_stored_set_gives_the_very_matrix_that_folds_are_fitted_on(
    treatment: Treatment, space: str, tmp_path: Path
) -> None:
    recipe, store = recipe_of(people(), resample_space=space), Store(tmp_path)
    encoded = encode(people(), recipe)
    frame = store.get_table(store.put_table(products(encoded, treatment, recipe).frame, "resampled"))
    X, y = training_arrays(frame, encoded.preprocessor, recipe)
    made = treat(encoded, treatment, recipe)
    assert X.tobytes() == np.ascontiguousarray(made.X).tobytes()
    assert y.tolist() == made.y.tolist()


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("treatment", TREATMENTS.values(), ids=TREATMENTS)
def test_the_same_train_rows_have_the_same_products(treatment: Treatment, space: str) -> None:
    one, two = (made_by(people(), treatment, resample_space=space) for _ in range(2))
    assert frame_digest(one.frame) == frame_digest(two.frame)
    assert json_bytes(one[1:]) == json_bytes(two[1:])


@pytest.mark.parametrize("space", SPACES)
def test_without_samplers_the_set_is_train_and_no_limit_cuts_it(space: str) -> None:
    made = made_by(people(), Treatment(max_rows=20), resample_space=space)
    assert made.frame[ORIGIN].tolist() == people()[ROW_ID].tolist()
    assert made.facts["links"] == []
    assert made.facts["counts"] == {"blue": 60, "red": 30}


@pytest.mark.parametrize("space", SPACES)
def test_a_limit_on_rows_is_the_last_link(space: str) -> None:
    made = made_by(people(), Treatment(chain=SMOTE.chain, max_rows=40), resample_space=space)
    assert [link["sampler"] for link in made.facts["links"]] == ["SMOTE", CAP]
    assert made.facts["links"][-1]["before"] == {"blue": 60, "red": 60}
    assert made.facts["links"][-1]["after"] == made.facts["counts"] == {"blue": 20, "red": 20}
    assert len(made.frame) == 40


def test_new_rows_lie_between_their_parents_in_the_tables_own_units() -> None:
    train, table = people().set_index(ROW_ID), made_by(people(), SMOTE).frame
    new = table[table[ORIGIN].isna()]
    assert len(new) == 30
    for _, row in new.iterrows():
        first, second = (train.loc[row[parent]] for parent in PARENTS)
        for name in ("age", "seen"):
            assert min(first[name], second[name]) <= row[name] <= max(first[name], second[name])
        age = first["age"] + row[WEIGHT] * (second["age"] - first["age"])
        assert row["age"] == round(age)
        if not pd.isna(second["bmi"]):
            np.testing.assert_equal(row["bmi"], first["bmi"] + row[WEIGHT] * (second["bmi"] - first["bmi"]))
    assert (new["seen"] == new["seen"].dt.normalize()).all()


def test_distances_are_those_of_the_space_in_which_neighbours_are_found() -> None:
    recipe = recipe_of(people())
    encoded = encode(people(), recipe)
    table = products(encoded, SMOTE, recipe).frame
    new = table[table[ORIGIN].isna()]
    pairs = np.linalg.norm(encoded.space.transform(new)[:, None] - encoded.space.transform(people()), axis=2)
    own = new["y"].to_numpy()[:, None] == people()["y"].to_numpy()
    np.testing.assert_allclose(new[TO_OWN], np.where(own, pairs, np.inf).min(axis=1))
    np.testing.assert_allclose(new[TO_OTHER], np.where(own, np.inf, pairs).min(axis=1))


# points and rows that are marked as new


def synthetic_points(made: Products) -> list[bool]:
    assert not any(new for *_, new in made.scatter["before"])
    return [new for *_, new in made.scatter["after"]]


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("name", ["RandomOverSampler", "RandomUnderSampler", "TomekLinks", "NearMiss"])
def test_copies_are_never_shown_as_synthetic(name: str, space: str) -> None:
    made = made_by(people(), chain(name), resample_space=space)
    assert not any(synthetic_points(made))
    assert made.facts["made"]["synthetic"] == 0
    assert made.examples == []


@pytest.mark.parametrize(
    "names", [("SMOTE",), ("ADASYN",), ("SMOTETomek",), ("SMOTEENN",), ("SMOTE", "RandomOverSampler")]
)
def test_in_encoded_space_a_row_is_synthetic_exactly_where_it_stands_nowhere_in_train(
    names: tuple[str, ...],
) -> None:
    recipe = recipe_of(people(), resample_space="encoded")
    encoded = encode(people(), recipe)
    made, treated = products(encoded, chain(*names), recipe), treat(encoded, chain(*names), recipe)
    real = {tuple(row) for row in encoded.X}
    expected = [tuple(row) not in real for row in treated.X]
    assert synthetic_points(made) == expected
    assert made.facts["made"]["synthetic"] == sum(expected) > 0


@pytest.mark.parametrize("names", [("SMOTE",), ("SMOTEENN",), ("ClusterCentroids",), ("SMOTE", "SMOTE")])
def test_in_native_space_a_row_is_synthetic_exactly_where_it_has_no_origin(names: tuple[str, ...]) -> None:
    made = made_by(people(), chain(*names))
    assert synthetic_points(made) == made.frame[ORIGIN].isna().tolist()
    assert made.facts["made"]["synthetic"] == made.frame[ORIGIN].isna().sum() > 0


def test_in_encoded_space_a_copy_names_its_train_row_and_a_synthetic_row_none() -> None:
    labels = people().set_index(ROW_ID)["y"]
    under, over = (
        made_by(people(), treatment, resample_space="encoded").frame for treatment in (UNDER, SMOTE)
    )
    assert under[CODE].tolist() == labels[under[ORIGIN]].tolist()
    assert over[ORIGIN].isna().all()


# too few rows


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("then", [(), ("SMOTE",)])
def test_a_chain_that_leaves_nothing_is_refused(space: str, then: tuple[str, ...]) -> None:
    """Each row's nearest neighbours are of the other class, so cleaning of both drops all."""
    alternating = pd.DataFrame({"a": np.arange(40.0), "y": pd.Series(["blue", "red"] * 20, dtype="str")})
    alternating.insert(0, ROW_ID, row_ids(alternating, []))
    clean = ("EditedNearestNeighbours", {"sampling_strategy": "all", "n_neighbors": 1})
    treatment = Treatment(chain=(clean, *chain(*then).chain))
    with pytest.raises(DataError, match=r"after EditedNearestNeighbours, got none .*Next: "):
        made_by(alternating, treatment, resample_space=space)


def few_reds(reds: int) -> pd.DataFrame:
    frame = people()
    return frame.drop(frame.index[frame["y"] == "red"][reds:]).reset_index(drop=True)


def test_too_few_rows_are_made_do_with_and_noted() -> None:
    made = made_by(few_reds(3), chain("SMOTE"))
    assert made.facts["counts"] == {"blue": 60, "red": 60}
    assert any("k_neighbors 5 -> 2 for class 'red'" in note for note in made.facts["links"][0]["notes"])


def test_a_strict_recipe_refuses_them_with_a_way_out() -> None:
    with pytest.raises(
        DataError, match=r"at least 6 rows of class 'red' for k_neighbors=5, got 3 rows.*to 2"
    ):
        made_by(few_reds(3), chain("SMOTE"), strict=True)
    check_set(few_reds(6), made_by(few_reds(6), chain("SMOTE"), strict=True))


def sizes(*rows: int) -> Any:
    return np.array(rows, dtype=np.int64)


def test_in_encoded_space_a_chain_that_lacks_rows_is_refused_before_anything_is_fitted() -> None:
    recipe = recipe_of(people(), resample_space="encoded")
    with pytest.raises(DataError, match="got 3"):
        check_treatment(SMOTE, sizes(60, 3), recipe)
    check_treatment(SMOTE, sizes(60, 4), recipe)
    check_treatment(Treatment(), sizes(60, 1), recipe)


def test_in_native_space_no_chain_is_refused_before() -> None:
    check_treatment(SMOTE, sizes(60, 1), recipe_of(people()))


# numbers of rows in folds


def links(*asked: tuple[str, Any]) -> Treatment:
    return Treatment(chain=tuple((name, {"sampling_strategy": strategy}) for name, strategy in asked))


def two_classes() -> Recipe:
    return recipe_of(pd.DataFrame({"a": [1.0, 2.0], "y": ["no", "yes"]}))


def test_numbers_of_rows_are_scaled_to_a_fold_class_by_class() -> None:
    whole, part = np.repeat([0, 1], [300, 30]), np.repeat([0, 1], [200, 20])
    asked = links(("RandomUnderSampler", {"no": 150}), ("SMOTE", {"yes": 60}))
    made = in_part(asked.model_copy(update={"max_rows": 120}), part, whole, two_classes())
    assert [params["sampling_strategy"] for _, params in made.chain] == [{"no": 100}, {"yes": 40}]
    assert made.max_rows == 80


@given(st.lists(st.integers(1, 400), min_size=2, max_size=2), st.floats(0.5, 1))
def test_all_rows_of_a_class_are_all_of_them_in_a_fold(sizes: list[int], share: float) -> None:
    fold = [max(1, int(size * share)) for size in sizes]
    asked = links(("RandomUnderSampler", {"no": sizes[0], "yes": sizes[1]}))
    made = in_part(asked, np.repeat([0, 1], fold), np.repeat([0, 1], sizes), two_classes())
    assert made.chain[0][1]["sampling_strategy"] == {"no": fold[0], "yes": fold[1]}


def test_ratios_and_names_are_the_same_in_a_fold() -> None:
    whole, part = np.repeat([0, 1], [300, 30]), np.repeat([0, 1], [200, 20])
    asked = links(("RandomUnderSampler", 0.5), ("SMOTE", "all"))
    assert in_part(asked, part, whole, two_classes()) == asked
