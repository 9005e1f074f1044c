"""The recipe: what all units share, and rows made ready by the train rows alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from evenkeel.preprocessing import PreprocessConfig
from evenkeel.recipe import Recipe, Treatment, encode, fold_positions
from evenkeel.splitting import stratified_folds
from evenkeel.tables import ROW_ID, Features

RECIPE = Recipe(
    target="ill",
    classes=("no", "yes"),
    numeric=("age", "bmi"),
    dates=("seen",),
    categorical=("city",),
    preprocess=PreprocessConfig(),
    resample_space="native",
    strict=False,
    seed=5,
)


def table(rows: int = 90) -> pd.DataFrame:
    """Rows of which a third is ill, with missing cells, a date and a category."""
    rng = np.random.default_rng(0)
    ill = np.arange(rows) % 3 == 0
    frame = pd.DataFrame(
        {
            ROW_ID: [f"r{i}" for i in range(rows)],
            "age": rng.normal(50, 10, rows) + 10 * ill,
            "bmi": rng.normal(25, 4, rows) + 2 * ill,
            "seen": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, rows), unit="D"),
            "city": rng.choice(["a", "b", "c"], rows),
            "ill": np.where(ill, "yes", "no"),
        }
    ).astype({ROW_ID: "str", "city": "str", "ill": "str"})
    frame.loc[::7, "bmi"] = np.nan
    return frame


def test_features_are_by_kind() -> None:
    assert RECIPE.features == Features(("age", "bmi"), ("seen",), ("city",))


def test_equal_recipes_are_one_key_so_that_an_encoding_is_kept() -> None:
    assert hash(RECIPE) == hash(RECIPE.model_copy())
    assert RECIPE.model_copy(update={"resample_space": "encoded"}) != RECIPE


@pytest.mark.parametrize("model", [RECIPE, Treatment(chain=(("SMOTE", {"k_neighbors": 3}),), max_rows=9)])
def test_what_a_record_says_can_be_read_again(model: Recipe | Treatment) -> None:
    assert type(model).model_validate_json(model.model_dump_json()) == model
    assert type(model).model_validate(model.model_dump(mode="json")) == model


@pytest.mark.parametrize("said", [{"resample_space": "latent"}, {"chain": []}, {"seed": None}])
def test_what_is_no_recipe_is_refused(said: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Recipe.model_validate(RECIPE.model_dump() | said)


def test_an_encoding_keeps_its_rows_beside_the_matrix() -> None:
    frame = table()
    encoded = encode(frame, RECIPE)
    assert encoded.ids.tolist() == frame[ROW_ID].tolist()
    assert encoded.X.shape == (90, len(encoded.preprocessor.names))
    assert encoded.y.tolist() == (frame["ill"] == "yes").astype(int).tolist()
    pd.testing.assert_frame_equal(encoded.rows.frame, frame)
    assert encoded.rows.lineage.origin.tolist() == list(range(90))


def test_the_rows_of_a_fold_count_from_nought_again() -> None:
    part = table().iloc[10:40]
    encoded = encode(part, RECIPE)
    assert encoded.rows.frame.index.tolist() == list(range(30))
    assert encoded.rows.frame[ROW_ID].tolist() == encoded.ids.tolist() == [f"r{i}" for i in range(10, 40)]


def test_nothing_that_is_fitted_on_a_fold_has_seen_its_held_out_rows() -> None:
    frame = table()
    inside, outside = stratified_folds((frame["ill"] == "yes").to_numpy().astype(np.int64), 3, RECIPE.seed)[0]
    wild = frame.copy()
    wild.loc[outside, ["age", "bmi"]] = 1e9
    wild.loc[outside, "city"] = "never seen"
    wild.loc[outside, "seen"] = pd.Timestamp("1900-01-01")
    honest, other = (encode(f.iloc[inside], RECIPE) for f in (frame, wild))
    assert other.X.tobytes() == honest.X.tobytes()
    assert other.preprocessor.names == honest.preprocessor.names
    for rows in (frame, wild):
        assert other.space.transform(rows).tobytes() == honest.space.transform(rows).tobytes()


def test_folds_are_scikit_learns_where_no_rows_are_tied() -> None:
    frame = table()
    codes = (frame["ill"] == "yes").to_numpy().astype(np.int64)
    plain = stratified_folds(codes, 3, RECIPE.seed)
    for recipe in (RECIPE, RECIPE.model_copy(update={"duplicates": "together"})):
        for ours, theirs in zip(fold_positions(frame, recipe, 3), plain, strict=True):
            assert [part.tolist() for part in ours] == [part.tolist() for part in theirs]


def test_a_repeat_deals_the_rows_out_as_a_seed_so_much_higher() -> None:
    frame = table()
    codes = (frame["ill"] == "yes").to_numpy().astype(np.int64)
    plain = stratified_folds(codes, 3, RECIPE.seed + 2)
    for ours, theirs in zip(fold_positions(frame, RECIPE, 3, repeat=2), plain, strict=True):
        assert [part.tolist() for part in ours] == [part.tolist() for part in theirs]


def test_folds_keep_groups_and_equal_rows_together() -> None:
    frame = table().assign(ward=[f"w{i // 3}" for i in range(90)])
    frame.loc[[10, 70], ["age", "bmi", "city"]] = [50.0, 25.0, "a"]
    frame.loc[70, "seen"] = frame.loc[10, "seen"]
    recipe = RECIPE.model_copy(update={"groups": ("ward",), "duplicates": "together"})
    for inside, outside in fold_positions(frame, recipe, 3):
        assert set(frame["ward"].iloc[inside]).isdisjoint(frame["ward"].iloc[outside])
        assert (10 in outside) == (70 in outside)
    held_out = np.concatenate([outside for _, outside in fold_positions(frame, recipe, 3)])
    assert sorted(held_out) == list(range(90))


def test_ties_that_a_recipe_does_not_have_are_not_said() -> None:
    assert not {"groups", "duplicates"} & set(RECIPE.model_dump(mode="json"))
    tied = RECIPE.model_copy(update={"groups": ("ward",), "duplicates": "together"})
    assert Recipe.model_validate(tied.model_dump(mode="json")) == tied
