"""Landlock: what is forbidden stays closed to Python, pandas and Arrow, by every name and every trick."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel import landlock
from evenkeel.landlock import beside

OFFERED = landlock.version() > 0
needs_landlock = pytest.mark.skipif(not OFFERED, reason="this system does not offer Landlock")

PRELUDE = """
import os, pathlib, shutil, subprocess, sys, threading
from evenkeel import landlock
root = pathlib.Path(sys.argv[1])
sealed, secret, table = root / "sealed", root / "sealed/deep/secret.csv", root / "sealed/table.parquet"
opened = root / "open"

def refused(act, *arguments):
    try:
        act(*arguments)
    except OSError as error:
        # EXDEV is how the kernel refuses to move what must not change its place
        assert error.errno in (1, 13, 18) or "Permission denied" in str(error), repr(error)
        return
    raise SystemExit(f"allowed: {act} {arguments}")

assert landlock.forbid([sealed])
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "sealed" / "deep").mkdir(parents=True)
    (tmp_path / "open" / "deep").mkdir(parents=True)
    for folder in ("sealed", "open"):
        (tmp_path / folder / "deep" / "secret.csv").write_text("a\n1\n")
        pd.DataFrame({"a": [1]}).to_parquet(tmp_path / folder / "table.parquet")
    # what leads in by another name, made before
    (tmp_path / "open" / "link").symlink_to(tmp_path / "sealed" / "deep" / "secret.csv")
    (tmp_path / "open" / "folder").symlink_to(tmp_path / "sealed")
    return tmp_path


