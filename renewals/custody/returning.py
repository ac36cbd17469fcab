"""Are the files that went out gone from the person's computer? They say so themselves, and are asked until then."""

from datetime import datetime

from django.db import transaction

from renewals import audit
from renewals.errors import NotVisible
from renewals.models import Checkout, Person
from renewals.models.checkout import CheckoutQuerySet


def still_out(person: Person) -> CheckoutQuerySet:
    """What this person downloaded and has not yet said to be gone, oldest first."""
    rows = Checkout.objects.still_out().filter(person=person).select_related("company", "certificate")
    return rows.defer("package", "passphrase_box", "sealed_transport_key", "certificate__der").order_by("taken_at")


def confirm_removed(*, checkout: Checkout, person: Person, now: datetime) -> None:
    """Write down that the person removed the files; a second click, or files never downloaded, change nothing.

    Raises:
        NotVisible: somebody else's request.
    """
    if checkout.person_id != person.pk:
        raise NotVisible
    with transaction.atomic():
        if Checkout.objects.still_out().filter(pk=checkout.pk).update(removed_at=now) == 1:
            audit.record("checkout.removed", by=person, subject=checkout, company=checkout.company_id)
