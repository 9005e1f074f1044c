"""Who says so: the signatures of records, certificate and links, and the chain of the records."""

from __future__ import annotations

from evenkeel.canonical import sha256
from evenkeel.layouts import FOLDER, payloads
from evenkeel.proof.case import Broken, Case, NotApplicable
from evenkeel.runs import KEY, Run, record_names
from evenkeel.signing import PublicKey, Unsigned
from evenkeel.statements import read_statement

# records of earlier formats have no signatures
FIRST_SIGNED = 2


def check_signatures(case: Case) -> str:
    """Every record in its place, the certificate and the links, all signed by one key."""
    run = case.sealed()
    key = _key(case, run)
    try:
        _check_records(run, key)
        key.payload((run.folder / "certificate.json").read_bytes())
        _check_links(case, run, key)
    except Unsigned as problem:
        raise Broken(str(problem)) from None
    whose = "the key that was given" if case.key else "whose key that is was not asked: --key PUB does"
    return f"{len(case.records)} records, certificate and links signed by {key.keyid[:12]}; {whose}"


def _key(case: Case, run: Run) -> PublicKey:
    path = run.folder / KEY
    if not path.is_file():
        if case.key or run.about.get("format") != 1:
            raise Broken(f"the run is not signed: it has no {KEY}")
        raise NotApplicable("runs of format 1 are not signed")
    own = PublicKey.of_pem(path.read_bytes(), path)
    if case.key and own != case.key:
        raise Broken(f"signed by key {own.keyid[:12]}, the key that was given is {case.key.keyid[:12]}")
    return own


def _check_records(run: Run, key: PublicKey) -> None:
    config, previous = sha256((run.folder / "config.json").read_bytes()), None
    for number, path in enumerate(run.record_paths(), start=1):
        try:
            payload = key.payload(path.read_bytes())
        except Unsigned as problem:
            raise Broken(f"{path.name}: {problem}") from None
        record, place = read_statement(payload)
        if record.format < FIRST_SIGNED:
            raise Broken(f"{path.name} says that it is of format {record.format}, which was never signed")
        stands = (place.run, place.config, place.number, place.previous)
        if stands != (run.name, config, number, previous):
            raise Broken(
                f"{path.name} was signed for another place: as number {place.number} of run {place.run}, "
                f"after {(place.previous or 'none')[:12]}; here it is number {number} of {run.name}, after "
                f"{(previous or 'none')[:12]}"
            )
        previous = sha256(payload)


def _check_links(case: Case, run: Run, key: PublicKey) -> None:
    """The links and the layout are signed, and say what the records say."""
    records = dict(zip(record_names(case.records), case.records, strict=True))
    expected = payloads(records, str(run.about["finished"]), key)
    for name, payload in expected.items():
        path = run.folder / name
        if not path.is_file():
            raise Broken(f"missing: {name}")
        if key.payload(path.read_bytes()) != payload:
            raise Broken(f"{name} does not say what the records say")
    found = {f"{FOLDER}/{path.name}" for path in (run.folder / FOLDER).glob("*")} - set(expected)
    if found:
        raise Broken(f"extra: {sorted(found)}")
