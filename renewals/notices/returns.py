"""Who still has key files on their computer, and is asked again today whether they are gone?"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from renewals.models import Checkout

#: What the worker may read of a checkout, and no more: neither the locked package nor who asked why.
FIELDS = ("person_id", "company__name", "taken_at")


@dataclass(frozen=True, slots=True)
class Return:
    """One download whose files nobody has said to be gone."""

    company: str
    taken_at: datetime
    url: str


def waiting_returns(*, today: date) -> Mapping[int, Sequence[Return]]:
    """Person → what they downloaded on earlier days and still have; who works on it today is left in peace."""
    found: dict[int, list[Return]] = defaultdict(list)
    for person, company, taken_at in Checkout.objects.still_out().order_by("taken_at").values_list(*FIELDS):
        if timezone.localdate(taken_at) < today:
            found[person].append(Return(company, taken_at, settings.PUBLIC_URL + reverse("checkouts_out")))
    return found
