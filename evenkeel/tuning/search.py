"""A search under way: which fits are missing, what their values come to, and the answer in the end.

Trials are asked for in batches of a fixed size and told in their order, so the answer is the same with any
number of workers, and after any interruption.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median_low
from typing import Any, NamedTuple

from evenkeel.errors import DataError
from evenkeel.tuning.folds import Score
from evenkeel.tuning.question import BATCH, Params, Question, State, Trial
from evenkeel.tuning.studies import hopeless, importance, suggestions


class Job(NamedTuple):
    """One fit that is asked for: a trial, and the number of the fold that it is judged on."""

    number: int
    fold: int
    params: Params

    @property
    def key(self) -> tuple[int, int]:
        """Which one it is."""
        return self.number, self.fold


@dataclass
class Search:
    """The state of a search. `trials` are those that are told; `seconds` is the computing they took.

    `known` are trials of an earlier attempt with their seconds: they are believed where they tried the same.
    Without `most` it ends when the question says.
    """

    question: Question
    known: Mapping[int, tuple[Trial, float]] = field(default_factory=dict)
    most: int | None = None
    trials: list[Trial] = field(default_factory=list)
    seconds: float = 0.0
    _asked: dict[int, Params] = field(default_factory=dict)
    _given_up: dict[int, bool] = field(default_factory=dict)
    _scores: dict[tuple[int, int], Score] = field(default_factory=dict)
    _spent: dict[int, float] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many trials there will be at most."""
        return self.question.trials if self.most is None else self.most

    @property
    def finished(self) -> bool:
        """Whether no more trials begin."""
        late = self.most is None and self.question.timeout is not None
        return len(self.trials) >= self.size or (
            late and bool(self.trials) and self.seconds >= float(self.question.timeout or 0)
        )

    @property
    def done(self) -> int:
        """How many trials need no more fits, as far as is known."""
        return len(self.trials) + sum(not self._open(n, range(self.question.folds)) for n in self._asked)

    def jobs(self) -> list[Job]:
        """The fits that are missing before the search can go on; none when it has finished."""
        while not self.finished:
            if not self._asked:
                self._ask()
            if missing := self._missing():
                return missing
            self._tell()
        return []

    def add(self, job: Job, score: Score, seconds: float) -> None:
        """Hand in what a fit is worth."""
        self._scores[job.key] = score
        self._spent[job.number] = self._spent.get(job.number, 0.0) + seconds

    def kept(self, since: int) -> list[tuple[Trial, float]]:
        """The trials from number `since` on, with their seconds."""
        return [(trial, self._spent.get(trial.number, 0.0)) for trial in self.trials[since:]]

    def _ask(self) -> None:
        begin = len(self.trials)
        numbers = range(begin, min(begin + BATCH, self.size))
        self._asked = dict(zip(numbers, suggestions(self.question, self.trials, numbers), strict=True))
        for number, params in self._asked.items():
            trial, seconds = self.known.get(number, (None, 0.0))
            if trial is not None and trial.params == params:
                self._scores |= scores_of(trial)
                self._spent[number] = seconds

    def _missing(self) -> list[Job]:
        """First the first folds of all trials of the batch, then the rest of those that are worth it."""
        first = range(self.question.first)
        if missing := [job for n in self._asked for job in self._open(n, first)]:
            return missing
        rest = range(self.question.first, self.question.folds)
        return [job for n in self._asked if not self._hopeless(n) for job in self._open(n, rest)]

    def _open(self, number: int, folds: range) -> list[Job]:
        if any(score.value is None for score in self._of(number)):
            return []
        return [
            Job(number, fold, self._asked[number]) for fold in folds if (number, fold) not in self._scores
        ]

    def _of(self, number: int) -> list[Score]:
        return [s for fold in range(self.question.folds) if (s := self._scores.get((number, fold)))]

    def _hopeless(self, number: int) -> bool:
        """Whether a trial is given up after its first folds; the config's own never is."""
        if number not in self._given_up:
            values = [score.value for score in self._of(number)[: self.question.first]]
            may = bool(self._asked[number]) and self.question.first < self.question.folds
            told = [value for value in values if value is not None]
            self._given_up[number] = (
                may and len(told) == self.question.first and hopeless(self.question, self.trials, told)
            )
        return self._given_up[number]

    def _made(self, number: int) -> Trial:
        scores, params = self._of(number), self._asked[number]
        if failed := [score for score in scores if score.value is None]:
            return _trial(number, params, "failed", note=failed[0].note)
        values = [score.value for score in scores if score.value is not None]
        if self._hopeless(number):
            return _trial(number, params, "pruned", values[: self.question.first])
        rounds = tuple(score.rounds for score in scores if score.rounds is not None)
        return _trial(number, params, "complete", values, rounds)

    def _tell(self) -> None:
        for number in self._asked:
            self.trials.append(self._made(number))
            self.seconds += self._spent.get(number, 0.0)
        self._asked = {}


