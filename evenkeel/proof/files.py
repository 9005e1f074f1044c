"""The files of a sealed run against its list of digests: missing, extra, changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from evenkeel.canonical import sha256
from evenkeel.ledger import Record
from evenkeel.proof.case import Broken
from evenkeel.runs import SUMS, Run, object_digests, object_name, sums_text

MOST_SHOWN = 5


def check_files(run: Run, records: Sequence[Record]) -> str:
    """How many files are intact; `Broken` names those that are missing, extra or changed.

    The list itself must be, byte for byte, what follows from the files and the records: so it cannot be
    changed unseen either.
    """
    path = run.folder / SUMS
    if not path.is_file():
        raise Broken(f"missing: {SUMS}")
    said = path.read_bytes()
    lines = [line.partition("  ") for line in said.decode(errors="replace").splitlines()]
    listed = {name: digest for digest, _, name in lines}
    actual = _actual(run, records, listed)
    problems = [
        f"changed: {name} (expected {listed[name][:12]}, actual {actual[name][:12]})"
        for name in sorted(listed.keys() & actual.keys())
        if listed[name] != actual[name]
    ]
    problems += [f"missing: {name}" for name in sorted(listed.keys() - actual.keys())]
    problems += [f"extra: {name}" for name in sorted(actual.keys() - listed.keys())]
    if problems:
        more = f"; and {len(problems) - MOST_SHOWN} more" if len(problems) > MOST_SHOWN else ""
        raise Broken("; ".join(problems[:MOST_SHOWN]) + more)
    if said != sums_text(actual).encode():
        raise Broken(f"changed: {SUMS} is not the list that was written")
    return f"{len(actual)} files hash to the listed digests"


def _actual(run: Run, records: Sequence[Record], listed: Iterable[str]) -> dict[str, str]:
    """Digests of the folder's files, and of the objects that the records name, or that are listed."""
    sums = run.folder / SUMS
    inside = [path for path in run.folder.rglob("*") if path.is_file() and path != sums]
    found = {path.relative_to(run.folder).as_posix(): path for path in inside}
    named = {object_name(run.store, digest) for digest in object_digests(records)}
    if not records:
        # the records cannot be read: the list is all that is left to go by
        named |= {name for name in listed if name.startswith(("../../objects/", "../../sealed/"))}
    found |= {name: run.folder / name for name in named if (run.folder / name).is_file()}
    return {name: sha256(path.read_bytes()) for name, path in found.items()}
