"""How is something asked for that needs the word of two people?"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from renewals import audit
from renewals.access import Right, company_for, require, require_recent_confirmation
from renewals.errors import ReasonMissing
from renewals.models import Approval, ApprovalKind, Company, Person

#: How long a request can be decided and, once approved, be used.
LIFE = timedelta(hours=48)
#: What it takes to ask for each kind, and to decide it.
RIGHTS: Final[Mapping[str, tuple[Right, Right]]] = {
    ApprovalKind.ERASE_COMPANY: (Right.MANAGE, Right.MANAGE),
    ApprovalKind.RETIRE_MASTER_KEY: (Right.MANAGE, Right.MANAGE),
    ApprovalKind.BULK_CHECKOUT: (Right.WORK, Right.MANAGE),
    ApprovalKind.SIGN_DOCUMENT: (Right.WORK, Right.WORK),
}
_LONGEST_REASON = 300


def ask(
    *,
    kind: ApprovalKind,
    company: Company | None = None,
    facts: Mapping[str, object] | None = None,
    reason: str,
    by: Person,
    confirmed_at: datetime | None,
    now: datetime,
) -> Approval:
    """Write down what is asked; ``facts`` (JSON, no secret) say exactly what, and are what is allowed in the end.

    Raises:
        NotVisible, NotPermitted: the person may not ask this, or not for this company.
        ConfirmationNeeded: the password was not typed again lately.
        ReasonMissing: no reason.
    """
    right, _ = RIGHTS[kind]
    require(by, right)
    if company is not None:
        company_for(by, company.pk, right)
    require_recent_confirmation(confirmed_at=confirmed_at, now=now)
    why = reason.strip()[:_LONGEST_REASON]
    if not why:
        raise ReasonMissing
    approval = Approval(
        kind=kind,
        company=company,
        facts=dict(facts or {}),
        reason=why,
        asked_by=by,
        asked_at=now,
        expires_at=now + LIFE,
    )
    with transaction.atomic():
        approval.save(force_insert=True)
        audit.record("approval.asked", by=by, subject=approval, company=company, what=str(kind), reason=why)
    return approval
