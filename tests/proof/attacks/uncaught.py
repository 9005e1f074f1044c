"""What no claim can find, said as plainly as what is found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.proof.attacks.attack import Uncaught, claims_follow
from tests.proof.attacks.chosen import other_page
from tests.proof.attacks.history import strip_signatures

if TYPE_CHECKING:
    from tests.proof.conftest import Forger


def claim_isolation(forger: Forger) -> None:
    for record in list(forger.records):
        if record.step.stage in ("preprocess", "resample", "train", "decide"):
            forger.replace(record.step.label, isolation="landlock")
    claims = forger.record("report").step.parameters["claims"]
    count = sum(record.isolation == "landlock" for record in forger.records)
    said = {
        "outcome": "passed",
        "explanation": f"{count} steps ran where Landlock forbids to open them",
    }
    improved = [claim | said if claim["code"] == "EK016" else claim for claim in claims]
    step = forger.record("report").step
    forger.restep("report", parameters=step.parameters | {"claims": improved})


def validation_improved(forger: Forger) -> None:
    def quieter(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return results[:1]

    forger.swap_json("validate", "results", quieter)


def page_of_another_environment(forger: Forger) -> None:
    forger.pretend(altair="6.0.0")
    forger.seal()
    other_page(forger)


UNCAUGHT = (
    Uncaught(
        "Rows forged at the source",
        "Whoever holds the key can change, resample or pick rows before `ingest`, and run honestly. "
        "Replays say that the products follow from the rows, not that the rows are true. Ask for the source "
        "file, and run it again: the digests of train and test must be the same.",
    ),
    Uncaught(
        "A forged isolation flag",
        "That Landlock was there is the word of the machine that ran. What a stolen row would change, "
        "replays find.",
        claim_isolation,
    ),
    Uncaught(
        "History rewritten or cut off",
        "The holder of the key makes the chain of looks anew, without those at other splits, and signs the "
        "records again. Only a copy of a later look, or of another run that pins it, elsewhere can tell.",
        claims_follow,
        on="twice",
    ),
    Uncaught(
        "Evaluation in another store", "Looks count what happens in one store. Another leaves no trace in it."
    ),
    Uncaught(
        "Many configs on one test set",
        "Every look is counted, and the report says how many there were. That is told, and no claim fails.",
    ),
    Uncaught(
        "A human who peeks", "Nobody can prove what a person has read, or typed into a sampler's parameters."
    ),
    Uncaught(
        "A run that says it is of format 1",
        "Runs of version 0.1 had neither signatures nor looks, and still verify. Bring a key: with `--key` a "
        "run without signatures fails EK013.",
        strip_signatures,
        seal=False,
    ),
    Uncaught(
        "An invented earlier split",
        "A split may continue a run that is not at hand. EK019 then says that its tables are believed: "
        "whoever invents them picks the test rows by hand.",
    ),
    Uncaught(
        "Validation results edited",
        "Checks are not made again by `verify`: the results of validation in a report are the key holder's "
        "word. What the sides hold, EK006, EK007 and EK018 find out for themselves.",
        validation_improved,
    ),
    Uncaught(
        "A page drawn elsewhere",
        "With a false version of a package in the records, a page that says something else passes: EK012 "
        "names the environment. Read `report.json`, which is compared anyway, or replay in that environment.",
        page_of_another_environment,
        tell=False,
    ),
    Uncaught(
        "A model moved by less than 0.0001",
        "A false environment is granted the tolerance of rounding; the verdict names the environment.",
    ),
)
