"""How does a backup come back: into an empty database, whole or not at all, with every door closed that stood open?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.core.management.color import no_style
from django.db import DataError, IntegrityError, connection, models, transaction
from pyrage.x25519 import Identity

from renewals import audit
from renewals.audit import Actor
from renewals.desk.backup import closing
from renewals.desk.backup.files import Landing
from renewals.desk.backup.members import Member
from renewals.desk.backup.reading import Contents, read_archive
from renewals.desk.backup.tables import MADE_BY_MIGRATE, TOMBSTONES, Table, tables_of
from renewals.errors import ArchiveDamaged, DatabaseNotEmpty, MasterKeyFault
from renewals.models import Archive, ArchiveKind, Company, Destruction
from renewals.vault import archiving, audit_key, erasing
from renewals.vault.audit_key import Signed


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back. ``destroyed``: the companies whose keys were destroyed after the data were written."""

    data: Contents
    keys: Contents | None
    closed_checkouts: int
    closed_approvals: int
    closed_client_requests: int
    destroyed: int
    #: By RFC.
    without_key: list[str]

    @property
    def companies_without_key(self) -> int:
        """How many companies have something in custody that nothing here opens."""
        return len(self.without_key)

    def document(self) -> dict[str, object]:
        """The same for machines."""
        return {
            "sha256": self.data.archive.sha256,
            "rows": sum(self.data.rows.values()),
            "files": self.data.files,
            "missing": self.data.missing,
            "closed_checkouts": self.closed_checkouts,
            "closed_approvals": self.closed_approvals,
            "closed_client_requests": self.closed_client_requests,
            "destroyed": self.destroyed,
            "companies_without_key": self.companies_without_key,
            "without_key": self.without_key,
        }


def restore(
    *,
    data: Path,
    keys: Path | None,
    identities: Sequence[Identity],
    files_into: Path,
    by: Actor,
    now: datetime,
) -> Restored:
    """Bring back a data backup and, unless told to do without, the keys of a key archive.

    Everything happens in one transaction, which ends only when both archives were read to their end and proved whole.
    Nobody is signed in afterwards, and every checkout and approval that stood open is closed.

    Raises:
        DatabaseNotEmpty, FileInTheWay: there is something here already.
        ArchiveUnreadable, ArchiveNotOurs, ArchiveForOthers, ArchiveDamaged: a file.
        ArchiveOfAnotherKind, ArchiveOfAnotherVersion: what a file is.
        AuditKeyUnknown, SignatureWrong, NotATombstone: a destruction in it was not signed by the firm.
    """
    landing = Landing(files_into)
    try:
        with transaction.atomic(durable=True):
            _require_empty()
            read = read_archive(data, kind=ArchiveKind.DATA, identities=identities, taker=_Loader(landing))
            archiving.with_public_halves_only(now=now)
            opened = None
            if keys is not None:
                opened = read_archive(keys, kind=ArchiveKind.KEYS, identities=identities, taker=_KeyLoader())
            _finish_tables()
            restored = _settle(read, opened, by, now)
            landing.settle()
    except (IntegrityError, DataError, OverflowError):
        landing.undo()
        raise ArchiveDamaged from None
    except BaseException:
        landing.undo()
        raise
    return restored


@dataclass(slots=True)
class _Loader:
    """Takes rows into their tables and files to where they belong."""

    landing: Landing

    def take_rows(self, table: Table, lines: Sequence[bytes]) -> None:
        table.insert([table.values(line) for line in lines])

    def take_file(self, name: str, member: Member) -> None:
        self.landing.take(name, member)


@dataclass(slots=True)
class _KeyLoader:
    """Takes the keys of those companies that the data know of, and the statements of which were destroyed."""

    companies: set[int] = field(default_factory=lambda: set(Company.objects.values_list("pk", flat=True)))

    def take_rows(self, table: Table, lines: Sequence[bytes]) -> None:
        rows = [table.values(line) for line in lines]
        column = next((place for place, name in enumerate(table.columns) if name == "company_id"), None)
        if column is not None:
            # A company that is younger than the data has nothing here that its key could open.
            rows = [row for row in rows if row[column] in self.companies]
        if table.name == archiving.WAITING:
            archiving.bring_back_waiting(rows)
            return
        if table.name == archiving.AUDIT_KEYS:
            archiving.make_room([str(row[0]) for row in rows])
        table.insert(rows, ignore_conflicts=table.name == TOMBSTONES)

    def take_file(self, name: str, member: Member) -> None:
        raise ArchiveDamaged


def _require_empty() -> None:
    every = tables_of(ArchiveKind.KEYS) | tables_of(ArchiveKind.DATA)
    for name, table in every.items():
        if name not in MADE_BY_MIGRATE and table.rows.exists():
            raise DatabaseNotEmpty(table=name)
    for name in MADE_BY_MIGRATE:
        # One statement: Django's own deletion would ask every table that might refer to a row, and none has any.
        table = every[name]
        table.rows._raw_delete(using=connection.alias)  # noqa: SLF001


def _finish_tables() -> None:
    connection.check_constraints()
    every = tables_of(ArchiveKind.KEYS) | tables_of(ArchiveKind.DATA)
    made: list[type[models.Model]] = [table.model for table in every.values()]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), made):
            cursor.execute(statement)


def _replay_destructions(by: Actor) -> int:
    """Destroy again what signed tombstones name; tells how many companies lost something that had come back.

    Raises:
        AuditKeyUnknown, SignatureWrong, NotATombstone: one of them was not written by the firm.
    """
    try:
        published = archiving.keys_that_signed()
    except MasterKeyFault:
        # A machine without the master keys cannot tell more than what the key archive itself says.
        published = {key.key_id: key for key in audit_key.public_keys()}
    companies = set()
    for row in Destruction.objects.order_by("destroyed_at").iterator(chunk_size=100):
        signed = Signed(bytes(row.signature), row.audit_key_id)
        gone = erasing.replay_tombstone(statement=bytes(row.statement), signed=signed, keys=published, by=by)
        if any(gone):
            companies.add(row.company_id)
    return len(companies)


def _settle(data: Contents, keys: Contents | None, by: Actor, now: datetime) -> Restored:
    closing.end_sessions()
    checkouts, approvals = closing.close_checkouts(by=by), closing.close_approvals(by=by)
    links = closing.close_client_requests(by=by, now=now)
    destroyed = 0 if keys is None else _replay_destructions(by)
    without_key = archiving.companies_without_key()
    archive = data.archive
    Archive.objects.bulk_create([archive], ignore_conflicts=True)
    audit.record(
        "backup.restored",
        by=by,
        subject=archive,
        archive=archive.name,
        sha256=archive.sha256,
        keys="" if keys is None else keys.archive.name,
        checkouts=checkouts,
        approvals=approvals,
        destroyed=destroyed,
    )
    return Restored(data, keys, checkouts, approvals, links, destroyed, without_key)
