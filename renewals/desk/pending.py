"""Which work is waiting, whoever forgot to say so? Every kind of job, found by its rows and done one by one."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db.models import F
from django.utils import timezone

from renewals.approvals import lapsing as approvals
from renewals.asking import requesting
from renewals.audit import Machine
from renewals.custody import lapsing, preparing
from renewals.desk import bulk
from renewals.errors import AlreadyMoved, MasterKeyFault, ProverUnavailable
from renewals.errors.mailing import MailServerUnavailable
from renewals.models import SetAside
from renewals.notices import alerts, asking_clients, bounces, delivery, failures, heartbeat
from renewals.people import leftovers
from renewals.procedure import checking, dossier_works, incidents, layout, preflight, signing_works, timers
from renewals.vault import alert_mail, candidates, held_works, key_works, sealing_history, taking

log = structlog.get_logger(__name__)

#: So many rows of one kind in one look; the next tick takes the next ones, and no kind keeps the others waiting.
BATCH = 500
#: A row that failed rests so long, twice as long after every further failure, and never longer than ``LONGEST_REST``.
FIRST_REST = timedelta(minutes=1)
LONGEST_REST = timedelta(hours=6)
#: Nothing is wrong with the row: this process cannot open keys, or send mail, at the moment. The next look tries again.
NOT_NOW = (MasterKeyFault, ProverUnavailable, MailServerUnavailable)

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Job:
    """One kind of work: which queue does it, how its waiting rows are found, and the verb that does one of them.

    ``do`` moves its row out of what ``waiting`` finds, or raises; ``AlreadyMoved`` where somebody was faster. One look
    does ``most`` rows. Where ``rests`` is false, rows are tried at every look whatever is noted about them: what the
    vault tells of others must not wait because of a row that others may write. Such a job ends its look at a failure.
    ``within`` is open while the rows of one look are done, such as one connection for all of them.
    """

    name: str
    queue: str
    waiting: Callable[[datetime, int], Iterable[object]]
    do: Callable[[object, datetime], None]
    most: int = BATCH
    rests: bool = True
    within: Callable[[], AbstractContextManager[None]] = nullcontext


@dataclass(slots=True)
class Look:
    """What one look at a queue did, by kind of job."""

    done: dict[str, int] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)

    def add(self, other: "Look") -> None:
        """Count another look in."""
        for mine, theirs in ((self.done, other.done), (self.failed, other.failed)):
            mine.update({job: mine.get(job, 0) + number for job, number in theirs.items()})


def _send(row: object, now: datetime) -> None:
    delivery.send(delivery_id=int(str(row)), now=now, by=Machine("mail"))


def _ask_client(row: object, now: datetime) -> None:
    asking_clients.write(request_id=int(str(row)), now=now, by=Machine("mail"))


def _lapse_request(row: object, now: datetime) -> None:
    requesting.lapse(request_id=int(str(row)), by=Machine("clock"), now=now)


def _act_on_bounce(row: object, now: datetime) -> None:
    bounces.act(bounce_id=int(str(row)), now=now, by=Machine("mail"))


def _lay_out(row: object, now: datetime) -> None:
    layout.lay_out(renewal_id=int(str(row)), now=now)


def _take_custody(row: object, now: datetime) -> None:
    # Many at once cost little more than one, so the first row takes the others along; they find nothing left to do.
    taking.take_custody_batch(limit=BATCH, now=now)


def _try_candidates(row: object, now: datetime) -> None:
    candidates.try_candidates(certificate_id=int(str(row)), now=now)


def _tell_alerts(_row: object, now: datetime) -> None:
    # The first alert takes the others along: one message tells them all.
    alerts.tell(now=now, by=Machine("mail"))


def _mail_alerts(_row: object, now: datetime) -> None:
    alert_mail.mail(now=now, by=Machine("vault"))


def _tell_failures(row: object, now: datetime) -> None:
    failures.tell(person_id=int(str(row)), now=now, by=Machine("mail"))


def _beat(row: object, now: datetime) -> None:
    heartbeat.beat(run_id=int(str(row)), now=now)


def _sign(row: object, now: datetime) -> None:
    signing_works.sign(signing_id=UUID(str(row)), now=now)


def _lapse_approval(row: object, now: datetime) -> None:
    approvals.lapse(approval_id=UUID(str(row)), now=now)


def _prepare(row: object, now: datetime) -> None:
    preparing.prepare(checkout_id=UUID(str(row)), now=now)


def _work_on_keys(row: object, now: datetime) -> None:
    key_works.do(work_id=UUID(str(row)), now=now)


def _lapse(row: object, now: datetime) -> None:
    lapsing.lapse(checkout_id=UUID(str(row)), now=now)


def _preflight(row: object, now: datetime) -> None:
    preflight.run(renewal_id=int(str(row)), now=now)


def _look_again(row: object, now: datetime) -> None:
    preflight.look_again(renewal_id=int(str(row)), now=now)


def _check_step(row: object, now: datetime) -> None:
    checking.check_step(step_id=int(str(row)), now=now)


def _pass_timer(row: object, now: datetime) -> None:
    timers.pass_timer(step_id=int(str(row)), now=now)


def _wake_for_portal(row: object, now: datetime) -> None:
    incidents.wake_up(renewal_id=int(str(row)), now=now)


def _hold_for_portal(row: object, now: datetime) -> None:
    incidents.hold(renewal_id=int(str(row)), now=now)


def _work_bulk(row: object, now: datetime) -> None:
    bulk.work_bulk(job_id=UUID(str(row)), now=now)


def _make_dossier(row: object, now: datetime) -> None:
    dossier_works.make(renewal_id=int(str(row)), now=now)


def _seal_history(_row: object, now: datetime) -> None:
    sealing_history.seal_history(now=now)


def _clear_leftovers(_row: object, now: datetime) -> None:
    leftovers.clear_leftovers(now=now)


JOBS: tuple[Job, ...] = (
    Job("bulk", "default", bulk.jobs_waiting, _work_bulk),
    Job("lay_out", "default", layout.renewals_queued, _lay_out),
    Job("look_again", "default", preflight.renewals_to_look_at_again, _look_again),
    Job("timers", "default", timers.timers_passed, _pass_timer),
    # First those that go on: another incident of the same portal may hold them again.
    Job("wake_for_portal", "default", incidents.waits_to_wake, _wake_for_portal),
    Job("hold_for_portal", "default", incidents.renewals_to_hold, _hold_for_portal),
    Job("alerts", "default", alerts.alerts_waiting, _tell_alerts),
    # Before mail: what would come back again is not sent.
    Job("bounces", "default", bounces.waiting, _act_on_bounce),
    Job("client_requests", "default", asking_clients.requests_to_mail, _ask_client),
    Job("client_requests_lapsed", "default", requesting.requests_lapsed, _lapse_request),
    Job("mail", "default", delivery.waiting, _send, within=delivery.one_after_the_other),
    Job("failures", "default", failures.partners_to_tell, _tell_failures),
    Job("heartbeat", "default", heartbeat.rounds_to_tell, _beat),
    Job("take_custody", "vault", taking.keys_waiting, _take_custody),
    Job("candidates", "vault", candidates.certificates_waiting, _try_candidates),
    Job("prepare_checkout", "vault", preparing.checkouts_waiting, _prepare),
    Job("alert_mail", "vault", alert_mail.alerts_waiting, _mail_alerts, rests=False),
    # The default worker has no business with what leaves custody, and the database does not let it near.
    Job("sign_in_leftovers", "default", leftovers.leftovers, _clear_leftovers),
    Job("lapse", "vault", lapsing.checkouts_lapsed, _lapse),
    Job("approvals", "vault", approvals.approvals_lapsed, _lapse_approval),
    Job("sign", "vault", signing_works.signings_waiting, _sign),
    Job("preflight", "vault", preflight.renewals_waiting, _preflight),
    Job("check_step", "vault", checking.steps_waiting, _check_step),
    # A few at a time: after an update there is one to make of every renewal that ever ended.
    Job("dossiers", "vault", dossier_works.renewals_without, _make_dossier, most=20),
    Job("seal_history", "vault", sealing_history.history_waiting, _seal_history, rests=False),
    # Last: they take long, and let go after a while so that people who wait for files get their turn.
    Job("key_works", "vault", held_works.works_waiting, _work_on_keys, most=3),
)


def work(*, queue: str, now: datetime | None = None) -> dict[str, int]:
    """Do the waiting work of one queue; a row that fails is logged, rests for a while and never stops the others.

    Returns the number of rows done by kind of job.
    """
    return look(queue=queue, now=now).done


def look(*, queue: str, now: datetime | None = None, jobs: Sequence[Job] = JOBS) -> Look:
    """As :func:`work`, and says what failed as well.

    Without ``now`` every row gets the moment at which its turn comes: the last one of a long look must not hold a
    lease that began with the first.
    """
    clock: Clock = timezone.now if now is None else lambda: now
    found = Look()
    for job in jobs:
        if job.queue == queue:
            found.done[job.name], found.failed[job.name] = _look_at(job, clock)
    return found


def work_until_quiet(*, queues: Sequence[str], now: datetime | None = None) -> Look:
    """Look at the queues in turn until a whole turn does nothing; what failed rests and is left for later.

    Work makes work: a key taken into custody lets a step go on, and a step may ask for a key.
    """
    total = Look()
    while True:
        turn = [look(queue=queue, now=now) for queue in queues]
        for once in turn:
            total.add(once)
        if not any(sum(once.done.values()) for once in turn):
            return total


def count_waiting(*, queue: str, now: datetime) -> int:
    """How many rows wait for a queue, resting ones included; of each kind no more than one look takes are counted."""
    return sum(len(list(job.waiting(now, BATCH))) for job in JOBS if job.queue == queue)


def _look_at(job: Job, clock: Clock) -> tuple[int, int]:
    now = clock()
    rests_until = dict(SetAside.objects.of_job(job.name).values_list("row", "not_before"))
    # A rest that this program never gives was written by somebody else.
    last = now + LONGEST_REST if job.rests else now
    resting = {row for row, moment in rests_until.items() if now < moment <= last}
    # Resting rows are found as well: so many more are asked for, and they cannot crowd out the others.
    limit = BATCH + len(resting)
    found = list(job.waiting(now, limit))
    with job.within():
        done, failed = _do(job, [row for row in found if str(row) not in resting][: job.most], clock)
    still_waiting = {str(one) for one in found} if len(found) < limit else set(rests_until)
    _forget(job, set(rests_until) - still_waiting)
    return done, failed


def _do(job: Job, rows: Iterable[object], clock: Clock) -> tuple[int, int]:
    done = failed = 0
    for row in rows:
        try:
            job.do(row, clock())
        except AlreadyMoved:
            log.info("work.somebody_was_faster", job=job.name, row=str(row))
        except NOT_NOW as error:
            log.warning("work.not_now", job=job.name, error=error.code)
            failed += 1
            break
        except Exception as error:
            log.exception("work.failed", job=job.name, row=str(row))
            _set_aside(job, row, error, clock())
            failed += 1
            if not job.rests:
                break
        else:
            done += 1
    return done, failed


def _set_aside(job: Job, row: object, error: Exception, now: datetime) -> None:
    known = SetAside.objects.of_job(job.name).filter(row=str(row))
    failures = known.values_list("failures", flat=True).first() or 0
    # Noted all the same where it does not rest: people shall see that it fails.
    rest = min(FIRST_REST * 2 ** min(failures, 20), LONGEST_REST) if job.rests else timedelta(0)
    again = {"error": type(error).__name__, "not_before": now + rest}
    if not known.update(failures=F("failures") + 1, **again):
        SetAside.objects.bulk_create([SetAside(job=job.name, row=str(row), **again)], ignore_conflicts=True)


def _forget(job: Job, rows: set[str]) -> None:
    """Those that no longer wait got done, here or elsewhere; one look later than the success, which is soon enough."""
    if rows:
        SetAside.objects.of_job(job.name).filter(row__in=rows).delete()
