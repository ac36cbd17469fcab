"""How does the firm part with a client: files returned, everything open ended, keys destroyed on the word of two?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from renewals.access import Right, company_for
from renewals.approvals import deciding
from renewals.clients import closing
from renewals.errors import KeysErased
from renewals.models import (
    Approval,
    ApprovalState,
    Certificate,
    Checkout,
    CheckoutState,
    Company,
    Destruction,
    KeyWork,
    KeyWorkKind,
    KeyWorkState,
    PairState,
    Person,
    Renewal,
)
from renewals.models.approval import ApprovalQuerySet
from renewals.procedure import cancelling
from renewals.vault.erasing import holds_secrets
from renewals.vault.revoking import revoke_checkouts
from renewals.wording.offboarding import say_cancelled_with


class Step(StrEnum):
    """Where a parting stands; each step begins where the one before it ends."""

    OPEN = "open"
    CLOSED = "closed"
    ASKED = "asked"
    #: Approved; the vault worker waits a day, and anybody may stop it.
    ANNOUNCED = "announced"
    WORKING = "working"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate whose key is in custody, and when its files last went out to whom."""

    certificate: Certificate
    last: Checkout | None


@dataclass(frozen=True, slots=True)
class Parting:
    """What the page of a parting shows."""

    step: Step
    held: Sequence[Held]
    renewals: int
    checkouts: int
    requests: int
    #: The newest wish to destroy the keys, whatever became of it, and the newest destruction.
    work: KeyWork | None
    destruction: Destruction | None
    #: When the keys are destroyed, once the vault worker has announced it.
    due_at: datetime | None
    #: Whether anything sealed of the company is left.
    has_secrets: bool


def parting_of(company: Company, *, now: datetime) -> Parting:
    """How far the firm has come in parting with a company."""
    work = (
        KeyWork.objects.filter(company=company, kind=KeyWorkKind.ERASE)
        .select_related("approval__asked_by", "approval__decided_by")
        .first()
    )
    # One of an earlier parting says nothing about this one.
    if work is not None and (company.closed_at is None or work.asked_at < company.closed_at):
        work = None
    held = _held(company)
    destruction = Destruction.objects.filter(company=company).defer("certificate").first()
    due_at = work.due_at() if work is not None else None
    return Parting(
        step=_step(company, work, is_due=due_at is not None and due_at <= now),
        held=held,
        renewals=Renewal.objects.under_way().filter(company=company).count(),
        checkouts=Checkout.objects.open().filter(company=company).count(),
        requests=_standing(company).count(),
        work=work,
        destruction=destruction,
        due_at=due_at,
        has_secrets=holds_secrets(company.pk),
    )


def close(*, company: Company, reason: str, by: Person, confirmed_at: datetime | None, now: datetime) -> None:
    """Give a company up: end what is under way and what is on its way out, and tell nobody of its dates any more.

    All of it or nothing. Its keys stay in custody until somebody asks to destroy them.

    Raises:
        NotVisible, NotPermitted, ConfirmationNeeded, ReasonMissing, CompanyMoved: as ``clients.closing.close``.
    """
    with transaction.atomic():
        closing.close(company=company, reason=reason, by=by, confirmed_at=confirmed_at, now=now)
        for renewal in Renewal.objects.under_way().filter(company=company).order_by("pk"):
            cancelling.cancel(renewal=renewal, reason=say_cancelled_with(reason.strip()), by=by, now=now)
        revoke_checkouts(company_id=company.pk, by=by)
        for approval in _standing(company).order_by("asked_at"):
            deciding.revoke(approval=approval, by=by, now=now)


def reopen(*, company: Company, reason: str, by: Person, confirmed_at: datetime | None, now: datetime) -> None:
    """Take a company on again; a wish to destroy its keys that was not carried out is ended with it.

    Raises:
        KeysErased: the vault worker is destroying its keys at this moment; when it is done, the company can come back.
        and what ``clients.closing.reopen`` raises.
    """
    with transaction.atomic():
        company_for(by, company.pk, Right.MANAGE)
        # Whoever comes first to the row of the approval decides whether the keys are destroyed or the company is back.
        for approval in _standing(company).order_by("asked_at"):
            deciding.revoke(approval=approval, by=by, now=now)
        if KeyWork.objects.filter(
            company=company, kind=KeyWorkKind.ERASE, open=True, approval__state=ApprovalState.USED
        ).exists():
            raise KeysErased
        closing.reopen(company=company, reason=reason, by=by, confirmed_at=confirmed_at, now=now)


def _standing(company: Company) -> ApprovalQuerySet:
    """Requests about the company that could still be carried out."""
    return Approval.objects.filter(company=company, state__in=[ApprovalState.ASKED, ApprovalState.APPROVED])


def _step(company: Company, work: KeyWork | None, *, is_due: bool) -> Step:
    if company.closed_at is None:
        return Step.OPEN
    if work is None or work.state == KeyWorkState.FAILED or work.approval is None:
        return Step.CLOSED
    if work.state == KeyWorkState.DONE:
        return Step.ERASED
    if work.approval.state == ApprovalState.ASKED:
        return Step.ASKED
    if work.approval.state in {ApprovalState.APPROVED, ApprovalState.USED}:
        return Step.WORKING if is_due else Step.ANNOUNCED
    return Step.CLOSED


def _held(company: Company) -> list[Held]:
    rows = Certificate.objects.filter(company=company, pair_state=PairState.IN_CUSTODY).defer("der")
    taken = Checkout.objects.filter(state=CheckoutState.TAKEN).select_related("person").order_by("taken_at")
    last = {number: one for one in taken.filter(company=company) for number in (one.certificate_id, *one.bundle)}
    return [Held(one, last.get(one.pk)) for one in rows.order_by("expires_on", "pk")]
