"""How do partners hear that a round could not do everything? One message a day each, at any hour."""

from datetime import date, datetime, time

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from renewals import audit, dispatch
from renewals.audit import Actor
from renewals.errors import AlreadyMoved
from renewals.models import Delivery, DeliveryState, Person, SweepRun
from renewals.notices.message import compose_failure
from renewals.notices.message_id import new_message_id
from renewals.notices.recipients import directory

#: Once a day is a constraint of the database, so the purpose names no round: the first one that failed is told.
PURPOSE = "failure:round"


def partners_to_tell(now: datetime, limit: int) -> list[int]:
    """The partners who were told nothing yet of what failed today; none while there is no partner who can be."""
    today = timezone.localdate(now)
    if _failed(today) is None:
        return []
    told = Delivery.objects.filter(day=today, purpose=PURPOSE).exclude(state=DeliveryState.WITHDRAWN)
    knows = set(told.values_list("person_id", flat=True))
    return [one.pk for one in directory(today=today).partners if one.pk not in knows][:limit]


def tell(*, person_id: int, now: datetime, by: Actor) -> None:
    """Write one partner's message about the newest round of today in which something failed, or that broke off.

    Raises:
        AlreadyMoved: another worker was faster, or nothing is to be told any more.
    """
    today = timezone.localdate(now)
    run = _failed(today)
    if run is None:
        raise AlreadyMoved
    row = _message(Person.objects.get(pk=person_id), run, today=today, now=now)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            audit.record("delivery.failure_written", by=by, subject=row, person=person_id)
            dispatch.wake("renewals.work_pending")
    except IntegrityError:
        raise AlreadyMoved from None


def _failed(today: date) -> SweepRun | None:
    midnight = timezone.make_aware(datetime.combine(today, time.min))
    return SweepRun.objects.filter(started_at__gte=midnight, failed__gt=0).order_by("-started_at").first()


def _message(partner: Person, run: SweepRun, *, today: date, now: datetime) -> Delivery:
    page = settings.PUBLIC_URL + reverse("admin:renewals_sweeprun_change", args=[run.pk])
    words = compose_failure(name=partner.first_name or str(partner), failures=run.failures, page=page)
    return Delivery(
        person=partner,
        day=today,
        purpose=PURPOSE,
        is_critical=True,
        address=partner.email,
        message_id=new_message_id(),
        subject=words.subject,
        text=words.text,
        html=words.html,
        next_try_at=now,
    )
