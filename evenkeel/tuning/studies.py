"""The door to Optuna: what to try next, what to give up, which parameters mattered, and the file of a search.

Nothing is asked of a study that lives on: each question makes one in memory from the trials that are known,
with a sampler seeded by the number of the trial. So what comes out follows from those trials alone, whether
the search was stopped in between or not, and can be asked again by whoever verifies.

The sampler is TPE (Bergstra et al. 2011; multivariate, Falkner et al. 2018), the pruner the median rule
(Golovin et al. 2017), importance PED-ANOVA (Watanabe et al. 2023).
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from evenkeel.ranges import Dimension, Options, Range
from evenkeel.tuning.question import STARTUP, Params, Question, Trial, drawn

# suggested numbers keep so many digits: a person reads them, and other processors round alike
DIGITS = 5


def suggestions(question: Question, told: Sequence[Trial], numbers: Sequence[int]) -> list[Params]:
    """What the trials of these numbers are to try, given those that are known.

    Trial 0 is the config's own and tries nothing. Where spaces agree a number tries the same at random,
    whatever the strategy: model parameters are drawn before those of samplers.
    """
    with _quiet() as optuna:
        study = _study(optuna, question, told)
        found: list[Params] = []
        for number in numbers:
            if number == 0 or not question.space:
                found.append({})
                continue
            seed = drawn(f"trial {number} of {question.recipe.seed}")
            study.sampler = optuna.samplers.TPESampler(n_startup_trials=STARTUP, seed=seed)
            asked = study.ask(_distributions(optuna, question.space))
            found.append({name: _rounded(asked.params[name], d) for name, d in question.space.items()})
        return found


def hopeless(question: Question, told: Sequence[Trial], values: Sequence[float]) -> bool:
    """Whether a trial with these values in its first folds does worse than the median of those known."""
    with _quiet() as optuna:
        study = _study(optuna, question, told, own=True)
        pruner = optuna.pruners.MedianPruner(n_startup_trials=STARTUP)
        asked = optuna.trial.create_trial(
            state=optuna.trial.TrialState.PRUNED, intermediate_values=_first(question, values)
        )
        return bool(pruner.prune(study, asked))


def importance(question: Question, trials: Sequence[Trial]) -> dict[str, float]:
    """How much each parameter matters to the value, as shares of 1; empty where too few trials tell."""
    told = [trial for trial in trials if trial.state == "complete" and trial.params]
    if len(told) < STARTUP or len({trial.value for trial in told}) < 2:
        return {}
    with _quiet() as optuna:
        evaluator = optuna.importance.PedAnovaImportanceEvaluator()
        found = optuna.importance.get_param_importances(_study(optuna, question, told), evaluator=evaluator)
    return {name: round(float(share), DIGITS) for name, share in found.items()}


class Kept:
    """The trials of a search in a SQLite file, which Optuna's own tools open; it may be deleted at any time.

    Whatever is wrong with the file, it is begun anew: what it held is only work that can be done again.
    """

    def __init__(self, path: Path, question: Question) -> None:
        self._path, self._question = path, question

    def read(self) -> dict[int, tuple[Trial, float]]:
        """The trials by their numbers, each with its seconds of computing."""
        if not self._path.exists():
            return {}
        try:
            with self._opened() as (_, study):
                attributes = [trial.user_attrs for trial in study.get_trials(deepcopy=False)]
                return {
                    (found := Trial.model_validate_json(said["trial"])).number: (
                        found,
                        float(said["seconds"]),
                    )
                    for said in attributes
                }
        except Exception:
            # a damaged file, or one of another program
            self._path.unlink(missing_ok=True)
            return {}

    def add(self, trials: Sequence[tuple[Trial, float]]) -> None:
        """Keep finished trials; where that is not possible the search goes on without."""
        with contextlib.suppress(Exception), self._opened() as (optuna, study):
            for trial, seconds in trials:
                attributes = {"trial": trial.model_dump_json(), "seconds": seconds}
                study.add_trial(_told(optuna, self._question, trial, attributes))

    @contextlib.contextmanager
    def _opened(self) -> Iterator[tuple[Any, Any]]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with _quiet() as optuna:
            storage = optuna.storages.RDBStorage(f"sqlite:///{self._path}")
            try:
                yield (
                    optuna,
                    optuna.create_study(
                        storage=storage,
                        study_name="search",
                        direction=_direction(self._question),
                        load_if_exists=True,
                    ),
                )
            finally:
                storage.remove_session()
                storage.engine.dispose()


@contextlib.contextmanager
def _quiet() -> Iterator[Any]:
    """Optuna, imported on first use, without its log; what it calls experimental is pinned and tested."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield optuna


def _direction(question: Question) -> str:
    return "maximize" if question.maximizes else "minimize"


def _study(optuna: Any, question: Question, told: Sequence[Trial], *, own: bool = False) -> Any:
    """A study in memory that knows these trials; the config's own, which has no parameters, only if asked."""
    study = optuna.create_study(direction=_direction(question))
    for trial in told:
        if own or trial.params:
            study.add_trial(_told(optuna, question, trial, {}))
    return study


def _told(optuna: Any, question: Question, trial: Trial, attributes: Mapping[str, Any]) -> Any:
    states = optuna.trial.TrialState
    state = {"complete": states.COMPLETE, "pruned": states.PRUNED, "failed": states.FAIL}[trial.state]
    space = {name: question.space[name] for name in trial.params}
    return optuna.trial.create_trial(
        state=state,
        value=trial.value,
        params=trial.params,
        distributions=_distributions(optuna, space),
        intermediate_values=_first(question, trial.values),
        user_attrs=dict(attributes),
    )


def _first(question: Question, values: Sequence[float]) -> dict[int, float]:
    """The mean of the first folds, which is what pruning goes by."""
    first = values[: question.first]
    return {question.first: sum(first) / len(first)} if len(first) == question.first else {}


def _distributions(optuna: Any, space: Mapping[str, Dimension]) -> dict[str, Any]:
    return {name: _distribution(optuna.distributions, dimension) for name, dimension in space.items()}


def _distribution(kinds: Any, dimension: Dimension) -> Any:
    if isinstance(dimension, Options):
        return kinds.CategoricalDistribution(dimension.options)
    if not isinstance(dimension, Range):
        return kinds.FloatDistribution(dimension.least, 1.0)
    whole = isinstance(dimension.low, int) and isinstance(dimension.high, int)
    kind = kinds.IntDistribution if whole else kinds.FloatDistribution
    return kind(dimension.low, dimension.high, log=dimension.log)


def _rounded(value: Any, dimension: Dimension) -> Any:
    """A number with few digits, still within its range."""
    if not isinstance(value, float) or isinstance(dimension, Options):
        return value
    low, high = (dimension.low, dimension.high) if isinstance(dimension, Range) else (dimension.least, 1.0)
    return float(min(max(float(f"{value:.{DIGITS}g}"), low), high))
