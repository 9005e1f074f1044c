"""A certificate to carry away: one run with all that it stands on, in a folder that verifies anywhere.

The folder is a small store of its own: ``runs/<run>/``, the objects that its records name, and the looks at
its table up to its own last one. Where the objects must not leave the house they are left out, and a file
beside them says so; without it a missing object is damage, as everywhere.
"""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evenkeel import looks
from evenkeel.errors import EvenkeelError, StoreError
from evenkeel.ledger import Record
from evenkeel.proof import verify
from evenkeel.readme import readme
from evenkeel.runs import KEY, LEFT_OUT, Run, object_digests
from evenkeel.signing import PublicKey

DIGEST = re.compile(r"[0-9a-f]{64}")


class NotVerified(EvenkeelError):
    """A run of which a claim fails: its certificate would not verify."""

    exit_status = 4


@dataclass(frozen=True)
class Exported:
    """What was written, and where; `left_out` is how many objects were not; sizes are in bytes."""

    run: str
    folder: str
    files: int
    bytes: int
    objects: int
    left_out: int
    key: str | None


def export(run: Run, folder: Path, *, objects: bool = True, force: bool = False) -> Exported:
    """Write the certificate of a run to a new or empty folder, whole or not at all.

    Without `objects` tables, models and predictions stay behind. `NotVerified` if a claim fails, replays
    aside, unless `force`: then it fails for whoever checks the certificate, too.
    """
    folder = folder.resolve()
    _must_be_free(folder)
    if not force:
        _must_verify(run)
    unfinished = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.tmp")
    try:
        _fill(run, unfinished, objects)
        exported = _told(run, unfinished, folder)
        if folder.exists():
            folder.rmdir()
        unfinished.rename(folder)
    except OSError as error:
        raise StoreError(f"Cannot write to {folder}: {error}. Next: free space, or another -o.") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return exported


def _must_be_free(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if folder.exists():
        found = "a folder with files in it" if folder.is_dir() else "a file"
        raise StoreError(
            f"Expected a new or empty folder at {folder}, got {found}. Next: name another by -o."
        )


def _must_verify(run: Run) -> None:
    failed = [claim for claim in verify(run, replay=False).claims if claim.outcome == "failed"]
    if failed:
        codes = ", ".join(claim.code for claim in failed)
        raise NotVerified(
            f"Expected a run whose claims hold, got one that fails {codes}: {failed[0].explanation}. "
            f"Next: evenkeel verify {run.name} says more; --force exports the run as it is."
        )


def _fill(run: Run, folder: Path, objects: bool) -> None:
    records = run.records()
    shutil.copytree(run.folder, folder / "runs" / run.name)
    for path in [*_looks(run, records), *(_objects(run, records) if objects else ())]:
        copy = folder / path.relative_to(run.store.root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    if not objects or run.without_objects:
        (folder / LEFT_OUT).write_text(
            "The objects of this run (tables, models, predictions) were left out when it was exported.\n"
            "Claims that need them cannot be checked here.\n",
            encoding="utf-8",
        )
    text = readme(run.name, _key(run), objects=objects and not run.without_objects)
    (folder / "README.txt").write_text(text, encoding="utf-8")


def _objects(run: Run, records: list[Record]) -> Iterator[Path]:
    for digest in sorted(object_digests(records)):
        if DIGEST.fullmatch(digest) and (path := run.store.object_path(digest)).is_file():
            yield path


def _looks(run: Run, records: list[Record]) -> Iterator[Path]:
    """The looks at the run's table up to its own last one: the chain that its records pin."""
    numbers = [record.facts["look"]["number"] for record in records if "look" in record.facts]
    for record in records:
        table = str(record.step.inputs["table"].content) if record.step.stage == "split" else ""
        if numbers and DIGEST.fullmatch(table):
            yield from looks.paths(run.store, table)[: max(numbers)]


def _told(run: Run, unfinished: Path, folder: Path) -> Exported:
    files = [path for path in unfinished.rglob("*") if path.is_file()]
    piles = {path for path in files if path.relative_to(unfinished).parts[0] in ("objects", "sealed")}
    key = _key(run)
    return Exported(
        run=run.name,
        folder=str(folder),
        files=len(files),
        bytes=sum(path.stat().st_size for path in files),
        objects=len(piles),
        left_out=len(object_digests(run.records())) - len(piles),
        key=key.keyid if key else None,
    )


def _key(run: Run) -> PublicKey | None:
    path = run.folder / KEY
    return PublicKey.of_pem(path.read_bytes(), path) if path.is_file() else None
