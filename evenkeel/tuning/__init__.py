"""A search over the parameters of one strategy: `Question` asks, trials are judged in folds, `answer` says.

`question` says what is searched and by what it is judged, `folds` does one trial in one fold, `search` knows
which fits are missing, and `studies` is the door to Optuna. No store and no worker here: tasks bring both.
"""

from evenkeel.tuning.folds import Fold, Score, fold_of, parts_of, score
from evenkeel.tuning.question import BATCH, Question, Trial, search_seed, space_of
from evenkeel.tuning.search import Job, Search, again, answer, best_of

__all__ = [
    "BATCH",
    "Fold",
    "Job",
    "Question",
    "Score",
    "Search",
    "Trial",
    "again",
    "answer",
    "best_of",
    "fold_of",
    "parts_of",
    "score",
    "search_seed",
    "space_of",
]
