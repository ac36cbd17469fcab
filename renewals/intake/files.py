"""Which files lie under these paths, and what is in each, without reading giants, links or pipes?"""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from renewals.errors import (
    EmptyFile,
    FileRefused,
    FileTooLarge,
    NotAFile,
    PathMissing,
    PathUnreadable,
    TooManyFiles,
    UnrecognisedFile,
)
from renewals.pki.content import MAX_FILE_BYTES, refuse_size

#: So many files and folders in one run; a firm's whole archive is smaller.
MAX_ENTRIES = 200_000
#: Folders inside folders; nobody files papers deeper.
MAX_DEPTH = 20
#: Inside a folder these are no fault: other papers lie there too. Named one by one they are.
OTHER_PAPERS = (UnrecognisedFile, EmptyFile, FileTooLarge)


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A path to look at; ``named`` when somebody named it, not met while walking; a refusal where the walk ended."""

    path: str
    named: bool
    refusal: FileRefused | None = None


def find_files(paths: Sequence[str], *, max_entries: int = MAX_ENTRIES) -> Iterator[FoundFile]:
    """Every file under the paths, folders in alphabetical order, each path once.

    Links inside folders are not followed: they may lead anywhere, even back. A folder that cannot be read, is too
    deep or holds too many entries comes out as one refused path, and the walk goes on beside it.
    """
    seen: set[str] = set()
    budget = _Budget(max_entries)
    for path in paths:
        for found in _walk(path, budget) if Path(path).is_dir() else [FoundFile(path, named=True)]:
            if found.path not in seen:
                seen.add(found.path)
                yield found


def read_file(path: str) -> bytes:
    """The bytes of a regular file of honest size; a larger one is refused by its announced size, unread.

    Raises:
        PathMissing, PathUnreadable, NotAFile, FileTooLarge, EmptyFile: as they say.
    """
    try:
        status = Path(path).stat()
        if not stat.S_ISREG(status.st_mode):
            raise NotAFile
        if status.st_size > MAX_FILE_BYTES:
            raise FileTooLarge(size=status.st_size, limit=MAX_FILE_BYTES)
        with Path(path).open("rb", buffering=0) as handle:
            # One byte more than allowed tells a file that grew meanwhile.
            data = handle.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError as error:
        raise PathMissing from error
    except (OSError, ValueError) as error:
        raise PathUnreadable from error
    refuse_size(data)
    return data


class _Budget:
    """How many entries may still be looked at, over all folders of a run."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.left = limit


def _walk(top: str, budget: _Budget) -> Iterator[FoundFile]:
    """Depth first with a stack of our own, so that deep folders cannot exhaust Python's."""
    waiting: list[tuple[str, int]] = [(top, 0)]
    while waiting:
        folder, depth = waiting.pop()
        if depth > MAX_DEPTH:
            yield FoundFile(folder, named=False, refusal=TooManyFiles(depth=MAX_DEPTH))
            continue
        try:
            with os.scandir(folder) as listing:
                entries = list(islice(listing, budget.left + 1))
        except OSError:
            yield FoundFile(folder, named=False, refusal=PathUnreadable())
            continue
        overfull = len(entries) > budget.left
        entries = sorted(entries[: budget.left], key=lambda entry: entry.name)
        budget.left -= len(entries)
        yield from (FoundFile(one.path, named=False) for one in entries if one.is_file(follow_symlinks=False))
        if overfull:
            yield FoundFile(folder, named=False, refusal=TooManyFiles(limit=budget.limit))
        waiting += [(one.path, depth + 1) for one in reversed(entries) if one.is_dir(follow_symlinks=False)]
