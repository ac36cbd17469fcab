"""Which certificates get a renewal, and which had one already? Many at once, each at most once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import IntegrityError, transaction

from renewals import audit, dispatch
from renewals.audit import Actor, Entry
from renewals.models import Certificate, Company, Person, Renewal
from renewals.procedure.steps import plan_for

log = structlog.get_logger(__name__)

#: So many rows in one transaction.
BATCH = 500


@dataclass(frozen=True, slots=True)
class QueueOutcome:
    """Ids of certificates by what became of them."""

    created: tuple[int, ...] = ()
    already_open: tuple[int, ...] = ()
    #: Replaced or set aside: nothing to renew.
    not_current: tuple[int, ...] = ()

    def __add__(self, other: "QueueOutcome") -> "QueueOutcome":
        return QueueOutcome(
            created=self.created + other.created,
            already_open=self.already_open + other.already_open,
            not_current=self.not_current + other.not_current,
        )


def queue_renewals(*, certificates: Iterable[Certificate], by: Actor, now: datetime) -> QueueOutcome:
    """Ask for the renewal of each certificate that has none under way, and wake a worker once.

    Joins the caller's transaction where there is one; otherwise every batch is a transaction of its own.
    """
    outcome = QueueOutcome()
    # In one order everywhere, so that two callers with the same certificates wait for each other and never lock.
    ordered = sorted(certificates, key=lambda one: one.pk)
    for start in range(0, len(ordered), BATCH):
        with transaction.atomic():
            outcome += _queue(ordered[start : start + BATCH], by=by, now=now)
            if outcome.created:
                dispatch.wake("renewals.work_pending")
    if outcome.created:
        log.info("renewals.queued", created=len(outcome.created), already_open=len(outcome.already_open))
    return outcome


def _queue(certificates: Sequence[Certificate], *, by: Actor, now: datetime) -> QueueOutcome:
    # As they are now, not as they were when somebody read them; and so they stay until the renewals are written.
    rows = Certificate.objects.current().filter(pk__in=[one.pk for one in certificates])
    still = set(rows.order_by("pk").select_for_update().values_list("pk", flat=True))
    current = [one for one in certificates if one.pk in still]
    known = Renewal.objects.under_way().filter(certificate__in=certificates).values_list("certificate_id", flat=True)
    open_already = set(known)
    responsible = dict(
        Company.objects.filter(pk__in={one.company_id for one in current}).values_list("pk", "responsible_id")
    )
    wanted = [
        _row(one, assignee_id=responsible.get(one.company_id), by=by, now=now)
        for one in current
        if one.pk not in open_already
    ]
    created = _create(wanted)
    audit.record_many(
        Entry(
            name="renewal.queued",
            by=by,
            subject=row,
            company_id=row.company_id,
            facts={"certificate": row.certificate_id},
        )
        for row in created
    )
    made = {row.certificate_id for row in created}
    return QueueOutcome(
        created=tuple(one.pk for one in current if one.pk in made),
        already_open=tuple(one.pk for one in current if one.pk not in made),
        not_current=tuple(one.pk for one in certificates if one.pk not in still),
    )


def _row(certificate: Certificate, *, assignee_id: int | None, by: Actor, now: datetime) -> Renewal:
    plan = plan_for(certificate.kind)
    return Renewal(
        company_id=certificate.company_id,
        certificate=certificate,
        plan=plan.name,
        edition=plan.edition,
        assignee_id=assignee_id,
        created_at=now,
        begun_at=now if isinstance(by, Person) else None,
    )


def _create(rows: list[Renewal]) -> list[Renewal]:
    """Insert the rows at once; where somebody was faster with one of them, one by one."""
    try:
        with transaction.atomic():
            return Renewal.objects.bulk_create(rows)
    except IntegrityError:
        return [row for row in rows if _created(row)]


def _created(row: Renewal) -> bool:
    row.pk = None
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return False
    return True
