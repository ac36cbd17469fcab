"""Which doors stood open when a backup was written, and must not stand open when it comes back?"""

from datetime import datetime

from django.contrib.sessions.models import Session
from django.db.models import Q

from renewals import audit
from renewals.audit import Actor, Entry
from renewals.models import Approval, ApprovalState, Checkout, CheckoutState, ClientRequest, RequestState

_OPEN_CHECKOUT = (CheckoutState.ASKED, CheckoutState.PREPARING, CheckoutState.READY)
_OPEN_APPROVAL = (ApprovalState.ASKED, ApprovalState.APPROVED)


def end_sessions() -> None:
    """Sign everybody out."""
    Session.objects.all().delete()


def close_checkouts(*, by: Actor) -> int:
    """Close every request for files that is not done, on the record, and destroy what it holds; tells how many.

    What was taken stays as it is: whoever has files on their computer is still to delete them.
    """
    holding = Q(package__isnull=False) | Q(passphrase_box__isnull=False) | Q(sealed_transport_key__isnull=False)
    stood_open = list(Checkout.objects.filter(Q(state__in=_OPEN_CHECKOUT) | holding).only("pk", "company_id", "state"))
    rows = Checkout.objects.filter(pk__in=[one.pk for one in stood_open])
    rows.filter(state__in=_OPEN_CHECKOUT).update(state=CheckoutState.EXPIRED, lease_until=None)
    rows.update(package=None, passphrase_box=None, sealed_transport_key=None)
    audit.record_many(
        Entry(
            name="checkout.lapsed",
            by=by,
            subject=checkout,
            company_id=checkout.company_id,
            facts={"files": checkout.state in _OPEN_CHECKOUT},
        )
        for checkout in stood_open
    )
    return len(stood_open)


def close_approvals(*, by: Actor) -> int:
    """Close every request for a second person's word that was not used, on the record; tells how many."""
    stood_open = list(Approval.objects.filter(state__in=_OPEN_APPROVAL).only("pk", "company_id"))
    Approval.objects.filter(pk__in=[one.pk for one in stood_open]).update(state=ApprovalState.EXPIRED)
    audit.record_many(
        Entry(name="approval.lapsed", by=by, subject=approval, company_id=approval.company_id)
        for approval in stood_open
    )
    return len(stood_open)


def close_client_requests(*, by: Actor, now: datetime) -> int:
    """Close every link to a client that stood open, on the record: one that was answered or taken back since would open
    again; tells how many."""
    stood_open = list(ClientRequest.objects.open().only("pk", "company_id"))
    rows = ClientRequest.objects.filter(pk__in=[one.pk for one in stood_open])
    rows.update(state=RequestState.WITHDRAWN, closed_at=now)
    audit.record_many(
        Entry(name="client_request.withdrawn", by=by, subject=one, company_id=one.company_id) for one in stood_open
    )
    return len(stood_open)
