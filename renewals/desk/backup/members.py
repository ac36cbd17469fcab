"""What does an archive look like inside, before it is encrypted? A tar file, read and written as it passes by.

``manifest.json`` comes first and says what follows; ``tables/NAME/00000001.jsonl`` and so on hold the rows of a table,
one JSON list a line; ``files/…`` are the files that rows name; ``end.json`` comes last and counts it all, so that an
archive that was cut off is known by its missing end. Once decrypted, any ``tar`` unpacks it.
"""

import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Any, Final

from renewals.errors import ArchiveDamaged, ArchiveNotOurs

FORMAT: Final = "vigencia-backup-1"
MANIFEST, END = "manifest.json", "end.json"
TABLES, FILES = "tables", "files"
#: Rows are gathered into pieces of about so many bytes, each one member of the archive.
PIECE_BYTES = 1024 * 1024
#: No honest piece is larger, whatever a single row holds; a larger one would be read into memory whole.
LARGEST_PIECE = 256 * 1024 * 1024
_BLOCK = tarfile.BLOCKSIZE


@dataclass(frozen=True, slots=True)
class Member:
    """One part of an archive; ``content`` is read before the next part is asked for."""

    name: str
    size: int
    content: IO[bytes]

    def whole(self) -> bytes:
        """All of it.

        Raises:
            ArchiveDamaged: it claims more than any honest piece holds, or ends too early.
        """
        if self.size > LARGEST_PIECE:
            raise ArchiveDamaged
        content = self.content.read()
        if len(content) != self.size:
            raise ArchiveDamaged
        return content

    def document(self) -> dict[str, Any]:
        """The JSON object it holds. Raises ArchiveDamaged."""
        try:
            document = json.loads(self.whole())
        except ValueError:
            raise ArchiveDamaged from None
        if not isinstance(document, dict):
            raise ArchiveDamaged
        return document


def as_member(name: str, content: bytes) -> bytes:
    """The bytes of one small part."""
    return _header(name, len(content)) + content + _padding(len(content))


def as_members(name: str, *, size: int, content: IO[bytes]) -> Iterator[bytes]:
    """The bytes of one part that is read piece by piece.

    Raises:
        OSError: it holds less than it did a moment ago; what was given out so far is of no use.
    """
    yield _header(name, size)
    left = size
    while left:
        piece = content.read(min(left, PIECE_BYTES))
        if not piece:
            raise OSError(f"{name} became shorter while it was read")
        left -= len(piece)
        yield piece
    yield _padding(size)


def last_bytes() -> bytes:
    """What ends the tar file."""
    return bytes(2 * _BLOCK)


def members_of(stream: IO[bytes]) -> Iterator[Member]:
    """The parts of an archive in their order, as the stream gives them.

    Raises:
        ArchiveNotOurs: it does not begin like one.
        ArchiveDamaged: a part is no plain file, or its name leads elsewhere.
    """
    try:
        with tarfile.open(fileobj=stream, mode="r|", bufsize=64 * _BLOCK) as archive:
            while (info := archive.next()) is not None:
                # It remembers every part it has seen, and there may be a hundred thousand.
                archive.members.clear()  # type: ignore[attr-defined]  # the list has no public name
                content = archive.extractfile(info) if info.isreg() else None
                if content is None or not _is_plain(info.name):
                    raise ArchiveDamaged
                yield Member(info.name, info.size, content)
    except tarfile.ReadError:
        raise ArchiveNotOurs from None
    except tarfile.TarError:
        raise ArchiveDamaged from None


def _is_plain(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(name) and "\\" not in name and not path.is_absolute() and ".." not in path.parts


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info.tobuf(format=tarfile.PAX_FORMAT)


def _padding(size: int) -> bytes:
    return bytes(-size % _BLOCK)
