"""How is what a client sends taken in? Proved as far as it can be, sealed at the door, written once, never shown again.

Nothing here knows a person: whoever answers has a link and a code, and no account. What opens a key is in memory from
the request that brings it until it is sealed, and is on nobody's record.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from django.db import transaction

from renewals import dispatch
from renewals.asking.closing import CLIENT, claim, close, record, settle
from renewals.clients import documents, mandates
from renewals.errors import (
    AlreadyMoved,
    AuthorityCertificate,
    CertificateMissing,
    CertificateOfAnotherCompany,
    FileMissing,
    KeyAlreadyKept,
    MandateIncomplete,
    MandateOver,
    RegistroOfAnotherCompany,
    RenewalUnderWay,
    UnexpectedContent,
)
from renewals.errors.asking import (
    NameMissing,
    PassphraseEmpty,
    RequestOver,
    SentNewer,
    SentOfAnother,
    TickMissing,
    TooManySent,
)
from renewals.intake.holders import require_owner
from renewals.intake.pairs import DOES_NOT_OPEN, proved_and_sealed, sealed_unopened
from renewals.intake.rows import Arrival, keep, promote
from renewals.models import (
    Certificate,
    ClientRequest,
    ClientRequestItem,
    Mandate,
    PairState,
    Renewal,
    RenewalStep,
    Wanted,
)
from renewals.pki.certificate import CertificateFacts, read_certificate
from renewals.pki.content import Content, recognise, refuse_size
from renewals.procedure import evidence
from renewals.procedure.handed import Upload
from renewals.procedure.steps import Grade
from renewals.vault import candidates
from renewals.vault.storing import SealedPair, store_sealed

#: So often may a file or a passphrase be wrong, for each thing asked for: opening keys costs the machine work.
MOST_SENT: Final = 20
_WITHOUT_KEY = (PairState.NO_KEY, PairState.FAILED)


def take_pair(
    *,
    request: ClientRequest,
    certificate: bytes | None,
    key: bytes | None,
    passphrase: str,
    from_address: str | None,
    now: datetime,
    keep_locked: bool = False,
) -> None:
    """Take in a key with its passphrase: opened and proved here for an answer at once, then sealed for the vault.

    ``certificate`` is looked at only where it was asked for, too. With ``keep_locked`` a key file that does not open is
    kept sealed all the same, where its certificate is known; its passphrase is then still waited for.

    Raises:
        FileMissing, PassphraseEmpty: something was left out.
        SentOfAnother, SentNewer, KeyAlreadyKept: it cannot be this company's, or not this way.
        TooManySent: it was wrong too often.
        RequestOver: it has arrived already, or the request is over.
        Refusal: what the files are, as ``intake.pairs.take_in`` says it.
    """
    if key is None:
        raise FileMissing(field="key")
    if not passphrase.strip() and not keep_locked:
        raise PassphraseEmpty(field="passphrase")
    things = _asked(request)
    _count(request, Wanted.KEY)
    wanted = None if Wanted.CERTIFICATE in things else request.certificate
    with _no_names():
        try:
            facts, sealed = proved_and_sealed(
                company=request.company,
                certificate=certificate if wanted is None else bytes(wanted.der),
                key=key,
                passphrase=passphrase,
            )
        except DOES_NOT_OPEN:
            if wanted is None or not keep_locked:
                raise
            _keep_locked(request, wanted, key, from_address=from_address, now=now)
            return
        require_owner(facts, request.company)
    with _no_names(), transaction.atomic():
        told = {"serial": facts.serial}
        for thing in (Wanted.KEY, Wanted.PASSPHRASE, Wanted.CERTIFICATE):
            if thing in things:
                claim(request, thing, facts=told, now=now)
                record("client_request.arrived", request, what=thing.value, address=from_address, serial=facts.serial)
        _keep_pair(request, facts, sealed, now=now)
        settle(request, now=now)


def take_passphrase(*, request: ClientRequest, passphrase: str, from_address: str | None, now: datetime) -> None:
    """Take in a passphrase alone, sealed at the door; the vault worker tries it on the key file that is kept unopened.

    Raises:
        PassphraseEmpty: there is none.
        KeyAlreadyKept: the key was opened by another one meanwhile.
        NothingToTry, TooManyCandidates: no key file is kept, or too many passphrases are.
        TooManySent, RequestOver: as :func:`take_pair`.
    """
    certificate = request.certificate
    if not passphrase.strip():
        raise PassphraseEmpty(field="passphrase")
    if certificate is None or request.items.filter(what=Wanted.KEY, arrived_at=None).exists():
        raise RequestOver
    _count(request, Wanted.PASSPHRASE)
    sealed = candidates.seal_passphrase(company_id=request.company_id, passphrase=passphrase)
    with transaction.atomic():
        claim(request, Wanted.PASSPHRASE, facts={}, now=now)
        candidates.keep_passphrase(sealed, certificate=certificate, by=CLIENT)
        record("client_request.arrived", request, what=Wanted.PASSPHRASE.value, address=from_address)
        settle(request, now=now)


def take_certificate(
    *, request: ClientRequest, certificate: Upload | None, from_address: str | None, now: datetime
) -> None:
    """Take in a certificate alone. Within a renewal it lies at the step for a person to hand in.

    Raises:
        FileMissing: there is none.
        SentOfAnother, TooManySent, RequestOver, Refusal: as :func:`take_pair`.
    """
    if certificate is None:
        raise FileMissing(field="certificate")
    _count(request, Wanted.CERTIFICATE)
    with _no_names():
        refuse_size(certificate.data)
        content = recognise(certificate.data)
        if content is not Content.CERTIFICATE:
            raise UnexpectedContent(expected=Content.CERTIFICATE.value, found=content.value, field="certificate")
        facts = read_certificate(certificate.data)
        require_owner(facts, request.company)
    if request.renewal_id is not None:
        _take_file(request, Wanted.CERTIFICATE, certificate, from_address=from_address, now=now)
        return
    with _no_names(), transaction.atomic():
        claim(request, Wanted.CERTIFICATE, facts={"serial": facts.serial}, now=now)
        if _known(request, facts) is None:
            keep([Arrival(facts, request.company, with_key=False)], by=CLIENT, now=now)
        record(
            "client_request.arrived",
            request,
            what=Wanted.CERTIFICATE.value,
            address=from_address,
            serial=facts.serial,
        )
        settle(request, now=now)


def take_letter(*, request: ClientRequest, letter: Upload | None, from_address: str | None, now: datetime) -> None:
    """Keep a letter, a PDF or a picture, at the step on which the renewal stands; a person hands it in there.

    Raises:
        FileMissing: there is none.
        NotADocument, EmptyFile, EvidenceTooLarge, KeyIsNoEvidence: it is no letter.
        TooManySent, RequestOver: as :func:`take_pair`.
    """
    if letter is None:
        raise FileMissing(field="letter")
    _count(request, Wanted.LETTER)
    documents.require_document(letter.data)
    _take_file(request, Wanted.LETTER, letter, from_address=from_address, now=now)


def accept_mandate(
    *, request: ClientRequest, mandate: Mandate, name: str, ticked: bool, from_address: str | None, now: datetime
) -> None:
    """The client's own yes to the mandate whose words were on their screen.

    Raises:
        NameMissing, TickMissing: they did not write who they are, or did not tick that they say yes.
        RequestOver: another mandate was asked about, it ended, or they had said yes.
    """
    if not ticked:
        raise TickMissing(field="ticked")
    try:
        with transaction.atomic():
            item = ClientRequestItem.objects.filter(request=request, what=Wanted.MANDATE).first()
            if item is None or item.facts.get("mandate") != mandate.pk:
                raise RequestOver
            claim(request, Wanted.MANDATE, facts={"name": mandates.printed(name)[:150]}, now=now)
            mandates.accept(mandate=mandate, through=request, name=name, from_address=from_address, by=CLIENT, now=now)
            record("client_request.arrived", request, what=Wanted.MANDATE.value, address=from_address)
            settle(request, now=now)
    except MandateIncomplete:
        raise NameMissing(field="name") from None
    except MandateOver:
        raise RequestOver from None


def finish(*, request: ClientRequest, now: datetime) -> None:
    """Whoever answers says that this is all; what has not arrived will not come by this link.

    Raises:
        RequestOver: it was over.
    """
    with transaction.atomic():
        close(request, now=now)


@contextmanager
def _no_names() -> Iterator[None]:
    """A stranger is not told whose a file is, or what else the firm keeps."""
    try:
        yield
    except (CertificateOfAnotherCompany, RegistroOfAnotherCompany, AuthorityCertificate):
        raise SentOfAnother(field="certificate") from None
    except CertificateMissing:
        raise FileMissing(field="certificate") from None
    except RenewalUnderWay:
        raise SentNewer from None
    except AlreadyMoved as refusal:
        raise refusal if isinstance(refusal, RequestOver) else RequestOver() from None


def _asked(request: ClientRequest) -> set[str]:
    return set(request.items.values_list("what", flat=True))


def _known(request: ClientRequest, facts: CertificateFacts) -> Certificate | None:
    known = Certificate.objects.filter(sha256=facts.sha256).first()
    if known is not None and known.company_id != request.company_id:
        raise SentOfAnother(field="certificate")
    return known


def _keep_pair(request: ClientRequest, facts: CertificateFacts, sealed: SealedPair, *, now: datetime) -> None:
    """The rows of a pair, in the caller's transaction; the vault worker proves it again from the seal."""
    row = _known(request, facts)
    if row is None:
        [row] = keep([Arrival(facts, request.company, with_key=True)], by=CLIENT, now=now)
        store_sealed([(sealed, row)], by=CLIENT)
        return
    if row.pair_state not in _WITHOUT_KEY:
        raise KeyAlreadyKept(certificate=row.pk)
    store_sealed([(sealed, row)], by=CLIENT)
    promote(row, by=CLIENT, now=now)


