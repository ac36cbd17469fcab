"""In which programs and computers does a client use each kind of certificate, so that none is forgotten?"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from renewals import audit
from renewals.access import Right, company_for
from renewals.errors.installations import PlaceGone, PlaceKnown, PlaceUnnamed
from renewals.models import Company, Installation, Person
from renewals.models.certificate import Kind

LONGEST_NAME = 120
LONGEST_NOTE = 300


def installations_of(company: Company) -> QuerySet[Installation]:
    """The places of a company that nobody took off the list, by kind of certificate and name."""
    return company.installations.in_use().order_by("kind", "name", "id")


def add(*, company: Company, kind: Kind, name: str, note: str, by: Person, now: datetime) -> Installation:
    """Write down a program or computer that uses certificates of this kind.

    Raises:
        NotVisible, NotPermitted, CompanyClosed: as ``access.company_for``.
        PlaceUnnamed, PlaceKnown: as they say.
    """
    company_for(by, company.pk, Right.WORK)
    called = " ".join(name.split())[:LONGEST_NAME]
    if not called:
        raise PlaceUnnamed
    made = Installation(
        company=company, kind=kind, name=called, note=" ".join(note.split())[:LONGEST_NOTE], added_by=by, added_at=now
    )
    with transaction.atomic():
        try:
            with transaction.atomic():
                made.save(force_insert=True)
        except IntegrityError as error:
            raise PlaceKnown(place=called) from error
        audit.record("installation.added", by=by, subject=made, company=company, place=called, kind=kind.value)
    return made


def remove(*, installation: Installation, by: Person, now: datetime) -> None:
    """Take a place off the list; what was said of it in earlier renewals stays.

    Raises:
        NotVisible, NotPermitted, CompanyClosed: as ``access.company_for``.
        PlaceGone: somebody took it off meanwhile.
    """
    company_for(by, installation.company_id, Right.WORK)
    with transaction.atomic():
        gone = Installation.objects.in_use().filter(pk=installation.pk).update(removed_by=by, removed_at=now)
        if gone != 1:
            raise PlaceGone
        audit.record(
            "installation.removed",
            by=by,
            subject=installation,
            company=installation.company_id,
            place=installation.name,
        )
