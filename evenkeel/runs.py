"""Runs: the folder a person opens, sealed by a list of digests that `sha256sum -c` understands.

``runs/<run>/`` holds the config, one signed record per step, the report, the certificate, the public key of
who signed them, the same as in-toto's links and layout, and ``SHA256SUMS``, which lists every file of the
run, the objects in the store included. The folder is made under another name and renamed when it is
complete, so a run that is there is whole.
"""

from __future__ import annotations

import datetime
import json
import secrets
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from evenkeel import layouts, signing
from evenkeel.canonical import json_bytes, sha256
from evenkeel.errors import StoreError
from evenkeel.ledger import Record
from evenkeel.statements import certificate, chained, read_statement
from evenkeel.store import Store

if TYPE_CHECKING:
    # only for its name: listing runs need not wait for the libraries that a config checks names with
    from evenkeel.config import RunConfig

FORMAT = 2
SUMS = "SHA256SUMS"
KEY = "key.pub"
# beside the objects, where an export has none
LEFT_OUT = "OBJECTS-LEFT-OUT.txt"
Status = Literal["completed", "stopped"]


@dataclass(frozen=True)
class Run:
    """A run in the store."""

    store: Store
    folder: Path

    @property
    def name(self) -> str:
        """The run's id."""
        return self.folder.name

    @property
    def without_objects(self) -> bool:
        """Whether the run says that it was exported without its objects: then none of them may be there."""
        return (self.store.root / LEFT_OUT).is_file()

    @cached_property
    def about(self) -> dict[str, Any]:
        """The content of run.json."""
        return dict(_read_json(self.folder / "run.json"))

    def records(self) -> list[Record]:
        """The records in the order of the steps, whoever signed them."""
        return [_record(path) for path in self.record_paths()]

    def record_paths(self) -> list[Path]:
        """The files of the records, in the order of the steps."""
        return sorted(self.folder.glob("records/*.json"))

    def certificate(self) -> dict[str, Any]:
        """The run, claims and digests of files that the certificate states, whoever signed it."""
        read = _read_json(self.folder / "certificate.json")
        if not signing.is_envelope(read):
            return dict(read)
        said = json.loads(signing.unchecked_payload((self.folder / "certificate.json").read_bytes()))
        files = {each["name"]: each["digest"]["sha256"] for each in said["subject"]}
        return {**said["predicate"], "files": files}


def sums_text(digests: Mapping[str, str]) -> str:
    """Lines of `sha256sum`, sorted by name."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))


def object_name(store: Store, digest: str) -> str:
    """The name of an object as seen from a run's folder."""
    return "../../" + store.object_path(digest).relative_to(store.root).as_posix()


def object_digests(records: Iterable[Record]) -> set[str]:
    """Every object that a run's steps read or wrote."""
    return {ref.digest for record in records for ref in record.refs()}


def write(
    store: Store,
    config: RunConfig,
    records: Sequence[Record],
    *,
    status: Status,
    files: Mapping[str, bytes] | None = None,
    claims: Sequence[Mapping[str, Any]] = (),
    about: Mapping[str, Any] | None = None,
) -> str:
    """Seal a run: write its folder whole, and give its id. `files` are the report's two forms."""
    now = datetime.datetime.now(datetime.UTC)
    run = f"{config.name}-{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    described = {
        "format": FORMAT,
        "run": run,
        "name": config.name,
        "status": status,
        "finished": f"{now:%Y-%m-%dT%H:%M:%S.%fZ}",
        **(about or {}),
    }
    content = signed_files(
        described, config_bytes(config), records, key=signing.own_key(), files=files or {}, claims=claims
    )
    digests = {name: sha256(data) for name, data in content.items()}
    digests |= {object_name(store, digest): digest for digest in object_digests(records)}
    content[SUMS] = sums_text(digests).encode()
    _appear(store.root / "runs", run, content)
    return run


def signed_files(
    described: Mapping[str, Any],
    config: bytes,
    records: Sequence[Record],
    *,
    key: signing.SigningKey,
    files: Mapping[str, bytes],
    claims: Sequence[Mapping[str, Any]],
) -> dict[str, bytes]:
    """The files of a run's folder by name, but for the list of their digests; `described` is run.json."""
    run = str(described["run"])
    content = {"run.json": json_bytes(described), "config.json": config, KEY: key.public.pem, **files}
    names = record_names(records)
    for name, said in zip(names, chained(records, run, sha256(config)), strict=True):
        content[f"records/{name}.json"] = key.envelope(said)
    links = layouts.payloads(dict(zip(names, records, strict=True)), str(described["finished"]), key.public)
    content |= {name: key.envelope(said) for name, said in links.items()}
    digests = {name: sha256(data) for name, data in content.items()}
    content["certificate.json"] = key.envelope(certificate(run, claims, digests))
    return content


def config_bytes(config: RunConfig) -> bytes:
    """A config as it lies in the folders of its runs."""
    return json_bytes(config.model_dump(mode="json"))


def record_names(records: Sequence[Record]) -> list[str]:
    """What the records of a run are called: number, stage and strategy."""
    return [f"{number:04}-{_file_name(record)}" for number, record in enumerate(records, start=1)]


def _appear(folder: Path, run: str, content: Mapping[str, bytes]) -> None:
    unfinished = folder / f".{run}"
    try:
        for name, data in content.items():
            path = unfinished / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        unfinished.rename(folder / run)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise StoreError(
            f"Cannot write run {run} to {folder}: {error}. Next: free space, or --store."
        ) from error


def find(store: Store, name: str) -> Run:
    """A run by its id, the beginning of its id, its folder, a folder that holds it alone, or "latest"."""
    folder = Path(name).resolve()
    if (folder / "run.json").is_file() or (folder / SUMS).is_file():
        return Run(Store(folder.parent.parent), folder)
    if name and len(held := every(Store(folder))) == 1:
        return held[0]
    known = every(store)
    matching = known[-1:] if name == "latest" else [run for run in known if run.name == name]
    matching = matching or [run for run in known if run.name.startswith(name)]
    if len(matching) == 1:
        return matching[0]
    available = ", ".join(run.name for run in (matching or known)[-8:]) or "none yet"
    got = "several" if matching else "no such run"
    raise StoreError(f"Expected a run, got {name!r}: {got} in {store.root}. Available: {available}.")


def every(store: Store) -> list[Run]:
    """All runs, oldest first."""
    folders = [path for path in (store.root / "runs").glob("[!.]*") if path.is_dir()]
    return [Run(store, path) for path in sorted(folders, key=lambda path: (_finished(path), path.name))]


def _finished(folder: Path) -> str:
    try:
        return str(json.loads((folder / "run.json").read_text(encoding="utf-8"))["finished"])
    except (OSError, ValueError, KeyError):
        # damaged: listed first, so that it is never the latest
        return ""


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise StoreError(
            f"Expected JSON in {path}, got {error}. Next: evenkeel verify says what is damaged."
        ) from error


def _record(path: Path) -> Record:
    read = _read_json(path)
    if not signing.is_envelope(read):
        return Record.model_validate(read)
    try:
        return read_statement(signing.unchecked_payload(path.read_bytes()))[0]
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise StoreError(f"Expected the Statement of a record in {path}, got {error!r}.") from error


def _file_name(record: Record) -> str:
    safe = "".join(c if c.isalnum() or c in "-_." else "-" for c in record.step.label.replace(" ", "-"))
    return safe.lstrip(".") or "step"
