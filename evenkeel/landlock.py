"""A process that the kernel keeps away from some files, for good: Landlock, without a package.

Landlock (Linux 5.13 and later, https://docs.kernel.org/userspace-api/landlock.html) only knows how to allow.
So everything is allowed that lies beside the forbidden paths: on the way down to each of them, every entry
but the one that leads there. What appears later in a folder on that way stays forbidden too. Names can still
be listed; opening a file for reading or writing is refused, as is linking or moving it elsewhere.

A restriction is inherited by threads and processes that are begun afterwards, and cannot be lifted.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

# what keeps a process from opening what it must not see
Isolation = Literal["landlock", "none"]

# the same numbers on every architecture that Linux has had since they were added
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_RULE_PATH_BENEATH = 1
_NO_NEW_PRIVILEGES = 38
_WRITE_FILE, _READ_FILE, _REFER, _TRUNCATE = 1 << 1, 1 << 2, 1 << 13, 1 << 14
# what a rule about a file, not a folder, may speak of
_ON_FILES = _WRITE_FILE | _READ_FILE | _TRUNCATE


class _Ruleset(ctypes.Structure):
    _fields_ = (("handled_access_fs", ctypes.c_uint64),)


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def version() -> int:
    """The version of Landlock that this kernel offers, 0 where there is none."""
    if platform.system() != "Linux":
        return 0
    found: int = _libc().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION_FLAG))
    return max(0, found)


def forbid(paths: Sequence[str | Path]) -> bool:
    """Keep this thread, and all that it begins, from opening `paths` and what lies in them.

    False where the kernel does not offer it; an `OSError` where it does and refuses. Paths that do not exist
    yet are forbidden as well.
    """
    if not (offered := version()):
        return False
    handled = _WRITE_FILE | _READ_FILE
    handled |= _REFER if offered >= 2 else 0
    handled |= _TRUNCATE if offered >= 3 else 0
    libc, asked = _libc(), _Ruleset(handled)
    ruleset = _checked(libc.syscall(_CREATE_RULESET, ctypes.byref(asked), ctypes.sizeof(asked), 0))
    try:
        for path in beside(paths):
            _allow(ruleset, path, handled)
        _checked(libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
        _checked(libc.syscall(_RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)
    return True


def beside(paths: Sequence[str | Path]) -> Iterator[Path]:
    """The entries that lead to none of `paths`, of all the folders on the way to them.

    Links are left out: what they point to lies, under its own name, beside some path or in one.
    """
    forbidden = {Path(path).resolve() for path in paths}
    on_the_way = {folder for path in forbidden for folder in path.parents}
    for folder in sorted(on_the_way):
        if any(path in forbidden for path in (folder, *folder.parents)):
            # lies in a forbidden folder itself
            continue
        with contextlib.suppress(OSError):
            for entry in sorted(folder.iterdir()):
                if entry not in forbidden and entry not in on_the_way and not entry.is_symlink():
                    yield entry


def _allow(ruleset: int, path: Path, handled: int) -> None:
    # an entry that is gone by now, or that cannot be looked at, could not be opened anyway
    with contextlib.suppress(OSError):
        place = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            rights = handled if path.is_dir() else handled & _ON_FILES
            rule = _PathBeneath(rights, place)
            _checked(_libc().syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, ctypes.byref(rule), 0))
        finally:
            os.close(place)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"Landlock: {os.strerror(number)}")
    return result
