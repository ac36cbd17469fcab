"""What the tests of erasure stand on: a pair in custody, its company given up, and the word of two partners."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from renewals.approvals.deciding import approve
from renewals.desk import offboarding
from renewals.models import Certificate, Company, KeyWork, Person
from renewals.vault import erasing, taking
from tests import factories
from tests.integration.vault.kept import a_day_later
from tests.pairs import make_pair


def partners() -> tuple[Person, Person]:
    """Ana, who asks, and Eva, who approves."""
    return factories.person("ana", role="socio"), factories.person("eva", role="socio")


def kept_pair(rfc: str = "XAA010101AA1") -> tuple[Company, Certificate]:
    """A company with one certificate whose key is in custody."""
    company = factories.company(rfc=rfc, name=f"Empresa {rfc}")
    pair = make_pair()
    certificate = factories.certificate(company, pair)
    factories.sealed_key(certificate, pair)
    taking.take_custody_batch(limit=10, now=timezone.now())
    return company, certificate


def give_up(company: Company) -> Company:
    """Close it, as Ana."""
    now = timezone.now()
    ana, _ = partners()
    offboarding.close(company=company, reason="Cambió de despacho", by=ana, confirmed_at=now, now=now)
    company.refresh_from_db()
    return company


def asked(company: Company, now: datetime | None = None) -> KeyWork:
    """The wish to erase, of Ana, that nobody has answered yet."""
    now = now or timezone.now()
    ana, _ = partners()
    return erasing.ask_erasure(company=company, reason="Se fue", by=ana, confirmed_at=now, now=now)


def allowed(company: Company) -> KeyWork:
    """The wish to erase, approved by Eva and announced a day ago."""
    return a_day_later(approved(company))


def approved(company: Company) -> KeyWork:
    """The wish to erase, approved by Eva a moment ago."""
    work = asked(company)
    now = timezone.now()
    _, eva = partners()
    assert work.approval is not None
    approve(approval=work.approval, by=eva, confirmed_at=now, now=now)
    work.refresh_from_db()
    return work
