"""The files of a sealed run against its list of digests: missing, extra, changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from evenkeel.canonical import sha256
from evenkeel.ledger import Record
from evenkeel.proof.case import Broken, NotApplicable
from evenkeel.runs import LEFT_OUT, SUMS, Run, object_digests, object_name, sums_text
from evenkeel.store import OPEN, SEALED

MOST_SHOWN = 5
_PILES = tuple(f"../../{pile}/sha256/" for pile in (OPEN, SEALED))


def check_files(run: Run, records: Sequence[Record]) -> str:
    """How many files are intact; `Broken` names those that are missing, extra or changed.

    The list itself must be, byte for byte, what follows from the files and the records: so it cannot be
    changed unseen either. Where objects were left out, all of them must be, and the claim is not applicable:
    of them only the digests are known.
    """
    path = run.folder / SUMS
    if not path.is_file():
        raise Broken(f"missing: {SUMS}")
    said = path.read_bytes()
    lines = [line.partition("  ") for line in said.decode(errors="replace").splitlines()]
    listed = {name: digest for digest, _, name in lines}
    actual = _actual(run, records, listed)
    left_out = _left_out(run, records, listed, actual)
    problems = _problems(listed, actual | left_out)
    if problems:
        more = f"; and {len(problems) - MOST_SHOWN} more" if len(problems) > MOST_SHOWN else ""
        raise Broken("; ".join(problems[:MOST_SHOWN]) + more)
    if said != sums_text(actual | left_out).encode():
        raise Broken(f"changed: {SUMS} is not the list that was written")
    if left_out:
        raise NotApplicable(f"{len(actual)} files hash to the listed digests; {_listed(left_out)}")
    return f"{len(actual)} files hash to the listed digests"


def _problems(listed: dict[str, str], actual: dict[str, str]) -> list[str]:
    problems = [
        f"changed: {name} (expected {listed[name][:12]}, actual {actual[name][:12]})"
        for name in sorted(listed.keys() & actual.keys())
        if listed[name] != actual[name]
    ]
    problems += [f"missing: {name}" for name in sorted(listed.keys() - actual.keys())]
    return problems + [f"extra: {name}" for name in sorted(actual.keys() - listed.keys())]


def _listed(left_out: dict[str, str]) -> str:
    shown = ", ".join(digest[:12] for digest in sorted(left_out.values())[:MOST_SHOWN])
    more = f" and {len(left_out) - MOST_SHOWN} more" if len(left_out) > MOST_SHOWN else ""
    return f"{len(left_out)} objects were left out and are not checked: {shown}{more}"


def _left_out(
    run: Run, records: Sequence[Record], listed: Collection[str], actual: Iterable[str]
) -> dict[str, str]:
    """Digests of the objects that the records name, by their listed names, if the run says it has none."""
    if not run.without_objects:
        return {}
    if there := sorted(name for name in actual if name.startswith(_PILES)):
        raise Broken(f"{LEFT_OUT} says that there are no objects, but here is {there[0]}")
    named = {}
    for digest in object_digests(records):
        names = [f"{pile}{digest[:2]}/{digest[2:]}" for pile in _PILES]
        named[next((name for name in names if name in listed), names[0])] = digest
    return named


def _actual(run: Run, records: Sequence[Record], listed: Iterable[str]) -> dict[str, str]:
    """Digests of the folder's files, and of the objects that the records name, or that are listed."""
    sums = run.folder / SUMS
    inside = [path for path in run.folder.rglob("*") if path.is_file() and path != sums]
    found = {path.relative_to(run.folder).as_posix(): path for path in inside}
    named = {object_name(run.store, digest) for digest in object_digests(records)}
    if not records:
        # the records cannot be read: the list is all that is left to go by
        named |= {name for name in listed if name.startswith(_PILES)}
    found |= {name: run.folder / name for name in named if (run.folder / name).is_file()}
    return {name: sha256(path.read_bytes()) for name, path in found.items()}
