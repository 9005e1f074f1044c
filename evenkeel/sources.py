"""Where rows come from: one small model per kind of source, each with `fingerprint` and `read`.

`fingerprint` is cheap and decides whether anything has to be read again: the digest of a file's bytes,
or None for rows that are generated from the config alone.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import lzma
import os
import tarfile
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from evenkeel.errors import SourceError, suggest

# pandas' own list takes the text "None" for a missing cell, but in real tables it is a level of its own
MISSING = ("", " ", "NA", "N/A", "n/a", "<NA>", "#N/A", "NaN", "nan", "-nan", "NULL", "null")


# what the unpackers raise besides OSError and EOFError
DAMAGE = (zipfile.BadZipFile, tarfile.TarError, lzma.LZMAError, zlib.error)


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    path: Path

    def fingerprint(self) -> str | None:
        """The SHA-256 of the file's bytes as they lie on disk, compressed or not."""
        return _file_digest(self.path)

    def describe(self) -> str:
        """One line for reports, without the folder."""
        return f"{self.kind} {self.path.name}"  # type: ignore[attr-defined]

    def _unchanged(self, read: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        _must_exist(self.path)
        before = self.path.stat()
        frame = read()
        after = self.path.stat()
        if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size):
            raise SourceError(f"{self.path} changed while it was read. Next: run again when it is complete.")
        return frame


class CsvSource(_File):
    """A text table: .csv, .tsv, also compressed (.gz, .zip, .bz2, .xz, .zst)."""

    kind: Literal["csv"]
    separator: str | None = Field(None, description="default: a tab for .tsv, else a comma")
    encoding: str = "utf-8"
    missing: list[str] = Field(list(MISSING), description="cell texts that mean: missing")

    def read(self, seed: int) -> pd.DataFrame:  # noqa: ARG002 - sources share one signature
        """All rows; `SourceError` when the file is absent, empty, or not what the config says."""
        return self._unchanged(self._parse)

    def _parse(self) -> pd.DataFrame:
        tabs = ".tsv" in self.path.suffixes
        separator = self.separator or ("\t" if tabs else ",")
        try:
            with warnings.catch_warnings():
                # rows longer than the header: pandas would shift every name by one, or drop the last cells
                warnings.simplefilter("error", pd.errors.ParserWarning)
                # pandas renames a repeated name silently, so the header is looked at on its own
                header = pd.read_csv(
                    self.path, sep=separator, encoding=self.encoding, header=None, nrows=1, dtype=str
                )
                check_distinct(header.iloc[0].dropna(), str(self.path))
                frame = pd.read_csv(
                    self.path,
                    sep=separator,
                    encoding=self.encoding,
                    keep_default_na=False,
                    na_values=self.missing,
                    low_memory=False,
                    index_col=False,
                )
        except UnicodeDecodeError as error:
            raise SourceError(
                f"Expected {self.encoding} text in {self.path}, got the byte "
                f"0x{error.object[error.start]:02x}, which is none. "
                f"Next: name the encoding, for example `source.encoding: latin-1`."
            ) from error
        except LookupError as error:
            raise SourceError(f"Expected a known encoding, got {self.encoding!r}: {error}.") from error
        except pd.errors.EmptyDataError as error:
            raise SourceError(f"Expected a header and rows in {self.path}, got an empty file.") from error
        except (OSError, EOFError, ImportError, ValueError, Warning, *DAMAGE) as error:
            raise SourceError(
                f"{self.path} cannot be read as a text table: {error}. Next: check it."
            ) from error
        return _not_empty(frame, str(self.path))


class ParquetSource(_File):
    """A Parquet file."""

    kind: Literal["parquet"]

    def read(self, seed: int) -> pd.DataFrame:  # noqa: ARG002 - sources share one signature
        """All rows; `SourceError` when the file is absent, empty or not Parquet."""
        try:
            _must_exist(self.path)
            check_distinct(pq.read_schema(self.path).names, str(self.path))
            frame = self._unchanged(lambda: pd.read_parquet(self.path))
        except (OSError, ValueError) as error:
            raise SourceError(
                f"{self.path} cannot be read as Parquet: {error}. Next: check the file."
            ) from error
        # an index with a name is a column that pandas put aside
        named = frame.index.names != [None]
        if named:
            check_distinct([*frame.index.names, *frame.columns], str(self.path))
        return _not_empty(frame.reset_index(drop=not named), str(self.path))