def _keep_locked(
    request: ClientRequest, certificate: Certificate, key: bytes, *, from_address: str | None, now: datetime
) -> None:
    """Keep a key file that does not open: the key has arrived, and its passphrase has not."""
    sealed = sealed_unopened(certificate=certificate, key=key)
    with transaction.atomic():
        claim(request, Wanted.KEY, facts={"locked": True}, now=now)
        candidates.keep_key_file(sealed, certificate=certificate, by=CLIENT)
        record("client_request.arrived", request, what=Wanted.KEY.value, address=from_address, opens=False)
        settle(request, now=now)


def _take_file(
    request: ClientRequest, what: Wanted, upload: Upload, *, from_address: str | None, now: datetime
) -> None:
    """Keep a file with the renewal, where whoever does the next step finds it."""
    kept = evidence.keep(upload)
    try:
        with transaction.atomic():
            claim(request, what, facts={"sha256": kept.sha256}, now=now)
            made = evidence.write_file(
                row=_step_of(request),
                grade=Grade.FILE,
                what=f"client_{what.value}",
                facts={"contact": request.contact_name, "request": request.pk},
                kept=kept,
                by=None,
                now=now,
            )
            ClientRequestItem.objects.filter(request=request, what=what).update(evidence=made)
            record("client_request.arrived", request, what=what.value, address=from_address, sha256=kept.sha256)
            settle(request, now=now)
            dispatch.wake("renewals.work_pending")
    except Exception:
        evidence.forget(kept)
        raise


def _step_of(request: ClientRequest) -> RenewalStep:
    """Where the renewal stands, read anew: it may have moved since the page was shown."""
    renewal = Renewal.objects.under_way().filter(client_requests=request).first()
    step = None if renewal is None else renewal.steps.filter(key=renewal.current_step).first()
    if step is None:
        raise RequestOver
    return step


def _count(request: ClientRequest, what: Wanted) -> None:
    """Take one of the tries that a thing has, before any work is done for it.

    Raises:
        TooManySent: there is none left.
        RequestOver: it has arrived, or many tried at the same moment.
    """
    item = ClientRequestItem.objects.filter(request=request, what=what, arrived_at=None).first()
    if item is None:
        raise RequestOver
    sent = int(item.facts.get("sent", 0))
    if sent >= MOST_SENT:
        raise TooManySent(limit=MOST_SENT)
    untouched = ClientRequestItem.objects.filter(pk=item.pk, facts=item.facts, arrived_at=None)
    if untouched.update(facts={**item.facts, "sent": sent + 1}) != 1:
        raise RequestOver
