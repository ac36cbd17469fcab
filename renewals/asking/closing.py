"""When has a thing arrived, and when is a request over? Whatever waited for the client goes on in the same breath."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from renewals import audit
from renewals.audit import Machine
from renewals.errors import Fact
from renewals.errors.asking import RequestOver
from renewals.models import ClientRequest, ClientRequestItem, Renewal, RequestState, WaitEnd
from renewals.procedure.waiting import close_wait

#: Who acts where a client does: nobody with an account.
CLIENT: Final = Machine("client_link")


def claim(request: ClientRequest, what: str, *, facts: Mapping[str, Fact], now: datetime) -> None:
    """Say in the caller's transaction, once, that a thing has arrived; ``facts`` join those it was asked with.

    Raises:
        RequestOver: it had arrived, was not asked for, or the request is over.
    """
    _hold_renewal(request)
    item = ClientRequestItem.objects.filter(request=request, what=what, arrived_at=None).first()
    standing = ClientRequest.objects.open().filter(pk=request.pk, expires_at__gt=now)
    # The request itself is written to, so that whoever withdraws it at this moment comes before or after.
    if item is None or standing.update(state=RequestState.OPEN) != 1:
        raise RequestOver
    mine = ClientRequestItem.objects.filter(pk=item.pk, arrived_at=None)
    if mine.update(arrived_at=now, facts={**item.facts, **facts}) != 1:
        raise RequestOver


def settle(request: ClientRequest, *, now: datetime) -> None:
    """In the transaction of an arrival: close a request of which nothing is left to come."""
    if not request.items.filter(arrived_at=None).exists():
        close(request, now=now)


def close(request: ClientRequest, *, now: datetime) -> None:
    """End a request as answered, in the caller's transaction; a renewal that waited for the client goes on.

    Raises:
        RequestOver: it was over.
    """
    _hold_renewal(request)
    standing = ClientRequest.objects.open().filter(pk=request.pk)
    if standing.update(state=RequestState.ANSWERED, closed_at=now) != 1:
        raise RequestOver
    missing = ", ".join(request.items.filter(arrived_at=None).values_list("what", flat=True))
    record("client_request.answered", request, missing=missing)
    if request.renewal_id is not None:
        close_wait(request.renewal_id, how=WaitEnd.ANSWERED, by=CLIENT, now=now)


def record(name: str, request: ClientRequest, **facts: Fact) -> None:
    """Write down what a client did, in the caller's transaction: their name as the firm knows it, and no secret."""
    audit.record(name, by=CLIENT, subject=request, company=request.company_id, contact=request.contact_name, **facts)


def _hold_renewal(request: ClientRequest) -> None:
    """Held first, as by everybody else who changes a renewal; whoever cancels it comes to its requests afterwards."""
    if request.renewal_id is not None:
        Renewal.objects.select_for_update().filter(pk=request.renewal_id).first()
