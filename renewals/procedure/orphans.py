"""Which keys have no certificate, where were they made, and in which renewal can somebody go on with each?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from renewals.access import Right, company_for
from renewals.models import Company, Person, Renewal
from renewals.procedure.steps import plan_of
from renewals.vault import pending_keys
from renewals.vault.pending_keys import PendingKey

Slot = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Orphan:
    """A key without a certificate. ``goes_on_in`` is the renewal under way that could take it over, if there is one."""

    key: PendingKey
    company: Company
    born_in: Renewal | None
    goes_on_in: Renewal | None
    #: Whole days since its passphrase was made.
    days: int


def orphans_seen_by(person: Person, *, now: datetime) -> list[Orphan]:
    """The keys of the companies that a person sees, oldest first; few questions however many keys there are."""
    companies = Company.objects.visible_to(person)
    found = pending_keys.orphans(companies)
    if not found:
        return []
    homes = companies.in_bulk({one.company_id for one in found})
    made = Renewal.objects.select_related("certificate", "assignee")
    origins = made.in_bulk([one.born_in for one in found if one.born_in is not None])
    open_ones = _open_by_slot({one.company_id for one in found})
    return [
        Orphan(
            key=one,
            company=homes[one.company_id],
            born_in=origins.get(one.born_in or 0),
            goes_on_in=_where(origins.get(one.born_in or 0), open_ones),
            days=(now - one.made_at).days,
        )
        for one in found
    ]


def give_up(*, company: Company, key_id: UUID, reason: str, by: Person, now: datetime) -> None:
    """Say that no certificate will ever come for a key. It stays sealed: if one comes all the same, they still meet.

    Raises:
        NotVisible, NotPermitted, CompanyClosed: the person does not work for the company.
        GivingUpReasonMissing: no reason, or one too short to explain anything.
        AlreadyMoved: the key has a certificate or a renewal by now, or was given up already.
    """
    company_for(by, company.pk, Right.WORK)
    with transaction.atomic():
        pending_keys.give_up(key_id=key_id, company_id=company.pk, reason=reason, by=by, now=now)


def _open_by_slot(company_ids: set[int]) -> dict[Slot, Renewal]:
    rows = Renewal.objects.under_way().filter(company__in=company_ids, new_certificate=None)
    return {
        _slot(row): row
        for row in rows.select_related("certificate").order_by("-pk")
        if plan_of(row.plan, row.edition).makes_new_key
    }


def _where(origin: Renewal | None, open_ones: Mapping[Slot, Renewal]) -> Renewal | None:
    return None if origin is None else open_ones.get(_slot(origin))


def _slot(renewal: Renewal) -> Slot:
    return renewal.company_id, renewal.certificate.kind, renewal.certificate.scope
