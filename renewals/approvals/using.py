"""Do two people really allow this, exactly this, now? Asked where it is done, and answered once."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection

from renewals import audit
from renewals.access import company_for, require
from renewals.approvals import cooling
from renewals.approvals.asking import LIFE, RIGHTS
from renewals.audit import Actor
from renewals.errors import ApprovalMissing, NotPermitted, NotVisible
from renewals.models import Approval, ApprovalKind, ApprovalState

#: By how much the clocks of two machines may differ.
CLOCKS_DIFFER: Final = timedelta(minutes=2)


def use(
    *,
    approval_id: UUID | None,
    kind: ApprovalKind,
    company_id: int | None,
    facts: Mapping[str, object],
    by: Actor,
    now: datetime,
) -> Approval:
    """Use up an approval, in the transaction of what it allows.

    It trusts no door: kind, company and facts are compared, and both people are read anew, with their roles and
    companies of this moment.

    Raises:
        ApprovalMissing: there is none, it is for something else, was used, has expired, or one of the two people may
            not say so (any more).
        RuntimeError: outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an approval is used up in the transaction of what it allows")
    approval = standing(approval_id=approval_id, kind=kind, company_id=company_id, facts=facts, now=now)
    approved = Approval.objects.filter(pk=approval.pk, state=ApprovalState.APPROVED, expires_at__gt=now)
    if approved.update(state=ApprovalState.USED, used_at=now) != 1:
        raise ApprovalMissing
    audit.record("approval.used", by=by, subject=approval, company=company_id, what=str(kind))
    return approval


def standing(
    *,
    approval_id: UUID | None,
    kind: ApprovalKind,
    company_id: int | None,
    facts: Mapping[str, object],
    now: datetime,
) -> Approval:
    """The approval, if it stands at this moment; it is not used up. Raises ApprovalMissing as :func:`use`."""
    if approval_id is None:
        raise ApprovalMissing
    approved = Approval.objects.filter(pk=approval_id, state=ApprovalState.APPROVED, expires_at__gt=now)
    approval = approved.select_related("asked_by", "decided_by").first()
    if approval is None or (approval.kind, approval.company_id, approval.facts) != (kind, company_id, dict(facts)):
        raise ApprovalMissing
    _require_own_time(approval, now)
    _require_two_people(approval)
    return approval


def _require_own_time(approval: Approval, now: datetime) -> None:
    """The web process writes these rows: none may be from the future, or last longer than the verbs let it."""
    asked, decided = approval.asked_at, approval.decided_at
    if decided is None or max(asked, decided) > now + CLOCKS_DIFFER:
        raise ApprovalMissing
    cools_off = approval.kind in cooling.KINDS
    longest = decided + cooling.DELAY + cooling.AFTERWARDS if cools_off else asked + LIFE
    if approval.expires_at > longest:
        raise ApprovalMissing


def _require_two_people(approval: Approval) -> None:
    asked, decided = approval.asked_by, approval.decided_by
    if decided is None or decided.pk == asked.pk:
        raise ApprovalMissing
    try:
        for person, right in zip((asked, decided), RIGHTS[approval.kind], strict=True):
            require(person, right)
            if approval.company_id is not None:
                company_for(person, approval.company_id, right)
    except (NotVisible, NotPermitted):
        raise ApprovalMissing from None