def restricted(code: str, root: Path) -> None:
    """Run code in a process that has been closed to ``sealed``."""
    done = subprocess.run([sys.executable, "-c", PRELUDE + code, str(root)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


TRICKS = {
    "readers": """
import pandas, pyarrow.csv, pyarrow.parquet
refused(open, secret)
refused(secret.read_bytes)
refused(os.open, secret, os.O_RDONLY)
refused(pandas.read_csv, secret)
refused(pandas.read_parquet, table)
refused(pyarrow.parquet.read_table, str(table))
refused(pyarrow.csv.read_csv, str(secret))
refused(pyarrow.memory_map, str(table))
""",
    "other names": """
os.chdir(sealed)
refused(open, "deep/secret.csv")
refused(open, opened / "link")
refused(open, opened / "folder" / "deep" / "secret.csv")
refused(open, f"/proc/self/root{secret}")
refused(open, f"/proc/self/cwd/deep/secret.csv")
refused(open, f"/proc/{os.getpid()}/root{secret}")
refused(open, sealed / "deep" / ".." / "deep" / "secret.csv")
(opened / "new").symlink_to(secret)
refused(open, opened / "new")
folder = os.open(sealed, os.O_PATH)
refused(lambda: os.open("deep/secret.csv", os.O_RDONLY, dir_fd=folder))
handle = os.open(secret, os.O_PATH)
refused(open, f"/proc/self/fd/{handle}")
""",
    "moving": """
refused(os.link, secret, opened / "linked")
refused(os.rename, secret, opened / "renamed")
refused(os.rename, sealed / "deep", opened / "renamed")
refused(os.rename, sealed, opened / "renamed")
refused(shutil.copy, secret, opened / "copied")
refused(os.link, secret, root / "linked")
""",
    "writing": """
refused(open, secret, "a")
refused(secret.write_text, "b")
refused(os.truncate, secret, 0) if landlock.version() >= 3 else None
refused(lambda: (sealed / "mine").write_text("b"))
""",
    "children": """
done = subprocess.run(["cat", secret], capture_output=True)
assert done.returncode != 0 and not done.stdout, done
found = []
def read():
    try: found.append(open(secret).read())
    except PermissionError: pass
thread = threading.Thread(target=read); thread.start(); thread.join()
assert not found
if os.fork() == 0:
    try: open(secret)
    except PermissionError: os._exit(0)
    os._exit(1)
assert os.waitstatus_to_exitcode(os.wait()[1]) == 0
""",
    "once more": """
assert landlock.forbid([opened])
refused(open, secret)
refused(open, opened / "table.parquet")
""",
    "everything else works": """
import pandas
assert (opened / "deep" / "secret.csv").read_text() == "a\\n1\\n"
assert len(pandas.read_parquet(opened / "table.parquet")) == 1
(opened / "mine").write_text("b")
(opened / "mine").rename(opened / "deep" / "yours")
os.link(opened / "deep" / "yours", opened / "ours")
shutil.rmtree(opened / "deep")
assert sorted(os.listdir(sealed)) == ["deep", "table.parquet"]
pathlib.Path(os.devnull).write_text("x")
assert subprocess.run([sys.executable, "-c", "import json, zlib"]).returncode == 0
""",
    "what appears later": """
(opened / "later").mkdir()
(opened / "later" / "file").write_text("fine: inside a folder that was there")
refused((root / "beside").write_text, "appears in a folder on the way to what is closed")
""",
}


@needs_landlock
@pytest.mark.parametrize("trick", TRICKS)
def test_what_is_forbidden_stays_closed_and_nothing_else(root: Path, trick: str) -> None:
    restricted(TRICKS[trick], root)


@needs_landlock
def test_a_path_that_does_not_exist_yet_is_forbidden_too(tmp_path: Path) -> None:
    code = """
from evenkeel import landlock
import pathlib, sys
path = pathlib.Path(sys.argv[1]) / "later.csv"
landlock.forbid([path])
try: path.write_text("x")
except PermissionError: raise SystemExit(0)
raise SystemExit("allowed")
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_recent_linux_in_ci_offers_it() -> None:
    """Where tests must not be skipped unseen."""
    if os.environ.get("CI") == "true" and platform.system() == "Linux":
        release = tuple(int(part) for part in platform.release().split("-")[0].split(".")[:2])
        assert OFFERED or release < (5, 13), "Landlock is off: boot with lsm=landlock,.. or allow its calls"


def test_without_it_nothing_is_forbidden_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock.platform, "system", lambda: "Darwin")
    assert landlock.version() == 0
    assert landlock.forbid(["/"]) is False


# what is allowed, as paths

names = st.sampled_from(["a", "b", "c"])
places = st.lists(names, min_size=1, max_size=3).map(lambda parts: "/".join(parts))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree").resolve()
    for one in "abc":
        for two in "abc":
            (root / one / two).mkdir(parents=True)
            for three in "abc":
                (root / one / two / three).write_text("x")
    return root


@settings(max_examples=60, deadline=None)
@given(forbidden=st.lists(places, min_size=1, max_size=3))
def test_every_file_lies_beside_or_is_forbidden_and_never_both(tree: Path, forbidden: list[str]) -> None:
    closed = [tree / place for place in forbidden]
    allowed = list(beside(closed))
    for file in (path for path in tree.rglob("*") if path.is_file()):
        above = [file, *file.parents]
        assert any(path in closed for path in above) != any(path in allowed for path in above), file


@settings(max_examples=40, deadline=None)
@given(forbidden=st.lists(places, min_size=1, max_size=3))
def test_no_allowed_entry_leads_to_a_forbidden_one(tree: Path, forbidden: list[str]) -> None:
    allowed = set(beside([tree / place for place in forbidden]))
    for place in forbidden:
        path = tree / place
        assert not allowed & {path, *path.parents}
        assert not any(path in entry.parents for entry in allowed)


def test_the_order_of_paths_and_telling_one_twice_do_not_matter(tree: Path) -> None:
    one, two = tree / "a", tree / "b" / "c"
    assert list(beside([one, two])) == list(beside([two, one, two]))


def test_links_are_neither_allowed_nor_followed(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "into").symlink_to(tree / "a")
    (tmp_path / "closed").mkdir()
    assert tmp_path / "into" not in set(beside([tmp_path / "closed"]))
    through = set(beside([tmp_path / "into" / "b"]))
    assert tree / "a" / "b" not in through
    assert tree / "a" / "c" in through
