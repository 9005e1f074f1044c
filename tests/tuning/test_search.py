"""Searches: the same in any order of fits and after any interruption, and as their values say."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from evenkeel.canonical import json_bytes
from evenkeel.errors import DataError
from evenkeel.tuning import BATCH, Job, Question, Score, Search, Trial, again, answer, best_of
from evenkeel.tuning.studies import Kept, importance, suggestions

Make = Callable[..., Question]
SMOTE = (("SMOTE", {}),)


def worth(job: Job) -> Score:
    """A value that depends on what is tried and on the fold alone; the best C is near 1."""
    if not job.params:
        return Score(0.3 + job.fold / 100)
    c = job.params["model.C"]
    return Score(round(1 / (1 + abs(c - 1)), 6) + job.fold / 100)


def finish(search: Search, shuffle: int = 0, until: int | None = None) -> list[Trial]:
    """Do all fits of a search, in any order, until so many trials are told."""
    while jobs := search.jobs():
        if until is not None and len(search.trials) >= until:
            break
        if shuffle:
            random.Random(shuffle).shuffle(jobs)
        for job in jobs:
            search.add(job, worth(job), seconds=1.0)
    return search.trials


def test_the_order_in_which_fits_end_does_not_matter(question: Make) -> None:
    asked = question()
    assert finish(Search(asked)) == finish(Search(asked), shuffle=1) == finish(Search(asked), shuffle=2)


@pytest.mark.parametrize("stopped", [BATCH, 2 * BATCH])
def test_a_search_that_was_stopped_goes_on_as_if_it_had_not_been(
    question: Make, tmp_path: Path, stopped: int
) -> None:
    asked = question()
    kept = Kept(tmp_path / "searches/a.db", asked)
    first = Search(asked)
    finish(first, until=stopped)
    kept.add(first.kept(0))
    resumed = Search(asked, known=kept.read())
    assert len(resumed.known) == stopped
    assert finish(resumed) == finish(Search(asked))
    fits = resumed.question.folds * (asked.trials - stopped)
    assert sum(seconds for _, seconds in resumed.kept(stopped)) <= fits


def test_what_is_wrong_with_the_file_of_a_search_costs_time_alone(question: Make, tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(b"no database")
    assert Kept(path, question()).read() == {}
    assert not path.exists()


def test_the_file_of_a_search_is_a_study_of_optunas(question: Make, tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    search = Search(question(trials=BATCH))
    finish(search)
    Kept(path, search.question).add(search.kept(0))
    with sqlite3.connect(path) as database:
        assert database.execute("select count(*) from trials").fetchone() == (BATCH,)
    database.close()


def test_trials_that_were_not_asked_for_are_not_believed(question: Make) -> None:
    asked = question(trials=BATCH)
    forged = Trial(number=1, params={"model.C": 1.0}, state="complete", value=9.0, values=(9.0,) * 4)
    assert finish(Search(asked, known={1: (forged, 0.0)})) == finish(Search(asked))


def test_the_first_trial_is_the_config_itself(question: Make) -> None:
    assert suggestions(question(), [], [0]) == [{}]


def test_strategies_try_the_same_at_random_where_their_ranges_agree(question: Make) -> None:
    plain, resampled = question(), question(chain=SMOTE)
    numbers = range(BATCH)
    one, two = suggestions(plain, [], numbers), suggestions(resampled, [], numbers)
    assert [p.get("model.C") for p in one] == [p.get("model.C") for p in two]
    assert set(two[1]) == {"model.C", "1.SMOTE.sampling_strategy", "1.SMOTE.k_neighbors"}


def test_a_question_that_comes_back_from_a_record_tries_the_same(question: Make) -> None:
    asked = question(kind="xgboost", chain=SMOTE)
    read = Question.model_validate(json.loads(json_bytes(asked.model_dump(mode="json"))))
    assert suggestions(read, [], range(3)) == suggestions(asked, [], range(3))


def test_another_seed_tries_something_else(question: Make) -> None:
    one = question()
    two = one.model_copy(update={"recipe": one.recipe.model_copy(update={"seed": 6})})
    assert suggestions(one, [], [1]) != suggestions(two, [], [1])


def test_the_search_finds_the_way(question: Make) -> None:
    asked = question(trials=40)
    trials = finish(Search(asked))
    assert 0.3 < best_of(asked, trials).params["model.C"] < 3
    assert len(trials) == 40
    assert {trial.state for trial in trials} == {"complete", "pruned"}
    assert importance(asked, trials) == {"model.C": 1.0}


def test_a_trial_that_is_given_up_has_the_first_folds_alone(question: Make) -> None:
    trials = finish(Search(question(trials=40)))
    given_up = [trial for trial in trials if trial.state == "pruned"]
    assert {len(trial.values) for trial in given_up} == {2}
    assert all(trial.number and trial.value is None for trial in given_up)


def test_no_trial_is_given_up_where_folds_are_few(question: Make) -> None:
    assert {trial.state for trial in finish(Search(question(trials=24, folds=3)))} == {"complete"}


def test_less_is_better_for_a_loss(question: Make) -> None:
    trials = [
        Trial(number=n, params={}, state="complete", value=v, values=(v,))
        for n, v in enumerate((2.0, 1.0, 1.0))
    ]
    assert best_of(question(metric="log_loss"), trials).number == 1
    assert best_of(question(), trials).number == 0


def test_a_search_of_failures_alone_says_why(question: Make) -> None:
    trials = [Trial(number=0, params={}, state="failed", value=None, values=(), note="too few rows.")]
    with pytest.raises(DataError, match=r"got none: too few rows. Next"):
        best_of(question(), trials)


def test_a_failure_in_one_fold_fails_the_trial(question: Make) -> None:
    search = Search(question(trials=BATCH))
    while jobs := search.jobs():
        for job in jobs:
            search.add(job, Score(None, note="no") if job.key == (2, 1) else worth(job), 0.0)
    assert [trial.state for trial in search.trials] == ["complete", "complete", "failed", "complete"]
    assert again(search.question, search.trials) == search.trials


def test_a_timeout_ends_the_search_between_batches(question: Make) -> None:
    trials = finish(Search(question(timeout=1.5 * BATCH * 4)))
    assert len(trials) == 2 * BATCH
    assert again(question(timeout=3.0), trials) == trials


def test_recorded_values_lead_to_the_same_trials(question: Make) -> None:
    asked = question(trials=20)
    trials = finish(Search(asked))
    assert again(asked, trials) == trials


def test_an_edited_value_leads_to_other_trials_or_another_best_one(question: Make) -> None:
    asked = question(trials=20)
    trials = finish(Search(asked))
    best = best_of(asked, trials)
    place = next(t.number for t in trials if t.number not in (0, best.number) and t.state == "complete")
    edited = list(trials)
    edited[place] = trials[place].model_copy(update={"values": (2.0,) * 4, "value": 2.0})
    assert answer(asked, again(asked, edited))[1] != answer(asked, trials)[1]


def test_fewer_trials_than_asked_for_are_found_out_without_a_timeout(question: Make) -> None:
    trials = finish(Search(question(trials=BATCH)))
    assert again(question(trials=2 * BATCH), trials) != trials


def test_the_rounds_are_the_median_of_the_folds(question: Make) -> None:
    asked = question(kind="xgboost", trials=1)
    best = Trial(
        number=1,
        params={"model.max_depth": 3},
        state="complete",
        value=0.9,
        values=(0.9,) * 4,
        rounds=(10, 40, 20, 30),
    )
    own = Trial(number=0, params={}, state="complete", value=0.1, values=(0.1,) * 4)
    told, facts = answer(asked, [own, best])
    assert facts["model"] == {"max_depth": 3, "n_estimators": 20}
    assert told["best"]["model.n_estimators"] == 20


def test_ratios_go_from_what_is_there_step_by_step(question: Make) -> None:
    asked = question(chain=(("RandomUnderSampler", {}), ("SMOTE", {})), present=0.01)
    half = {"1.RandomUnderSampler.sampling_strategy": 0.5, "2.SMOTE.sampling_strategy": 0.5}
    _, treatment = asked.asked(half)
    ratios = [params["sampling_strategy"] for _, params in treatment.chain]
    assert ratios == [0.1, 0.3162]


def test_what_tells_a_strategy_from_others_is_not_searched_unless_it_is_said(question: Make) -> None:
    fixed = (("SMOTE", {"sampling_strategy": 0.5}),)
    assert "1.SMOTE.sampling_strategy" not in question(chain=fixed).space
    said = {"SMOTE": {"sampling_strategy": {"low": 0.4, "high": 0.9}}}
    assert "1.SMOTE.k_neighbors" not in question(chain=fixed, said=said).space
