"""`Comparison`: a finished run, as a notebook wants to see it. All of it is read from the run's folder."""

from __future__ import annotations

import contextlib
import json
import sys
import webbrowser
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenkeel import execution, runs
from evenkeel.calling import default_store, ending_workers
from evenkeel.errors import StoreError
from evenkeel.notebook import predicting, showing, tables, watching
from evenkeel.notebook.frames import tidy
from evenkeel.saved import of_run
from evenkeel.store import Store

if TYPE_CHECKING:
    import pandas as pd


class Comparison:
    """What `compare` gives: figures, report and certificate of a finished run."""

    def __init__(self, found: runs.Run, *, notes: Sequence[str] = (), config: Path | None = None) -> None:
        self._run = found
        #: what was decided that nobody said, in words
        self.notes = tuple(notes)
        #: the config file: `evenkeel run` with it does the same again; None for a run that was looked up
        self.config = config

    @classmethod
    def of(cls, run: str = "latest", *, store: Path | str | None = None) -> Comparison:
        """An earlier run by its id, the beginning of it, its folder, or "latest"; from a notebook or not."""
        found = runs.find(Store(store if store is not None else default_store()), run)
        if not (found.folder / "report.json").is_file():
            raise StoreError(
                f"Expected a run that was completed, got {found.name}, which stopped before its report. "
                f"Next: evenkeel show {found.name}"
            )
        return cls(found)

    @property
    def run(self) -> Path:
        """The folder of the run."""
        return self._run.folder

    @cached_property
    def findings(self) -> dict[str, Any]:
        """All that the report shows, as in report.json."""
        return dict(json.loads((self.run / "report.json").read_text(encoding="utf-8")))

    @property
    def recommended(self) -> str:
        """The name of the strategy to use."""
        return str(self.findings["recommended"]["strategy"])

    @property
    def sentence(self) -> str:
        """What to use, and what it does on the test set, in one sentence."""
        return str(self.findings["recommended"]["sentence"])

    @cached_property
    def recommended_config(self) -> str:
        """The config that does what the sentence says, as YAML: save it, and `evenkeel run` it.

        Empty for runs before version 0.3, which did not say.
        """
        return of_run(self.findings, json.loads((self.run / "config.json").read_text(encoding="utf-8")))

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per strategy, indexed by its name, in the order that was asked for.

        Columns: `recommended`, `train_rows` (after resampling), in binary tasks `threshold` and the counts
        `found`, `missed` and `false_alarms` on test; then for each of the main metrics `METRIC`, `METRIC_low`
        and `METRIC_high`: its value on test with a 95 % interval; and `METRIC_cv`, `METRIC_cv_low` and
        `METRIC_cv_high`: the mean over the folds of train, with a 95 % interval that holds for all strategies
        together. NaN where a figure is undefined, or an interval not known, as in runs before version 0.3.
        """
        return tables.comparison(self.findings)

    @cached_property
    def figures(self) -> pd.DataFrame:
        """Every figure, one per row: `strategy`, `metric`, `test`, `cv`, and `_low` and `_high` of both."""
        return tables.figures(self.findings)

    def report(self, *, open: bool = False) -> showing.Page:  # noqa: A002 - what the command line calls it
        """The report, which a notebook shows in place; with `open` in the browser as well. A path-like."""
        page = showing.Page(self.run / "report.html")
        if open:
            webbrowser.open(page.path.resolve().as_uri())
        return page

    def verify(self, *, replay: bool = True, progress: bool = True) -> showing.ShownVerdict:
        """Check every claim of the run from its files; with `replay`, by computing all of it again.

        `verified` of the result says whether no claim failed; `claims` has the outcome of each.
        """
        from evenkeel.proof import verify

        shown = watching.shown(sys.stderr) if progress and replay else contextlib.nullcontext()
        with ending_workers(), shown:
            verdict = verify(self._run, replay=replay)
        execution.stop()
        return showing.ShownVerdict.model_validate(verdict.model_dump())

    def predict(self, data: Any, strategy: str | None = None) -> pd.DataFrame:
        """What the model of a strategy, by default the recommended one, says of the rows of a frame.

        One row per row of `data`, with its index: a column `p(CLASS)` per class, and `decided`, the class at
        the strategy's operating point. `DataError` where `data` lacks a feature.
        """
        given = tidy(data)
        name = self.recommended if strategy is None else strategy
        return predicting.predicted(self._run, name, given.frame).set_axis(predicting.index_of(data), axis=0)

    def __repr__(self) -> str:
        return showing.text(self.findings, self.table, self.notes, self.run)

    def _repr_html_(self) -> str:
        return showing.page(self.findings, self.table, self.notes, self.run, self.recommended_config)
