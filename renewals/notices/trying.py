"""How does somebody see for themselves that mail reaches them? They ask on a page, and a worker writes to them.

The web may not write messages: whoever took it over could send anybody anything. It only says who asked, and the
worker takes words and address from its own side, once a minute for a person. Nothing is kept of a nudge that is lost;
who waits in vain asks again.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from renewals import audit, dispatch
from renewals.audit import Actor
from renewals.errors.mailing import OwnAddressMissing
from renewals.models import Delivery, Person
from renewals.notices.message import compose_test
from renewals.notices.message_id import new_message_id

PURPOSE = "test"


def ask_for_test(*, by: Person) -> None:
    """Have a worker write a message to the person who asks.

    Raises:
        OwnAddressMissing: they have no address.
    """
    if not by.email:
        raise OwnAddressMissing
    dispatch.wake("renewals.try_mail", by.pk)


def write_test(*, person_id: int, now: datetime, by: Actor) -> bool:
    """Write the message that somebody asked for; ``False`` where one was written this minute, or they cannot have one.

    It leaves at any hour: somebody waits for it.
    """
    person = Person.objects.filter(pk=person_id, is_active=True).exclude(email="").first()
    local = timezone.localtime(now)
    purpose = f"{PURPOSE}:{local:%H:%M}"
    # The constraint lets another one be written where one failed, which somebody who keeps asking must not get.
    if person is None or Delivery.objects.filter(person=person, day=local.date(), purpose=purpose).exists():
        return False
    message = compose_test(name=person.first_name or str(person))
    row = Delivery(
        person=person,
        day=local.date(),
        # One a day and purpose, so one a minute.
        purpose=purpose,
        address=person.email,
        message_id=new_message_id(),
        is_critical=True,
        subject=message.subject,
        text=message.text,
        html=message.html,
        next_try_at=now,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            audit.record("delivery.made", by=by, subject=row, person=person.pk, lines=0)
            dispatch.wake("renewals.work_pending")
    except IntegrityError:
        return False
    return True


def last_test_of(person: Person) -> Delivery | None:
    """The last one that was written to this person, sent or not."""
    rows = Delivery.objects.visible_to(person).filter(person=person, purpose__startswith=f"{PURPOSE}:")
    return rows.order_by("-created_at", "-pk").first()
