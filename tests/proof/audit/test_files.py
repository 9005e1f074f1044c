"""Tables from files, and what is said of files that are none."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from evenkeel.errors import SourceError
from evenkeel.proof.audit import read_table

FRAME = pd.DataFrame({"a": [1.5, 2.5], "c": ["x", "y"]})


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.tsv", "t.parquet", "T.CSV", "t.pq"])
def test_text_and_parquet_are_read_by_their_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if path.suffix in (".parquet", ".pq"):
        FRAME.to_parquet(path)
    else:
        FRAME.to_csv(path, index=False, sep="\t" if ".tsv" in name else ",")
    assert read_table(path, "train").to_numpy().tolist() == FRAME.to_numpy().tolist()


def test_a_missing_file_is_told_with_what_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "tset.csv").write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(
        SourceError, match=r"Expected the test table at .*test.csv.*Available beside it: tset.csv"
    ):
        read_table(tmp_path / "test.csv", "test")


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.xlsx").write_bytes(b"PK")
    with pytest.raises(
        SourceError, match=r"Expected a .csv, .csv.gz or .parquet file for train, got 't.xlsx'"
    ):
        read_table(tmp_path / "t.xlsx", "train")


def test_another_encoding_is_asked_for_and_taken(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("a\ncafé\n".encode("latin-1"))
    with pytest.raises(SourceError, match="--encoding latin-1"):
        read_table(path, "train")
    assert read_table(path, "train", encoding="latin-1")["a"].tolist() == ["café"]
