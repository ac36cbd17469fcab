"""Where do the files of a backup land, so that a restore which fails leaves none behind?"""

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from renewals.desk.backup.members import PIECE_BYTES, Member
from renewals.errors import ArchiveDamaged, FileInTheWay

#: Behind the name of a file that is not whole yet.
UNFINISHED = ".restoring"


@dataclass(slots=True)
class Landing:
    """Files beside their final names until all of them are there; the same file from an earlier try is welcome."""

    folder: Path
    #: In the order in which they came.
    _unfinished: dict[Path, None] = field(default_factory=dict)
    _settled: list[Path] = field(default_factory=list)

    def take(self, name: str, member: Member) -> None:
        """Write one file beside its final name.

        Raises:
            FileInTheWay: there is one of this name with another content.
            ArchiveDamaged: it ends too early, or comes a second time.
        """
        final = self.folder.joinpath(*PurePosixPath(name).parts)
        _make_private(final.parent)
        unfinished = final.with_name(final.name + UNFINISHED)
        if unfinished in self._unfinished:
            raise ArchiveDamaged
        self._unfinished[unfinished] = None
        digest, left = hashlib.sha256(), member.size
        with open(unfinished, "wb", opener=_owner_only) as into:
            while piece := member.content.read(PIECE_BYTES):
                digest.update(piece)
                into.write(piece)
                left -= len(piece)
            into.flush()
            os.fsync(into.fileno())
        if left:
            raise ArchiveDamaged
        if final.exists() and _sha256_of(final) != digest.digest():
            raise FileInTheWay(name=name)

    def settle(self) -> None:
        """Give all of them their final names."""
        for unfinished in self._unfinished:
            final = unfinished.with_name(unfinished.name.removesuffix(UNFINISHED))
            is_new = not final.exists()
            unfinished.replace(final)
            if is_new:
                self._settled.append(final)

    def undo(self) -> None:
        """Take away what this restore wrote; what lay there before stays."""
        for path in (*self._unfinished, *self._settled):
            path.unlink(missing_ok=True)


def _make_private(folder: Path) -> None:
    """A folder that only its owner enters, and those above it that are missing."""
    for one in reversed([folder, *folder.parents]):
        one.mkdir(mode=0o700, exist_ok=True)


def _sha256_of(path: Path) -> bytes:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").digest()


def _owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
