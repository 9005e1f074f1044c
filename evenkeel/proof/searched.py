"""Replays of searches: what was tried follows from what was found before, and the best one holds.

A search is too long to be done again whole. So its suggestions are made again from the recorded values, and
only the best trial is fitted again. A value that is better than it should be would be the best; one that is
worse than it should be leads to other suggestions, or to none, and changes nothing that was chosen.
"""

from __future__ import annotations

from typing import Any

from evenkeel import ready, tuning
from evenkeel.ledger import Record
from evenkeel.proof.compare import Compared, compare_json, compare_values
from evenkeel.proof.replay import Found, told
from evenkeel.store import Store
from evenkeel.training import one_thread


def question_of(record: Record) -> tuning.Question:
    """What the search of a record asks."""
    return tuning.Question.model_validate(record.step.parameters)


def trials_of(root: str, record: Record) -> list[tuning.Trial]:
    """The recorded trials."""
    stored = Store(root).get_json(record.outputs["trials"])
    return [tuning.Trial.model_validate(trial) for trial in stored["trials"]]


@told
@one_thread
def replay_search(root: str, record: Record) -> Found:
    """What is tried, given up and chosen, again from the recorded values of the folds."""
    question = question_of(record)
    made, facts = tuning.answer(question, tuning.again(question, trials_of(root, record)))
    return [
        compare_json("trials", made, record.outputs["trials"], Store(root)),
        compare_values("facts", facts, record.facts),
    ]


@told
@one_thread
def refit_trial(root: str, record: Record, number: int) -> tuning.Score:
    """The best trial fitted again in one fold."""
    question, train = question_of(record), record.step.inputs["train"]
    params = tuning.best_of(question, trials_of(root, record)).params
    stops = question.stops(params)
    fold = ready.searched(root, train, question.recipe, question.folds, number, stops)
    return tuning.score(fold, question, params)


def compare_search(root: str, record: Record, scores: list[Any]) -> Found:
    """The values of the best trial, fold by fold, against the recorded ones."""
    best = tuning.best_of(question_of(record), trials_of(root, record))
    recorded = [tuning.Score(*each) for each in _recorded(best)]
    return [_compared(number, *pair) for number, pair in enumerate(zip(scores, recorded, strict=True))]


def _recorded(best: tuning.Trial) -> list[tuple[float, int | None]]:
    rounds = best.rounds or (None,) * len(best.values)
    return list(zip(best.values, rounds, strict=True))


def _compared(number: int, made: tuning.Score, recorded: tuning.Score) -> Compared:
    return compare_values(f"best trial, fold {number + 1}", made._asdict(), recorded._asdict())
