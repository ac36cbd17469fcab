"""How does a test make certificates by the dozen? Plain rows with the days that matter, without a file behind them."""

from datetime import timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from renewals.models import Certificate, Company

_NUMBERS = count(1)


def listed(company: Company, *, days: int, kind: str = "efirma", **fields: Any) -> Certificate:
    """A certificate that ends in so many days; not primary, so that one company may have any number."""
    number = next(_NUMBERS)
    now = timezone.now()
    return Certificate.objects.create(
        company=company,
        kind=kind,
        serial=fields.pop("serial", f"3000100000050{number:07d}"),
        rfc=company.rfc,
        name=company.name,
        not_before=now - timedelta(days=700),
        not_after=now + timedelta(days=days),
        expires_on=timezone.localdate() + timedelta(days=days),
        deadline_on=fields.pop("deadline_on", timezone.localdate() + timedelta(days=days)),
        key_bits=2048,
        sha256=f"{number:064x}",
        public_key_sha256=f"{number:064x}",
        der=b"",
        is_primary=False,
        **{"pair_state": "in_custody", **fields},
    )
