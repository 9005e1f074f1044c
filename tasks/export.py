"""Export: a resampled set as a file outside the store."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from evenkeel.errors import EvenkeelError
from tasks.stage import Context, Done, as_task

FORMATS = (".parquet", ".csv", ".csv.gz")


@as_task
def export(context: Context, resampled: Done, output: str) -> dict[str, Any]:
    """Write the set whole or not at all, and say what it is."""
    path = Path(output)
    check_output(path)
    ((name, record),) = resampled.records.items()
    ref = record.outputs["resampled"]
    _write(context.store.get_table(ref), path)
    return {
        "strategy": name,
        "output": str(path),
        "rows": ref.rows,
        "digest": ref.content,
        "counts": record.facts["counts"],
        "links": record.facts["links"],
        "made": record.facts["made"],
    }


def check_output(path: Path) -> None:
    """Refuse a file that could not be written, before the work."""
    if not path.name.endswith(FORMATS):
        raise EvenkeelError(f"Expected a file name that ends in {', '.join(FORMATS)}, got {path.name!r}.")
    if not path.absolute().parent.is_dir():
        raise EvenkeelError(f"Expected a folder at {path.absolute().parent}, got none. Next: make it first.")


def _write(frame: pd.DataFrame, path: Path) -> None:
    folder, ending = path.absolute().parent, next(end for end in FORMATS if path.name.endswith(end))
    handle, name = tempfile.mkstemp(dir=folder, suffix=ending)
    os.close(handle)
    try:
        if ending == ".parquet":
            frame.to_parquet(name, index=False)
        else:
            frame.to_csv(name, index=False)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
