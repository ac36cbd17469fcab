"""Does the firm still look after this company; and how does it give one up, or take it on again?"""

from collections.abc import Collection
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from renewals import audit
from renewals.access import Right, company_for, require_recent_confirmation
from renewals.errors import CompanyClosed, CompanyMoved, ReasonMissing
from renewals.models import Certificate, Company, Person

_LONGEST_REASON = 300


def require_open(company_ids: Collection[int]) -> None:
    """Refuse to take in anything for a company that was given up; in the transaction that writes it.

    Whoever gives one up at this moment waits for this transaction, or this one for theirs.

    Raises:
        CompanyClosed: one of them was given up.
        RuntimeError: outside a transaction, where the answer would be old at once.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("whether a company is open is asked in the transaction that writes for it")
    rows = Company.objects.select_for_update(no_key=True).filter(pk__in=company_ids).order_by("pk")
    if any(rows.values_list("closed_at", flat=True)):
        raise CompanyClosed


def close(*, company: Company, reason: str, by: Person, confirmed_at: datetime | None, now: datetime) -> None:
    """Give a company up, in the caller's transaction or one of its own: its certificates are out of use from now on.

    Raises:
        NotVisible, NotPermitted: only a partner does this.
        ConfirmationNeeded: the password was not typed again lately.
        ReasonMissing: no reason.
        CompanyMoved: it was given up already.
    """
    why = _allowed(company, reason, by, confirmed_at=confirmed_at, now=now)
    with transaction.atomic():
        if Company.objects.filter(pk=company.pk, closed_at=None).update(closed_at=now) != 1:
            raise CompanyMoved
        # The moment is the mark by which they are found again, should the company come back.
        in_use = Certificate.objects.current().filter(company=company)
        retired = in_use.update(retired_at=now, next_mark_on=None)
        audit.record("company.closed", by=by, subject=company, company=company, reason=why, certificates=retired)


def reopen(*, company: Company, reason: str, by: Person, confirmed_at: datetime | None, now: datetime) -> None:
    """Look after a company again; what was in use when it was given up is in use again. Raises as :func:`close`."""
    why = _allowed(company, reason, by, confirmed_at=confirmed_at, now=now)
    closed_at = company.closed_at
    with transaction.atomic():
        closed = Company.objects.filter(pk=company.pk, closed_at=closed_at, closed_at__isnull=False)
        if closed.update(closed_at=None) != 1:
            raise CompanyMoved
        # The next sweep looks at each of them anew.
        set_aside = Certificate.objects.filter(company=company, retired_at=closed_at)
        back = set_aside.update(retired_at=None, next_mark_on=timezone.localdate(now))
        audit.record("company.reopened", by=by, subject=company, company=company, reason=why, certificates=back)


def _allowed(company: Company, reason: str, by: Person, *, confirmed_at: datetime | None, now: datetime) -> str:
    company_for(by, company.pk, Right.MANAGE)
    require_recent_confirmation(confirmed_at=confirmed_at, now=now)
    why = reason.strip()[:_LONGEST_REASON]
    if not why:
        raise ReasonMissing
    return why
