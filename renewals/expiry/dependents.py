"""Which certificates need this one, and what is still possible for one whose deadline has passed?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from renewals.expiry.deadlines import Late, late_way
from renewals.models import Certificate, Person
from renewals.models.certificate import CertificateQuerySet, Kind

#: Characters of a person's RFC; a company's has one less.
RFC_OF_A_PERSON = 13


class Need(StrEnum):
    """Why one certificate needs another, an e.firma.

    ``CSD``: none is given without the company's live e.firma. ``SECOND_WAY_IN``: IDSE opens with it too.
    ``LATE_COMPANY``: a company whose e.firma has ended renews it with this one of its representative.
    """

    CSD = "csd"
    SECOND_WAY_IN = "second_way_in"
    LATE_COMPANY = "late_company"


@dataclass(frozen=True, slots=True)
class Dependent:
    """One certificate that needs another, with its company."""

    certificate: Certificate
    need: Need


def depends_on(certificate: Certificate, person: Person) -> list[Dependent]:
    """What needs this certificate, of the companies that the person may know of; only an e.firma is needed."""
    if certificate.kind != Kind.EFIRMA or certificate.retired_at is not None:
        return []
    return list(_dependents(certificate, person))


def late_way_of(certificate: Certificate, person: Person, *, today: date) -> Late | None:
    """What is still possible for a certificate whose deadline has passed, as far as this person may know."""
    if certificate.retired_at is not None or today <= certificate.deadline_on:
        return None
    return late_way(
        kind=certificate.kind,
        expires_on=certificate.expires_on,
        is_person=len(certificate.rfc) == RFC_OF_A_PERSON,
        has_live_representative=_of_representative(certificate, person, today=today),
        today=today,
    )


def _dependents(certificate: Certificate, person: Person) -> Iterator[Dependent]:
    visible = _visible(person)
    if certificate.rfc == certificate.company.rfc:
        own = visible.filter(company=certificate.company_id)
        for one in own.filter(kind=Kind.CSD):
            yield Dependent(one, Need.CSD)
        for one in own.filter(kind=Kind.NPIE):
            yield Dependent(one, Need.SECOND_WAY_IN)
    if certificate.rfc:
        represented = visible.filter(kind=Kind.EFIRMA, representative_rfc=certificate.rfc).exclude(rfc=certificate.rfc)
        for one in represented:
            yield Dependent(one, Need.LATE_COMPANY)


def _of_representative(certificate: Certificate, person: Person, *, today: date) -> bool:
    """Whether the representative's own e.firma is here: with the company's, or as a client's of its own."""
    rfc = certificate.representative_rfc
    if not rfc:
        return False
    alive = _visible(person).filter(kind=Kind.EFIRMA, rfc=rfc, expires_on__gte=today)
    return alive.filter(company=certificate.company_id).exists() or alive.filter(company__rfc=rfc).exists()


def _visible(person: Person) -> CertificateQuerySet:
    rows = Certificate.objects.visible_to(person).current().filter(company__closed_at=None)
    return rows.select_related("company").defer("der")
