"""How much memory a run may use: what the machine has, what its control group leaves, or what we are told.

`EVENKEEL_MEMORY` ("4GB", "1.5 GiB", plain bytes) is taken as it is. Without it the smallest of the other two
counts, because the kernel ends a process at whichever comes first.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from evenkeel.errors import EvenkeelError

PROC = Path("/proc")
CGROUP = Path("/sys/fs/cgroup")
PREFIXES = ("", "K", "M", "G", "T", "P")
LEAST_CACHE, MOST_CACHE = 200 * 2**20, 2**30
# version 1 writes "no limit" as the largest multiple of a page
UNLIMITED = 2**60
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:([kmgtp]?)(i?)b?)?", re.ASCII | re.IGNORECASE)


class _Names(NamedTuple):
    """What the files of a control group are called, and which line of memory.stat counts idle file pages."""

    limit: str
    used: str
    idle: str


_V1 = _Names("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
_V2 = _Names("memory.max", "memory.current", "inactive_file")


def limit() -> int | None:
    """Bytes that this run may use, None where nothing says; an error if EVENKEEL_MEMORY is no size."""
    if (given := os.environ.get("EVENKEEL_MEMORY")) is not None:
        return parse(given)
    known = [left for left in (_machine(), *_groups()) if left is not None]
    return max(0, min(known)) if known else None


def kernel_cache() -> int:
    """Bytes that a support vector machine may keep its kernel in: `EVENKEEL_SVM_CACHE`, or what is to spare.

    What it finds does not hang on it, but on 80,000 rows whether it takes half an hour or the day, and on
    35,000 whether 9 or 18 seconds. To spare is a quarter of the memory, shared by as many machines as there
    are cores; scikit-learn's own 200 MiB at least, and 1 GiB at most.
    """
    given = os.environ.get("EVENKEEL_SVM_CACHE")
    if given is not None:
        return parse(given, "EVENKEEL_SVM_CACHE")
    spared = (limit() or 0) // (4 * (os.cpu_count() or 1))
    return min(max(spared, LEAST_CACHE), MOST_CACHE)


def parse(given: str, name: str = "EVENKEEL_MEMORY") -> int:
    """Bytes from "4GB" (10⁹ each), "1.5 GiB" (2³⁰ each) or plain bytes; errors speak of `name`."""
    found = _SIZE.fullmatch(given.strip())
    prefix, binary = ((found[2] or "").upper(), found[3]) if found else ("", None)
    size = int(Decimal(found[1]) * (1024 if binary else 1000) ** PREFIXES.index(prefix)) if found else 0
    if size < 1:
        raise EvenkeelError(
            f"Expected {name} to be a size such as 4GB, 512MB or 1.5 GiB, got {given!r}. "
            f"Next: set it to the memory that this run may use, or unset it."
        )
    return size


def text(size: int) -> str:
    """A size for people, with two digits or more: "1.2 GB", "210 MB"."""
    value, unit = float(size), 0
    while round(value) >= 1000 and unit < len(PREFIXES) - 1:
        value, unit = value / 1000, unit + 1
    digits = 1 if unit and value < 9.95 else 0
    return f"{value:,.{digits}f} {PREFIXES[unit]}B"


def _machine() -> int | None:
    for line in _lines(PROC / "meminfo"):
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    try:
        # macOS tells what is installed, not what is free: whoever needs more than that cannot be helped
        installed = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
    return installed if installed > 0 else None


def _groups() -> Iterator[int | None]:
    """What each control group above this process leaves: any of them can be the one that is full."""
    for line in _lines(PROC / "self" / "cgroup"):
        _, controllers, path = line.split(":", 2)
        if not controllers:
            # version 2 lies in a folder of its own where both versions are in use
            mounts, names = [CGROUP, CGROUP / "unified"], _V2
        elif "memory" in controllers.split(","):
            mounts, names = [CGROUP / "memory"], _V1
        else:
            continue
        for mount in mounts:
            yield from (_left(folder, names) for folder in _ancestry(mount, path))


def _ancestry(mount: Path, path: str) -> list[Path]:
    inside = PurePosixPath(path.strip().lstrip("/"))
    # a group outside this container's view is written with "..", and only the mount itself can be read
    if ".." in inside.parts:
        return [mount]
    return [mount / inside, *(mount / parent for parent in inside.parents)]


def _left(folder: Path, names: _Names) -> int | None:
    most = _number(folder / names.limit)
    if most is None or most >= UNLIMITED:
        return None
    # pages of files that nobody reads count as used, but are given up first
    idle = [line.split()[1] for line in _lines(folder / "memory.stat") if line.split()[:1] == [names.idle]]
    return most - (_number(folder / names.used) or 0) + sum(map(int, idle))


def _number(path: Path) -> int | None:
    first = next(iter(_lines(path)), "").strip()
    return int(first) if first.isdigit() else None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
