"""Which words does a request for files stand on: the client's mandate and, for several pairs at once, two people's?"""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from django.utils import timezone

from renewals.approvals import using
from renewals.audit import Actor
from renewals.clients.mandates import mandate_for
from renewals.custody.subjects import kind_of
from renewals.errors import ApprovalMissing, NothingToHandOut
from renewals.models import Approval, ApprovalKind, Certificate, Checkout, Mandate
from renewals.models.checkout import What


class _Allowed(TypedDict):
    """What an approval has to be about."""

    approval_id: UUID | None
    kind: ApprovalKind
    company_id: int
    facts: dict[str, object]


def require_mandate(checkout: Checkout, *, now: datetime) -> Mandate:
    """The mandate in force that covers what is asked for; of a bundle with several, the one that ends first.

    Raises:
        MandateMissing: one kind of certificate is not covered today, or not any more.
        NothingToHandOut: the request names nothing, or something of another company.
    """
    on = timezone.localdate(now)
    if checkout.what == What.BUNDLE:
        kinds = {one.kind for one in bundle_of(checkout)}
    else:
        kinds = {kind_of(checkout.certificate, checkout.renewal)}
    found = [mandate_for(company_id=checkout.company_id, kind=kind, on=on) for kind in sorted(kinds)]
    return min(found, key=lambda one: one.valid_until_on)


def bundle_of(checkout: Checkout) -> Sequence[Certificate]:
    """The certificates of a bundle, in the order in which they were asked for.

    Raises:
        NothingToHandOut: there are none, or one belongs to another company.
    """
    found = Certificate.objects.filter(company=checkout.company_id).in_bulk(checkout.bundle)
    if not checkout.bundle or len(found) != len(checkout.bundle):
        raise NothingToHandOut
    return [found[one] for one in checkout.bundle]


def require_two_people(checkout: Checkout, *, now: datetime) -> None:
    """Refuse a bundle that no second person allowed, certificate by certificate. Raises ApprovalMissing."""
    if checkout.what == What.BUNDLE:
        approval = using.standing(**_allowed(checkout), now=now)
        _require_own(checkout, approval)


def use_approval(checkout: Checkout, *, by: Actor, now: datetime) -> None:
    """Use up the word of two people, in the transaction that lets the bundle go. Raises ApprovalMissing."""
    if checkout.what == What.BUNDLE:
        _require_own(checkout, using.use(**_allowed(checkout), by=by, now=now))


def bundle_facts(numbers: Sequence[int]) -> dict[str, object]:
    """What exactly two people allow."""
    return {"certificates": list(numbers)}


def _allowed(checkout: Checkout) -> _Allowed:
    return {
        "approval_id": checkout.approval_id,
        "kind": ApprovalKind.BULK_CHECKOUT,
        "company_id": checkout.company_id,
        "facts": bundle_facts(checkout.bundle),
    }


def _require_own(checkout: Checkout, approval: Approval) -> None:
    """What was allowed to one person is not another one's."""
    if approval.asked_by_id != checkout.person_id:
        raise ApprovalMissing