def _trial(
    number: int,
    params: Params,
    state: State,
    values: Sequence[float] = (),
    rounds: tuple[int, ...] = (),
    note: str = "",
) -> Trial:
    value = sum(values) / len(values) if state == "complete" else None
    return Trial(
        number=number,
        params=params,
        state=state,
        value=value,
        values=tuple(values),
        rounds=rounds,
        note=note,
    )


def scores_of(trial: Trial) -> dict[tuple[int, int], Score]:
    """What a trial was worth, fold by fold, as it was handed in."""
    if trial.state == "failed":
        return {(trial.number, 0): Score(None, note=trial.note)}
    rounds = trial.rounds or (None,) * len(trial.values)
    return {
        (trial.number, fold): Score(value, rounds[fold] if fold < len(rounds) else None)
        for fold, value in enumerate(trial.values)
    }


def best_of(question: Question, trials: Sequence[Trial]) -> Trial:
    """The trial with the best value, the first of equal ones; `DataError` where none could be fitted."""
    done = [trial for trial in trials if trial.value is not None]
    if not done:
        why = next((trial.note for trial in trials if trial.note), "no trial was made")
        raise DataError(
            f"Expected at least one of {len(trials)} trials to be fitted in every fold, got none: {why} "
            f"Next: other ranges in `tuning.space`, or leave the strategy out."
        )
    sign = 1 if question.maximizes else -1
    return max(done, key=lambda trial: (sign * float(trial.value or 0.0), -trial.number))


def answer(question: Question, trials: Sequence[Trial]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a tune step stores, and the facts for its record: the best trial, and what it asks of the model.

    The number of rounds is the median of those that early stopping found in the folds.
    """
    best, own = best_of(question, trials), trials[0]
    rounds = median_low(best.rounds) if best.rounds else None
    spec, treatment = question.asked(best.params, rounds)
    told = {
        "metric": question.metric,
        "best": question.settings(best.params, rounds),
        "trials": [trial.model_dump(mode="json") for trial in trials],
        "importance": importance(question, trials),
    }
    facts = {
        "trials": len(trials),
        "best": best.number,
        "value": best.value,
        "own": own.value,
        "model": spec.params,
        "chain": [[name, params] for name, params in treatment.chain],
    }
    return told, facts


def again(question: Question, trials: Sequence[Trial]) -> list[Trial]:
    """The search done again with the recorded values in place of fits: what is tried must come out the same.

    Without a timeout there are as many trials as were asked for.
    """
    fewer = question.timeout is not None
    most = min(len(trials), question.trials) if fewer else question.trials
    search = Search(question, most=most)
    recorded = {key: score for trial in trials for key, score in scores_of(trial).items()}
    while jobs := search.jobs():
        for job in jobs:
            search.add(job, recorded.get(job.key, Score(None, note="not recorded")), 0.0)
    return search.trials
