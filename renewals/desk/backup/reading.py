"""What is in an archive, and is it ours, whole, of the wanted kind and of this version of the program?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from pyrage.x25519 import Identity

from renewals.desk.backup.members import END, FILES, FORMAT, MANIFEST, TABLES, Member, members_of
from renewals.desk.backup.sealing import decrypted
from renewals.desk.backup.tables import Table, migrations_applied, tables_of
from renewals.errors import ArchiveDamaged, ArchiveNotOurs, ArchiveOfAnotherKind, ArchiveOfAnotherVersion
from renewals.models import Archive, ArchiveKind


class Taker(Protocol):
    """Whoever takes what an archive holds, part by part, in the archive's order."""

    def take_rows(self, table: Table, lines: Sequence[bytes]) -> None:
        """Some rows of a table, one a line."""

    def take_file(self, name: str, member: Member) -> None:
        """A file, under the name that rows call it by."""


@dataclass(slots=True)
class Contents:
    """What an archive says of itself, and how much of it has been read; complete once it was given to a taker."""

    archive: Archive
    rows: dict[str, int] = field(default_factory=dict)
    files: int = 0
    #: Files that rows speak of and that lay nowhere when it was written.
    missing: list[str] = field(default_factory=list)


def read_archive(path: Path, *, kind: ArchiveKind, identities: Sequence[Identity], taker: Taker) -> Contents:
    """Give everything an archive holds to a taker, part by part; memory does not grow with its size.

    What the taker was given counts only once this returns: that the end is there and that nothing was changed is known
    at the end alone.

    Raises:
        ArchiveUnreadable, ArchiveNotOurs, ArchiveForOthers, ArchiveDamaged: the file.
        ArchiveOfAnotherKind, ArchiveOfAnotherVersion: what it is.
    """
    with decrypted(path, identities=identities) as (stream, source):
        contents = _given(members_of(stream), path, kind, taker)
    contents.archive.sha256, contents.archive.size = source.sha256, source.size
    return contents


def _given(parts: Iterator[Member], path: Path, kind: ArchiveKind, taker: Taker) -> Contents:
    contents, tables = _manifest(parts, path, kind)
    for member in parts:
        if member.name == END:
            _compare(member, contents)
            if next(parts, None) is not None:
                raise ArchiveDamaged
            return contents
        folder, _, rest = member.name.partition("/")
        if folder == TABLES:
            _give_rows(member, rest, tables, contents, taker)
        elif folder == FILES and rest and kind is ArchiveKind.DATA:
            taker.take_file(rest, member)
            contents.files += 1
        else:
            raise ArchiveDamaged
    raise ArchiveDamaged


def _manifest(parts: Iterator[Member], path: Path, kind: ArchiveKind) -> tuple[Contents, dict[str, Table]]:
    first = next(parts, None)
    if first is None or first.name != MANIFEST:
        raise ArchiveNotOurs
    manifest = first.document()
    if manifest.get("format") != FORMAT:
        raise ArchiveNotOurs
    if manifest.get("kind") != kind.value:
        raise ArchiveOfAnotherKind(expected=kind.value)
    tables = tables_of(kind)
    here = migrations_applied("default")
    if manifest.get("migrations") != here or manifest.get("tables") != {
        table.name: table.columns for table in tables.values()
    }:
        raise ArchiveOfAnotherVersion(archive=_last(manifest.get("migrations")), here=_last(here))
    try:
        archive = Archive(
            pk=UUID(manifest["id"]), kind=kind, name=path.name, made_at=datetime.fromisoformat(manifest["made_at"])
        )
    except (KeyError, ValueError, TypeError):
        raise ArchiveDamaged from None
    return Contents(archive, rows=dict.fromkeys(tables, 0)), tables


def _give_rows(member: Member, rest: str, tables: dict[str, Table], contents: Contents, taker: Taker) -> None:
    table = tables.get(rest.partition("/")[0])
    if table is None:
        raise ArchiveDamaged
    lines = member.whole().splitlines()
    taker.take_rows(table, lines)
    contents.rows[table.name] += len(lines)


def _compare(end: Member, contents: Contents) -> None:
    told = end.document()
    if told.get("rows") != contents.rows or told.get("files") != contents.files:
        raise ArchiveDamaged
    contents.missing = [str(name) for name in told.get("missing", [])]


def _last(migrations: object) -> str:
    ours = [str(one) for one in migrations if str(one).startswith("renewals.")] if isinstance(migrations, list) else []
    return ours[-1] if ours else "-"
