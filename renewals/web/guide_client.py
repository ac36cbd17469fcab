"""Whose files are on the page: which company, in which colour, and under which names do its new files go?"""

import hashlib
import re
import unicodedata

from django.utils import timezone

from renewals.models import Certificate, Company, Renewal

#: So many colours tell companies apart; each company always has the same one.
HUES = 12


def strip_of(company: Company, certificate: Certificate | None) -> dict[str, object]:
    """The strip that stays in sight on every page on which files of a client are handled."""
    return {
        "company": company,
        "certificate": certificate,
        "hue": hue(company),
        "is_expired": certificate is not None and certificate.is_expired(timezone.now()),
    }


def hue(company: Company) -> int:
    """The colour of a company, from 0 to ``HUES`` - 1: the same on every page and every day."""
    return int.from_bytes(hashlib.sha256(company.rfc.encode()).digest()[:4]) % HUES


def suggested_name(renewal: Renewal, ending: str) -> str:
    """A file name to type into the portal: letters and digits only, telling company, registro and day."""
    parts = ["NPIE", renewal.company.rfc, renewal.certificate.scope, f"{timezone.localdate(renewal.created_at):%Y%m%d}"]
    plain = (unicodedata.normalize("NFKD", part).encode("ascii", "ignore").decode() for part in parts if part)
    return "_".join(re.sub(r"[^A-Za-z0-9]", "", part) for part in plain) + f".{ending}"
