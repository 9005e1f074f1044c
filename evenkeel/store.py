"""The store: immutable, content-addressed objects in a folder, and small `Ref`s that name them.

``objects/sha256/ab/cdef..`` holds bytes under their own digest, and ``sealed/sha256/..`` those with rows that
nothing that fits may see: the raw table, test rows, predictions for them. ``steps/`` remembers which record
answers which step (see `ledger`); ``looks/`` counts evaluations; ``runs/<run>/`` holds what a person opens.
Whatever appears, appears at once and whole: bytes go to a temporary name, are flushed to disk, then renamed.
Every read hashes again. A damaged object therefore costs a recomputation, and never gives a wrong result.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

from evenkeel.canonical import json_bytes, sha256, table_digest
from evenkeel.errors import StoreError

Role = Literal["raw", "train", "test", "resampled"]
Kind = Literal["table", "json", "model", "html", "record"]
# a folder can be closed to a process, files among others in a folder not
OPEN, SEALED = "objects", "sealed"
SEALED_ROLES: frozenset[Role] = frozenset({"raw", "test"})


class Ref(BaseModel):
    """The name of an artifact: small enough to pass between tasks, strong enough to prove its content.

    `digest` is the SHA-256 of the stored bytes; `content`, for tables, the digest of the values alone
    (`canonical.table_digest`); `role` says what the rows are for and is empty where there are no rows.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    digest: str
    kind: Kind
    role: Role | None = None
    rows: int | None = None
    content: str | None = None


class Store:
    """A folder of immutable objects; `create` is its one primitive for change."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)

    def object_path(self, digest: str) -> Path:
        """Where the object of that digest lies, or would lie if it is not sealed."""
        sealed = self._path(SEALED, digest)
        return sealed if sealed.exists() else self._path(OPEN, digest)

    def _path(self, pile: str, digest: str) -> Path:
        return self.root / pile / "sha256" / digest[:2] / digest[2:]

    def seal(self, refs: Iterable[Ref]) -> tuple[str, ...]:
        """The paths that a process must not open so that it cannot read sealed objects, `refs` among them."""
        # every folder beside the sealed one must be there before a process is closed: see `landlock`
        for pile in (OPEN, SEALED):
            (self.root / pile / "sha256").mkdir(parents=True, exist_ok=True)
        (self.root / "steps").mkdir(exist_ok=True)
        # stores of earlier versions kept all objects in one place
        old = (self._path(OPEN, ref.digest) for ref in refs if ref.role in SEALED_ROLES)
        paths = [self.root / SEALED, *(path for path in old if path.exists())]
        return tuple(str(path.resolve()) for path in paths)

    def put(self, data: bytes, kind: Kind, *, sealed: bool = False) -> Ref:
        """Store bytes; storing the same bytes again changes nothing, unless the stored ones are damaged."""
        digest = sha256(data)
        path = self._path(SEALED if sealed else OPEN, digest)
        if not (path.exists() and sha256(path.read_bytes()) == digest):
            _write_whole(path, data)
        return Ref(digest=digest, kind=kind)

    def put_json(self, value: Any, kind: Kind = "json") -> Ref:
        """Store a value as canonical JSON."""
        return self.put(json_bytes(value), kind)

    def put_table(self, frame: pd.DataFrame, role: Role) -> Ref:
        """Store a frame as Parquet, without its index."""
        table = pa.Table.from_pandas(frame, preserve_index=False, nthreads=1)
        sink = io.BytesIO()
        pq.write_table(table, sink, compression="zstd")
        ref = self.put(sink.getvalue(), "table", sealed=role in SEALED_ROLES)
        return ref.model_copy(update={"role": role, "rows": len(frame), "content": table_digest(table)})

    def get(self, ref: Ref) -> bytes:
        """The bytes of an artifact, hashed again on the way."""
        return self.get_digest(ref.digest)

    def get_digest(self, digest: str) -> bytes:
        """The bytes stored under `digest`; `StoreError` when absent or damaged."""
        path = self.object_path(digest)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise StoreError(f"Expected object {digest[:12]} in {self.root}; it is not there.") from None
        if (actual := sha256(data)) != digest:
            raise StoreError(
                f"Object {digest[:12]} is damaged: its bytes hash to {actual[:12]}. Next: run again."
            )
        return data

    def get_json(self, ref: Ref) -> Any:
        """The value of a JSON artifact."""
        return json.loads(self.get(ref))

    def get_table(self, ref: Ref) -> pd.DataFrame:
        """The rows of a table artifact."""
        # without Arrow's pools: their threads can abort a short process in the middle of its exit, and
        # `read_table` begins one whatever it is told
        table = pq.ParquetFile(io.BytesIO(self.get(ref)), pre_buffer=False).read(use_threads=False)
        frame: pd.DataFrame = table.to_pandas(use_threads=False)
        # Parquet keeps that a column was categorical only where its categories are text
        kinds = {c["name"]: c["pandas_type"] for c in (table.schema.pandas_metadata or {}).get("columns", ())}
        numbers = [name for name in frame.columns if kinds.get(name) == "categorical"]
        return frame.astype({name: "category" for name in numbers if frame[name].dtype != "category"})

    def intact(self, ref: Ref) -> bool:
        """Whether the artifact is there and undamaged."""
        with contextlib.suppress(StoreError):
            self.get(ref)
            return True
        return False

    def create(self, name: str, data: bytes) -> bool:
        """Create a small file at `name` unless it exists; says whether this call created it."""
        path = self.root / name
        with _writing(path):
            temporary = _write_temporary(path, data)
            try:
                # a link fails where the name is taken: of two writers exactly one wins
                os.link(temporary, path)
            except FileExistsError:
                return False
            finally:
                temporary.unlink()
        return True

    def read(self, name: str) -> bytes | None:
        """The bytes of a small file made by `create`, or None."""
        path = self.root / name
        return path.read_bytes() if path.is_file() else None

    def discard(self, name: str) -> None:
        """Remove a small file that was found damaged, so that `create` can write it again."""
        (self.root / name).unlink(missing_ok=True)


def _write_whole(path: Path, data: bytes) -> None:
    with _writing(path):
        _write_temporary(path, data).replace(path)


def _write_temporary(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name[:32]}.{secrets.token_hex(6)}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    """What the system says against a write, as an error that names the place."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"Cannot write to {path.parent}: {error.strerror}. Next: free space, or another --store."
        ) from error
