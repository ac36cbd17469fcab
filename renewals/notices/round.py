"""Who has to be told what, as of today? The sweep: it asks ``expiry``, writes the ledger and opens renewals.

Everything about one certificate is one transaction that begins with a claim: its next mark is moved on condition that
it is still due. So of two sweeps at once one writes, and a sweep that dies leaves either all of it or none.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from renewals import audit
from renewals.audit import Actor, Entry, RowOf
from renewals.errors import AlreadyMoved
from renewals.expiry.due import Decision, Look, decide, due_ids, watched
from renewals.expiry.refreshing import refresh_deadlines
from renewals.expiry.windows import Hears, opens_renewal
from renewals.models import Certificate, Notice, NoticeState, Renewal, SweepRun
from renewals.models.inserting import insert_values
from renewals.notices import digest, life
from renewals.notices.slices import sliced
from renewals.procedure.queueing import queue_renewals

log = structlog.get_logger(__name__)

#: So many certificates in one transaction.
BATCH = 1_000
EMAIL = "email"
LEDGER = ("certificate_id", "deadline_on", "mark", "audience", "channel", "state", "crossed_on", "created_at")
#: So many failures are kept with their reason in the record of a sweep.
MOST_REASONS = 100


@dataclass(frozen=True, slots=True)
class SweepResult:
    """What a sweep found and did.

    ``evaluated``: certificates whose next mark had come. ``due``: those of them with something new to tell.
    ``new_notices``: lines of the ledger that wait to be told, one an audience; ``absorbed``: those told with others.
    """

    evaluated: int
    due: int
    absorbed: int
    new_notices: int
    new_renewals: int
    deliveries: int
    failed: int


@dataclass(slots=True)
class Tally:
    """Numbers of a sweep so far; of failures the first reasons only, whatever their number.

    ``moved``: certificates whose deadline moved while others were looked at.
    """

    evaluated: int = 0
    due: int = 0
    absorbed: int = 0
    new_notices: int = 0
    new_renewals: int = 0
    failed: int = 0
    failures: list[dict[str, int | str]] = field(default_factory=list)
    moved: list[int] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Count another part in."""
        self.evaluated += other.evaluated
        self.due += other.due
        self.absorbed += other.absorbed
        self.new_notices += other.new_notices
        self.new_renewals += other.new_renewals
        self.failed += other.failed
        self.failures = (self.failures + other.failures)[:MOST_REASONS]
        self.moved += other.moved


