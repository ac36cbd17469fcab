"""How does a process that parses files from outside shut itself out of everything else on the machine?

By Landlock, the Linux kernel's sandbox for processes without privileges: from then on, for this process and whatever
it starts, the kernel refuses what is not granted here. No Django, no database, and nothing to undo it.
"""

import ctypes
import os
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

# linux/landlock.h; the numbers of these calls are the same on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_TELL_VERSION = 1
_PATH_BENEATH = 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_PR_SET_NO_NEW_PRIVS = 38
#: Version of the interface → how many kinds of access to files it knows; version 1 knows the first thirteen.
_FILE_ACCESSES = {1: 13, 2: 14, 3: 15, 4: 15}
_NEWEST_FILE_ACCESSES = 16
#: From these versions on it also knows binding and connecting TCP, and signals and sockets without a path.
_NETWORK_SINCE, _SCOPES_SINCE = 4, 6
_BOTH = 0b11


class _Ruleset(ctypes.Structure):
    """What the kernel shall refuse unless a rule grants it (``struct landlock_ruleset_attr``)."""

    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    """What is granted in one folder (``struct landlock_path_beneath_attr``)."""

    _pack_ = 1
    _fields_ = (("granted", ctypes.c_uint64), ("folder", ctypes.c_int32))


def confine() -> bool:
    """Leave this process nothing but reading the interpreter's and the program's own code.

    No other file can be read or written, no program started, no TCP connection made, and no process outside be traced
    or signalled. Returns False where the kernel offers none of this (before Linux 5.13, or switched off): nothing has
    changed then, and the caller must say so.

    Raises:
        OSError: the kernel offers it and refused.
    """
    if not sys.platform.startswith("linux"):
        return False
    kernel = ctypes.CDLL(None, use_errno=True)
    version = kernel.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_TELL_VERSION))
    if version < 1:
        return False
    refused = _Ruleset(
        files=(1 << _FILE_ACCESSES.get(version, _NEWEST_FILE_ACCESSES)) - 1,
        network=_BOTH if version >= _NETWORK_SINCE else 0,
        scopes=_BOTH if version >= _SCOPES_SINCE else 0,
    )
    # An older kernel accepts the longer structure as long as what it does not know is zero.
    ruleset = _done(kernel.syscall(_CREATE_RULESET, ctypes.byref(refused), ctypes.c_size_t(ctypes.sizeof(refused)), 0))
    try:
        for folder in _own_code():
            _grant_reading(kernel, ruleset, folder)
        _done(kernel.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _done(kernel.syscall(_RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)
    return True


def _own_code() -> Iterable[Path]:
    """Folders of modules: some libraries load parts of themselves only when a file needs them."""
    paths = {Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    return [path for path in (*paths, Path(__file__).resolve().parents[1]) if path.is_dir()]


def _grant_reading(kernel: ctypes.CDLL, ruleset: int, folder: Path) -> None:
    opened = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = _Beneath(granted=_READ_FILE | _READ_DIR, folder=opened)
        _done(kernel.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0))
    finally:
        os.close(opened)


def _done(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
