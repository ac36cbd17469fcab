"""What becomes of a request for many rows at once? Each row gets one answer, however often a worker dies."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

from django.db import transaction

from renewals import audit, dispatch
from renewals.access import Right, may, require
from renewals.audit import Machine
from renewals.errors import AlreadyMoved, CertificateNotCurrent, NotPermitted, RenewalAlreadyOpen
from renewals.models import BulkJob, BulkRow, Certificate, Person
from renewals.models.bulk import BulkState
from renewals.procedure.queueing import queue_renewals

QUEUE_RENEWALS = "queue_renewals"
#: So many rows in one transaction, which also says what became of each.
BATCH = 200
#: So long without a finished batch, and the worker counts as dead.
LEASE = timedelta(minutes=1)

BULK = Machine("bulk")


def ask_queue_renewals(*, certificates: Iterable[int], request_key: str, by: Person) -> BulkJob:
    """Ask for the renewal of many certificates, by id; the same request asked twice is the first one.

    Those that the person may not know of are left out like those that do not exist; whether a person may still touch
    the others is decided row by row when the work is done.

    Raises:
        NotPermitted: the person's role changes nothing.
    """
    require(by, Right.WORK)
    with transaction.atomic():
        job, is_new = BulkJob.objects.get_or_create(by=by, request_key=request_key, defaults={"action": QUEUE_RENEWALS})
        if not is_new:
            return job
        known = _visible(sorted(set(certificates)), by)
        BulkRow.objects.bulk_create((BulkRow(job=job, certificate_id=one) for one in known), batch_size=BATCH)
        audit.record("bulk.asked", by=by, subject=job, action=QUEUE_RENEWALS, rows=len(known))
        dispatch.wake("renewals.work_pending")
    return job


def jobs_waiting(now: datetime, limit: int) -> list[UUID]:
    """The bulk jobs to be worked, oldest first."""
    waiting = BulkJob.objects.waiting(now=now).order_by("created_at")
    return list(waiting.values_list("pk", flat=True)[:limit])


def work_bulk(*, job_id: UUID, now: datetime) -> None:
    """Work a bulk job to its end, batch by batch; what an earlier worker finished is not done again.

    Raises:
        AlreadyMoved: another worker took the job over.
    """
    lease = now + LEASE
    claimed = BulkJob.objects.waiting(now=now).filter(pk=job_id)
    if not claimed.update(state=BulkState.WORKING, lease_until=lease):
        return
    job = BulkJob.objects.select_related("by").get(pk=job_id)
    began = monotonic()
    while rows := list(BulkRow.objects.filter(job=job, state=BulkState.PENDING)[:BATCH]):
        with transaction.atomic():
            _queue(job.by, rows, now=now)
            lease = _hold(job_id, lease, until=now + timedelta(seconds=monotonic() - began) + LEASE)
    with transaction.atomic():
        held = BulkJob.objects.filter(pk=job_id, state=BulkState.WORKING, lease_until=lease)
        if held.update(state=BulkState.DONE, lease_until=None, finished_at=now) != 1:
            raise AlreadyMoved
        audit.record("bulk.finished", by=BULK, subject=job, **_totals(job))


def _visible(ids: Sequence[int], by: Person) -> list[int]:
    found: list[int] = []
    visible = Certificate.objects.visible_to(by)
    for start in range(0, len(ids), BATCH):
        found += visible.filter(pk__in=ids[start : start + BATCH]).values_list("pk", flat=True)
    return sorted(found)


def _hold(job_id: UUID, lease: datetime, *, until: datetime) -> datetime:
    """Live on for another while; a worker that was given up on finds its hold gone, and its batch is rolled back."""
    held = BulkJob.objects.filter(pk=job_id, state=BulkState.WORKING, lease_until=lease)
    if held.update(lease_until=until) != 1:
        raise AlreadyMoved
    return until


def _queue(by: Person, rows: Sequence[BulkRow], *, now: datetime) -> None:
    ids = [row.certificate_id for row in rows]
    allowed = Certificate.objects.visible_to(by).filter(pk__in=ids) if may(by, Right.WORK) else []
    outcome = queue_renewals(certificates=allowed, by=by, now=now)
    answers = (
        dict.fromkeys(outcome.created, (BulkState.DONE, ""))
        | dict.fromkeys(outcome.already_open, (BulkState.REFUSED, RenewalAlreadyOpen.code))
        | dict.fromkeys(outcome.not_current, (BulkState.REFUSED, CertificateNotCurrent.code))
    )
    for row in rows:
        row.state, row.code = answers.get(row.certificate_id, (BulkState.REFUSED, NotPermitted.code))
    BulkRow.objects.bulk_update(rows, ["state", "code"])


def _totals(job: BulkJob) -> dict[str, int]:
    done = BulkRow.objects.filter(job=job, state=BulkState.DONE).count()
    return {"created": done, "refused": BulkRow.objects.filter(job=job).count() - done}