def sweep(*, now: datetime, by: Actor) -> SweepResult:
    """Look at every certificate that has reached a mark, write down who is to be told, and make the messages for it.

    Those that can wait are made in the firm's working hours (``digest``). Sending is not done here. A sweep that runs
    again on the same day finds nothing new.
    """
    # By the real clock, also for a sweep that looks from another day: the record proves that somebody looked.
    run = SweepRun.objects.create(started_at=timezone.now())
    try:
        tally = write_ledger(today=timezone.localdate(now), now=now, by=by)
        assembled = digest.assemble(now=now, by=by)
    except Exception as error:
        # It never finished, and partners are told so today (``failures``), not when the last good one is a day old.
        SweepRun.objects.filter(pk=run.pk).update(failed=1, failures=[{"error": type(error).__name__}])
        raise
    failures = tally.failures + assembled.failures
    result = SweepResult(
        evaluated=tally.evaluated,
        due=tally.due,
        absorbed=tally.absorbed + assembled.absorbed,
        new_notices=tally.new_notices,
        new_renewals=tally.new_renewals,
        deliveries=assembled.deliveries,
        failed=tally.failed + len(assembled.failures),
    )
    finished_at = timezone.now()
    mail = life.mail_of_round(began_at=run.started_at, now=finished_at)
    SweepRun.objects.filter(pk=run.pk).update(
        finished_at=finished_at,
        evaluated=result.evaluated,
        due=result.due,
        absorbed=result.absorbed,
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
    """The first half of a sweep: every mark that is due becomes lines of the ledger, in batches."""
    tally = Tally()
    for ids in due_ids(today=today):
        _in_batches(ids, tally, today=today, now=now, by=by)
    while tally.moved:
        # Those that were looked at before their deadline moved are due once more; a deadline moves but once a day.
        again, tally.moved = tally.moved, []
        _in_batches(again, tally, today=today, now=now, by=by)
    return tally


def _in_batches(ids: Sequence[int], tally: Tally, *, today: date, now: datetime, by: Actor) -> None:
    for start in range(0, len(ids), BATCH):
        tally.add(_batch(ids[start : start + BATCH], today=today, now=now, by=by))


def _batch(ids: Sequence[int], *, today: date, now: datetime, by: Actor) -> Tally:
    """Together where possible; one by one where one of them fails, so that it fails alone."""
    while True:
        try:
            return _written(ids, today=today, now=now, by=by)
        except AlreadyMoved:
            # Another sweep was here, or something moved; what was done is no longer due, the rest is looked at anew.
            log.info("sweep.somebody_was_faster", first=ids[0])
        except Exception as error:
            if len(ids) > 1:
                break
            log.exception("sweep.certificate_failed", certificate=ids[0])
            failure: dict[str, int | str] = {"certificate": ids[0], "error": type(error).__name__}
            return Tally(evaluated=1, failed=1, failures=[failure])
    tally = Tally()
    for one in ids:
        tally.add(_batch([one], today=today, now=now, by=by))
    return tally


def _written(ids: Sequence[int], *, today: date, now: datetime, by: Actor) -> Tally:
    due, moved = watched(ids, today=today), []
    companies = {one.company_id for one in due if one.hangs_on_others}
    if companies:
        with transaction.atomic():
            moved = refresh_deadlines(companies, today=today)
        due = watched(ids, today=today) if moved else due
    look = decide(due, today=today)
    crossed = [one for one in look.decisions if one.crossings]
    rows = list(_ledger(crossed, today=today))
    waiting = sum(len(one.crossings) for one in crossed)
    with transaction.atomic():
        _claim(look, today=today)
        _settle_moved(look.decisions)
        _take_up_again(crossed)
        insert_values(Notice, LEDGER, rows, ignore_conflicts=True)
        audit.record_many(_told(one, by=by) for one in crossed)
        created = queue_renewals(certificates=_to_renew(crossed), by=by, now=now).created
    return Tally(
        evaluated=len(look.decisions),
        due=len(crossed),
        absorbed=len(rows) - waiting,
        new_notices=waiting,
        new_renewals=len(created),
        moved=sorted(set(moved).difference(ids)),
    )


def _claim(look: Look, *, today: date) -> None:
    """Move every next mark on, one statement for each day that some of them are to be looked at again.

    Raises:
        AlreadyMoved: at least one of them is no longer due, or what was decided stands on a deadline or on marks that
            changed meanwhile; the transaction must not be kept.
    """

    def day(one: Decision) -> date:
        return one.look_again_on or date.max

    claimed = 0
    for _, group in groupby(sorted(look.decisions, key=day), key=day):
        same_day = list(group)
        claimed += (
            Certificate.objects.past_a_mark(today=today)
            .filter(pk__in=[one.watched.pk for one in same_day])
            .update(next_mark_on=same_day[0].look_again_on)
        )
    if claimed != len(look.decisions) or not look.still_holds():
        raise AlreadyMoved


def _settle_moved(decisions: Iterable[Decision]) -> None:
    """What waits about a deadline that has moved is not told any more: the new one begins anew."""
    moved = [one.watched.pk for one in decisions if one.has_moved]
    if moved:
        lines = Notice.objects.waiting().filter(certificate__in=moved)
        lines.exclude(deadline_on=F("certificate__deadline_on")).update(state=NoticeState.MOOT)


def _take_up_again(decisions: Iterable[Decision]) -> None:
    """What nobody needed for a while and is to be told after all: a deadline came back, or a company did."""
    wanted = {
        (one.watched.pk, who.value, mark): NoticeState.WAITING if mark == crossing.tell else NoticeState.ABSORBED
        for one in decisions
        if one.has_moot
        for who, crossing in one.crossings.items()
        for mark in (crossing.tell, *crossing.absorbed)
    }
    if not wanted:
        return
    moot = Notice.objects.filter(state=NoticeState.MOOT, certificate__in={pk for pk, _, _ in wanted})
    of_deadline = moot.filter(deadline_on=F("certificate__deadline_on")).order_by()
    again = defaultdict(list)
    for pk, certificate, audience, mark in of_deadline.values_list("pk", "certificate_id", "audience", "mark"):
        if state := wanted.get((certificate, audience, mark)):
            again[state].append(pk)
    for state, ids in again.items():
        for some in sliced(ids):
            Notice.objects.filter(pk__in=some).update(state=state)


def _ledger(decisions: Iterable[Decision], *, today: date) -> Iterator[tuple[object, ...]]:
    """The values of ``LEDGER``, one row a mark and audience."""
    now = timezone.now()
    for one in decisions:
        pk, deadline_on = one.watched.pk, one.watched.deadline_on
        for who, crossing in one.crossings.items():
            audience = who.value
            for mark in crossing.absorbed:
                yield pk, deadline_on, mark, audience, EMAIL, NoticeState.ABSORBED.value, today, now
            yield pk, deadline_on, crossing.tell, audience, EMAIL, NoticeState.WAITING.value, today, now


def _told(one: Decision, *, by: Actor) -> Entry:
    """One event a certificate: the most urgent mark, and how many it speaks for."""
    first = min(one.crossings.values(), key=lambda crossing: crossing.tell)
    absorbed = max(len(crossing.absorbed) for crossing in one.crossings.values())
    return Entry(
        name="certificate.mark_reached",
        by=by,
        subject=RowOf(Certificate, one.watched.pk),
        company_id=one.watched.company_id,
        facts={"mark": first.tell, "absorbed": absorbed},
    )


def _to_renew(decisions: Iterable[Decision]) -> list[Certificate]:
    """Those that should be under way by now and never were: a renewal that somebody cancelled stays cancelled."""
    wanted = {
        one.watched.pk
        for one in decisions
        if Hears.RESPONSIBLE in one.crossings and opens_renewal(one.crossings[Hears.RESPONSIBLE].tell, one.watched.kind)
    }
    if wanted:
        rows = Renewal.objects.filter(certificate__in=wanted).order_by()
        wanted.difference_update(rows.values_list("certificate_id", flat=True))
    if not wanted:
        return []
    return list(Certificate.objects.filter(pk__in=wanted).only("company_id", "kind").order_by("pk"))
