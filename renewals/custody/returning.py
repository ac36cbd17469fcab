"""Are the files that went out gone from the person's computer? They say so themselves, and are asked until then."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from renewals import audit
from renewals.errors import NotVisible
from renewals.models import Checkout, Person
from renewals.models.checkout import CheckoutQuerySet


def still_out(person: Person) -> CheckoutQuerySet:
    """What this person downloaded and has not yet said to be gone, oldest first.

    Also of companies that are no longer theirs: the files are on their computer all the same. Partners answer for those
    who have left the firm.
    """
    theirs = Q(person=person) | Q(person__is_active=False) if person.is_partner else Q(person=person)
    rows = Checkout.objects.still_out().filter(theirs).select_related("company", "certificate", "person")
    return rows.defer("package", "passphrase_box", "sealed_transport_key", "certificate__der").order_by("taken_at")


def confirm_removed(*, checkout: Checkout, person: Person, now: datetime) -> None:
    """Write down that the person removed the files; a second click, or files never downloaded, change nothing.

    Raises:
        NotVisible: somebody else's request, of somebody who still has access.
    """
    if checkout.person_id != person.pk and (checkout.person.is_active or not person.is_partner):
        raise NotVisible
    with transaction.atomic():
        if Checkout.objects.still_out().filter(pk=checkout.pk).update(removed_at=now) == 1:
            audit.record("checkout.removed", by=person, subject=checkout, company=checkout.company_id)
