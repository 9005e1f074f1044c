"""Sources: the same rows from every kind of file, and one clear message for each that cannot be read."""

import bz2
import gzip
import hashlib
import json
import lzma
import os
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import TypeAdapter, ValidationError

from evenkeel.errors import SourceError
from evenkeel.sources import SOURCES, CsvSource, ParquetSource, SklearnSource, Source, SyntheticSource

TEXT = "age,sex\n34,f\n51.5,m\n"
ROWS = {"age": [34.0, 51.5], "sex": ["f", "m"]}


def zipped(path: Path, data: bytes) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("table.csv", data)


WRITERS = {
    "t.csv": Path.write_bytes,
    "t.csv.gz": lambda path, data: path.write_bytes(gzip.compress(data)),
    "t.csv.bz2": lambda path, data: path.write_bytes(bz2.compress(data)),
    "t.csv.xz": lambda path, data: path.write_bytes(lzma.compress(data)),
    "t.csv.zip": zipped,
}


@pytest.fixture
def made(tmp_path):
    """A text source over the given bytes."""

    def make(data, name="table.csv", **options):
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return CsvSource(kind="csv", path=path, **options)

    return make


def refusal(source) -> str:
    with pytest.raises(SourceError) as caught:
        source.read(0)
    return str(caught.value)


@pytest.mark.parametrize("name", WRITERS)
def test_a_text_table_reads_the_same_however_it_is_packed(name, tmp_path):
    WRITERS[name](tmp_path / name, TEXT.encode())
    frame = CsvSource(kind="csv", path=tmp_path / name).read(0)
    assert frame.to_dict("list") == ROWS


@pytest.mark.parametrize("name", ["t.tsv", "t.tsv.gz"])
def test_a_tsv_is_split_at_tabs(name, tmp_path):
    WRITERS[name.replace("tsv", "csv")](tmp_path / name, TEXT.replace(",", "\t").encode())
    assert CsvSource(kind="csv", path=tmp_path / name).read(0).to_dict("list") == ROWS


def test_a_named_separator_wins_over_the_suffix(made):
    assert made(TEXT.replace(",", ";"), "t.tsv", separator=";").read(0).to_dict("list") == ROWS


def test_a_byte_order_mark_is_no_part_of_the_first_name(made):
    assert made("\ufeff" + TEXT).read(0).to_dict("list") == ROWS


def test_parquet_keeps_types_and_drops_the_index(tmp_path):
    frame = pd.DataFrame({"n": pd.array([1, None], dtype="Int64"), "s": ["a", "b"]}, index=[7, 9])
    frame.to_parquet(tmp_path / "t.parquet")
    got = ParquetSource(kind="parquet", path=tmp_path / "t.parquet").read(0)
    pd.testing.assert_frame_equal(got, frame.reset_index(drop=True))


def test_digits_come_with_scikit_learn():
    frame = SklearnSource(kind="sklearn", dataset="digits").read(0)
    assert frame.shape == (1797, 65)
    assert frame.columns[-1] == "target"
    assert int((frame["target"] == 8).sum()) == 174


@pytest.mark.parametrize("generator", ["moons", "blobs", "classification"])
@pytest.mark.parametrize(("rows", "ratio", "minority"), [(100, 0.1, 10), (101, 0.05, 5), (60, 1, 60)])
def test_the_ratio_of_synthetic_rows_holds(generator, rows, ratio, minority):
    source = SyntheticSource(kind="synthetic", generator=generator, rows=rows, ratio=ratio)
    counts = source.read(3)["target"].value_counts()
    # `classification` flips a few labels, so its classes are near equal before rows are dropped
    slack = 4 if generator == "classification" else 0
    assert abs(counts[0] - rows) <= slack
    assert abs(counts[1] - minority) <= slack


@pytest.mark.parametrize("generator", ["moons", "blobs", "classification"])
def test_the_seed_decides_the_synthetic_rows(generator):
    source = SyntheticSource(kind="synthetic", generator=generator, rows=40, ratio=0.25)
    first, same, other = (source.read(seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, same)
    assert not first.equals(other)
    assert list(first.columns) == [*(f"x{i}" for i in range(first.shape[1] - 1)), "target"]


def test_parameters_reach_the_generator():
    options = {"kind": "synthetic", "generator": "blobs", "rows": 200}
    tight, wide = (
        SyntheticSource(**options, params={"cluster_std": std}).read(1).query("target == 0")["x0"].std()
        for std in (0.1, 5)
    )
    assert wide > 10 * tight


def test_a_value_that_the_generator_refuses_is_a_source_error():
    source = SyntheticSource(kind="synthetic", generator="moons", params={"noise": "much"})
    assert "make_moons refused its parameters: The 'noise' parameter" in refusal(source)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"nois": 1}, "Did you mean 'noise'"),
        ({"random_state": 1}, "are set by Evenkeel"),
        ({"n_samples": 9}, "are set by Evenkeel"),
    ],
)
def test_parameters_of_a_generator_are_checked_by_name(params, message):
    with pytest.raises(ValidationError, match=message):
        SyntheticSource(kind="synthetic", generator="moons", params=params)


