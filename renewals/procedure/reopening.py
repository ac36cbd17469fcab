"""How does a cancelled renewal go on after all? From the step at which it stood, with everything that it had.

Unless another renewal goes on with its key: then it makes one anew.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from renewals import audit, dispatch
from renewals.access import Right, company_for
from renewals.errors import CertificateNotCurrent, RenewalAlreadyOpen
from renewals.errors.handing_over import MoveReasonMissing, RenewalNotCancelled
from renewals.models import Certificate, Person, Renewal, RenewalState, RenewalStep
from renewals.procedure import handing_over, limits, pending_keys, sending_back
from renewals.procedure.gates import SHORTEST_REASON
from renewals.procedure.steps import plan_of
from renewals.vault import pending_keys as kept_keys

LONGEST_REASON = 300


def reopen(*, renewal: Renewal, reason: str, by: Person, now: datetime) -> None:
    """Let a cancelled renewal go on; what its beginning demands is looked at again.

    It stays in the hands of whoever had it, unless they no longer work for the company: then it is the reopener's.

    Raises:
        NotVisible, NotPermitted, CompanyClosed: the person does not work for the company.
        MoveReasonMissing: no reason, or one too short to explain anything.
        CertificateNotCurrent: the certificate was replaced or set aside meanwhile.
        RenewalAlreadyOpen: another renewal of the certificate is under way.
        RenewalNotCancelled: it is done, or somebody reopened it meanwhile.
        AlreadyMoved: somebody goes on with its key at this moment.
    """
    company = company_for(by, renewal.company_id, Right.WORK)
    reason = reason.strip()[:LONGEST_REASON]
    if len(reason) < SHORTEST_REASON:
        raise MoveReasonMissing(shortest=SHORTEST_REASON)
    fresh = Renewal.objects.select_related("assignee").get(pk=renewal.pk)
    able = {person.pk for person in handing_over.who_may_take(company)}
    with transaction.atomic():
        _reopen(fresh, assignee_id=fresh.assignee_id if fresh.assignee_id in able else by.pk, now=now)
        # Held until this is written, so that nobody replaces it meanwhile; after the renewal, as whoever ends one does.
        current = Certificate.objects.current().filter(pk=fresh.certificate_id).select_for_update()
        if not current.exists():
            raise CertificateNotCurrent
        audit.record("renewal.reopened", by=by, subject=fresh, company=company, reason=reason)
        _look_after_key(fresh, reason=reason, by=by, now=now)
        dispatch.wake("renewals.work_pending")
        dispatch.wake("renewals.vault.work_pending")


def _look_after_key(renewal: Renewal, *, reason: str, by: Person, now: datetime) -> None:
    """Somebody goes on with its key again, or its key is another renewal's by now, and it makes one anew."""
    if renewal.pending_key_id is not None:
        kept_keys.take_up_again(key_id=renewal.pending_key_id)
    elif pending_keys.lost_its_key(renewal) and not pending_keys.take_up_own_key(renewal=renewal, by=by):
        sending_back.make_key_anew(renewal=renewal, reason=reason, by=by, now=now)


def _reopen(renewal: Renewal, *, assignee_id: int, now: datetime) -> None:
    state = RenewalState.OPEN if renewal.current_step else RenewalState.QUEUED
    try:
        with transaction.atomic():
            reopened = Renewal.objects.filter(pk=renewal.pk, state=RenewalState.CANCELLED).update(
                state=state,
                open=True,
                closed_at=None,
                closing_reason="",
                assignee=assignee_id,
                begun_at=renewal.begun_at or now,
                preflight_at=None,
                preflight_lease_until=None,
            )
    except IntegrityError as error:
        raise RenewalAlreadyOpen from error
    if reopened != 1:
        raise RenewalNotCancelled
    if renewal.current_step:
        step = plan_of(renewal.plan, renewal.edition).step(renewal.current_step)
        due_on = limits.due_on(step, today=timezone.localdate(now))
        RenewalStep.objects.filter(renewal=renewal, key=step.key).update(due_on=due_on)
