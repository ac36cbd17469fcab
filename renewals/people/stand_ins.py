"""Who answers for somebody who is away, and who ends that?

Whoever stands in gets the notices, and on exactly those days sees the companies of the person who is away and works
for them in their own function. It is a grant of access, so it takes what every grant takes: a partner who has just
typed their password.
"""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from renewals import audit
from renewals.access import Right, require, require_recent_confirmation
from renewals.errors.absences import AbsenceDatesWrong, AbsenceOver, AbsenceOverlaps, CannotStandIn
from renewals.models import Person, Role, StandIn
from renewals.models.stand_in import StandInQuerySet, chain
from renewals.people.turns import take_turns

#: An absence without an end would be a change of owner that nobody sees.
LONGEST = timedelta(days=365)


def appoint_stand_in(
    *,
    person: Person,
    stand_in: Person,
    from_on: date,
    until_on: date,
    by: Person,
    confirmed_at: datetime | None,
    now: datetime,
) -> StandIn:
    """Name who answers for a person from one day to another, both included; for somebody who has left, too.

    Raises:
        NotPermitted: not a partner.
        ConfirmationNeeded: the partner has not typed their password lately.
        CannotStandIn: the other has left, only looks, or is the same person.
        AbsenceDatesWrong: it would begin before today, or end before it begins or more than a year from now.
        AbsenceOverlaps: somebody stands in for the person on one of these days already.
    """
    _require_partner(by, confirmed_at=confirmed_at, now=now)
    today = timezone.localdate(now)
    if not today <= from_on <= until_on <= today + LONGEST:
        raise AbsenceDatesWrong(first_on=today.isoformat(), last_on=(today + LONGEST).isoformat())
    with transaction.atomic():
        # No second absence is named beside this one, and no access is taken that it counts on.
        take_turns()
        by_now = Person.objects.get(pk=stand_in.pk)
        if not (by_now.is_active and by_now.may_work) or person.pk == stand_in.pk:
            raise CannotStandIn(person=str(stand_in))
        standing = StandIn.objects.of_person(person).between(from_on, until_on).select_related("stand_in").first()
        if standing is not None:
            raise AbsenceOverlaps(
                person=str(standing.stand_in),
                first_on=standing.from_on.isoformat(),
                last_on=standing.until_on.isoformat(),
            )
        row = StandIn.objects.create(person=person, stand_in=stand_in, from_on=from_on, until_on=until_on, by=by)
        audit.record(
            "person.stand_in_appointed",
            by=by,
            subject=person,
            person=stand_in.username,
            from_on=from_on.isoformat(),
            until_on=until_on.isoformat(),
        )
    return row


def end_stand_in(*, absence: StandIn, by: Person, confirmed_at: datetime | None, now: datetime) -> None:
    """End it at once: from now on the person answers for themselves, and the other sees their companies no more.

    Raises:
        NotPermitted, ConfirmationNeeded: as for :func:`appoint_stand_in`.
        AbsenceOver: its last day has passed, or somebody ended it.
    """
    _require_partner(by, confirmed_at=confirmed_at, now=now)
    with transaction.atomic():
        if not _end(absence, by=by, now=now):
            raise AbsenceOver


def end_all_by(*, stand_in: Person, by: Person, now: datetime) -> int:
    """End all that somebody stands in for or would, in the caller's transaction, because they no longer can.

    Returns how many it were. Whoever is away themselves stays represented: the work goes on without them.
    """
    standing = StandIn.objects.not_over(today=timezone.localdate(now)).filter(stand_in=stand_in)
    return sum(_end(absence, by=by, now=now) for absence in standing.select_related("person", "stand_in"))


def who_may_stand_in(person: Person) -> QuerySet[Person]:
    """Everybody who could answer in this person's place."""
    return Person.objects.filter(is_active=True, role__in=[Role.PARTNER, Role.STAFF]).exclude(pk=person.pk)


def absences_of(person: Person, *, today: date) -> StandInQuerySet:
    """When somebody stands in for this person, today or later."""
    return StandIn.objects.of_person(person).not_over(today=today).by_day()


def standing_in_for(person: Person, *, today: date) -> StandInQuerySet:
    """When this person stands in for somebody, today or later."""
    return StandIn.objects.of_stand_in(person).not_over(today=today).by_day()


def acts_for(person: Person, *, today: date) -> Person | None:
    """Who answers today where this person would: themselves, or who stands in; nobody where all of these are away."""
    standing_in = StandIn.objects.by_person(today)
    *_, last = (person.pk, *chain(person.pk, standing_in))
    if last in standing_in:
        return None
    return person if last == person.pk else Person.objects.get(pk=last)


def _end(absence: StandIn, *, by: Person, now: datetime) -> bool:
    standing = StandIn.objects.not_over(today=timezone.localdate(now)).filter(pk=absence.pk)
    if not standing.update(ended_at=now, ended_by=by):
        return False
    audit.record("person.stand_in_ended", by=by, subject=absence.person, person=absence.stand_in.username)
    return True


def _require_partner(by: Person, *, confirmed_at: datetime | None, now: datetime) -> None:
    require(by, Right.MANAGE)
    require_recent_confirmation(confirmed_at=confirmed_at, now=now)
