"""How does a test get a message to send, with lines of the ledger, without a round that writes it?"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from renewals.models import Delivery, DeliveryLine, Notice, NoticeState
from renewals.notices.message_id import new_message_id

if TYPE_CHECKING:
    from renewals.models import Certificate, Person

#: A Tuesday on which the firm works.
TODAY = date(2026, 3, 3)


def told(certificate: Certificate, *, mark: int = 7, audience: str = "responsible") -> Notice:
    """A line of the ledger that a message carries."""
    return Notice.objects.create(
        certificate=certificate,
        deadline_on=certificate.deadline_on,
        mark=mark,
        audience=audience,
        channel="email",
        state=NoticeState.CARRIED,
        crossed_on=TODAY,
    )


def letter(person: Person | None, *notices: Notice, made_at: datetime, **fields: Any) -> Delivery:
    """A message that was made at a moment and is to be sent; ``contact`` and ``company`` where a client reads it."""
    reader = person or fields["contact"]
    values: dict[str, Any] = {
        "day": timezone.localdate(made_at),
        "purpose": "digest" if person is not None else "client",
        "address": reader.email,
        "message_id": new_message_id(),
        "subject": "1 en 7 días o menos",
        "text": "Vence el martes 10 de marzo.\n",
        "html": "<p>Vence el martes 10 de marzo.</p>",
        "next_try_at": made_at,
    }
    row = Delivery.objects.create(person=person, **values | fields)
    DeliveryLine.objects.bulk_create(DeliveryLine(delivery=row, notice=notice) for notice in notices)
    return row
