"""Which rows are wrapped under master keys, and how is each unwrapped and wrapped anew? Every such table is here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, models
from django.db.models import F, QuerySet
from django.db.models.functions import Substr
from django.db.models.options import Options

from renewals.models.stored_key import AuditKey, CompanyKey, IntakeKey
from renewals.vault import envelope
from renewals.vault.envelope import WrappingKey

#: Bytes that hold the whole header of anything wrapped: format, length, and at most so many letters of an id.
_HEADER_BYTES = 2 + 16


class PlainRow(NamedTuple):
    """What matters of a row, with its id as the driver gives it: an object takes longer to make than a key to wrap."""

    pk: Any
    wrapped: bytes
    #: By what the table is ordered here.
    place: Any
    #: What the bytes are bound to, as ``envelope.listed`` writes it.
    listed: bytes


@dataclass(frozen=True, slots=True)
class WrappedTable:
    """One table whose rows each hold a key under a master key.

    ``column`` holds the wrapped bytes, and their header names the master key: that is the truth. ``index`` is a column
    that repeats the name so that it can be searched for, or empty. Where the wrapped bytes are empty, the key is no
    more. The bytes are bound to the ``purpose``, to the column ``owner`` where there is one, and to the row's id.
    """

    model: type[models.Model]
    column: str
    index: str
    purpose: str
    owner: str

    @property
    def name(self) -> str:
        """How reports and proofs call the table."""
        return str(self._meta.model_name)

    def rows(self) -> QuerySet[Any]:
        """The rows that hold a key, in the order of their ids."""
        everything: QuerySet[Any] = self.model._default_manager.all()  # noqa: SLF001  # Django documents it by this name
        return everything.exclude(**{self.column: b""}).order_by("pk")

    def under(self, key_id: str) -> QuerySet[Any]:
        """The rows under one master key by what their bytes say, in the order of their ids; reads the whole table."""
        header = envelope.wrapped_header(key_id)
        rows: QuerySet[Any] = self.rows().alias(header=_beginning(self.column, len(header))).filter(header=header)
        return rows

    def not_under(self, key_id: str) -> QuerySet[Any]:
        """The rows under all other master keys, likewise."""
        header = envelope.wrapped_header(key_id)
        rows: QuerySet[Any] = self.rows().alias(header=_beginning(self.column, len(header))).exclude(header=header)
        return rows

    def master_key_ids(self) -> set[str]:
        """The ids of all master keys that the rows name. Raises SealBroken where the bytes of one name none."""
        headers = self.rows().order_by().values_list(_beginning(self.column, _HEADER_BYTES), flat=True)
        return {envelope.wrapped_under(bytes(header)) for header in headers.iterator()}

    def wrapped(self, row: models.Model) -> bytes:
        """The wrapped bytes of a row."""
        return bytes(getattr(row, self.column))

    def unwrap(self, row: models.Model, master: WrappingKey) -> bytes:
        """The key in a row. Raises SealBroken; MasterKeyFault where the master key does not answer."""
        return bytes(envelope.unwrap(self.wrapped(row), master=master, listed=self._listed(row)))

    def rewrapped(self, row: models.Model, *, old: WrappingKey, new: WrappingKey) -> bytes:
        """The bytes of a row under another master key, which were seen to open. Raises as ``envelope.Rewrapper``."""
        return envelope.Rewrapper(old, new)(self.wrapped(row), self._listed(row))

    def read(self, rows: QuerySet[Any], *, after: object, size: int) -> list[PlainRow]:
        """The next of some rows behind a place (None: the first), at most about so many.

        In the order of their owners, in which they lie on the disk more or less; ids are random.
        """
        order = self.owner or "pk"
        columns = rows.order_by(order).values_list("pk", self.column, order)
        found = _as_the_driver_gives(columns if after is None else columns.filter(**{f"{order}__gt": after}), size)
        if len(found) == size:
            # Rows that share the last place may have been cut off: those of that place are read whole.
            last = found[-1][2]
            found = [row for row in found if row[2] != last] + _as_the_driver_gives(columns.filter(**{order: last}))
        listed, purpose = envelope.listed, envelope.listed(self.purpose)
        if self.owner:
            return [
                PlainRow(pk, bytes(wrapped), place, purpose + listed(str(place), _text(pk)))
                for pk, wrapped, place in found
            ]
        return [PlainRow(pk, bytes(wrapped), place, purpose + listed(_text(pk))) for pk, wrapped, place in found]

    def replace(self, changed: Sequence[tuple[PlainRow, bytes]], *, key_id: str) -> int:
        """Write new bytes under a master key, each only over the very bytes that were read; returns how many were.

        As plain SQL: the ORM takes several times as long as the database over so many updates of one row each.
        """
        if not changed:
            return 0
        quoted = connection.ops.quote_name
        fields = {field.name: quoted(str(field.column)) for field in self._meta.concrete_fields}
        table, key, column = quoted(self._meta.db_table), quoted(str(self._meta.pk.column)), fields[self.column]
        also = f"{fields[self.index]} = %s, " if self.index else ""
        statement = f"UPDATE {table} SET {also}{column} = %s WHERE {key} = %s AND {column} = %s"  # noqa: S608  # names of our own
        name = (key_id,) if self.index else ()
        with connection.cursor() as cursor:
            cursor.executemany(statement, [(*name, fresh, row.pk, row.wrapped) for row, fresh in changed])
            return int(cursor.rowcount)

    def _listed(self, row: models.Model) -> bytes:
        owner = (str(getattr(row, self.owner)),) if self.owner else ()
        return envelope.listed(self.purpose, *owner, _text(row.pk))

    @property
    def _meta(self) -> Options[Any]:
        return self.model._meta  # noqa: SLF001  # Django documents it by this name


def _as_the_driver_gives(rows: QuerySet[Any], size: int | None = None) -> list[tuple[Any, ...]]:
    """Past Django's conversions: an id is needed as text and as a parameter again, never as an object."""
    with connection.cursor() as cursor:
        cursor.execute(*rows[:size].query.sql_with_params())
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _text(pk: object) -> str:
    return pk.hex if isinstance(pk, UUID) else str(pk)


def _beginning(column: str, length: int) -> Substr:
    return Substr(F(column), 1, length, output_field=models.BinaryField())


#: Every table that a master key's rotation, check and proof go through; the largest last.
TABLES: Sequence[WrappedTable] = (
    WrappedTable(IntakeKey, "wrapped_private_key", "", "intake key", ""),
    WrappedTable(AuditKey, "wrapped_private_key", "", "audit key", ""),
    WrappedTable(CompanyKey, "wrapped_key", "master_key_id", "company key", "company_id"),
)
