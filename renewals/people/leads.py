"""Who is told where a person does not act?"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from renewals import audit
from renewals.access import Right, require, require_recent_confirmation
from renewals.errors import AlreadyMoved
from renewals.errors.absences import CannotLead, LeadInCircle, NeedsNoLead
from renewals.models import Person, Role
from renewals.people.turns import take_turns


def set_lead(*, person: Person, lead: Person | None, by: Person, confirmed_at: datetime | None, now: datetime) -> None:
    """Name who is told where somebody does not act, or nobody: then every partner is.

    A lead hears of companies; to see them takes a function or an assignment of their own.

    Raises:
        NotPermitted: not a partner.
        ConfirmationNeeded: the partner has not typed their password lately.
        NeedsNoLead, CannotLead, LeadInCircle: as they say.
        AlreadyMoved: somebody else changed it since this page was opened.
    """
    require(by, Right.MANAGE)
    require_recent_confirmation(confirmed_at=confirmed_at, now=now)
    was = person.lead
    with transaction.atomic():
        take_turns()
        if lead is not None:
            everybody = {one.pk: one for one in Person.objects.order_by("pk")}
            _require_able(everybody, everybody[person.pk], everybody[lead.pk])
        if not Person.objects.filter(pk=person.pk, lead=was).update(lead=lead):
            raise AlreadyMoved
        audit.record("person.lead_changed", by=by, subject=person, lead=_name(lead), lead_before=_name(was))
    person.lead = lead


def led_by(person: Person) -> QuerySet[Person]:
    """The active people whose lead this person is."""
    return Person.objects.filter(lead=person, is_active=True)


def who_may_lead(person: Person) -> QuerySet[Person]:
    """Everybody who could be this person's lead, a circle aside; nobody for those who have none."""
    able = Person.objects.filter(is_active=True, role__in=[Role.PARTNER, Role.STAFF]).exclude(pk=person.pk)
    return able if has_lead(person) else able.none()


def has_lead(person: Person) -> bool:
    """Whether the person's function is one that has a lead."""
    return person.role == Role.STAFF


def _require_able(everybody: dict[int, Person], person: Person, lead: Person) -> None:
    if not has_lead(person):
        raise NeedsNoLead(person=str(person))
    if not (lead.is_active and lead.may_work):
        raise CannotLead(person=str(lead))
    above: Person | None = lead
    seen: set[int] = set()
    while above is not None and above.pk not in seen:
        if above.pk == person.pk:
            raise LeadInCircle(person=str(lead))
        seen.add(above.pk)
        above = everybody.get(above.lead_id or 0)


def _name(person: Person | None) -> str:
    return person.username if person else ""