@pytest.mark.parametrize(
    "cell", ["", " ", "NA", "N/A", "n/a", "<NA>", "#N/A", "NaN", "nan", "-nan", "NULL", "null"]
)
def test_cells_that_mean_missing_are_missing(made, cell):
    assert made(f"a,b\n{cell},1\nx,2\n").read(0)["a"].isna().tolist() == [True, False]


@pytest.mark.parametrize("cell", ["None", "none", "?", "-", "0", "missing", "NAN.", "Na"])
def test_other_cells_are_levels_of_their_own(made, cell):
    assert made(f"a,b\n{cell},1\nx,2\n").read(0)["a"].tolist() == [cell, "x"]


def test_a_blank_cell_leaves_a_column_of_numbers_a_column_of_numbers(made):
    column = made("a,b\n1,x\n ,x\n,x\nNA,x\n2.5,x\n").read(0)["a"]
    assert column.dtype == np.float64
    assert column.isna().tolist() == [False, True, True, True, False]


def test_the_config_may_say_what_missing_means(made):
    got = made("a,b\n?,1\nNA,2\n", missing=["?"]).read(0)["a"]
    assert got.isna().tolist() == [True, False]


def test_none_stays_a_level_in_a_real_table(shared_data):
    frame = CsvSource(kind="csv", path=shared_data("diabetes130/data.csv.gz")).read(0)
    assert (frame["max_glu_serum"] == "None").sum() > 90_000


@pytest.mark.parametrize("cls", [CsvSource, ParquetSource])
def test_a_missing_file_is_an_error_that_names_what_is_beside_it(cls, tmp_path):
    (tmp_path / "strokes.csv").write_text(TEXT)
    kind = cls.model_fields["kind"].annotation.__args__[0]
    with pytest.raises(SourceError) as caught:
        cls(kind=kind, path=tmp_path / "stroke.csv").fingerprint()
    message = str(caught.value)
    assert f"Expected a file at {tmp_path / 'stroke.csv'}" in message
    assert "got no file" in message
    assert "Available beside it: strokes.csv." in message
    assert "--set source.path=" in message


def test_nothing_beside_a_missing_file_is_said_too(tmp_path):
    with pytest.raises(SourceError, match="Available beside it: nothing"):
        CsvSource(kind="csv", path=tmp_path / "no" / "such.csv").fingerprint()


def test_a_relative_path_is_seen_from_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text(TEXT)
    assert CsvSource(kind="csv", path="t.csv").read(0).to_dict("list") == ROWS
    with pytest.raises(SourceError) as caught:
        CsvSource(kind="csv", path="u.csv").fingerprint()
    assert f"(seen from {tmp_path})" in str(caught.value)


@pytest.mark.parametrize(
    "cls",
    [CsvSource, ParquetSource],
)
def test_reading_a_missing_file_is_a_source_error(cls, tmp_path):
    kind = cls.model_fields["kind"].annotation.__args__[0]
    assert "such" in refusal(cls(kind=kind, path=tmp_path / "such"))


def test_a_folder_is_an_error(tmp_path):
    source = CsvSource(kind="csv", path=tmp_path)
    with pytest.raises(SourceError, match="got a folder"):
        source.fingerprint()
    assert str(tmp_path) in refusal(source)


@pytest.mark.parametrize("data", ["", "\n\n"])
def test_an_empty_file_is_an_error(made, data):
    assert "got an empty file" in refusal(made(data))


def test_a_header_alone_is_an_error(made):
    assert "Expected rows in" in refusal(made("a,b\n"))
    assert "got 0 rows and 2 columns" in refusal(made("a,b\n"))


def test_a_parquet_file_without_rows_is_an_error(tmp_path):
    pd.DataFrame({"a": []}).to_parquet(tmp_path / "t.parquet")
    assert "got 0 rows and 1 columns" in refusal(ParquetSource(kind="parquet", path=tmp_path / "t.parquet"))


def test_text_in_another_encoding_is_an_error_that_names_the_byte_and_the_way_out(made):
    message = refusal(made("a,b\ncaf\u00e9,1\n".encode("latin-1")))
    assert "Expected utf-8 text" in message
    assert "byte 0xe9" in message
    assert "`source.encoding: latin-1`" in message


def test_the_way_out_works(made):
    data = "a,b\ncaf\u00e9,1\n".encode("latin-1")
    assert made(data, encoding="latin-1").read(0)["a"].tolist() == ["caf\u00e9"]


def test_a_real_table_that_is_not_utf8(shared_data):
    path = shared_data("sms_spam/raw_latin1.csv.gz")
    assert "Expected utf-8 text" in refusal(CsvSource(kind="csv", path=path))
    assert len(CsvSource(kind="csv", path=path, encoding="latin-1").read(0)) == 5572


