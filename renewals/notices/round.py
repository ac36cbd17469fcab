"""Who has to be told what, as of today? The sweep: it asks ``expiry``, writes the ledger and opens renewals.

Everything about one certificate is one transaction that begins with a claim: its next mark is moved on condition that
it is still due. So of two sweeps at once one writes, and a sweep that dies leaves either all of it or none.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import groupby

import structlog
from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from renewals import audit
from renewals.audit import Actor, Entry, RowOf
from renewals.errors import AlreadyMoved
from renewals.expiry.due import Decision, Watched, decide, due_ids, silent_ids, watched
from renewals.expiry.windows import Crossing, opens_renewal
from renewals.models import Certificate, Notice, NoticeState, Renewal, SweepRun
from renewals.models.inserting import insert_values
from renewals.notices import digest, life
from renewals.procedure.queueing import queue_renewals

log = structlog.get_logger(__name__)

#: So many certificates in one transaction.
BATCH = 1_000
#: The clock's own sweeps make no messages before this local time; what is found at night is told in the morning.
MORNING = time(7)
RESPONSIBLE = "responsible"
EMAIL = "email"
LEDGER = ("certificate_id", "deadline_on", "mark", "audience", "channel", "state", "crossed_on", "created_at")
#: So many failures are kept with their reason in the record of a sweep.
MOST_REASONS = 100


@dataclass(frozen=True, slots=True)
class SweepResult:
    """What a sweep found and did.

    ``evaluated``: certificates whose next mark had come. ``due``: those of them with something new to tell.
    """

    evaluated: int
    due: int
    new_notices: int
    new_renewals: int
    deliveries: int
    failed: int


@dataclass(slots=True)
class Tally:
    """Numbers of a sweep so far."""

    evaluated: int = 0
    due: int = 0
    new_renewals: int = 0
    failures: list[dict[str, int | str]] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Count another part in."""
        self.evaluated += other.evaluated
        self.due += other.due
        self.new_renewals += other.new_renewals
        self.failures += other.failures


def sweep(*, now: datetime, by: Actor, messages_from: time = time.min) -> SweepResult:
    """Look at every certificate that has reached a mark, write down who is to be told, and make today's messages.

    No message is made before ``messages_from``, a local time. Sending is not done here. A sweep that runs again on the
    same day finds nothing new.
    """
    # By the real clock, also for a sweep that looks from another day: the record proves that somebody looked.
    run = SweepRun.objects.create(started_at=timezone.now())
    tally = write_ledger(today=timezone.localdate(now), now=now, by=by)
    is_morning = timezone.localtime(now).time() >= messages_from
    assembled = digest.assemble(now=now, by=by) if is_morning else digest.Assembled()
    failures = tally.failures + assembled.failures
    result = SweepResult(
        evaluated=tally.evaluated,
        due=tally.due,
        new_notices=tally.due,
        new_renewals=tally.new_renewals,
        deliveries=assembled.deliveries,
        failed=len(failures),
    )
    finished_at = timezone.now()
    mail = life.mail_of_round(began_at=run.started_at, now=finished_at)
    SweepRun.objects.filter(pk=run.pk).update(
        finished_at=finished_at,
        evaluated=result.evaluated,
        due=result.due,
        new_notices=result.new_notices,
        new_renewals=result.new_renewals,
        made=result.deliveries,
        sent=mail.sent,
        undelivered=mail.undelivered,
        failed=result.failed,
        failures=failures[:MOST_REASONS],
    )
    log.info("sweep.finished", evaluated=result.evaluated, due=result.due, failed=result.failed)
    return result


def write_ledger(*, today: date, now: datetime, by: Actor) -> Tally:
    """The first half of a sweep: every mark that is due becomes a line of the ledger, in batches."""
    ids = due_ids(today=today)
    tally = Tally()
    for start in range(0, len(ids), BATCH):
        tally.add(_batch(ids[start : start + BATCH], today=today, now=now, by=by))
    return tally


