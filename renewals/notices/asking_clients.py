"""How does the link reach the client? A worker writes the message, and puts the link in while it leaves, and only then.

The web, which takes the question from a person, may not write messages, and does not learn the link. What is kept of
the message holds a placeholder.
"""

from datetime import datetime
from email.utils import parseaddr
from html import escape

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from renewals import audit, dispatch
from renewals.audit import Actor
from renewals.clients.links import PLACEHOLDER, is_untouched, link_of
from renewals.errors import AlreadyMoved
from renewals.models import ClientRequest, Delivery, RequestState, Wanted
from renewals.notices.message import compose_asking
from renewals.notices.message_id import new_message_id

PURPOSE = "ask"


def requests_to_mail(now: datetime, limit: int) -> list[int]:
    """Those whose message is still to be written."""
    rows = ClientRequest.objects.open().filter(mailed_at=None, expires_at__gt=now).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:limit])


def write(*, request_id: int, now: datetime, by: Actor) -> None:
    """Write the message of a request; it leaves at any hour, because somebody is on the telephone about it.

    Raises:
        AlreadyMoved: it was written meanwhile, or the request is over.
    """
    row = ClientRequest.objects.open().select_related("company", "asked_by").filter(pk=request_id).first()
    if row is None or not is_untouched(row):
        raise AlreadyMoved
    is_mailbox = list(row.items.values_list("what", flat=True)) == [Wanted.MAILBOX]
    message = compose_asking(
        contact_name=row.contact_name,
        who=row.asked_by.get_full_name(),
        firm=parseaddr(settings.DEFAULT_FROM_EMAIL)[0],
        until=timezone.localdate(row.expires_at),
        is_mailbox=is_mailbox,
        link=PLACEHOLDER,
    )
    delivery = Delivery(
        company=row.company,
        request=row,
        day=timezone.localdate(now),
        purpose=f"{PURPOSE}:{row.pk}",
        address=row.address,
        message_id=new_message_id(),
        is_critical=True,
        subject=message.subject,
        text=message.text,
        html=message.html,
        next_try_at=now,
    )
    try:
        with transaction.atomic():
            if ClientRequest.objects.open().filter(pk=row.pk, mailed_at=None).update(mailed_at=now) != 1:
                raise AlreadyMoved
            delivery.save(force_insert=True)
            audit.record("delivery.made", by=by, subject=delivery, company=row.company_id, request=row.pk, lines=0)
            dispatch.wake("renewals.work_pending")
    except IntegrityError:
        raise AlreadyMoved from None


def with_link(delivery: Delivery) -> tuple[str, str]:
    """Text and HTML of a message as they leave."""
    if delivery.request is None:
        return delivery.text, delivery.html
    link = link_of(delivery.request)
    return delivery.text.replace(PLACEHOLDER, link), delivery.html.replace(PLACEHOLDER, escape(link))


def is_over(delivery: Delivery, *, now: datetime) -> bool:
    """Whether the link that a message carries would open nothing, or not what was asked."""
    request = delivery.request
    if request is None:
        return False
    return request.state != RequestState.OPEN or request.expires_at <= now or not is_untouched(request)