def test_an_encoding_that_does_not_exist_is_an_error(made):
    assert "Expected a known encoding, got 'klingon'" in refusal(made(TEXT, encoding="klingon"))


BROKEN = {
    "t.csv.gz": TEXT.encode(),
    "short.csv.gz": gzip.compress(TEXT.encode() * 50)[:-12],
    "t.csv.bz2": TEXT.encode(),
    "t.csv.zip": TEXT.encode(),
    "t.csv.xz": TEXT.encode(),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_is_not_what_its_suffix_says_is_an_error(made, name):
    assert f"{name} cannot be read as a text table" in refusal(made(BROKEN[name], name))


@pytest.mark.parametrize(
    "data", ["a,b\n1,2\n3,4,5\n", 'a,b\n"1,2\n3,4\n'], ids=["a long row", "an open quote"]
)
def test_a_text_that_is_no_table_is_an_error(made, data):
    assert "cannot be read as a text table" in refusal(made(data))


def test_rows_that_are_all_longer_than_the_header_are_an_error(made):
    refusal(made("a,b\n1,2,3\n4,5,6\n"))


def test_a_file_that_is_not_parquet_is_an_error(tmp_path):
    (tmp_path / "t.parquet").write_text(TEXT)
    assert "cannot be read as Parquet" in refusal(ParquetSource(kind="parquet", path=tmp_path / "t.parquet"))


def test_a_parquet_file_with_a_column_twice_is_an_error(tmp_path):
    arrays = [pa.array([1]), pa.array([2]), pa.array([3])]
    pq.write_table(pa.Table.from_arrays(arrays, names=["a", "b", "a"]), tmp_path / "t.parquet")
    message = refusal(ParquetSource(kind="parquet", path=tmp_path / "t.parquet"))
    assert "Expected distinct column names" in message


def test_a_text_table_with_a_column_twice_is_an_error(made):
    assert "Expected distinct column names" in refusal(made("a,b,a\n1,2,3\n"))


def test_a_file_that_changes_while_it_is_read_is_an_error(made, monkeypatch):
    source = made(TEXT)
    read_csv = pd.read_csv

    def slow(path, **options):
        frame = read_csv(path, **options)
        path.write_text(TEXT + "7,f\n")
        return frame

    monkeypatch.setattr(pd, "read_csv", slow)
    assert "changed while it was read" in refusal(source)


def test_the_fingerprint_is_the_sha256_of_the_file(made):
    assert made(TEXT).fingerprint() == hashlib.sha256(TEXT.encode()).hexdigest()


def test_the_fingerprint_of_a_packed_file_is_that_of_its_bytes_on_disk(made):
    data = gzip.compress(TEXT.encode(), mtime=0)
    assert made(data, "t.csv.gz").fingerprint() == hashlib.sha256(data).hexdigest()


def test_one_byte_changes_the_fingerprint(made):
    source = made(TEXT)
    before = source.fingerprint()
    source.path.write_text(TEXT.replace("34", "35"))
    # a time of its own: two writes may fall into one tick of the file system's clock
    os.utime(source.path, ns=(0, source.path.stat().st_mtime_ns + 10**9))
    assert source.fingerprint() == hashlib.sha256(TEXT.replace("34", "35").encode()).hexdigest() != before


def test_a_file_put_in_its_place_with_the_same_size_and_time_has_its_own_fingerprint(made):
    source, other = made(TEXT), made(TEXT.replace("34", "35"), "other.csv")
    before, stat = source.fingerprint(), source.path.stat()
    os.utime(other.path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    other.path.replace(source.path)
    assert source.fingerprint() != before


def test_the_name_and_place_of_a_file_do_not_matter_to_its_fingerprint(made):
    assert made(TEXT, "a.csv").fingerprint() == made(TEXT, "b.txt").fingerprint()


def test_generated_rows_have_no_fingerprint():
    assert SklearnSource(kind="sklearn", dataset="iris").fingerprint() is None
    assert SyntheticSource(kind="synthetic", generator="moons").fingerprint() is None


def test_a_description_keeps_the_folder_private(tmp_path):
    assert CsvSource(kind="csv", path=tmp_path / "t.csv").describe() == "csv t.csv"
    assert (
        SyntheticSource(kind="synthetic", generator="moons", ratio=0.05)
        .describe()
        .endswith("make_moons, 1 : 20")
    )


def test_the_table_of_sources_holds_every_kind():
    schema = TypeAdapter(Source).json_schema()
    assert set(SOURCES) == set(schema["discriminator"]["mapping"])


def test_the_reference_table_is_the_published_one(shared_data):
    path = shared_data("stroke_43400/data.csv.gz")
    source = CsvSource(kind="csv", path=path)
    meta = json.loads(path.with_name("meta.json").read_text())
    frame = source.read(0)
    assert source.fingerprint() == hashlib.sha256(path.read_bytes()).hexdigest()
    assert frame.shape == (meta["rows"], meta["columns"])
    assert {name: int(frame[name].isna().sum()) for name in meta["nan_columns"]} == meta["nan_columns"]
