"""Which rows are wrapped under master keys, and how is each unwrapped and wrapped anew? Every such table is here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import F, QuerySet
from django.db.models.functions import Substr

from renewals.errors import SealBroken
from renewals.models.stored_key import AuditKey, CompanyKey, IntakeKey
from renewals.vault import envelope
from renewals.vault.envelope import WrappingKey

#: Bytes that hold the whole header of anything wrapped: format, length, and at most so many letters of an id.
_HEADER_BYTES = 2 + 16


@dataclass(frozen=True, slots=True)
class WrappedTable:
    """One table whose rows each hold a key under a master key; ``name`` is what reports and proofs call it.

    ``column`` holds the wrapped bytes, and their header names the master key: that is the truth. ``index`` is a column
    that repeats the name so that it can be searched for, or empty. Where the wrapped bytes are empty, there is no key
    any more.
    """

    name: str
    model: type[models.Model]
    column: str
    index: str
    _unwrap: Callable[[Any, bytes, WrappingKey], bytes]
    _wrap: Callable[[Any, bytes, WrappingKey], bytes]

    def rows(self) -> QuerySet[Any]:
        """The rows that hold a key, in the order of their ids."""
        rows: QuerySet[Any] = QuerySet(model=self.model)
        return rows.exclude(**{self.column: b""}).order_by("pk")

    def under(self, key_id: str) -> QuerySet[Any]:
        """The rows under one master key by what their bytes say, in the order of their ids; reads the whole table."""
        header = envelope.wrapped_header(key_id)
        found: QuerySet[Any] = self.rows().alias(header=_beginning(self.column, len(header))).filter(header=header)
        return found

    def master_key_ids(self) -> set[str]:
        """The ids of all master keys that the rows name. Raises SealBroken where the bytes of one name none."""
        headers = self.rows().order_by().values_list(_beginning(self.column, _HEADER_BYTES), flat=True)
        return {envelope.wrapped_under(bytes(header)) for header in headers.iterator()}

    def wrapped(self, row: models.Model) -> bytes:
        """The wrapped bytes of a row."""
        return bytes(getattr(row, self.column))

    def unwrap(self, row: models.Model, master: WrappingKey) -> bytes:
        """The key in a row. Raises SealBroken; MasterKeyFault where the master key does not answer."""
        return self._unwrap(row, self.wrapped(row), master)

    def rewrapped(self, row: models.Model, *, old: WrappingKey, new: WrappingKey) -> bytes:
        """The bytes of a row under another master key, which were seen to open: what they replace is gone afterwards.

        Raises:
            SealBroken: the row was damaged or moved, or what the new master key made does not open.
            MasterKeyFault: one of the two does not answer.
        """
        secret = self.unwrap(row, old)
        wrapped = self._wrap(row, secret, new)
        if self._unwrap(row, wrapped, new) != secret:
            raise SealBroken
        return wrapped


def _beginning(column: str, length: int) -> Substr:
    return Substr(F(column), 1, length, output_field=models.BinaryField())


def _unwrap_company_key(row: CompanyKey, wrapped: bytes, master: WrappingKey) -> bytes:
    opened = envelope.unwrap_company_key(wrapped, master=master, company_id=row.company_id, key_id=row.pk.hex)
    return opened.secret


def _wrap_company_key(row: CompanyKey, secret: bytes, master: WrappingKey) -> bytes:
    return envelope.wrap_company_key(secret, master=master, company_id=row.company_id, key_id=row.pk.hex)


def _unwrap_intake_key(row: IntakeKey, wrapped: bytes, master: WrappingKey) -> bytes:
    return envelope.unwrap_intake_key(wrapped, master=master, key_id=row.pk).private_bytes_raw()


def _wrap_intake_key(row: IntakeKey, secret: bytes, master: WrappingKey) -> bytes:
    return envelope.wrap_intake_key(secret, master=master, key_id=row.pk)


def _unwrap_audit_key(row: AuditKey, wrapped: bytes, master: WrappingKey) -> bytes:
    return envelope.unwrap_audit_key(wrapped, master=master, key_id=row.pk).private_bytes_raw()


def _wrap_audit_key(row: AuditKey, secret: bytes, master: WrappingKey) -> bytes:
    return envelope.wrap_audit_key(secret, master=master, key_id=row.pk)


#: Every table that a master key's rotation, check and proof go through; the largest last.
TABLES: Sequence[WrappedTable] = (
    WrappedTable("intakekey", IntakeKey, "wrapped_private_key", "", _unwrap_intake_key, _wrap_intake_key),
    WrappedTable("auditkey", AuditKey, "wrapped_private_key", "", _unwrap_audit_key, _wrap_audit_key),
    WrappedTable("companykey", CompanyKey, "wrapped_key", "master_key_id", _unwrap_company_key, _wrap_company_key),
)
