"""What is the vault worker about to destroy, who was told, and may it begin?

What cannot be undone is announced first: in a row that no other process can write, and with an alert. It begins a day
later at the earliest, however the rows of the two people's word came about, so that there is time for somebody to see
it and to stop it. A stop is on the record, and holds whatever becomes of the row of the approval.
"""

from datetime import timedelta
from typing import Final

from django.db import transaction

from renewals import audit
from renewals.approvals import cooling
from renewals.errors import ApprovalMissing, NotPermitted, TooManyErasures
from renewals.models import Alert, AlertKind, Announcement, Approval, Destruction, KeyWork
from renewals.vault import watching
from renewals.vault.held_works import VAULT, HeldWork

#: So many companies lose their keys in so long a time, and no more.
MOST_ERASURES, ERASURES_WITHIN = 5, timedelta(hours=24)
_STOPS: Final = frozenset({"approval.lapsed", "approval.refused", "approval.stopped", "approval.withdrawn"})


def is_due(held: HeldWork, approval: Approval) -> bool:
    """Whether a destruction may begin. Where it was not announced yet, it is now; until it is due the work is put back.

    Raises:
        ApprovalMissing: it was stopped or has lapsed, once and for all.
        AlreadyMoved: another worker took the work over.
    """
    if audit.history_of(approval).filter(name__in=_STOPS).exists():
        raise ApprovalMissing
    told = Announcement.objects.filter(pk=held.work.pk).first()
    if told is None:
        _announce(held, approval)
        return False
    if held.now >= told.due_at + cooling.AFTERWARDS:
        raise ApprovalMissing
    if held.now < told.due_at:
        with transaction.atomic():
            held.put_back()
        return False
    return True


def require_below_limit(held: HeldWork) -> None:
    """Refuse one erasure too many, with the data keys held still. Raises TooManyErasures."""
    since = held.now - ERASURES_WITHIN
    if Destruction.objects.filter(destroyed_at__gt=since).count() >= MOST_ERASURES:
        raise TooManyErasures(limit=MOST_ERASURES, hours=int(ERASURES_WITHIN.total_seconds()) // 3600)


def require_asked_here(work: KeyWork) -> None:
    """Refuse a work that names nobody and that no shell on the vault's machine asked for. Raises NotPermitted."""
    if not Announcement.objects.filter(pk=work.pk).exists():
        raise NotPermitted


def _announce(held: HeldWork, approval: Approval) -> None:
    work, now = held.work, held.now
    due_at = now + cooling.DELAY
    facts = {"what": str(work.kind), "due_at": due_at.isoformat(), "other": str(approval.decided_by)}
    if work.from_key:
        facts["master_key"] = work.from_key
    alert = Alert(at=now, kind=AlertKind.DESTRUCTION, person=approval.asked_by, company_id=work.company_id, facts=facts)
    with transaction.atomic():
        held.put_back()
        Announcement.objects.create(work=work, at=now, due_at=due_at)
        watching.write([alert])
        audit.record("key_work.announced", by=VAULT, subject=work, company=work.company_id, due_at=due_at.isoformat())