class SklearnSource(BaseModel):
    """A data set that comes with scikit-learn: no download."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["sklearn"]
    dataset: Literal["digits", "breast_cancer", "wine", "iris"]

    def fingerprint(self) -> str | None:
        """None: the rows come with the installed scikit-learn, whose version is in every record."""
        return None

    def describe(self) -> str:
        """One line for reports."""
        return f"scikit-learn's {self.dataset}"

    def read(self, seed: int) -> pd.DataFrame:  # noqa: ARG002 - sources share one signature
        """All rows, features first, then `target`."""
        import sklearn.datasets

        frame: pd.DataFrame = getattr(sklearn.datasets, f"load_{self.dataset}")(as_frame=True).frame
        return frame


class SyntheticSource(BaseModel):
    """A generator of scikit-learn, made imbalanced with imbalanced-learn's `make_imbalance`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["synthetic"]
    generator: Literal["moons", "blobs", "classification"]
    rows: int = Field(2000, ge=20, description="rows of the majority class")
    ratio: float = Field(0.05, gt=0, le=1, description="minority rows per majority row")
    params: dict[str, Any] = Field({}, description="passed to scikit-learn's generator")

    @field_validator("params")
    @classmethod
    def _known(cls, params: dict[str, Any]) -> dict[str, Any]:
        if taken := {"n_samples", "random_state", "return_X_y", "centers"} & set(params):
            raise ValueError(
                f"{sorted(taken)} are set by Evenkeel: `rows`, `seed` and two classes decide them."
            )
        return params

    @model_validator(mode="after")
    def _accepted(self) -> SyntheticSource:
        import sklearn.datasets

        known = set(inspect.signature(getattr(sklearn.datasets, f"make_{self.generator}")).parameters)
        for name in self.params:
            if name not in known:
                raise ValueError(
                    f"Expected a parameter of make_{self.generator}, got {name!r}. {suggest(name, known)}"
                )
        return self

    def fingerprint(self) -> str | None:
        """None: the config and the seed decide the rows."""
        return None

    def describe(self) -> str:
        """One line for reports."""
        return f"scikit-learn's make_{self.generator}, 1 : {1 / self.ratio:g}"

    def read(self, seed: int) -> pd.DataFrame:
        """The generated rows: features ``x0..``, then `target` (1 = minority)."""
        import sklearn.datasets
        from imblearn.datasets import make_imbalance

        fixed = {"centers": 2} if self.generator == "blobs" else {}
        size = {"n_samples": 2 * self.rows, "random_state": seed}
        try:
            X, y = getattr(sklearn.datasets, f"make_{self.generator}")(**self.params, **fixed, **size)
        except (ValueError, TypeError) as error:
            raise SourceError(f"make_{self.generator} refused its parameters: {error}") from error
        have = np.bincount(y, minlength=2)
        wanted = {0: int(have[0]), 1: min(int(have[1]), max(2, round(self.ratio * int(have[0]))))}
        X, y = make_imbalance(X, y, sampling_strategy=wanted, random_state=seed)
        frame = pd.DataFrame(X, columns=[f"x{i}" for i in range(X.shape[1])])
        return frame.assign(target=y)


Source = Annotated[CsvSource | ParquetSource | SklearnSource | SyntheticSource, Field(discriminator="kind")]
SOURCES: dict[str, type[BaseModel]] = {
    get_args(model.model_fields["kind"].annotation)[0]: model
    for model in (CsvSource, ParquetSource, SklearnSource, SyntheticSource)
}


def _not_empty(frame: pd.DataFrame, what: str) -> pd.DataFrame:
    if frame.empty:
        raise SourceError(f"Expected rows in {what}, got {len(frame)} rows and {frame.shape[1]} columns.")
    return frame.rename(columns=str)


def check_distinct(names: Iterable[object], what: str) -> None:
    """`SourceError` where two columns of `what` share a name."""
    repeated = sorted(str(name) for name, times in Counter(names).items() if times > 1)
    if repeated:
        raise SourceError(
            f"Expected distinct column names in {what}, got {repeated} twice. Next: rename them."
        )


@functools.lru_cache(maxsize=4)
def _digest_of(path: Path, _stamp: tuple[int, ...]) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _must_exist(path: Path) -> None:
    if not path.is_file():
        here = "a folder" if path.is_dir() else "no file"
        beside = (
            sorted(p.name for p in path.parent.glob("*") if p.is_file())[:8] if path.parent.is_dir() else []
        )
        raise SourceError(
            f"Expected a file at {os.fspath(path)} (seen from {Path.cwd()}), got {here}. "
            f"Available beside it: {', '.join(beside) or 'nothing'}. Next: mend `source.path`, or give it "
            f"with --set source.path=..."
        )


def _file_digest(path: Path) -> str:
    _must_exist(path)
    stat = path.stat()
    # a copy may keep time and size, but not the inode and the time of change
    return _digest_of(path, (stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size))
