"""A table from a file that somebody names on the command line."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from evenkeel.errors import SourceError
from evenkeel.sources import CsvSource, ParquetSource

TEXTS = (".csv", ".tsv", ".txt")


def read_table(path: Path, role: str, *, encoding: str = "utf-8") -> pd.DataFrame:
    """All rows of a .parquet or a (compressed) text table; `SourceError` when it cannot be read.

    `role` is what errors call it: train or test.
    """
    if not path.is_file():
        here = "a folder" if path.is_dir() else "no file"
        beside = sorted(p.name for p in path.parent.glob("*") if p.is_file())[:8]
        raise SourceError(
            f"Expected the {role} table at {path} (seen from {Path.cwd()}), got {here}. "
            f"Available beside it: {', '.join(beside) or 'nothing'}. Next: name a .csv, .csv.gz or .parquet."
        )
    if path.suffix.lower() in (".parquet", ".pq"):
        return ParquetSource(kind="parquet", path=path).read(0)
    if not set(TEXTS) & {suffix.lower() for suffix in path.suffixes}:
        raise SourceError(
            f"Expected a .csv, .csv.gz or .parquet file for {role}, got {path.name!r}. "
            f"Next: write the table as one of these."
        )
    try:
        return CsvSource(kind="csv", path=path, encoding=encoding).read(0)
    except SourceError as error:
        if isinstance(error.__cause__, UnicodeDecodeError):
            raise SourceError(
                f"Expected {encoding} text in {path}, got bytes that are none. "
                f"Next: name the encoding, for example --encoding latin-1."
            ) from error
        raise
