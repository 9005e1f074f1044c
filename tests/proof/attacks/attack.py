"""One planted leak or forgery: what is done, how, and the claim that must find it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from evenkeel.proof import check_records
from evenkeel.recipe import Recipe
from evenkeel.runs import SUMS, object_digests, object_name, sums_text
from evenkeel.tables import encode_labels

if TYPE_CHECKING:
    from tests.proof.conftest import Forger


@dataclass(frozen=True)
class Attack:
    """An attack by whoever holds the key and knows all formats.

    `on` names the run that is attacked. With `seal`, records, links, looks, certificate and list are made
    anew after `forge`, with `tell` the report too; without `seal`, `forge` has made fit what it could.
    With `demanded`, the reader brings the honest public key.
    """

    name: str
    how: str
    code: str
    forge: Callable[[Forger], object]
    on: str = "plain"
    replay: bool = False
    seal: bool = True
    tell: bool = True
    demanded: bool = False


@dataclass(frozen=True)
class Uncaught:
    """What no claim finds, and why not; with `forge`, a test shows that it gets through."""

    name: str
    why: str
    forge: Callable[[Forger], object] | None = None
    on: str = "plain"
    seal: bool = True
    tell: bool = True


def recipe_of(forger: Forger) -> Recipe:
    """What all steps of the run have in common."""
    return Recipe.model_validate(forger.record("preprocess").step.parameters["recipe"])


def side(forger: Forger, name: str) -> pd.DataFrame:
    """Train or test as the split left it."""
    return forger.store.get_table(forger.record("split").outputs[name])


def all_rows(forger: Forger) -> tuple[pd.DataFrame, npt.NDArray[np.int64]]:
    """Train and test as one table, and the codes of its labels."""
    frame = pd.concat([side(forger, "train"), side(forger, "test")], ignore_index=True)
    recipe = recipe_of(forger)
    return frame, encode_labels(frame[recipe.target], recipe.classes).codes


def claims_follow(forger: Forger) -> None:
    """The report shows the outcomes of claims that come out now, after all that was forged."""
    forger.seal()
    before = [record for record in forger.records if record.step.stage != "report"]
    step = forger.record("report").step
    claims = check_records(forger.store, before)
    forger.restep("report", parameters=step.parameters | {"claims": claims})


def relist(forger: Forger) -> None:
    """The certificate signed anew, and the list of digests, for the files as they lie there."""
    forger.certify()
    digests = {object_name(forger.store, d): d for d in object_digests(forger.records)}
    (forger.run.folder / SUMS).write_text(sums_text(digests | forger.digests()))
