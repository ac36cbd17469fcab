"""Who says yes or no to a request of somebody else?"""

from datetime import datetime

from django.db import transaction

from renewals import audit, dispatch
from renewals.access import company_for, may, require, require_recent_confirmation
from renewals.approvals import cooling
from renewals.approvals.asking import RIGHTS
from renewals.errors import ApprovalOfOneself, ApprovalOver, NotPermitted, NotVisible
from renewals.models import Approval, ApprovalState, Company, Person
from renewals.models.approval import ApprovalQuerySet


def approve(*, approval: Approval, by: Person, confirmed_at: datetime | None, now: datetime) -> None:
    """Allow it, as another person than the one who asked.

    What cannot be undone is done a day later, and can be stopped until then (:func:`stop`).

    Raises:
        NotVisible, NotPermitted: the person may not decide this, or not for this company.
        ApprovalOfOneself: it is their own request.
        ConfirmationNeeded: the password was not typed again lately.
        ApprovalOver: it was decided, withdrawn, used or has expired meanwhile.
    """
    _require_another(approval, by)
    require_recent_confirmation(confirmed_at=confirmed_at, now=now)
    lasts: dict[str, object] = {}
    if approval.kind in cooling.KINDS:
        lasts = {"expires_at": now + cooling.DELAY + cooling.AFTERWARDS}
    _decide(approval, ApprovalState.APPROVED, "approval.approved", by, now, **lasts)


def refuse(*, approval: Approval, by: Person, now: datetime) -> None:
    """Say no. Raises as :func:`approve`, but asks for no password: refusing opens nothing."""
    _require_another(approval, by)
    _decide(approval, ApprovalState.REFUSED, "approval.refused", by, now)


def withdraw(*, approval: Approval, by: Person, now: datetime) -> None:
    """Take back one's own request.

    Raises:
        NotVisible: somebody else's request.
        ApprovalOver: it was decided, withdrawn, used or has expired meanwhile.
    """
    if approval.asked_by_id != by.pk:
        raise NotVisible
    with transaction.atomic():
        still_open = Approval.objects.open(now=now).filter(pk=approval.pk)
        if still_open.update(state=ApprovalState.WITHDRAWN) != 1:
            raise ApprovalOver
        audit.record("approval.withdrawn", by=by, subject=approval, company=approval.company_id)


def stop(*, approval: Approval, by: Person, now: datetime) -> None:
    """Stop what was approved, cannot be undone and was not done yet; asks for no password: stopping destroys nothing.

    Raises:
        NotVisible, NotPermitted: the person may not decide this, or not for this company.
        ApprovalOver: it is not approved (any more), was done, or is of a kind that is done at once.
    """
    _require_right(approval, by)
    with transaction.atomic():
        approved = Approval.objects.filter(pk=approval.pk, state=ApprovalState.APPROVED, kind__in=cooling.KINDS)
        if approved.filter(expires_at__gt=now).update(state=ApprovalState.STOPPED) != 1:
            raise ApprovalOver
        audit.record("approval.stopped", by=by, subject=approval, company=approval.company_id, what=approval.kind)
        dispatch.wake("renewals.vault.work_pending")


def may_stop(approval: Approval, person: Person, *, now: datetime) -> bool:
    """Whether there is something to stop, and this person can."""
    stands = approval.state == ApprovalState.APPROVED and approval.expires_at > now
    _, right = RIGHTS[approval.kind]
    return stands and approval.kind in cooling.KINDS and may(person, right)


def revoke(*, approval: Approval, by: Person, now: datetime) -> bool:
    """End a request that could still be carried out, approved or not, because what it is about came to an end.

    Returns whether it was there to be ended: whoever carries it out at this moment may be faster.

    Raises:
        NotVisible, NotPermitted: the person may not decide this, or not for this company.
    """
    _, right = RIGHTS[approval.kind]
    require(by, right)
    own = approval.asked_by_id == by.pk
    ended: dict[str, object] = {"state": ApprovalState.WITHDRAWN}
    if not own:
        ended = {"state": ApprovalState.REFUSED, "decided_by": by, "decided_at": now}
    with transaction.atomic():
        standing = Approval.objects.filter(pk=approval.pk, state__in=[ApprovalState.ASKED, ApprovalState.APPROVED])
        if standing.update(**ended) != 1:
            return False
        name = "approval.withdrawn" if own else "approval.refused"
        audit.record(name, by=by, subject=approval, company=approval.company_id, what=approval.kind)
    return True


def waiting_for(person: Person, *, now: datetime) -> ApprovalQuerySet:
    """The requests of others that this person could decide now."""
    kinds = [kind for kind, (_, right) in RIGHTS.items() if may(person, right)]
    return Approval.objects.visible_to(person).of_kinds(kinds).asked_by_others(person).open(now=now)


def may_decide(approval: Approval, person: Person) -> bool:
    """Whether this person's word would count as the second one."""
    try:
        _require_another(approval, person)
    except (ApprovalOfOneself, NotPermitted, NotVisible):
        return False
    return True


def who_may_decide(approval: Approval) -> list[Person]:
    """The people whose word would count as the second one."""
    people = Person.objects.filter(is_active=True).exclude(pk=approval.asked_by_id)
    _, right = RIGHTS[approval.kind]
    able = [one for one in people if may(one, right)]
    if approval.company_id is None:
        return able
    return [one for one in able if Company.objects.visible_to(one).filter(pk=approval.company_id).exists()]


def _require_right(approval: Approval, by: Person) -> None:
    _, right = RIGHTS[approval.kind]
    require(by, right)
    if approval.company_id is not None:
        company_for(by, approval.company_id, right)


def _require_another(approval: Approval, by: Person) -> None:
    _require_right(approval, by)
    if approval.asked_by_id == by.pk:
        raise ApprovalOfOneself


def _decide(approval: Approval, state: ApprovalState, event: str, by: Person, now: datetime, **changes: object) -> None:
    with transaction.atomic():
        still_open = Approval.objects.open(now=now).filter(pk=approval.pk)
        if still_open.update(state=state, decided_by=by, decided_at=now, **changes) != 1:
            raise ApprovalOver
        audit.record(event, by=by, subject=approval, company=approval.company_id, what=approval.kind)
        # Most of what two people allow is done by the vault worker, which waits for this answer.
        dispatch.wake("renewals.vault.work_pending")
