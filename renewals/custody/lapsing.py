"""What becomes of files that nobody fetched in time? They are destroyed, on the record."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from renewals import audit
from renewals.models import Checkout, CheckoutState

_CUSTODY = audit.Machine("custody")


def checkouts_lapsed(now: datetime, limit: int) -> list[UUID]:
    """The requests whose time has passed and that still hold something."""
    found = [
        checkout_id
        for rows in (Checkout.objects.lapsed(now=now), Checkout.objects.passphrase_lapsed(now=now))
        for checkout_id in rows.order_by("expires_at").values_list("pk", flat=True)[:limit]
    ]
    return list(dict.fromkeys(found))[:limit]


def lapse(*, checkout_id: UUID, now: datetime) -> None:
    """Destroy what a request past its time still holds; a second call changes nothing."""
    with transaction.atomic():
        files = Checkout.objects.lapsed(now=now).filter(pk=checkout_id)
        unfetched = files.update(
            state=CheckoutState.EXPIRED, lease_until=None, package=None, passphrase_box=None, sealed_transport_key=None
        )
        unseen = Checkout.objects.passphrase_lapsed(now=now).filter(pk=checkout_id).update(passphrase_box=None)
        if unfetched or unseen:
            checkout = Checkout.objects.only("company_id").get(pk=checkout_id)
            audit.record(
                "checkout.lapsed",
                by=_CUSTODY,
                subject=checkout,
                company=checkout.company_id,
                files=bool(unfetched),
            )
