"""How does a message leave exactly once? Claim, send outside any transaction, record.

The one window in which a death sends twice lies between the server's yes and the record; the second copy then carries
the same Message-ID, so that mail programs show one message.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from renewals import audit, dispatch
from renewals.audit import Actor
from renewals.expiry.working_time import is_working_time
from renewals.models import Delivery, DeliveryState
from renewals.notices.asking_clients import with_link
from renewals.notices.freshness import TOGETHER, World, has_left, is_unsure, missed_their_day, why_stale
from renewals.notices.letting_wait import let_lines_wait
from renewals.notices.posting import NotNow, Refused, one_connection, post, require_server
from renewals.notices.provider import header_for

log = structlog.get_logger(__name__)

#: Longer than any conversation with a mail server may last, each of whose answers has its own limit.
LEASE = timedelta(minutes=10)
#: Minutes until the next try after the first, second, … failure; the last one repeats.
BACK_OFF = (1, 5, 15, 60, 120)
#: After so many tries that were about this message, almost two days of them, others are told instead.
MOST_ATTEMPTS = 24
#: So many other addresses refused within a day, and nothing taken since, and it is the server that refuses.
REFUSES_EVERYBODY = 2

_world: ContextVar[World | None] = ContextVar("world", default=None)


@contextmanager
def one_after_the_other() -> Iterator[None]:
    """Let the messages of this block share a connection to the mail server, and what they are compared with."""
    token = _world.set(World(together=TOGETHER))
    try:
        with one_connection():
            yield
    finally:
        _world.reset(token)


def waiting(now: datetime, limit: int) -> list[int]:
    """Ids of the messages to be sent, in their order; those that may wait do so until the firm works.

    Those that missed their day do not: they are withdrawn before the next morning's are made, so that these tell it.
    """
    rows = Delivery.objects.to_send(now=now)
    if not is_working_time(now):
        rows = rows.critical() | missed_their_day(rows, today=timezone.localdate(now))
    return list(rows.by_turn().values_list("pk", flat=True)[:limit])


def send(*, delivery_id: int, now: datetime, by: Actor) -> bool:
    """Send one message if it is still to be sent; ``False`` where somebody was faster or it did not leave.

    Before the first try it is compared with the world as it is, and withdrawn where it is no longer right: its lines
    wait to be told anew. A server that does not answer is left alone for a while, by every message. One that
    refuses the address for good, or a message that was tried too often, fails: its lines go to whoever is next. Where
    it refused one address after the other and took none, whether it is the server is found out by trying all of them.

    Raises:
        MailServerUnavailable: over the connection of this block nothing leaves any more; the message waits untouched.
    """
    require_server()
    row = _claimed(delivery_id, now)
    if row is None:
        return False
    message = _compared(row, now=now, by=by)
    if message is None:
        return False
    try:
        post(message)
    except Refused as refused:
        if _refuses_everybody(row, now):
            # It alone: the others are tried, and the first one that is taken shows that the server is well.
            _put_back(row, NotNow("server_refused", is_servers=True), now=now, by=by)
        else:
            _give_up(row, code=refused.code, now=now, by=by)
    except NotNow as fault:
        _put_back(row, fault, now=now, by=by)
        _let_others_rest(row, fault, now=now)
    else:
        return _record_sent(row, now=now, by=by)
    return False


def _claimed(delivery_id: int, now: datetime) -> Delivery | None:
    """Take it for so long; one whose worker died while it sent may have left, and says so from now on."""
    rows = Delivery.objects.filter(pk=delivery_id)
    held = {"state": DeliveryState.SENDING, "lease_until": now + LEASE, "attempts": F("attempts") + 1}
    died = {"failure_code": "no_answer", "own_attempts": F("own_attempts") + 1}
    taken = rows.due(now=now).update(**held) or rows.left_behind(now=now).update(**held, **died)
    return rows.select_related("person", "contact__company", "request").get() if taken else None


def _compared(row: Delivery, *, now: datetime, by: Actor) -> EmailMultiAlternatives | None:
    """What is to leave; nothing where it was withdrawn, or given up, instead."""
    if row.own_attempts > MOST_ATTEMPTS and row.failure_code == "no_answer":
        # Whoever held it died, or heard nothing, every single time.
        _give_up(row, code="unexpected_error", now=now, by=by)
        return None
    try:
        return None if _is_withdrawn(row, now=now, by=by) else _message(row)
    except Exception:
        # No server was asked; were its lease to run out, it would be sent as one that may have left, uncompared.
        _leave(row, state=DeliveryState.PENDING, attempts=row.attempts - 1)
        raise


def _is_withdrawn(row: Delivery, *, now: datetime, by: Actor) -> bool:
    if is_unsure(row):
        left = has_left(row)
        if left:
            _give_up(row, code="recipient_left", now=now, by=by)
        return left
    reason = why_stale(row, now=now, world=_world.get() or World())
    if reason:
        _withdraw(row, reason=reason, by=by)
        return True
    reader = row.person or row.contact
    if reader is not None and reader.email and reader.email != row.address:
        # What it says is frozen; where its reader gets mail by now is not part of that.
        row.address, row.own_attempts = reader.email, 0
        Delivery.objects.filter(pk=row.pk).update(address=row.address, own_attempts=row.own_attempts)
    return False


def _message(row: Delivery) -> EmailMultiAlternatives:
    # Auto-Submitted (RFC 3834) keeps holiday answers from coming back.
    headers = {"Message-ID": row.message_id, "Auto-Submitted": "auto-generated"}
    if row.thread_id:
        headers |= {"In-Reply-To": row.thread_id, "References": row.thread_id}
    headers |= header_for(settings.MAIL_PROVIDER, row.message_id)
    text, html = with_link(row)
    message = EmailMultiAlternatives(subject=row.subject, body=text, to=[row.address], headers=headers)
    message.attach_alternative(html, "text/html")
    return message


def _record_sent(row: Delivery, *, now: datetime, by: Actor) -> bool:
    with transaction.atomic():
        if not _leave(row, state=DeliveryState.SENT, sent_at=now, failure_code=""):
            return False
        audit.record("delivery.sent", by=by, subject=row, attempts=row.attempts)
    return True


def _put_back(row: Delivery, fault: NotNow, *, now: datetime, by: Actor) -> None:
    # The code only: a server's answer may quote the message.
    log.warning("delivery.not_sent", delivery=row.pk, attempts=row.attempts, code=fault.code)
    if not fault.is_servers or fault.is_unsure:
        # Nothing of a server that was not reached, or that serves nobody, is held against the message.
        row.own_attempts += 1
    if row.own_attempts >= MOST_ATTEMPTS and not fault.is_servers:
        _give_up(row, code=fault.code, now=now, by=by)
        return
    # Once nobody knew whether it had left, a later fault does not make that certain.
    code = row.failure_code if is_unsure(row) else fault.code
    _leave(
        row, state=DeliveryState.PENDING, next_try_at=_again(row, now), failure_code=code, own_attempts=row.own_attempts
    )


def _let_others_rest(row: Delivery, fault: NotNow, *, now: datetime) -> None:
    """One message has found out for all that the server is not there."""
    if fault.is_servers:
        Delivery.objects.due(now=now).update(next_try_at=_again(row, now))


def _again(row: Delivery, now: datetime) -> datetime:
    """When it is tried next."""
    return now + timedelta(minutes=BACK_OFF[min(row.attempts, len(BACK_OFF)) - 1])


def _refuses_everybody(row: Delivery, now: datetime) -> bool:
    """Whether the server takes nothing from us at all, whatever it says about this address."""
    lately = now - timedelta(days=1)
    others = Delivery.objects.refused(since=lately).exclude(address=row.address)
    latest = others.order_by("-next_try_at").values_list("next_try_at", flat=True)[:REFUSES_EVERYBODY]
    if len(latest) < REFUSES_EVERYBODY:
        return False
    return not Delivery.objects.filter(state=DeliveryState.SENT, sent_at__gte=min(latest)).exists()


def _withdraw(row: Delivery, *, reason: str, by: Actor) -> None:
    with transaction.atomic():
        if not _leave(row, state=DeliveryState.WITHDRAWN, failure_code=reason):
            return
        let_lines_wait(row.pk)
        audit.record("delivery.withdrawn", by=by, subject=row, code=reason)
        # A round makes another message of what is still to be told.
        dispatch.wake("renewals.sweep")


def _give_up(row: Delivery, *, code: str, now: datetime, by: Actor) -> None:
    """Nobody got this message: what it told waits again."""
    with transaction.atomic():
        if not _leave(row, state=DeliveryState.FAILED, failure_code=code, next_try_at=now):
            return
        let_lines_wait(row.pk)
        audit.record("delivery.failed", by=by, subject=row, code=code, attempts=row.attempts)
        dispatch.wake("renewals.sweep")


def _leave(row: Delivery, **fields: object) -> bool:
    """Let go of a claimed message; ``False`` when the lease ran out and another worker holds it by now."""
    held = Delivery.objects.filter(pk=row.pk, state=DeliveryState.SENDING, lease_until=row.lease_until)
    return held.update(lease_until=None, **fields) == 1
