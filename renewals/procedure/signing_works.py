"""How does the vault worker sign what was handed in, once, when a second person has allowed exactly that?"""

import hashlib
from datetime import datetime, timedelta
from pathlib import PurePath
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from renewals import audit
from renewals.approvals.using import standing, use
from renewals.audit import Machine
from renewals.clients.mandates import mandate_for
from renewals.errors import AlreadyMoved, DocumentChanged, Fact, MasterKeyFault, ProverUnavailable, Refusal
from renewals.models import ApprovalKind, RenewalStep, Signing, SigningState
from renewals.models.signing import SigningQuerySet
from renewals.procedure import evidence
from renewals.procedure.signing import facts_of, said_on_paper, stands_for_signing
from renewals.procedure.steps import Grade
from renewals.vault import documents, keyring, prover
from renewals.vault.signing import SignedDocument, sign_pdf

#: How long a worker may hold a document before another one takes it over.
LEASE = timedelta(minutes=3)
_VAULT = Machine("vault")
_LONGEST_STEM = 80


def signings_waiting(now: datetime, limit: int) -> list[UUID]:
    """The documents to be signed: asked for by one person, allowed by another, and not expired."""
    return list(Signing.objects.waiting(now=now).order_by("approval__asked_at").values_list("pk", flat=True)[:limit])


def sign(*, signing_id: UUID, now: datetime) -> None:
    """Sign one document; one that does not wait (any more) is left alone.

    Nothing that the web process wrote is believed: who asked and who approved, the mandate, the step, the certificate
    and the file are looked at anew.

    Raises:
        MasterKeyFault, ProverUnavailable: nothing can be signed at the moment; the document goes on waiting.
    """
    keyring.load()
    # Before the opening is written down, which counts against somebody's limit.
    prover.ensure_running()
    lease_until = now + LEASE
    waiting = Signing.objects.waiting(now=now).filter(pk=signing_id)
    if waiting.update(state=SigningState.SIGNING, lease_until=lease_until) != 1:
        return
    related = ("renewal", "document", "approval__asked_by", "approval__decided_by")
    signing = Signing.objects.select_related(*related).get(pk=signing_id)
    try:
        row, facts, signed = _signed(signing, now)
        _finish(signing, row, facts, signed, lease_until=lease_until, now=now)
    except (MasterKeyFault, ProverUnavailable):
        _held(signing, lease_until).update(state=SigningState.ASKED, lease_until=None)
        raise
    except Refusal as refusal:
        # Where another worker holds it by now, this writes nothing.
        _fail(signing, refusal, lease_until=lease_until)


def _signed(signing: Signing, now: datetime) -> tuple[RenewalStep, dict[str, object], SignedDocument]:
    row, certificate = stands_for_signing(signing.renewal_id, signing.step_key)
    document = _document(signing)
    facts = facts_of(row, certificate, document_sha256=hashlib.sha256(document).hexdigest())
    approval = standing(
        approval_id=signing.approval_id,
        kind=ApprovalKind.SIGN_DOCUMENT,
        company_id=certificate.company_id,
        facts=facts,
        now=now,
    )
    mandate_for(company_id=certificate.company_id, kind=certificate.kind, on=timezone.localdate(now))
    signed = sign_pdf(
        document=document,
        certificate=certificate,
        signing_id=signing.pk,
        why=said_on_paper(row),
        by=approval.asked_by,
        reason=approval.reason,
        now=now,
    )
    return row, facts, signed


def _document(signing: Signing) -> bytes:
    """The kept file, as far as it may be one to sign. Raises DocumentChanged: it is gone, or not the one handed in."""
    file = evidence.open_kept(signing.document)
    if file is None:
        raise DocumentChanged
    with file:
        document: bytes = file.read(documents.LIMIT_MEGABYTES * documents.MEGABYTE + 1)
    if hashlib.sha256(document).hexdigest() != signing.document.file_sha256:
        raise DocumentChanged
    return document


def _finish(
    signing: Signing,
    row: RenewalStep,
    facts: dict[str, object],
    signed: SignedDocument,
    *,
    lease_until: datetime,
    now: datetime,
) -> None:
    """Use up the approval and let the document out, both or neither. Raises AlreadyMoved: another worker holds it."""
    kept = evidence.keep_made(signed.pdf, name=_name_of(signing))
    beside = evidence.keep_made(signed.cms, name=f"{signing.document.file_name[-_LONGEST_STEM:]}.p7s")
    asked_by = signing.approval.asked_by
    try:
        with transaction.atomic():
            if _held(signing, lease_until).update(state=SigningState.SIGNED, lease_until=None, signed_at=now) != 1:
                raise AlreadyMoved
            _, certificate = stands_for_signing(signing.renewal_id, signing.step_key)
            use(
                approval_id=signing.approval_id,
                kind=ApprovalKind.SIGN_DOCUMENT,
                company_id=certificate.company_id,
                facts=facts,
                by=_VAULT,
                now=now,
            )
            told: dict[str, Fact] = {
                "signed_with": certificate.serial,
                "was_expired": certificate.is_expired(now),
                "approved_by": str(signing.approval.decided_by),
            }
            made = evidence.write_file(
                row=row, grade=Grade.CRYPTOGRAPHIC, what=evidence.SIGNED, facts=told, kept=kept, by=asked_by, now=now
            )
            cms = evidence.write_file(
                row=row,
                grade=Grade.CRYPTOGRAPHIC,
                what=evidence.SIGNATURE,
                facts={evidence.SIGNATURE_OF: signing.document.file_name},
                kept=beside,
                by=asked_by,
                now=now,
            )
            Signing.objects.filter(pk=signing.pk).update(signed=made, cms=cms)
            audit.record(
                "signing.signed",
                by=_VAULT,
                subject=signing,
                company=certificate.company_id,
                step=signing.step_key,
                serial=certificate.serial,
                document=kept.sha256,
            )
    except Refusal:
        evidence.forget(kept)
        evidence.forget(beside)
        raise


def _name_of(signing: Signing) -> str:
    stem = PurePath(signing.document.file_name).stem[:_LONGEST_STEM] or "carta"
    return f"{stem}_firmada.pdf"


def _fail(signing: Signing, refusal: Refusal, *, lease_until: datetime) -> None:
    with transaction.atomic():
        failed = _held(signing, lease_until).update(
            state=SigningState.FAILED, lease_until=None, failure_code=refusal.code, failure_facts=refusal.facts
        )
        if failed == 1:
            audit.record(
                "signing.failed", by=_VAULT, subject=signing, company=signing.renewal.company_id, code=refusal.code
            )


def _held(signing: Signing, lease_until: datetime) -> SigningQuerySet:
    return Signing.objects.held_until(lease_until).filter(pk=signing.pk)
