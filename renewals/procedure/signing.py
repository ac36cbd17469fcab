"""How is a letter of a step handed in to be signed by the vault, with a second person's word?

Nobody gets the key for it: the PDF is kept as it came, another person approves exactly that file, and the vault worker
signs it (``signing_works``).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from renewals import audit
from renewals.access import Right, company_for, require_recent_confirmation
from renewals.approvals import asking as approvals
from renewals.clients.mandates import mandate_for
from renewals.errors import (
    AlreadyMoved,
    KeyNotKept,
    ReasonMissing,
    RenewalClosed,
    SigningUnderWay,
    StepSignsNothing,
)
from renewals.models import (
    Approval,
    ApprovalKind,
    ApprovalState,
    Certificate,
    Evidence,
    Person,
    Renewal,
    RenewalState,
    RenewalStep,
    Signing,
    SigningState,
    StepState,
)
from renewals.procedure import evidence, letters
from renewals.procedure.handed import Situation, Upload
from renewals.procedure.steps import Grade, Handout, plan_of
from renewals.vault import documents
from renewals.vault.facts import key_id_of

#: How the firm's program calls itself beside a signature.
_ON_PAPER: Final = "Renovación %s, paso %s"
_OPEN = (StepState.PENDING, StepState.WAITING, StepState.FAILED)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the newest document of a step stands: ``asked``, ``approved``, ``signed``, ``failed`` or ``ended``."""

    signing: Signing
    phase: str


def ask(
    *,
    renewal: Renewal,
    step_key: str,
    upload: Upload,
    reason: str,
    by: Person,
    confirmed_at: datetime | None,
    now: datetime,
) -> Signing:
    """Hand in a PDF of the current step and ask for a second person's word; the vault worker does the rest.

    Raises:
        NotVisible, NotPermitted, ConfirmationNeeded, ReasonMissing: what the names say.
        RenewalClosed, AlreadyMoved: the renewal does not stand at this step (any more).
        StepSignsNothing, SigningUnderWay: nothing to be signed here, or it is on its way.
        MandateMissing, KeyNotKept: the client allowed nothing of the kind, or there is no key to sign with.
        NotAPdf, PdfTooLarge, PdfEncrypted, PdfAlreadySigned, PdfDamaged, PdfTooHeavy: it could not be signed.
        LetterOfAnotherCompany, SameLetterAgain, LetterHasScript, LetterCarriesFiles: it should not be.
        ProverUnavailable: it cannot be read at the moment.
    """
    company = company_for(by, renewal.company_id, Right.WORK)
    require_recent_confirmation(confirmed_at=confirmed_at, now=now)
    row, certificate = stands_for_signing(renewal.pk, step_key)
    mandate_for(company_id=company.pk, kind=certificate.kind, on=timezone.localdate(now))
    if key_id_of(certificate) is None:
        raise KeyNotKept
    if not reason.strip():
        raise ReasonMissing
    evidence.require_acceptable(upload)
    documents.require_pdf(upload.data)
    step = plan_of(renewal.plan, renewal.edition).step(step_key)
    known = letters.known_before_signing(
        Situation(renewal=renewal, step=step, row=row, by=by, now=now), upload, reason=reason
    )
    # Read in a child, here already: nobody shall approve what cannot be signed. The vault worker reads it anew.
    documents.prepare(upload.data, name=certificate.name, reason=said_on_paper(row), at=now)
    kept = evidence.keep(upload)
    try:
        with transaction.atomic():
            _require_nothing_under_way(row, now=now)
            document = evidence.write_file(
                row=row,
                grade=Grade.WORD,
                what=evidence.TO_SIGN,
                facts={evidence.TO_SIGN: True, **known},
                kept=kept,
                by=by,
                now=now,
            )
            approval = approvals.ask(
                kind=ApprovalKind.SIGN_DOCUMENT,
                company=company,
                facts=facts_of(row, certificate, document_sha256=kept.sha256),
                reason=reason,
                by=by,
                confirmed_at=confirmed_at,
                now=now,
            )
            signing = Signing(
                renewal=renewal, step_key=step_key, certificate=certificate, document=document, approval=approval
            )
            signing.save(force_insert=True)
            audit.record("signing.asked", by=by, subject=signing, company=company, step=step_key, document=kept.sha256)
    except Exception:
        evidence.forget(kept)
        raise
    return signing


