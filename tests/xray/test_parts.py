"""The fits of an X-ray: honest parts are those of training, and each leak does one thing wrong."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from evenkeel.preprocessing import PreprocessConfig
from evenkeel.recipe import encode
from evenkeel.splitting import stratified_folds
from evenkeel.tables import encode_labels
from evenkeel.training import predict_fold
from evenkeel.xray import Part, Question, part_scores, parts
from evenkeel.xray.parts import split_rows

Ask = Callable[..., Question]


def test_a_fold_is_predicted_as_training_does_it_by_every_model_of_the_grid(
    noise: pd.DataFrame, ask: Ask
) -> None:
    question = ask("SMOTE")
    y = encode_labels(noise["ill"], question.recipe.classes).codes
    inside, outside = stratified_folds(y, 3, question.recipe.seed)[1]
    fitted, held_out = encode(noise.iloc[inside], question.recipe), noise.iloc[outside]
    scores = part_scores(noise, question, Part("fold", 1))
    np.testing.assert_array_equal(scores.y, y[outside])
    for spec, found in zip(question.specs, scores.probabilities, strict=True):
        expected = predict_fold(fitted, held_out, question.treatment, spec, question.recipe)
        np.testing.assert_array_equal(found, expected)


def test_resampling_before_the_split_judges_what_was_made(noise: pd.DataFrame, ask: Ask) -> None:
    scores = part_scores(noise, ask(), Part("resampled", 0))
    assert len(scores.y) == len(scores.fold) == len(scores.probabilities[0]) == 700
    assert np.bincount(scores.y).tolist() == [350, 350]
    assert set(scores.fold) == {0, 1, 2}
    np.testing.assert_allclose(scores.probabilities[0].sum(axis=1), 1, rtol=1e-6)


@pytest.mark.parametrize("space", ["native", "encoded"])
def test_scaling_before_the_split_changes_nothing_where_nothing_is_fitted(
    noise: pd.DataFrame, ask: Ask, space: str
) -> None:
    question = ask(preprocess=PreprocessConfig(impute="none", scale=False), resample_space=space)
    scaled, fold = (part_scores(noise, question, Part(kind, 0)) for kind in ("scaled", "fold"))
    np.testing.assert_array_equal(scaled.probabilities[0], fold.probabilities[0])


def test_scaling_before_the_split_lets_held_out_rows_shift_the_others(noise: pd.DataFrame, ask: Ask) -> None:
    question = ask("SMOTE", resample_space="encoded")
    _, outside = split_rows(noise, question, Part("scaled", 0))
    moved = noise.copy()
    # one held-out row far away: it alone moves the mean and the scale of the column
    moved.loc[outside[0], "a"] = 1e9
    found = {
        kind: [part_scores(frame, question, Part(kind, 0)).probabilities[0][1:] for frame in (noise, moved)]
        for kind in ("fold", "scaled")
    }
    np.testing.assert_array_equal(*found["fold"])
    assert not np.array_equal(*found["scaled"])


def test_a_seed_splits_once_and_only_the_split_depends_on_it(noise: pd.DataFrame, ask: Ask) -> None:
    question = ask()
    first, fold = (part_scores(noise, question, Part(kind, 0)) for kind in ("seed", "fold"))
    # the first seed is the run's own
    np.testing.assert_array_equal(first.probabilities[0], fold.probabilities[0])
    held_out = [set(split_rows(noise, question, Part("seed", number))[1]) for number in range(4)]
    assert {len(rows) for rows in held_out} == {134}
    assert len(set(map(frozenset, held_out))) == 4


def test_rows_of_one_group_are_held_out_together_in_honest_parts(noise: pd.DataFrame, ask: Ask) -> None:
    frame = noise.assign(who=[f"p{i // 4}" for i in range(len(noise))])
    question = ask(groups=("who",))
    for part in (Part("fold", 1), Part("scaled", 1), Part("seed", 2)):
        inside, outside = split_rows(frame, question, part)
        assert not set(frame["who"].iloc[inside]) & set(frame["who"].iloc[outside])
        assert len(part_scores(frame, question, part).y) == len(outside)


def test_every_part_is_named_once_and_the_longest_begin(ask: Ask) -> None:
    named = parts(ask())
    assert len(set(named)) == len(named) == 1 + 3 + 3 + 4
    assert [part.kind for part in named[:2]] == ["resampled", "fold"]
