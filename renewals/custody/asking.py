"""May this person have key files, for this reason? Writes the request that the vault worker then prepares."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from renewals import audit, dispatch
from renewals.access import Right, company_for, require_recent_confirmation
from renewals.clients.mandates import mandate_for
from renewals.custody.authorising import USUAL_MINUTES, require_asked_seldom, within_bounds
from renewals.custody.subjects import Subject, kind_of, of_certificate, of_step
from renewals.errors import KeyNotKept, NothingToHandOut, ReasonMissing
from renewals.models import Certificate, Checkout, Person, Renewal
from renewals.models.checkout import Form, What
from renewals.vault.envelope import KEY_BYTES
from renewals.vault.facts import key_id_of
from renewals.vault.intake_seal import seal_transport_key

#: So long a request waits for the vault worker; the minutes of its files begin once they are prepared.
WAITS = timedelta(hours=1)
#: The nudge for the vault worker.
PREPARE = "renewals.vault.prepare_checkout"
_LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Terms:
    """In which form a pair is wanted, and for how many minutes."""

    form: Form = Form.AS_KEPT
    minutes: int = USUAL_MINUTES


USUAL = Terms()


def new_transport_key() -> bytes:
    """The random key (32 bytes) that only the asking browser keeps, in a cookie."""
    return secrets.token_bytes(KEY_BYTES)


def ask(
    *,
    certificate: Certificate | None = None,
    renewal: Renewal | None = None,
    step_key: str = "",
    reason: str,
    person: Person,
    confirmed_at: datetime | None,
    from_address: str | None,
    transport_key: bytes,
    now: datetime,
    terms: Terms = USUAL,
) -> Checkout:
    """Ask for the files of a certificate, or for what a step of a renewal hands out, for some minutes.

    A key without a certificate goes out as it is kept, whatever the terms say.

    Raises:
        NotVisible, NotPermitted: the person may not work for the company.
        ConfirmationNeeded: the password was not typed again lately.
        MandateMissing: no mandate of the client in force covers this kind of certificate.
        ReasonMissing, TooManyCheckouts, NothingToHandOut, KeyNotKept: what the names say.
        IntakeKeyAbsent: the settings pin no intake key.
    """
    subject = subject_of(certificate=certificate, renewal=renewal, step_key=step_key)
    company = company_for(person, subject.company_id, Right.WORK)
    require_recent_confirmation(confirmed_at=confirmed_at, now=now)
    if subject.certificate is not None and key_id_of(subject.certificate) is None:
        raise KeyNotKept
    mandate = mandate_for(company_id=company.pk, kind=kind_of(subject.certificate, renewal), on=timezone.localdate(now))
    why = reason.strip()[:_LONGEST_REASON]
    if not why:
        raise ReasonMissing
    checkout_id = uuid4()
    sealed = seal_transport_key(transport_key, company_id=company.pk, checkout_id=checkout_id)
    checkout = Checkout(
        pk=checkout_id,
        company=company,
        what=subject.what,
        certificate=subject.certificate,
        renewal=renewal,
        # Only a renewal's step was compared with what there is; without one it is anybody's text.
        step_key="" if renewal is None else step_key,
        mandate=mandate,
        person=person,
        reason=why,
        form=terms.form if subject.what == What.CERTIFICATE_PAIR else Form.AS_KEPT,
        minutes=within_bounds(terms.minutes),
        from_address=from_address,
        sealed_transport_key=sealed,
        asked_at=now,
        expires_at=now + WAITS,
    )
    with transaction.atomic():
        require_asked_seldom(person, now=now)
        write(checkout)
    return checkout


def write(checkout: Checkout) -> None:
    """Keep a request, say on the record who asks for what, why, from where and by which right, and wake the vault."""
    checkout.save(force_insert=True)
    audit.record(
        "checkout.asked",
        by=checkout.person,
        subject=checkout,
        company=checkout.company_id,
        what=checkout.what,
        reason=checkout.reason,
        form=checkout.form,
        minutes=checkout.minutes,
        address=checkout.from_address,
        role=checkout.person.role,
        mandate=checkout.mandate_id,
    )
    dispatch.wake(PREPARE, str(checkout.pk))


def subject_of(*, certificate: Certificate | None, renewal: Renewal | None, step_key: str) -> Subject:
    """What would be handed out. Raises NothingToHandOut."""
    if renewal is not None:
        return of_step(renewal, step_key)
    if certificate is not None:
        return of_certificate(certificate)
    raise NothingToHandOut
