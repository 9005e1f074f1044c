"""Attacks on the history: records, signatures, links and looks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evenkeel.canonical import json_bytes, sha256
from evenkeel.layouts import FOLDER
from evenkeel.looks import Look
from evenkeel.proof import check_records
from evenkeel.runs import KEY, every
from evenkeel.signing import SigningKey, unchecked_payload
from tests.proof.attacks.attack import Attack, claims_follow, relist

if TYPE_CHECKING:
    from tests.proof.conftest import Forger


def reorder(forger: Forger) -> None:
    one, two = (forger.records.index(forger.record(label)) for label in ("split", "preprocess"))
    forger.records[one], forger.records[two] = forger.records[two], forger.records[one]


def drop(forger: Forger) -> None:
    forger.records.remove(forger.record("validate"))


def repeat(forger: Forger) -> None:
    forger.records.insert(2, forger.record("split"))


def drop_strategy(forger: Forger) -> None:
    """A strategy that did badly, taken out of every stage."""
    forger.records = [record for record in forger.records if record.step.subject != "none"]


def take_from_another_run(forger: Forger) -> None:
    """A record of an earlier run, with its own signature, in place of this run's."""
    other = next(run for run in every(forger.store) if run.name != forger.run.name)
    name = "records/0001-ingest.json"
    shutil.copyfile(other.folder / name, forger.run.folder / name)
    relist(forger)


def another_key(forger: Forger) -> None:
    forger.key = SigningKey(Ed25519PrivateKey.generate())


def one_by_another_key(forger: Forger) -> None:
    path = forger.run.folder / "records" / "0003-split.json"
    path.write_bytes(SigningKey(Ed25519PrivateKey.generate()).envelope(unchecked_payload(path.read_bytes())))
    relist(forger)


def strip_signatures(forger: Forger) -> None:
    """The run as version 0.1 would have written it: no signature, no link, no key, no look."""
    folder = forger.run.folder
    shutil.rmtree(folder / FOLDER)
    (folder / KEY).unlink()
    claims = _as_of_old(forger)
    for path, record in zip(sorted((folder / "records").iterdir()), forger.records, strict=True):
        path.write_bytes(json_bytes(record.model_dump(mode="json")))
    forger.edit("run.json", lambda about: about | {"format": 1})
    digests = {n: d for n, d in forger.digests().items() if n.startswith("records/")}
    digests |= {name: sha256((folder / name).read_bytes()) for name in ("run.json", "config.json")}
    said = {"format": 1, "run": forger.run.name, "claims": claims, "files": digests}
    forger.certify = lambda: (folder / "certificate.json").write_bytes(json_bytes(said))  # type: ignore[method-assign]
    relist(forger)


def _as_of_old(forger: Forger) -> Any:
    """Records of format 1, the report that follows from them, and the claims that it shows."""
    forger.records = [
        record.model_copy(
            update={"format": 1, "facts": {k: v for k, v in record.facts.items() if k != "look"}}
        )
        for record in forger.records
    ]
    claims = check_records(forger.store, [r for r in forger.records if r.step.stage != "report"])
    step = forger.record("report").step
    forger.restep("report", parameters=step.parameters | {"claims": claims})
    forger.rekey()
    forger.tell()
    forger.remember()
    return claims


def declare_old(forger: Forger) -> None:
    """Evaluations of format 1 did not count looks: to say so in a signed record would hide them."""
    for name in ("none", "smote"):
        forger.replace(f"evaluate {name}", format=1)
    claims_follow(forger)


def signed_again(name: str, change: Callable[[Any], Any]) -> Callable[[Forger], object]:
    """A link or the layout, saying something else, signed by the same key."""

    def forge(forger: Forger) -> None:
        path = next((forger.run.folder / FOLDER).glob(name))
        payload = json_bytes(change(json.loads(unchecked_payload(path.read_bytes()))))
        path.write_bytes(forger.key.envelope(payload))
        relist(forger)

    return forge


def _looks(forger: Forger) -> list[Path]:
    return sorted((forger.store.root / "looks").glob("*/*.json"))


def delete_look(forger: Forger) -> None:
    _looks(forger)[0].unlink()


def edit_look(forger: Forger) -> None:
    path = _looks(forger)[0]
    look = Look.model_validate_json(path.read_bytes())
    path.write_bytes(look.model_copy(update={"at": "2020-01-01T00:00:00.000000Z"}).data)


def reorder_looks(forger: Forger) -> None:
    one, two = _looks(forger)[:2]
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)


def forget_other_splits(forger: Forger) -> None:
    """Looks at another split taken out, and the rest numbered and chained anew."""
    paths = _looks(forger)
    looks = [Look.model_validate_json(path.read_bytes()) for path in paths]
    kept = [look for look in looks if look.intent.test == looks[-1].intent.test]
    for path in paths:
        path.unlink()
    previous = None
    for number, look in enumerate(kept, start=1):
        again = look.model_copy(update={"number": number, "previous": previous})
        paths[number - 1].write_bytes(again.data)
        previous = again.digest


def nothing(forger: Forger) -> None:
    """Nothing is forged: another split of the same rows had been looked at before."""


HISTORY = (
    Attack("records reordered", "and signed anew", "EK002", reorder),
    Attack("a record dropped", "and signed anew", "EK002", drop, tell=False),
    Attack("a record told twice", "and signed anew", "EK002", repeat),
    Attack("a bad strategy dropped", "from every stage", "EK011", drop_strategy, tell=False),
    Attack(
        "a record of another run",
        "signed by the same key",
        "EK013",
        take_from_another_run,
        "twice",
        seal=False,
    ),
    Attack("signed by another key", "the reader brings the honest one", "EK013", another_key, demanded=True),
    Attack("one record signed by another key", "list rewritten", "EK013", one_by_another_key, seal=False),
    Attack(
        "signatures stripped",
        "down to format 1, while a key is demanded",
        "EK013",
        strip_signatures,
        seal=False,
        demanded=True,
    ),
    Attack("evaluations declared to be of format 1", "to hide looks", "EK013", declare_old, "twice"),
    Attack(
        "a link edited",
        "and signed anew",
        "EK013",
        signed_again("0001-*.link", lambda said: said | {"materials": {}, "products": {}}),
        seal=False,
    ),
    Attack(
        "the layout opened",
        "no rule forbids test; signed anew",
        "EK013",
        signed_again("root.layout", lambda said: said | {"steps": []}),
        seal=False,
    ),
    Attack("a look deleted", "the first", "EK015", delete_look, seal=False),
    Attack("a look edited", "its time", "EK015", edit_look, seal=False),
    Attack("looks reordered", "two traded places", "EK015", reorder_looks, seal=False),
    Attack(
        "looks at other splits forgotten",
        "chain made anew",
        "EK015",
        forget_other_splits,
        "twice",
        seal=False,
    ),
    Attack(
        "the seed picked on test", "second split of one table shown", "EK017", nothing, "twice", seal=False
    ),
)
