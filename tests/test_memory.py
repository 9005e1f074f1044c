"""Memory: what the user says counts, else the smallest of what the machine and its control groups leave."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenkeel import memory
from evenkeel.errors import EvenkeelError

GB = 10**9


class Machine:
    """A pretended /proc and /sys/fs/cgroup."""

    def __init__(self, root: Path) -> None:
        self.proc, self.cgroup = root / "proc", root / "cgroup"

    def has(self, available: int) -> None:
        self._write(self.proc / "meminfo", f"MemTotal: 999 kB\nMemAvailable:   {available // 1024} kB\n")

    def lies_in(self, *lines: str) -> None:
        self._write(self.proc / "self/cgroup", "".join(f"{line}\n" for line in lines))

    def v2(self, path: str, most: object, used: int, idle: int = 0) -> None:
        self._write(self.cgroup / path / "memory.max", f"{most}\n")
        self._write(self.cgroup / path / "memory.current", f"{used}\n")
        self._write(self.cgroup / path / "memory.stat", f"anon 1\ninactive_file {idle}\nactive_file 7\n")

    def v1(self, path: str, most: int, used: int, idle: int = 0) -> None:
        self._write(self.cgroup / "memory" / path / "memory.limit_in_bytes", f"{most}\n")
        self._write(self.cgroup / "memory" / path / "memory.usage_in_bytes", f"{used}\n")
        stat = f"inactive_file 5\ntotal_inactive_file {idle}\n"
        self._write(self.cgroup / "memory" / path / "memory.stat", stat)

    @staticmethod
    def _write(path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path)
    monkeypatch.setattr(memory, "PROC", made.proc)
    monkeypatch.setattr(memory, "CGROUP", made.cgroup)
    monkeypatch.delenv("EVENKEEL_MEMORY", raising=False)
    made.has(1024 * GB)
    return made


@pytest.mark.parametrize(
    ("given", "size"),
    [
        ("4GB", 4 * GB),
        ("512MB", 512 * 10**6),
        ("1.5 GiB", 3 * 2**29),
        ("1.5gib", 3 * 2**29),
        ("2G", 2 * GB),
        ("100 kB", 10**5),
        ("12345", 12345),
        (" 7 B ", 7),
    ],
)
def test_a_size_is_read_as_it_is_usually_written(given: str, size: int) -> None:
    assert memory.parse(given) == size


@pytest.mark.parametrize(
    "given", ["", "much", "4 GB!", "-1GB", "0", "0.2", "1e9", "4 XB", "GB", "1.2.3 GB", "iB"]
)
def test_what_is_no_size_is_refused_with_an_example(given: str) -> None:
    with pytest.raises(EvenkeelError, match=r"Expected EVENKEEL_MEMORY .* such as 4GB.* got .*Next: "):
        memory.parse(given)


def test_an_absurdly_long_number_is_still_a_number() -> None:
    assert memory.parse("9" * 400) > 10**399


def test_what_the_user_says_counts_more_than_what_there_is(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.has(GB)
    monkeypatch.setenv("EVENKEEL_MEMORY", "64GB")
    assert memory.limit() == 64 * GB


def test_without_control_groups_the_machine_decides(machine: Machine) -> None:
    machine.has(1024 * 5000)
    assert memory.limit() == 1024 * 5000


@pytest.mark.parametrize("tight", ["", "a", "a/b"])
def test_the_tightest_group_of_the_whole_ancestry_decides(machine: Machine, tight: str) -> None:
    machine.lies_in("0::/a/b")
    for path in ("", "a", "a/b"):
        machine.v2(path, 10 * GB, 4 * GB)
    machine.v2(tight, 3 * GB, GB)
    assert memory.limit() == 2 * GB


def test_pages_of_files_that_nobody_reads_are_not_lost(machine: Machine) -> None:
    machine.lies_in("0::/a")
    machine.v2("a", 10 * GB, 9 * GB, idle=3 * GB)
    assert memory.limit() == 4 * GB


def test_a_group_without_a_limit_leaves_it_to_the_machine(machine: Machine) -> None:
    machine.lies_in("0::/a", "4:memory:/b")
    machine.v2("a", "max", 9 * GB)
    machine.v1("b", 9223372036854771712, 9 * GB)
    machine.has(1024 * GB)
    assert memory.limit() == 1024 * GB


def test_the_first_version_of_control_groups_is_understood(machine: Machine) -> None:
    machine.lies_in("9:name=systemd:/", "5:cpu,memory:/jobs/7", "0::/")
    machine.v1("jobs/7", 6 * GB, 2 * GB, idle=GB)
    assert memory.limit() == 5 * GB


@pytest.mark.parametrize("path", ["/not/mounted/here", "/../../elsewhere"])
def test_a_container_that_sees_only_its_own_group_reads_that(machine: Machine, path: str) -> None:
    machine.lies_in(f"0::{path}")
    machine.v2("", 2 * GB, GB)
    assert memory.limit() == GB


def test_a_full_group_leaves_nothing_rather_than_less_than_nothing(machine: Machine) -> None:
    machine.lies_in("0::/a")
    machine.v2("a", GB, 2 * GB)
    assert memory.limit() == 0


def test_where_the_system_tells_only_what_is_installed_that_counts(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    (machine.proc / "meminfo").unlink()
    monkeypatch.setattr("os.sysconf", {"SC_PHYS_PAGES": 1000, "SC_PAGE_SIZE": 16384}.__getitem__)
    assert memory.limit() == 1000 * 16384


def test_where_nothing_says_the_limit_is_unknown(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    (machine.proc / "meminfo").unlink()
    monkeypatch.delattr("os.sysconf")
    assert memory.limit() is None


@pytest.mark.parametrize(
    ("size", "shown"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 KB"), (1_200_000_000, "1.2 GB"), (210_000_000, "210 MB"),
     (9_960_000, "10 MB"), (999_600, "1.0 MB"), (5 * 10**18, "5,000 PB")],
)  # fmt: skip
def test_sizes_are_short_for_people(size: int, shown: str) -> None:
    assert memory.text(size) == shown


@given(st.integers(min_value=1, max_value=10**17))
def test_a_size_that_is_shown_can_be_given_back(size: int) -> None:
    assert memory.parse(memory.text(size).replace(",", "")) == pytest.approx(size, rel=0.051)


@pytest.mark.parametrize(("limit", "kept"), [("1MB", 200 * 2**20), ("2400MB", 3e8), ("100GB", 2**30)])
def test_the_kernel_cache_is_what_can_be_spared(
    limit: str, kept: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EVENKEEL_SVM_CACHE", raising=False)
    monkeypatch.setenv("EVENKEEL_MEMORY", limit)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert memory.kernel_cache() == kept


def test_the_kernel_cache_can_be_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENKEEL_SVM_CACHE", "8GB")
    assert memory.kernel_cache() == 8 * 10**9
    monkeypatch.setenv("EVENKEEL_SVM_CACHE", "much")
    with pytest.raises(EvenkeelError, match="Expected EVENKEEL_SVM_CACHE to be a size"):
        memory.kernel_cache()
