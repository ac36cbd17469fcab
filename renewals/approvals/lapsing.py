"""What becomes of a request that nobody decided or used in time?"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from renewals import audit
from renewals.models import Approval, ApprovalState

_CUSTODY = audit.Machine("custody")


def approvals_lapsed(now: datetime, limit: int) -> list[UUID]:
    """The requests whose time has passed."""
    return list(Approval.objects.lapsed(now=now).order_by("expires_at").values_list("pk", flat=True)[:limit])


def lapse(*, approval_id: UUID, now: datetime) -> None:
    """Close one whose time has passed; a second call changes nothing."""
    with transaction.atomic():
        if Approval.objects.lapsed(now=now).filter(pk=approval_id).update(state=ApprovalState.EXPIRED):
            approval = Approval.objects.only("company_id").get(pk=approval_id)
            audit.record("approval.lapsed", by=_CUSTODY, subject=approval, company=approval.company_id)
