"""Under which key are a company's secrets encrypted? Made at first need by the vault worker, one per company."""

import os
from collections.abc import Collection
from uuid import UUID, uuid4

from django.db import connection, transaction

from renewals import audit
from renewals.models import Company
from renewals.models.stored_key import CompanyKey
from renewals.vault import envelope
from renewals.vault.envelope import NamedKey
from renewals.vault.keyring import Keyring, record_use

_VAULT = audit.Machine("vault")


def wrapped_for(company_ids: Collection[int], *, keyring: Keyring) -> dict[int, CompanyKey]:
    """The wrapped data keys of some companies by company id; those that are missing are made and committed first.

    A company that was given up gets none any more, and is left out.

    Raises:
        RuntimeError: inside a transaction that could take back a key which is in use already.
    """
    wanted = set(company_ids)
    rows = _active(wanted)
    missing = wanted - {row.company_id for row in rows}
    if missing:
        _create(missing, keyring)
        rows = _active(wanted)
    return {row.company_id: row for row in rows}


def unwrapped(row: CompanyKey, keyring: Keyring) -> NamedKey:
    """The data key of a row.

    Raises:
        MasterKeyAbsent: the master key that wraps it is not here.
        SealBroken: it was damaged or moved.
    """
    wrapped = bytes(row.wrapped_key)
    master = keyring.that_wrapped(wrapped)
    return envelope.unwrap_company_key(wrapped, master=master, company_id=row.company_id, key_id=row.pk.hex)


def find(key_id: UUID, company_id: int, *, keyring: Keyring) -> NamedKey | None:
    """The data key of this id, if the company has one; raises as :func:`unwrapped`.

    Asked at every opening of a key, so as plain SQL: the ORM would be most of what that takes.
    """
    with connection.cursor() as cursor:
        # Hex means the same id to both databases, whether they keep it as text or as a type of its own.
        cursor.execute(
            "SELECT wrapped_key FROM renewals_companykey WHERE id = %s AND company_id = %s", [key_id.hex, company_id]
        )
        found = cursor.fetchone()
    if found is None:
        return None
    wrapped = bytes(found[0])
    master = keyring.that_wrapped(wrapped)
    return envelope.unwrap_company_key(wrapped, master=master, company_id=company_id, key_id=key_id.hex)


def still_in_use(key_ids: Collection[UUID]) -> set[UUID]:
    """Those of these data keys that secrets may still be written under; they stay so until the transaction ends.

    A company may be re-keyed between the encryption of a secret and its writing. Whoever writes one asks here, in the
    same transaction, and leaves it unwritten where the key was replaced: nothing may appear under a key that is about
    to be destroyed.

    Raises:
        RuntimeError: outside a transaction, where the answer would be old at once.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a data key is held in the transaction that writes under it")
    # In one order, so that two workers with the same companies wait for each other and never in a circle. SQLite knows
    # no row locks and needs none: its transactions are one after the other.
    rows = CompanyKey.objects.select_for_update().filter(pk__in=key_ids, is_active=True).order_by("pk")
    return set(rows.values_list("pk", flat=True))


def fresh(company_id: int, keyring: Keyring) -> CompanyKey:
    """A new data key for a company, wrapped under the active master key and not stored yet."""
    key_id = uuid4()
    wrapped = envelope.wrap_company_key(
        os.urandom(envelope.KEY_BYTES), master=keyring.active, company_id=company_id, key_id=key_id.hex
    )
    return CompanyKey(pk=key_id, company_id=company_id, master_key_id=keyring.active.key_id, wrapped_key=wrapped)


def one_at_a_time() -> None:
    """Keep every other vault worker from making a data key until the transaction ends, and wait for those who are.

    Raises:
        RuntimeError: outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("data keys are held still in a transaction")
    # SQLite's transactions are one after the other anyhow.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE renewals_companykey IN SHARE ROW EXCLUSIVE MODE")


def _active(company_ids: Collection[int]) -> list[CompanyKey]:
    return list(CompanyKey.objects.filter(company__in=company_ids, is_active=True))


def _create(company_ids: Collection[int], keyring: Keyring) -> None:
    fresh_keys = [fresh(company_id, keyring) for company_id in company_ids]
    with transaction.atomic(durable=True):
        # In this order everywhere: the master key, then the data keys.
        record_use(keyring.active)
        one_at_a_time()
        # Asked with the table held: whoever destroys the keys of a company that was given up holds it as well.
        open_companies = Company.objects.filter(pk__in=company_ids, closed_at=None)
        still_ours = set(open_companies.values_list("pk", flat=True))
        made = [row for row in fresh_keys if row.company_id in still_ours]
        ours = {row.pk for row in made}
        # Another vault worker may have been faster: the constraint keeps its key, and ours is forgotten unused.
        CompanyKey.objects.bulk_create(made, ignore_conflicts=True)
        audit.record_many(
            audit.Entry(name="company_key.created", by=_VAULT, subject=row, company_id=row.company_id)
            for row in _active(company_ids)
            if row.pk in ours
        )
