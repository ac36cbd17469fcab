"""What becomes of what a client was asked for a renewal that has ended?"""

from datetime import datetime

from renewals import audit
from renewals.audit import Actor
from renewals.models import ClientRequest, Renewal, RequestState


def withdraw_requests(renewal: Renewal, *, by: Actor, now: datetime) -> None:
    """In the transaction in which it ends: nothing is needed any more, and the links open nothing from now on."""
    for request in ClientRequest.objects.open().filter(renewal=renewal):
        standing = ClientRequest.objects.open().filter(pk=request.pk)
        if standing.update(state=RequestState.WITHDRAWN, closed_at=now) == 1:
            audit.record("client_request.withdrawn", by=by, subject=request, company=renewal.company_id)
