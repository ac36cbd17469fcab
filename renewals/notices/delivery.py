"""How does a message leave exactly once? Claim, send outside any transaction, record.

The one window in which a death sends twice lies between the server's yes and the record; the second copy then carries
the same Message-ID, so that mail programs show one message.
"""

import smtplib
from datetime import datetime, timedelta

import structlog
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F

from renewals import audit
from renewals.audit import Actor
from renewals.models import Delivery, DeliveryLine, DeliveryState, Notice, NoticeState

log = structlog.get_logger(__name__)

#: Longer than any conversation with a mail server may last, each of whose answers has its own limit.
LEASE = timedelta(minutes=10)
#: Minutes until the next try after the first, second, … failure; the last one repeats.
BACK_OFF = (1, 5, 15, 60, 120)
#: After so many tries, almost two days of them, others are told instead.
MOST_ATTEMPTS = 24


class _Refused(Exception):
    """The server will not take this message to this address, now or later."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def waiting(now: datetime, limit: int) -> list[int]:
    """Ids of the messages to be sent, oldest first."""
    return list(Delivery.objects.to_send(now=now).order_by("next_try_at", "pk").values_list("pk", flat=True)[:limit])


def send(*, delivery_id: int, now: datetime, by: Actor) -> bool:
    """Send one message if it is still to be sent; ``False`` where somebody was faster or it did not leave.

    A server that does not answer puts it back with a later try. One that refuses the address for good, a message that
    was tried too often, or one to somebody whose access was taken meanwhile, fails: its lines wait again and go to the
    partners.
    """
    lease = now + LEASE
    claimed = (
        Delivery.objects.to_send(now=now)
        .filter(pk=delivery_id)
        .update(state=DeliveryState.SENDING, lease_until=lease, attempts=F("attempts") + 1)
    )
    if not claimed:
        return False
    row = Delivery.objects.select_related("person").get(pk=delivery_id)
    if row.person is not None and not row.person.is_active:
        _give_up(row, code="recipient_left", by=by)
        return False
    if row.attempts > MOST_ATTEMPTS:
        # Whoever held it died before it could say what went wrong, every single time.
        _give_up(row, code="unexpected_error", by=by)
        return False
    try:
        _hand_over(row)
    except _Refused as refused:
        _give_up(row, code=refused.code, by=by)
    except Exception as error:  # noqa: BLE001  # whatever a mail server or its library does, the row must not be lost
        _put_back(row, error, now=now, by=by)
    else:
        return _record_sent(row, now=now, by=by)
    return False


def _hand_over(row: Delivery) -> None:
    message = EmailMultiAlternatives(
        subject=row.subject,
        body=row.text,
        to=[row.address],
        # Auto-Submitted (RFC 3834) keeps holiday answers from coming back.
        headers={"Message-ID": row.message_id, "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(row.html, "text/html")
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        if all(500 <= code < 600 for code, _ in error.recipients.values()):
            raise _Refused("recipient_refused") from None
        raise
    except smtplib.SMTPDataError as error:
        if 500 <= error.smtp_code < 600:
            raise _Refused("message_refused") from None
        raise


def _record_sent(row: Delivery, *, now: datetime, by: Actor) -> bool:
    with transaction.atomic():
        if not _leave(row, state=DeliveryState.SENT, sent_at=now, failure_code=""):
            return False
        audit.record("delivery.sent", by=by, subject=row, attempts=row.attempts)
    return True


def _put_back(row: Delivery, error: Exception, *, now: datetime, by: Actor) -> None:
    code = _code_of(error)
    # The name of the exception only: a server's answer may quote the message.
    log.warning("delivery.not_sent", delivery=row.pk, attempts=row.attempts, code=code, error=type(error).__name__)
    if row.attempts >= MOST_ATTEMPTS:
        _give_up(row, code=code, by=by)
        return
    rest = timedelta(minutes=BACK_OFF[min(row.attempts, len(BACK_OFF)) - 1])
    _leave(row, state=DeliveryState.PENDING, next_try_at=now + rest, failure_code=code)


def _give_up(row: Delivery, *, code: str, by: Actor) -> None:
    """Nobody got this message: what nobody else was told either waits again."""
    with transaction.atomic():
        if not _leave(row, state=DeliveryState.FAILED, failure_code=code):
            return
        told_by_others = DeliveryLine.objects.exclude(delivery__state=DeliveryState.FAILED).values("notice")
        Notice.objects.filter(lines__delivery=row, state=NoticeState.CARRIED).exclude(pk__in=told_by_others).update(
            state=NoticeState.WAITING
        )
        audit.record("delivery.failed", by=by, subject=row, code=code, attempts=row.attempts)


def _leave(row: Delivery, **fields: object) -> bool:
    """Let go of a claimed message; ``False`` when the lease ran out and another worker holds it by now."""
    held = Delivery.objects.filter(pk=row.pk, state=DeliveryState.SENDING, lease_until=row.lease_until)
    return held.update(lease_until=None, **fields) == 1


def _code_of(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPServerDisconnected | smtplib.SMTPConnectError):
        return "server_unreachable"
    if isinstance(error, smtplib.SMTPException):
        return "server_refused"
    return "server_unreachable" if isinstance(error, OSError) else "unexpected_error"