def stands_for_signing(renewal_id: int, step_key: str) -> tuple[RenewalStep, Certificate]:
    """The step at which a renewal stands and the certificate that signs there, read anew.

    Raises:
        RenewalClosed, AlreadyMoved, StepSignsNothing: as for :func:`ask`.
    """
    renewal = Renewal.objects.select_related("certificate", "new_certificate").get(pk=renewal_id)
    if renewal.state != RenewalState.OPEN:
        raise RenewalClosed
    row = RenewalStep.objects.filter(renewal=renewal, key=step_key).first()
    if row is None or renewal.current_step != step_key or row.state not in _OPEN:
        raise AlreadyMoved
    certificate = _signs_with(renewal, step_key)
    if certificate is None or certificate.company_id != renewal.company_id:
        raise StepSignsNothing
    return row, certificate


def facts_of(row: RenewalStep, certificate: Certificate, *, document_sha256: str) -> dict[str, object]:
    """Exactly what is approved: this file, for this step, with this certificate."""
    return {
        "renewal": row.renewal_id,
        "step": row.key,
        "certificate": certificate.pk,
        "document": document_sha256,
    }


def said_on_paper(row: RenewalStep) -> str:
    """What stands beside the signature for whoever opens the document."""
    return _ON_PAPER % (row.renewal_id, row.position + 1)


def standing_of(row: RenewalStep, *, now: datetime) -> Standing | None:
    """Where the newest document of a step stands; None where none was handed in."""
    found = (
        _of_step(row)
        .select_related("approval", "document", "signed", "cms", "certificate")
        .order_by("-approval__asked_at")
    )
    signing = found.first()
    return None if signing is None else Standing(signing, _phase(signing, now))


def signed_for(row: RenewalStep) -> Evidence | None:
    """The signed letter of a step, if the vault has signed one."""
    signing = _of_step(row).filter(state=SigningState.SIGNED).select_related("signed").first()
    return None if signing is None else signing.signed


def document_of(approval: Approval) -> Evidence | None:
    """The file that an approval of this kind is about."""
    signing = Signing.objects.filter(approval=approval).select_related("document").first()
    return None if signing is None else signing.document


def signs_here(renewal: Renewal, step_key: str) -> bool:
    """Whether the vault can sign a document for this step of the renewal."""
    certificate = _signs_with(renewal, step_key)
    return certificate is not None and key_id_of(certificate) is not None


def _require_nothing_under_way(row: RenewalStep, *, now: datetime) -> None:
    standing = standing_of(row, now=now)
    if standing is not None and standing.phase in {"asked", "approved", "signed"}:
        raise SigningUnderWay


def _signs_with(renewal: Renewal, step_key: str) -> Certificate | None:
    signs_with = plan_of(renewal.plan, renewal.edition).step(step_key).signs_with
    if signs_with is Handout.OLD_PAIR:
        return renewal.certificate
    return renewal.new_certificate if signs_with is Handout.NEW_PAIR else None


def _of_step(row: RenewalStep) -> QuerySet[Signing]:
    """Those of the step as it is done now: what was handed in before it was sent back is another matter."""
    return Signing.objects.filter(renewal=row.renewal_id, step_key=row.key, document__superseded_at=None)


def _phase(signing: Signing, now: datetime) -> str:
    if signing.state in {SigningState.SIGNED, SigningState.FAILED}:
        return str(signing.state)
    approval = signing.approval
    if approval.expires_at <= now or approval.state not in {ApprovalState.ASKED, ApprovalState.APPROVED}:
        return "ended"
    return str(approval.state)
