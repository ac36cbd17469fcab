"""How is an archive written, so that it is there whole or not at all?"""

import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from renewals import audit
from renewals.audit import Actor
from renewals.desk.backup import names
from renewals.desk.backup.members import (
    END,
    FILES,
    FORMAT,
    MANIFEST,
    PIECE_BYTES,
    TABLES,
    as_member,
    as_members,
    last_bytes,
)
from renewals.desk.backup.sealing import encrypt, recipients
from renewals.desk.backup.snapshot import snapshot
from renewals.desk.backup.tables import Table, migrations_applied, tables_of
from renewals.errors import ArchiveFolderUnusable
from renewals.models import Archive, ArchiveKind


@dataclass(frozen=True, slots=True)
class Written:
    """What was written; ``missing`` are names of files that rows speak of and that lie nowhere."""

    archive: Archive
    path: Path
    rows: int
    files: int
    missing: list[str]

    def document(self) -> dict[str, object]:
        """The same for machines."""
        return {
            "path": str(self.path),
            "sha256": self.archive.sha256,
            "size": self.archive.size,
            "rows": self.rows,
            "files": self.files,
            "missing": self.missing,
        }


@dataclass(slots=True)
class _Counted:
    """What has gone into an archive so far: its last part says so."""

    rows: dict[str, int] = field(default_factory=dict)
    files: int = 0
    missing: list[str] = field(default_factory=list)


def write_archive(*, kind: ArchiveKind, folder: Path, by: Actor, now: datetime) -> Written:
    """Write one archive into a folder, encrypted to the recipients of the settings, and put it on the record.

    The rows come from one moment, and the memory it takes does not grow with their number. A file that a row names and
    that is gone is told of and stops nothing.

    Raises:
        BackupRecipientMissing, NotARecipient: nobody could read it; nothing is written.
        ArchiveFolderUnusable: the folder takes no file; nothing is left behind.
    """
    to = recipients()
    identity, counted = uuid4(), _Counted()
    lapses_on = None
    if kind is ArchiveKind.KEYS:
        lapses_on = timezone.localdate(now) + timedelta(days=settings.KEY_ARCHIVE_DAYS)
    path = folder / names.name_of(kind=kind, made_at=now, lapses_on=lapses_on, archive_id=identity)
    unfinished = folder / f".{path.name}.{secrets.token_hex(4)}"
    try:
        with snapshot() as alias, open(unfinished, "xb", opener=_owner_only) as into:
            written = encrypt(_pieces(kind, identity, now, alias, counted), to=to, into=into)
            into.flush()
            os.fsync(into.fileno())
        unfinished.rename(path)
    except OSError:
        raise ArchiveFolderUnusable from None
    finally:
        unfinished.unlink(missing_ok=True)
    archive = Archive(
        pk=identity,
        kind=kind,
        name=path.name,
        sha256=written.sha256,
        size=written.size,
        made_at=now,
        lapses_on=lapses_on,
    )
    with transaction.atomic():
        archive.save(force_insert=True)
        audit.record(
            "backup.written",
            by=by,
            subject=archive,
            archive=archive.name,
            sha256=archive.sha256,
            rows=sum(counted.rows.values()),
            files=counted.files,
            missing=len(counted.missing),
        )
    return Written(archive, path, sum(counted.rows.values()), counted.files, counted.missing)


def _pieces(kind: ArchiveKind, identity: UUID, now: datetime, alias: str, counted: _Counted) -> Iterator[bytes]:
    tables = tables_of(kind)
    manifest = {
        "format": FORMAT,
        "kind": kind.value,
        "id": str(identity),
        "made_at": now.isoformat(),
        "migrations": migrations_applied(alias),
        "tables": {table.name: table.columns for table in tables.values()},
    }
    yield as_member(MANIFEST, _json(manifest))
    for table in tables.values():
        yield from _table(table, alias, counted)
    if kind is ArchiveKind.DATA:
        for table in tables.values():
            yield from _files(table, alias, counted)
    yield as_member(END, _json({"rows": counted.rows, "files": counted.files, "missing": counted.missing}))
    yield last_bytes()


def _table(table: Table, alias: str, counted: _Counted) -> Iterator[bytes]:
    counted.rows[table.name] = 0
    gathered, size, number = list[bytes](), 0, 0
    for line in table.lines(alias):
        counted.rows[table.name] += 1
        gathered.append(line)
        size += len(line)
        if size >= PIECE_BYTES:
            number += 1
            yield as_member(f"{TABLES}/{table.name}/{number:08}.jsonl", b"".join(gathered))
            gathered, size = [], 0
    if gathered:
        yield as_member(f"{TABLES}/{table.name}/{number + 1:08}.jsonl", b"".join(gathered))


def _files(table: Table, alias: str, counted: _Counted) -> Iterator[bytes]:
    for column in table.file_fields():
        # Several rows may speak of one file.
        named = table.rows.using(alias).exclude(**{column: ""}).order_by(column).values_list(column, flat=True)
        for name in named.distinct().iterator(chunk_size=500):
            if not default_storage.exists(name):
                counted.missing.append(name)
                continue
            with default_storage.open(name) as content:
                yield from as_members(f"{FILES}/{name}", size=content.size, content=content)
            counted.files += 1


def _json(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def _owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