def _batch(ids: Sequence[int], *, today: date, now: datetime, by: Actor) -> Tally:
    """Together where possible; one by one where one of them fails, so that it fails alone."""
    while True:
        try:
            return _written(ids, today=today, now=now, by=by)
        except AlreadyMoved:
            # Another sweep was here; what it did is no longer due, and the rest is looked at anew.
            log.info("sweep.somebody_was_faster", first=ids[0])
        except Exception as error:
            if len(ids) > 1:
                break
            log.exception("sweep.certificate_failed", certificate=ids[0])
            return Tally(evaluated=1, failures=[{"certificate": ids[0], "error": type(error).__name__}])
    tally = Tally()
    for one in ids:
        tally.add(_batch([one], today=today, now=now, by=by))
    return tally


def _written(ids: Sequence[int], *, today: date, now: datetime, by: Actor) -> Tally:
    told = dict(Notice.objects.filter(certificate__in=ids).order_by().values_list("certificate").annotate(Min("mark")))
    silent = silent_ids(ids)
    decisions = [
        decide(one, is_silent=one.pk in silent, already_told=told.get(one.pk), today=today)
        for one in watched(ids, today=today)
    ]
    crossings = [(one.watched, one.crossing) for one in decisions if one.crossing is not None]
    with transaction.atomic():
        _claim(decisions, today=today)
        insert_values(Notice, LEDGER, _ledger(crossings, today=today), ignore_conflicts=True)
        audit.record_many(
            Entry(
                name="certificate.mark_reached",
                by=by,
                subject=RowOf(Certificate, one.pk),
                company_id=one.company_id,
                facts={"mark": crossing.tell, "absorbed": len(crossing.absorbed)},
            )
            for one, crossing in crossings
        )
        created = queue_renewals(certificates=_to_renew(crossings), by=by, now=now).created
    return Tally(evaluated=len(decisions), due=len(crossings), new_renewals=len(created))


def _claim(decisions: Sequence[Decision], *, today: date) -> None:
    """Move every next mark on, one statement for each day that some of them are to be looked at again.

    Raises:
        AlreadyMoved: at least one of them is no longer due; the transaction must not be kept.
    """

    def day(one: Decision) -> date:
        return one.look_again_on or date.max

    claimed = 0
    for _, group in groupby(sorted(decisions, key=day), key=day):
        same_day = list(group)
        claimed += (
            Certificate.objects.past_a_mark(today=today)
            .filter(pk__in=[one.watched.pk for one in same_day])
            .update(next_mark_on=same_day[0].look_again_on)
        )
    if claimed != len(decisions):
        raise AlreadyMoved


def _ledger(crossings: Iterable[tuple[Watched, Crossing]], *, today: date) -> Iterator[tuple[object, ...]]:
    """The values of ``LEDGER``, one row a mark."""
    now = timezone.now()
    for one, crossing in crossings:
        for mark in crossing.absorbed:
            yield one.pk, one.expires_on, mark, RESPONSIBLE, EMAIL, NoticeState.ABSORBED.value, today, now
        yield one.pk, one.expires_on, crossing.tell, RESPONSIBLE, EMAIL, NoticeState.WAITING.value, today, now


def _to_renew(crossings: Sequence[tuple[Watched, Crossing]]) -> list[Certificate]:
    """Those that should be under way by now and never were: a renewal that somebody cancelled stays cancelled."""
    wanted = {one.pk for one, crossing in crossings if opens_renewal(crossing.tell, one.kind)}
    if wanted:
        rows = Renewal.objects.filter(certificate__in=wanted).order_by()
        wanted.difference_update(rows.values_list("certificate_id", flat=True))
    if not wanted:
        return []
    return list(Certificate.objects.filter(pk__in=wanted).only("company_id", "kind").order_by("pk"))
