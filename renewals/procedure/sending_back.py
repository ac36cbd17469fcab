"""How is a step undone? By going back to it on the record: what was done stays to be read and proves nothing any more.

Nothing that proves anything is deleted. A key that was made on the way is left behind as one without a certificate, and
a certificate that was taken in stays where it is (``pending_keys``); where it is installed is asked anew for the next.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from renewals import audit
from renewals.access import Right, company_for
from renewals.approvals import deciding
from renewals.errors import Fact
from renewals.errors.handing_over import MoveReasonMissing, StepNotBehind
from renewals.models import (
    Evidence,
    Person,
    Renewal,
    RenewalState,
    RenewalStep,
    Signing,
    SigningState,
    StepState,
    WaitEnd,
)
from renewals.procedure import handing_over, installing, pending_keys, progress, runs, waiting
from renewals.procedure.gates import SHORTEST_REASON
from renewals.procedure.portal_steps import UPLOAD
from renewals.procedure.steps import Plan, plan_of
from renewals.vault.storing import discard_upload

LONGEST_REASON = 300
#: The steps at which a certificate comes in.
_CERTIFICATE_STEPS = frozenset({pending_keys.CERTIFICATE_STEP, "take_in"})


def send_back(
    *, renewal: Renewal, from_key: str, version: int, to_key: str, reason: str, by: Person, now: datetime
) -> None:
    """Go back to a step, or begin the current one anew; ``from_key`` and ``version``: the current step as it was seen.

    Whoever is checking what was handed in at this moment comes too late.

    Raises:
        NotVisible, NotPermitted: the person does not work for the company.
        MoveReasonMissing: no reason, or one too short to explain anything.
        StepNotBehind: the renewal has not come to that step yet, or its plan has none of this key.
        RenewalClosed, StepAlreadyMoved: the renewal or the step is no longer where the person saw it.
    """
    company_for(by, renewal.company_id, Right.WORK)
    reason = reason.strip()[:LONGEST_REASON]
    if len(reason) < SHORTEST_REASON:
        raise MoveReasonMissing(shortest=SHORTEST_REASON)
    fresh = Renewal.objects.select_related("company", "certificate", "new_certificate").get(pk=renewal.pk)
    plan = plan_of(fresh.plan, fresh.edition)
    if fresh.state != RenewalState.OPEN or fresh.current_step != from_key:
        raise progress.who_was_faster(fresh, from_key)
    if to_key not in _passed(plan, from_key):
        raise StepNotBehind
    to_key = pending_keys.first_step_undone(fresh, to_key)
    with transaction.atomic():
        _claim(fresh, from_key, to_key, version=version)
        waiting.close_wait(fresh.pk, how=WaitEnd.MOVED, by=by, now=now)
        runs.close_run(fresh.pk, by=by, now=now)
        Renewal.objects.filter(pk=fresh.pk, begun_at=None).update(begun_at=now)
        handing_over.note_is_read(fresh.pk, by=by)
        _begin_anew(fresh, plan, to_key, reason=reason, by=by, now=now)


def make_key_anew(*, renewal: Renewal, reason: str, by: Person, now: datetime) -> None:
    """Go back to the step that gives out a passphrase, in the transaction that holds the row of the renewal."""
    plan = plan_of(renewal.plan, renewal.edition)
    Renewal.objects.filter(pk=renewal.pk).update(current_step=pending_keys.PASSPHRASE_STEP)
    _begin_anew(renewal, plan, pending_keys.PASSPHRASE_STEP, reason=reason, by=by, now=now)


def steps_behind(renewal: Renewal) -> tuple[str, ...]:
    """The keys of the steps to which a renewal can be sent back: those it has passed, and its current one."""
    return _passed(plan_of(renewal.plan, renewal.edition), renewal.current_step)


def steps_of_plan(renewal: Renewal) -> tuple[str, ...]:
    """The keys of all steps of a renewal, wherever it stands by now."""
    return plan_of(renewal.plan, renewal.edition).step_keys()


def version_of(renewal: Renewal) -> int:
    """The version of the current step, for the form that says what a person saw."""
    return RenewalStep.objects.get(renewal=renewal, key=renewal.current_step).version


def _passed(plan: Plan, current: str) -> tuple[str, ...]:
    keys = plan.step_keys()
    return keys[: keys.index(current) + 1] if current in keys else ()


def _claim(renewal: Renewal, from_key: str, to_key: str, *, version: int) -> None:
    """Go back from exactly what was seen; the row of the renewal first, as every change of a step does."""
    here = Renewal.objects.filter(pk=renewal.pk, state=RenewalState.OPEN, current_step=from_key)
    if here.update(current_step=to_key) != 1:
        raise progress.who_was_faster(renewal, from_key)
    seen = RenewalStep.objects.filter(renewal=renewal, key=from_key, version=version)
    if seen.update(version=F("version") + 1) != 1:
        raise progress.who_was_faster(renewal, from_key)


def _begin_anew(renewal: Renewal, plan: Plan, to_key: str, *, reason: str, by: Person, now: datetime) -> None:
    undone = plan.step_keys()[plan.step_keys().index(to_key) :]
    _undo(renewal, undone, by=by, now=now)
    facts: dict[str, Fact] = {"step": renewal.current_step, "to": to_key, "reason": reason}
    audit.record("renewal.sent_back", by=by, subject=renewal, company=renewal.company_id, **facts)
    progress.begin_step(renewal, plan.step(to_key), now=now)


def _undo(renewal: Renewal, undone: tuple[str, ...], *, by: Person, now: datetime) -> None:
    rows = RenewalStep.objects.filter(renewal=renewal, key__in=undone)
    uploads = [answers.get(UPLOAD) for answers in rows.values_list("answers", flat=True)]
    rows.update(
        state=StepState.PENDING,
        version=F("version") + 1,
        lease_until=None,
        check_at=None,
        waiting_for="",
        answers={},
        verdict_code="",
        verdict_facts={},
        started_at=None,
        due_on=None,
        done_at=None,
        done_by=None,
    )
    Evidence.objects.filter(step__in=rows, superseded_at=None).update(superseded_at=now)
    for upload in uploads:
        if upload:
            discard_upload(secret_id=UUID(str(upload)), by=by)
    under_way = Signing.objects.filter(
        renewal=renewal, step_key__in=undone, state__in=[SigningState.ASKED, SigningState.SIGNING]
    )
    for signing in under_way.select_related("approval"):
        deciding.revoke(approval=signing.approval, by=by, now=now)
    # The certificate before the key: it hangs on it.
    if not _CERTIFICATE_STEPS.isdisjoint(undone):
        pending_keys.forget_new_certificate(renewal=renewal, by=by)
        installing.forget_answers(renewal=renewal)
    if pending_keys.PASSPHRASE_STEP in undone:
        pending_keys.forget_pending_key(renewal=renewal, by=by)
