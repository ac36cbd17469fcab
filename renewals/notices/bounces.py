"""What follows when a message comes back: who is told instead, and who says that the address works again?"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from renewals import audit, dispatch
from renewals.access import Right, bounce_for
from renewals.audit import Actor
from renewals.errors import AlreadyMoved
from renewals.errors.mailing import BounceSettled
from renewals.models import Bounce, BounceSource, ClientRequest, Delivery, DeliveryState, Person, RequestState
from renewals.models.bounce import CAME_BACK
from renewals.models.inserting import insert_values
from renewals.notices.letting_wait import let_lines_wait


@dataclass(frozen=True, slots=True)
class Report:
    """A mail server's or provider's word that a message did not arrive.

    ``addresses`` are those it names, in small letters; ``fingerprint`` (64 hex digits) tells one report from another.
    """

    message_ids: Collection[str]
    addresses: Collection[str]
    status: str
    is_permanent: bool
    source: BounceSource
    fingerprint: str


def record(report: Report, *, now: datetime) -> bool:
    """Write down that a message of ours came back; ``False`` where it is not ours, or known already.

    A report is believed only if it names a Message-ID of ours and the very address that it went to: that pair is known
    to its reader and to the servers in between. One message comes back once for good and once for now, no oftener,
    whatever is reported. What follows is done by the worker (:func:`act`).
    """
    row = Delivery.objects.tried().filter(message_id__in=list(report.message_ids)).first()
    if row is None or row.address.lower() not in report.addresses:
        return False
    if Bounce.objects.filter(delivery=row, is_permanent=report.is_permanent).exists():
        return False
    values = {
        "delivery_id": row.pk,
        "person_id": row.person_id,
        "contact_id": row.contact_id,
        "address": row.address,
        "is_permanent": report.is_permanent,
        "status": report.status[:12],
        "source": report.source.value,
        "report": report.fingerprint,
        "reported_at": now,
    }
    try:
        with transaction.atomic():
            # These columns and no other: the web's role may not say that somebody acted on it.
            insert_values(Bounce, list(values), [list(values.values())])
            dispatch.wake("renewals.work_pending")
    except IntegrityError:
        return False
    return True


def waiting(now: datetime, limit: int) -> list[int]:
    """Those on which nobody has acted yet, oldest first."""
    return list(Bounce.objects.waiting().order_by("pk").values_list("pk", flat=True)[:limit])


def act(*, bounce_id: int, now: datetime, by: Actor) -> None:
    """Let the lines of a message that came back wait for whoever is next in line.

    Raises:
        AlreadyMoved: another worker was faster, or one is sending that very message at this moment.
    """
    row = Bounce.objects.select_related("delivery__request").get(pk=bounce_id)
    sent = Delivery.objects.filter(pk=row.delivery_id)
    with transaction.atomic():
        if Bounce.objects.waiting().filter(pk=row.pk).update(acted_at=now) != 1:
            raise AlreadyMoved
        if sent.filter(state=DeliveryState.SENDING).exists():
            raise AlreadyMoved
        # Whoever can write a row may have written one that no report stands behind (``record``).
        left = sent.tried().filter(state__in=[DeliveryState.SENT, DeliveryState.PENDING], address__iexact=row.address)
        if not left.update(state=DeliveryState.FAILED, failure_code=CAME_BACK, next_try_at=now):
            return
        let_lines_wait(row.delivery_id)
        if row.is_permanent:
            _close_link(row.delivery, by=by, now=now)
        audit.record(
            "delivery.came_back",
            by=by,
            subject=row.delivery,
            company=row.delivery.company_id,
            status=row.status,
            is_permanent=row.is_permanent,
        )
        dispatch.wake("renewals.sweep")


def _close_link(sent: Delivery, *, by: Actor, now: datetime) -> None:
    """A link that came back is known to whoever reads returned mail, and its reader never saw it."""
    asked = sent.request
    if asked is None:
        return
    standing = ClientRequest.objects.open().filter(pk=asked.pk)
    if standing.update(state=RequestState.WITHDRAWN, closed_at=now):
        audit.record("client_request.withdrawn", by=by, subject=asked, company=asked.company_id)


def settle(*, bounce: Bounce, by: Person, now: datetime) -> None:
    """Say that an address works, so that it is written to again; whatever came back from it is settled with it.

    Raises:
        NotVisible, NotPermitted: it is nobody the person answers for, or the role only looks.
        BounceSettled: somebody said so already.
    """
    row = bounce_for(by, bounce.pk, Right.WORK)
    with transaction.atomic():
        of_address = Bounce.objects.unsettled().filter(address__iexact=row.address)
        if not of_address.update(settled_at=now, settled_by=by):
            raise BounceSettled
        audit.record("bounce.settled", by=by, subject=row, company=row.delivery.company_id)
