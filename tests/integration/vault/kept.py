"""What the tests of works on keys stand on: companies with secrets in custody, a second master key, a worker's look."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from django.db.models import F
from django.utils import timezone

from renewals.audit import Machine
from renewals.models import Announcement, Archive, ArchiveKind, Company, KeyWork
from renewals.models.stored_key import CompanyKey, SecretKind, StoredSecret
from renewals.vault import data_keys, envelope, held_works, key_works, keyring
from renewals.vault.envelope import Place
from renewals.vault.opening import opening
from tests import factories

BY = Machine("test")


def company_with_secrets(number: int = 1, *texts: bytes) -> Company:
    """A company and secrets of its own in custody, without the certificates they would belong to."""
    company = factories.company(rfc=f"XAA010101{number:03d}", name=f"Empresa {number}")
    for text in texts or (b"una llave", b"su clave"):
        keep(company, text)
    return company


def keep(company: Company, text: bytes) -> StoredSecret:
    """A passphrase under the company's data key in use."""
    ring = keyring.load()
    key = data_keys.unwrapped(data_keys.wrapped_for({company.pk}, keyring=ring)[company.pk], ring)
    secret_id = uuid4()
    place = Place(company.pk, secret_id, SecretKind.PASSPHRASE.value)
    sealed = envelope.encrypt_secret(text, key=key, place=place)
    return StoredSecret.objects.create(pk=secret_id, company=company, kind=SecretKind.PASSPHRASE, sealed=sealed)


def opened(company: Company) -> set[bytes]:
    """All secrets of the company, as they open now."""
    rows = list(StoredSecret.objects.filter(company=company, sealed__isnull=False))
    with opening(rows=rows, by=BY, reason="test") as opener:
        return {bytes(opener.secret(row)) for row in rows}


def data_key_ids(company: Company) -> list[str]:
    """The ids of the company's data keys, the one in use first."""
    rows = CompanyKey.objects.filter(company=company).order_by("-is_active", "pk")
    return [row.pk.hex for row in rows]


def master_keys_in_use() -> set[str]:
    """The master keys that the bytes of the companies' data keys name."""
    return {envelope.sealed_under(bytes(row.wrapped_key)) for row in CompanyKey.objects.all()}


def another_master_key(folder: Path, key_id: str = "mk-new", *, activate: bool = True) -> str:
    """Put another master key beside those that are there, as a person at the machine would."""
    path = folder / f"{key_id}.key"
    path.write_bytes(os.urandom(32))
    path.chmod(0o600)
    if activate:
        (folder / "active").write_text(key_id)
    return key_id


def archive_keys(now: datetime | None = None) -> Archive:
    """The row of a key archive that was written, as the command leaves it."""
    now = now or timezone.now()
    return Archive.objects.create(
        kind=ArchiveKind.KEYS,
        name=f"{uuid4()}.age",
        sha256="00",
        size=1,
        made_at=now,
        lapses_on=now + timedelta(days=30),
    )


def do(work: KeyWork, now: datetime | None = None) -> KeyWork:
    """One look of the vault worker at this work, at a moment of its own."""
    key_works.do(work_id=work.pk, now=now or timezone.now())
    work.refresh_from_db()
    return work


def a_day_later(work: KeyWork) -> KeyWork:
    """The look that announces what cannot be undone, and the day that everybody has to stop it."""
    do(work)
    day = timedelta(hours=24)
    Announcement.objects.filter(pk=work.pk).update(at=F("at") - day, due_at=F("due_at") - day)
    return work


def after_the_lease() -> datetime:
    """When a worker that died is given up on."""
    return timezone.now() + 2 * held_works.LEASE
