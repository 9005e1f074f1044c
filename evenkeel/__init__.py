"""Evenkeel: from an imbalanced table to a model you can trust, with a test set that is provably untouched.

The tour. A **config** (`config`) names a source, a target and some **strategies**: ways to treat imbalance.
Rows come from a source (`sources`), are checked (`validation`) and split into train and test (`splitting`)
before anything is fitted. Each strategy resamples train (`resampling`), weighs its rows, or fits a model that
balances its own bags. It is judged on folds of train (`training`, `models`, `preprocessing`), gets an
operating point from those folds, and is looked at once on test (`evaluation`). `comparison` says how sure the
figures are, and which strategies differ, and `diagnosing` what is likely to be wrong. `findings` gathers what
came out, `report` draws it.

Between the steps lie **artifacts**, immutable and named by their digest (`store`, `canonical`). What each
step read and wrote is its **record** (`ledger`); records also say what need not be done again. Test rows lie
in a folder that the kernel closes to workers that fit anything (`landlock`); each evaluation is a counted
**look** (`looks`). A finished run is a folder sealed by digests (`runs`), its records signed (`signing`) as
`statements` and as links of in-toto (`layouts`). `proof` checks its **claims** from those files alone:
digests, signatures, who read what, and replays of all that was computed, every model included. `export` makes
of it a **certificate**, a folder that verifies anywhere (`readme` says how). Tables without a certificate get
an **audit** (`proof.audit`): what two of them, from any program, say against their split.

Who may import whom:

- `sources`, `validation`, `splitting`, `resampling`, `models`, `preprocessing`, `evaluation`, `diagnosing`
  and `report` are leaves: frames or plain rows in and out, no store, no ledger, no Prefect. `tables`,
  `twins`, `names`, `alone`, `labels`, `parameters`, `saved` and `errors` serve them.
- `config` knows the tables of samplers, models, metrics, sources and diagnostics, and checks names and
  parameters by them.
- `recipe` says what all strategies have in common and makes rows ready; `treatment` does to them what one
  strategy asks, and `costs` says before what that will take, with `forecast` and `memory`. `training`
  stands on these and on models; `ready` reads train rows for it and keeps them, `units` reads and writes the
  store for it inside a worker process;
  `execution` is the pool of workers and knows none of this.
- `tuning` stands on training and searches parameters in folds of train; `ranges`, a leaf, says what tables
  and configs let it try. Only its module `studies` knows Optuna.
- `comparison` stands on training and the store, and reads what evaluation wrote; nothing that fits reads it.
  `explained` does the same for the recommended model, by `explaining`, which knows no store, and `diagnosed`
  for all of them, by `diagnosing`: the last step to see test rows.
- `xray` stands on training and shows what an evaluation with a leak would have reported. Its figures are
  wrong on purpose: nothing that decides reads them, and a run is complete without it.
- Whatever takes long tells `progress`, which knows nobody. Who listens is `bars` on a terminal, or whoever
  uses the library; `wire` brings it from the workers.
- `plan` says which parameters a config gives every step: tasks ask it before the work, `proof` after it.
- `landlock` and `signing` know nothing of the rest but errors and canonical bytes; `looks` knows the store.
- `ledger` stands on the store, `statements` and `layouts` on the ledger, `runs` on those, `findings` on the
  ledger and the looks, `proof` on all of these, to do it again, and `export` on `proof`.
  `earlier` finds in a run the split that a new one continues.
- Outside this package, `tasks` are Prefect tasks that join the store with one function from here, and `flows`
  chain tasks. There are two roofs: `cli`, and `notebook`, which compares the strategies on a pandas frame.
  Only they import flows, and only when something is to run; both call them through `calling`.

A new sampler, model, metric, check, claim, audit, diagnostic or source is one entry in its table: SAMPLERS,
MODELS, METRICS, CHECKS, CLAIMS, AUDITS, DIAGNOSTICS, SOURCES. Names in configs, parameter checks, listings
and contract tests follow from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evenkeel.notebook import Comparison, compare

__all__ = ["Comparison", "__version__", "compare"]
__version__ = "0.3.0"


def __getattr__(name: str) -> Any:
    """The names for notebooks, imported when they are asked for: the rest has no use for them."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from evenkeel import notebook

    return getattr(notebook, name)
