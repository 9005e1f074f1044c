"""Is this table fit to be split, resampled and learned from? Ask here before anything is fitted.

Frames in, plain results out: no store, no Prefect.

* A *check* asks one question of the table. The built-in ones (`check_table`, in `builtin`) need only the
  `BuiltinRules` that a run has anyway: target, positive value, keys, split and folds. They run in a fixed
  order, because later questions make no sense once an earlier one fails.
* A *suite* is the user's own list of checks, Great Expectations in YAML (`load_suite`, `run_suite`, in
  `expectations`, the only module that imports great_expectations, and only when it is called).
* Both answer with `CheckResult`s. Those that `stop` a run are critical and did not pass; `explain_stops`
  says which, in text. "Not applicable" is an answer of its own: what was not checked stays visible.

Labels are compared as text throughout (`label_text`): 1, 1.0 and "1" are one label.
"""

from evenkeel.labels import label_text
from evenkeel.validation.builtin import check_table
from evenkeel.validation.expectations import SuiteError, load_suite, run_suite
from evenkeel.validation.results import CheckResult, explain_stops
from evenkeel.validation.table import BuiltinRules

__all__ = [
    "BuiltinRules",
    "CheckResult",
    "SuiteError",
    "check_table",
    "explain_stops",
    "label_text",
    "load_suite",
    "run_suite",
]
