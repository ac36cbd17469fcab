"""Which tables go into which archive, and how does a row of theirs look there, whatever the database?

Tables are read and written whole, as a database's own dump would do it: no rule of any room is asked, and no room's
guarded rows are looked into. What is left out is said here, and by the vault for its own.
"""

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connections, models
from django.db.migrations.recorder import MigrationRecorder

from renewals.errors import ArchiveDamaged
from renewals.models import ArchiveKind
from renewals.models.inserting import insert_values
from renewals.vault.archiving import AUDIT_KEYS, EMPTIED, KEY_TABLES, WAITING, WAITING_COLUMNS

#: Whoever holds a session's row is signed in, so no archive has any; nor the failures to sign in, which limit nobody
#: once they are back; nor the links to calendars: one that was revoked since would open again.
LEFT_OUT: Final = frozenset({"django_session", "renewals_feed", "renewals_signinattempt"})
#: Files and passwords on their way to a browser: open links, which end with the machine they were made on.
BLANKED: Final = {"renewals_checkout": frozenset({"sealed_transport_key", "package", "passphrase_box"})}
#: Beside the wrapped keys lie the statements of which were destroyed, so that an older data backup learns of it.
TOMBSTONES: Final = "renewals_destruction"
#: Filled by ``migrate`` itself, with numbers that the archive's rows know under others.
MADE_BY_MIGRATE: Final = ("auth_permission", "django_content_type")
#: So many rows are read at a time: the largest ones hold a document, most of them a line.
ROWS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the program and its columns, in an order that the archive names."""

    model: type[models.Model]
    fields: tuple["models.Field[Any, Any]", ...]
    #: Columns that are written as no bytes where there are some.
    emptied: frozenset[str] = frozenset()
    #: The one column whose rows have to hold something, where not all of them belong here.
    only_with: str = ""

    @property
    def name(self) -> str:
        """As the database calls it."""
        return self.model._meta.db_table  # noqa: SLF001  # Django documents it under this name

    @property
    def columns(self) -> list[str]:
        """The names of its columns, as the archive's manifest lists them."""
        return [str(field.column) for field in self.fields]

    @property
    def rows(self) -> "models.QuerySet[Any, Any]":
        """All rows that belong here, past every manager that would hide some."""
        rows = self.model._base_manager.all()  # noqa: SLF001  # Django documents it under this name
        return rows.exclude(**{self.only_with: None}) if self.only_with else rows

    def lines(self, alias: str) -> Iterator[bytes]:
        """Every row as one line, from the database of this alias; many need no more memory than one."""
        blank = BLANKED.get(self.name, frozenset())
        read = [field.attname for field in self.fields if field.column not in blank]
        places = [read.index(field.attname) if field.attname in read else None for field in self.fields]
        emptied = [place for place, field in enumerate(self.fields) if field.column in self.emptied]
        for row in self.rows.using(alias).order_by("pk").values_list(*read).iterator(chunk_size=ROWS_AT_ONCE):
            values = [None if place is None else _written(row[place]) for place in places]
            for place in emptied:
                values[place] = None if values[place] is None else ""
            yield json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    def values(self, line: bytes) -> list[object]:
        """The values of one line, as the database wants them. Raises ArchiveDamaged."""
        try:
            written = json.loads(line)
            return [_read(field, value) for field, value in zip(self.fields, written, strict=True)]
        except (ValueError, TypeError, ValidationError):
            raise ArchiveDamaged from None

    def insert(self, rows: Sequence[Sequence[object]], *, ignore_conflicts: bool = False) -> None:
        """Write rows, in the caller's transaction."""
        columns = [field.attname for field in self.fields]
        insert_values(self.model, columns, rows, ignore_conflicts=ignore_conflicts)

    def file_fields(self) -> list[str]:
        """The columns that name files."""
        return [field.attname for field in self.fields if isinstance(field, models.FileField)]


def tables_of(kind: ArchiveKind) -> dict[str, Table]:
    """The tables of one kind of archive by name, in a fixed order."""
    known = {table.name: table for table in map(_table, apps.get_models(include_auto_created=True))}
    if kind is ArchiveKind.KEYS:
        known[WAITING] = _of_what_waits(known[WAITING])
        return {name: known[name] for name in sorted(KEY_TABLES | {AUDIT_KEYS, TOMBSTONES, WAITING})}
    data = sorted(frozenset(known) - KEY_TABLES - LEFT_OUT)
    return {name: replace(known[name], emptied=EMPTIED.get(name, frozenset())) for name in data}


def migrations_applied(alias: str) -> list[str]:
    """Which shape the tables have: every migration that was applied, as ``app.name``."""
    applied = MigrationRecorder(connections[alias]).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in applied)


def _table(model: type[models.Model]) -> Table:
    return Table(model, tuple(model._meta.concrete_fields))  # noqa: SLF001  # Django documents it under this name


def _of_what_waits(table: Table) -> Table:
    """What is sealed to the intake key, by id: everything else about a secret is in the data."""
    fields = tuple(field for field in table.fields if field.column in WAITING_COLUMNS)
    return Table(table.model, fields, only_with=WAITING_COLUMNS[-1])


def _written(value: object) -> object:
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _read(field: "models.Field[Any, Any]", value: object) -> object:
    if value is None or isinstance(field, models.JSONField | models.FileField):
        return value
    return field.to_python(value)
