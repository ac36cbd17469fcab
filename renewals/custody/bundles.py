"""How does one person take out the files of several certificates, once another one has allowed exactly these?

A request names the certificates of one company, so that its mandate, its history and whoever decides know all of it;
what is chosen of several companies becomes as many requests.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from renewals.access import Right, company_for, require_recent_confirmation
from renewals.approvals import asking as approvals
from renewals.approvals import using
from renewals.clients.mandates import mandate_for
from renewals.custody.asking import USUAL, WAITS, Terms, write
from renewals.custody.authorising import require_asked_seldom, within_bounds
from renewals.custody.covering import bundle_facts, require_mandate
from renewals.errors import ApprovalMissing, BundleTooLarge, KeyNotKept, MandateMissing, NothingToHandOut, Refusal
from renewals.models import Approval, ApprovalKind, Certificate, Checkout, CheckoutState, Company, PairState, Person
from renewals.models.approval import ApprovalQuerySet
from renewals.models.checkout import What
from renewals.vault.intake_seal import seal_transport_key

#: So many pairs in one bundle; below what one person may have opened in an hour.
MOST_IN_BUNDLE = 10


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen of one company: what can be asked for, and what cannot, each with the reason."""

    company: Company
    certificates: Sequence[Certificate]
    left_out: Sequence[tuple[Certificate, Refusal]]


def sorted_out(*, certificates: Collection[int], person: Person, now: datetime) -> list[Chosen]:
    """The chosen certificates of the person's companies, company by company."""
    rows = Certificate.objects.visible_to(person).filter(pk__in=certificates).defer("der").select_related("company")
    ordered = sorted(rows, key=lambda one: (one.company.name, one.company_id, one.pk))
    return [_sorted_out(list(theirs), now=now) for _company, theirs in groupby(ordered, key=lambda one: one.company_id)]


def ask_bundles(
    *,
    certificates: Collection[int],
    reason: str,
    by: Person,
    confirmed_at: datetime | None,
    now: datetime,
) -> list[Approval]:
    """Ask a second person for each company's files; all of it or nothing.

    Raises:
        NotPermitted, ConfirmationNeeded, ReasonMissing: as :func:`approvals.asking.ask`.
        NothingToHandOut: nothing of what was chosen can go out.
        BundleTooLarge: more than ``MOST_IN_BUNDLE`` of one company.
    """
    wanted = [one for one in sorted_out(certificates=certificates, person=by, now=now) if one.certificates]
    if not wanted:
        raise NothingToHandOut
    if any(len(one.certificates) > MOST_IN_BUNDLE for one in wanted):
        raise BundleTooLarge(limit=MOST_IN_BUNDLE)
    with transaction.atomic():
        return [
            approvals.ask(
                kind=ApprovalKind.BULK_CHECKOUT,
                company=one.company,
                facts=bundle_facts([certificate.pk for certificate in one.certificates]),
                reason=reason,
                by=by,
                confirmed_at=confirmed_at,
                now=now,
            )
            for one in wanted
        ]


def to_collect(person: Person, *, now: datetime) -> ApprovalQuerySet:
    """What this person asked for, another one allowed, and nobody has fetched yet."""
    return Approval.objects.of_kinds([ApprovalKind.BULK_CHECKOUT]).usable_by(person, now=now)


def collected(approval: Approval) -> Checkout | None:
    """The request in which the approved files are, or were, handed out."""
    rows = Checkout.objects.filter(approval=approval).exclude(state__in=_COME_TO_NOTHING)
    return rows.defer("package", "passphrase_box", "sealed_transport_key").first()


def collect(
    *,
    approval: Approval,
    person: Person,
    confirmed_at: datetime | None,
    from_address: str | None,
    transport_key: bytes,
    now: datetime,
    terms: Terms = USUAL,
) -> Checkout:
    """Ask the vault worker for what was approved; it weighs the approval again and uses it up.

    One that came to nothing (the vault worker was away too long, a pair could not go out) leaves the approval as it
    was: it can be asked for again until the approval ends.

    Raises:
        NotVisible, NotPermitted: the person may not work for the company (any more).
        ConfirmationNeeded: the password was not typed again lately.
        ApprovalMissing: it is not theirs, not approved, used or over.
        MandateMissing, TooManyCheckouts, IntakeKeyAbsent: what the names say.
    """
    if approval.asked_by_id != person.pk or approval.company_id is None:
        raise ApprovalMissing
    company = company_for(person, approval.company_id, Right.WORK)
    require_recent_confirmation(confirmed_at=confirmed_at, now=now)
    numbers = approval.facts.get("certificates", [])
    using.standing(
        approval_id=approval.pk,
        kind=ApprovalKind.BULK_CHECKOUT,
        company_id=company.pk,
        facts=bundle_facts(numbers),
        now=now,
    )
    checkout_id = uuid4()
    checkout = Checkout(
        pk=checkout_id,
        company=company,
        what=What.BUNDLE,
        bundle=numbers,
        approval=approval,
        person=person,
        reason=approval.reason,
        form=terms.form,
        minutes=within_bounds(terms.minutes),
        from_address=from_address,
        sealed_transport_key=seal_transport_key(transport_key, company_id=company.pk, checkout_id=checkout_id),
        asked_at=now,
        expires_at=now + WAITS,
    )
    checkout.mandate = require_mandate(checkout, now=now)
    with transaction.atomic():
        require_asked_seldom(person, now=now)
        Checkout.objects.filter(approval=approval, state__in=_COME_TO_NOTHING).update(approval=None)
        if Checkout.objects.filter(approval=approval).exists():
            raise ApprovalMissing
        write(checkout)
    return checkout


_COME_TO_NOTHING = (CheckoutState.EXPIRED, CheckoutState.FAILED)


def _sorted_out(rows: Sequence[Certificate], *, now: datetime) -> Chosen:
    ready: list[Certificate] = []
    left_out: list[tuple[Certificate, Refusal]] = []
    for one in rows:
        refusal = _why_not(one, now=now)
        if refusal is None:
            ready.append(one)
        else:
            left_out.append((one, refusal))
    return Chosen(company=rows[0].company, certificates=ready, left_out=left_out)


def _why_not(certificate: Certificate, *, now: datetime) -> Refusal | None:
    if certificate.pair_state != PairState.IN_CUSTODY:
        return KeyNotKept()
    try:
        mandate_for(company_id=certificate.company_id, kind=certificate.kind, on=timezone.localdate(now))
    except MandateMissing as refusal:
        return refusal.alone()
    return None
