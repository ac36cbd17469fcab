"""Who is at a long work on keys at this moment, for how long, and how is its end written down?

The row is the job. A worker that does it holds a lease with a name; every batch is written in one transaction that also
renews the lease, so that a worker which was given up on writes nothing any more, and one that is killed loses no more
than the batch it was at.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from renewals import audit, dispatch
from renewals.access import Right, require, require_recent_confirmation
from renewals.audit import Actor, Machine
from renewals.errors import AlreadyMoved, KeyWorkUnderWay, NotInTheVault, Refusal
from renewals.models import Announcement, ApprovalState, KeyWork, KeyWorkState

#: How long a worker may go without finishing a batch before another one takes the work over.
LEASE = timedelta(minutes=3)
#: Seconds after which a worker lets go of a work until its next look, so that checkouts and new keys get their turn.
WORK_SECONDS = 20
#: What a work has to write down about its end.
Proof = dict[str, int | str]

VAULT = Machine("vault")


@dataclass(slots=True)
class HeldWork:
    """A work that this process does at the moment."""

    work: KeyWork
    lease: UUID
    claimed_at: datetime
    _began: float = field(default_factory=monotonic)

    @property
    def now(self) -> datetime:
        """The moment of the claim, and as much later as the work has taken since."""
        return self.claimed_at + timedelta(seconds=monotonic() - self._began)

    @property
    def has_time(self) -> bool:
        """Whether another batch may begin in this look."""
        return monotonic() - self._began < WORK_SECONDS

    def hold(self, **changes: object) -> None:
        """Write changes of the work's row and live on for another while, in the transaction of a batch.

        Raises:
            AlreadyMoved: the work has passed to another worker; the batch is to be rolled back.
            RuntimeError: outside a transaction.
        """
        self._write(lease_until=self.now + LEASE, **changes)

    def finish(self, proof: Proof) -> None:
        """Write down that it is done and what shows it, in the transaction of the last change. Raises as above."""
        self._end(KeyWorkState.DONE, proof=proof)
        audit.record("key_work.finished", by=VAULT, subject=self.work, company=self.work.company_id, **proof)

    def fail(self, refusal: Refusal) -> None:
        """End it without success, with the reason; what it has moved stays moved. Raises AlreadyMoved."""
        with transaction.atomic():
            self._end(KeyWorkState.FAILED, failure_code=refusal.code, failure_facts=refusal.facts)
            audit.record(
                "key_work.failed", by=VAULT, subject=self.work, company=self.work.company_id, code=refusal.code
            )

    def let_go(self) -> None:
        """Leave the rest to the next look, by whichever worker."""
        with transaction.atomic():
            self._write(lease=None, lease_until=None)

    def put_back(self) -> None:
        """Leave it as it was when it was asked, in the transaction of the caller: its moment has not come."""
        self._write(state=KeyWorkState.ASKED, lease=None, lease_until=None)

    def _end(self, state: KeyWorkState, **changes: object) -> None:
        self._write(state=state, open=None, lease=None, lease_until=None, finished_at=self.now, **changes)

    def _write(self, **changes: object) -> None:
        if not connection.in_atomic_block:
            raise RuntimeError("a work on keys is written in the transaction of its batch")
        mine = KeyWork.objects.filter(pk=self.work.pk, state=KeyWorkState.WORKING, lease=self.lease)
        if mine.update(**changes) != 1:
            raise AlreadyMoved


def ask(work: KeyWork, *, by: Actor, confirmed_at: datetime | None, now: datetime) -> KeyWork:
    """Write down that a work is wanted, by a partner who typed the password lately or by a shell of the vault itself.

    That a shell asked is said by a row which the vault's role alone may write: a work that names nobody could be
    anybody's.

    Raises:
        NotPermitted, ConfirmationNeeded: the person may not ask this, or not without the password again.
        NotInTheVault: this shell has no master keys.
        KeyWorkUnderWay: there is one already.
    """
    require_allowed(by, confirmed_at=confirmed_at, now=now)
    work.asked_at = now
    work.asked_by = None if isinstance(by, Machine) else by
    if work.asked_by is None and not settings.MASTER_KEYS_DIR:
        raise NotInTheVault
    with transaction.atomic():
        try:
            # A savepoint: the caller's transaction shall survive being told.
            with transaction.atomic():
                work.save(force_insert=True)
        except IntegrityError:
            raise KeyWorkUnderWay from None
        if work.asked_by is None:
            Announcement.objects.create(work=work, at=now, due_at=now)
        audit.record("key_work.asked", by=by, subject=work, company=work.company_id, kind=str(work.kind))
        dispatch.wake("renewals.vault.work_pending")
    return work


def require_allowed(by: Actor, *, confirmed_at: datetime | None, now: datetime) -> None:
    """Refuse everybody but partners who typed their password lately. Raises NotPermitted, ConfirmationNeeded.

    A shell on the machine itself needs no password of the program: whoever has one there has the master key.
    """
    if not isinstance(by, Machine):
        require(by, Right.MANAGE)
        require_recent_confirmation(confirmed_at=confirmed_at, now=now)


def works_waiting(now: datetime, limit: int) -> list[UUID]:
    """The works to be done or to go on with, oldest first.

    One that needs a second person waits for the answer, and one that was announced for its day, unless it was stopped.
    """
    waiting = KeyWork.objects.waiting(now=now).exclude(approval__state=ApprovalState.ASKED)
    waiting = waiting.exclude(approval__state=ApprovalState.APPROVED, announcement__due_at__gt=now)
    return list(waiting.order_by("asked_at").values_list("pk", flat=True)[:limit])


def claim(*, work_id: UUID, now: datetime) -> HeldWork | None:
    """Take a work on, or take it over from a worker that died; None where somebody else is at it or it has ended."""
    lease = uuid4()
    waiting = KeyWork.objects.waiting(now=now).filter(pk=work_id)
    if not waiting.update(state=KeyWorkState.WORKING, lease=lease, lease_until=now + LEASE):
        return None
    return HeldWork(KeyWork.objects.select_related("approval").get(pk=work_id), lease, now)
