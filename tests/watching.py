"""How does a test get certificates to watch, by their dates alone?

Nothing that watches dates reads the certificate itself, so these rows carry none: they are made by the thousand.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from renewals.models import Certificate, Company, PairState

MEXICO_CITY = ZoneInfo("America/Mexico_City")
#: What tells one certificate from another.
NUMBERS = itertools.count(1)


def at(day: date, hour: int = 12, minute: int = 0) -> datetime:
    """A moment of a local day of the firm."""
    return datetime.combine(day, time(hour, minute), tzinfo=MEXICO_CITY)


def unsaved(
    company: Company, *, expires_on: date, kind: str = "npie", validity: int = 730, **fields: Any
) -> Certificate:
    """A certificate with its key in custody that ends at the end of this local day; new to the watch."""
    number = next(NUMBERS)
    last_moment = at(expires_on, 23, 59).astimezone(UTC)
    values: dict[str, Any] = {
        "scope": f"{number:010}",
        "serial": f"{number:020}",
        "rfc": company.rfc,
        "not_before": last_moment - timedelta(days=validity),
        "not_after": last_moment,
        "deadline_on": expires_on,
        "key_bits": 2048,
        "sha256": f"{number:064x}",
        "public_key_sha256": f"{number:064x}",
        "der": b"",
        "pair_state": PairState.IN_CUSTODY,
        "next_mark_on": expires_on - timedelta(days=validity),
    }
    return Certificate(company=company, kind=kind, expires_on=expires_on, **values | fields)


def watched(company: Company, *, expires_on: date, **fields: Any) -> Certificate:
    """As :func:`unsaved`, saved."""
    row = unsaved(company, expires_on=expires_on, **fields)
    row.save()
    return row


def watched_many(rows: Iterable[Certificate]) -> list[Certificate]:
    """Save many at once."""
    return Certificate.objects.bulk_create(rows, batch_size=1000)
