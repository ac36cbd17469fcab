"""Who takes a company's history out of the program?"""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from renewals import audit
from renewals.audit import Actor
from renewals.audit.exporting import exported
from renewals.models import Company
from renewals.vault import audit_key


def export_history(*, company: Company, by: Actor, now: datetime) -> Iterator[str]:
    """The history of one company as lines of JSON, for ``docs/verify_company_history.py``; on the record."""
    with transaction.atomic():
        audit.record("company.history_exported", by=by, subject=company, company=company)
    keys = {key.key_id: key.public_key for key in audit_key.public_keys()}
    return exported(company, public_keys=keys, now=now)
