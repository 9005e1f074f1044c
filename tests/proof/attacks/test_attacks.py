"""Every attack of the table is found by the claim that it names; what cannot be found is not."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from evenkeel.proof import CLAIMS, Verdict, verify
from evenkeel.runs import Run
from evenkeel.signing import own_key
from tests.proof.attacks.attack import Attack, Uncaught
from tests.proof.attacks.table import ATTACKS, PAGE, page
from tests.proof.attacks.uncaught import UNCAUGHT

if TYPE_CHECKING:
    from tests.proof.conftest import Forger

ForgerOn = Callable[[str], "Forger"]
SHOWN = [each for each in UNCAUGHT if each.forge]


def told(forger: Forger, attack: Attack | Uncaught, *, replay: bool, demanded: bool) -> Verdict:
    assert attack.forge
    attack.forge(forger)
    run = forger.seal(tell=attack.tell) if attack.seal else Run(forger.store, forger.run.folder)
    return verify(run, replay=replay, key=own_key().public if demanded else None)


def failures(verdict: Verdict) -> dict[str, str]:
    return {claim.code: claim.explanation for claim in verdict.claims if claim.outcome == "failed"}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_is_found(forger_on: ForgerOn, attack: Attack) -> None:
    """The list of digests fits every time, so it is the claim that finds it, and no damage."""
    found = failures(told(forger_on(attack.on), attack, replay=attack.replay, demanded=attack.demanded))
    assert attack.code in found
    assert "EK001" not in found


@pytest.mark.parametrize("attack", SHOWN, ids=lambda attack: attack.name)
def test_what_cannot_be_found_is_not(forger_on: ForgerOn, attack: Uncaught) -> None:
    assert not failures(told(forger_on(attack.on), attack, replay=True, demanded=False))


@pytest.mark.parametrize("name", ["plain", "boosted", "typed", "equal", "grown"])
def test_a_run_that_is_only_sealed_again_passes(forger_on: ForgerOn, name: str) -> None:
    """So that what the attacks fail on is what they changed."""
    assert not failures(forger_on(name).verdict(replay=name in ("plain", "typed")))


def test_the_page_shows_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_attack_has_a_name_of_its_own_and_names_a_claim() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 25
    assert {attack.code for attack in ATTACKS} <= {claim.code for claim in CLAIMS}
    assert all("|" not in value for a in ATTACKS for value in (a.name, a.how) if dataclasses.is_dataclass(a))
