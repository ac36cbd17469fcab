"""Is this pair what somebody says it is, before it is sealed? One certificate at the door, with or without its key."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from renewals.access import Right, require
from renewals.errors import (
    CertificateAlreadyHere,
    CertificateMissing,
    FileMissing,
    KeyAlreadyKept,
    NoCompany,
    NothingGiven,
    PassphraseMissing,
    PassphraseTriesSpent,
    PfxBringsItsKey,
    Refusal,
    UnexpectedContent,
    UnrecognisedFile,
    WrongPassphrase,
)
from renewals.intake import matching
from renewals.intake.holders import companies_named_by, create_company_named_by, owner, require_owner
from renewals.intake.passphrases import OpenedFile, open_file
from renewals.intake.rows import Arrival, keep, promote
from renewals.models import Certificate, Company, PairState, Person
from renewals.pki.certificate import CertificateFacts, CertificateKind, FileWarning, read_certificate
from renewals.pki.content import Content, recognise, refuse_size
from renewals.pki.signatures import prove_pair
from renewals.vault import candidates
from renewals.vault.storing import SealedPair, seal_pair, store_sealed

#: Where a refusal belongs on the form; it travels as the fact ``field``.
CERTIFICATE, KEY, PASSPHRASE, COMPANY = "certificate", "key", "passphrase", "company"

#: A locked file and no passphrase that opens it: somebody may know another one.
DOES_NOT_OPEN = (PassphraseMissing, WrongPassphrase, PassphraseTriesSpent)
_WITHOUT_KEY = (PairState.NO_KEY, PairState.FAILED)


@dataclass(frozen=True, slots=True)
class TakenIn:
    """The certificate that is kept now, and what a person should know about it."""

    certificate: Certificate
    warnings: tuple[FileWarning, ...]


@dataclass(frozen=True, slots=True)
class _Locked:
    """A key file or a PFX, and the field of the form it came in."""

    data: bytes = field(repr=False)
    content: Content
    came_as: str


@dataclass(frozen=True, slots=True)
class _Files:
    """What came, sorted by content and not by the field it came in."""

    certificate: bytes | None
    locked: _Locked | None
    swapped: bool


def take_in(
    *,
    certificate: bytes | None,
    key: bytes | None,
    passphrase: str | None,
    by: Person,
    now: datetime,
    company: Company | None = None,
    create: bool = False,
) -> TakenIn:
    """Take in a certificate, with its key where it came, for a company that is given or that it names.

    The key is opened and proved here, so that the answer comes at once; then it is sealed, and the vault worker proves
    it again from the seal. ``create`` takes on the company that the certificate names where there is none. A known
    certificate without a key gets the key.

    Raises:
        Refusal: in many ways; the fact ``field`` tells where on the form it belongs. Nothing is kept then.
    """
    require(by, Right.WORK)
    files = _sort(certificate, key)
    opened = _open(files.locked, passphrase)
    facts = _facts(files, opened)
    _prove(opened, facts)
    known = Certificate.objects.filter(sha256=facts.sha256).first()
    if known is not None:
        if company is not None and known.company_id != company.pk:
            raise CertificateAlreadyHere(serial=known.serial, field=CERTIFICATE)
        return _add_to_known(known, files, opened, by=by, now=now)
    with _at(CERTIFICATE):
        home = _company(facts, company, by=by, create=create)
    sealed = _seal(home, files.locked, opened)
    with _at(CERTIFICATE), transaction.atomic():
        [row] = keep([Arrival(facts, home, with_key=sealed is not None)], by=by, now=now)
        if sealed is not None:
            store_sealed([(sealed, row)], by=by)
    return TakenIn(row, tuple(_warnings(row, facts, files, opened, now)))


def add_key(
    *,
    certificate: Certificate,
    key: bytes | None,
    passphrase: str | None,
    by: Person,
    now: datetime,
    keep_locked: bool = False,
) -> TakenIn:
    """Take in the key of a certificate that came without one, or whose key was refused.

    With ``keep_locked`` a file that does not open is kept sealed all the same, for passphrases to come.

    Raises:
        Refusal: as :func:`take_in`.
    """
    require(by, Right.WORK)
    if certificate.pair_state not in _WITHOUT_KEY:
        raise KeyAlreadyKept(certificate=certificate.pk, field=KEY)
    files = _sort(None, key)
    if files.locked is None:
        raise UnexpectedContent(expected=Content.PRIVATE_KEY.value, found=Content.CERTIFICATE.value, field=KEY)
    try:
        opened = _open(files.locked, passphrase)
    except DOES_NOT_OPEN:
        if not keep_locked:
            raise
        with _at(KEY):
            candidates.keep_key_file(_sealed_unopened(certificate, files.locked), certificate=certificate, by=by)
        return TakenIn(certificate, (FileWarning("key_does_not_open_yet", ""),))
    facts = read_certificate(bytes(certificate.der))
    _prove(opened, facts)
    return _store_key(certificate, facts, files, opened, by=by, now=now)


def offer_passphrase(*, certificate: Certificate, passphrase: str, by: Person) -> None:
    """Have a passphrase tried by the vault worker on the key file that is kept unopened.

    Raises:
        KeyAlreadyKept, NothingToTry, TooManyCandidates, CompanyClosed: as ``vault.candidates.keep_passphrase``.
    """
    require(by, Right.WORK)
    with _at(PASSPHRASE):
        sealed = candidates.seal_passphrase(company_id=certificate.company_id, passphrase=passphrase)
        candidates.keep_passphrase(sealed, certificate=certificate, by=by)


def sealed_unopened(*, certificate: Certificate, key: bytes) -> SealedPair:
    """A key file that did not open at the door (``DOES_NOT_OPEN``), sealed as it is, with no row written.

    Raises:
        Refusal: it is no key file.
    """
    files = _sort(None, key)
    if files.locked is None:
        raise UnexpectedContent(expected=Content.PRIVATE_KEY.value, found=Content.CERTIFICATE.value, field=KEY)
    return _sealed_unopened(certificate, files.locked)


def proved_and_sealed(
    *, company: Company, certificate: bytes | None, key: bytes | None, passphrase: str | None
) -> tuple[CertificateFacts, SealedPair]:
    """A pair for a renewal: proved as at the door and sealed for the company, with no row written.

    Whether it is the company's certificate at all is for the renewal to say.

    Raises:
        Refusal: as :func:`take_in`; FileMissing where a certificate came without its key.
    """
    files = _sort(certificate, key)
    opened = _open(files.locked, passphrase)
    facts = _facts(files, opened)
    _prove(opened, facts)
    sealed = _seal(company, files.locked, opened)
    if sealed is None:
        raise FileMissing(field=KEY)
    return facts, sealed


@contextmanager
def _at(place: str) -> Iterator[None]:
    """Tell a refusal from within which field of the form it belongs to."""
    try:
        yield
    except Refusal as refusal:
        refusal.facts.setdefault("field", place)
        raise


def _sort(certificate: bytes | None, key: bytes | None) -> _Files:
    """Tell the files apart by what they hold; people put them into each other's field.

    Raises:
        NothingGiven, UnrecognisedFile, UnexpectedContent, PfxBringsItsKey: as they say.
    """
    came = {place: data for place, data in ((CERTIFICATE, certificate), (KEY, key)) if data is not None}
    held = {place: _content(place, data) for place, data in came.items()}
    if not held:
        raise NothingGiven(field=CERTIFICATE)
    if set(held.values()) == {Content.PFX} and certificate == key:
        del held[KEY]  # IDSE asks for the same PFX twice, and so people give it twice
    if list(held.values()) in ([Content.CERTIFICATE] * 2, [Content.PRIVATE_KEY] * 2, [Content.PFX] * 2):
        twice = held[KEY]
        wrong, wanted = (
            (KEY, Content.PRIVATE_KEY) if twice is Content.CERTIFICATE else (CERTIFICATE, Content.CERTIFICATE)
        )
        raise UnexpectedContent(expected=wanted.value, found=twice.value, field=wrong)
    if set(held.values()) == {Content.PFX, Content.PRIVATE_KEY}:
        raise PfxBringsItsKey(field=KEY)
    at = {content: place for place, content in held.items()}
    locked = next(
        (_Locked(came[at[one]], one, at[one]) for one in (Content.PRIVATE_KEY, Content.PFX) if one in at), None
    )
    return _Files(
        certificate=came[at[Content.CERTIFICATE]] if Content.CERTIFICATE in at else None,
        locked=locked,
        swapped=at.get(Content.CERTIFICATE) == KEY or at.get(Content.PRIVATE_KEY) == CERTIFICATE,
    )


def _content(place: str, data: bytes) -> Content:
    with _at(place):
        refuse_size(data)
        content = recognise(data)
        if content is Content.UNKNOWN:
            raise UnrecognisedFile
        if content in {Content.REQUEST, Content.CMS}:
            wanted = Content.CERTIFICATE if place == CERTIFICATE else Content.PRIVATE_KEY
            raise UnexpectedContent(expected=wanted.value, found=content.value)
    return content


def _open(locked: _Locked | None, passphrase: str | None) -> OpenedFile | None:
    if locked is None:
        return None
    ways = [one for one in dict.fromkeys((passphrase or "", (passphrase or "").strip())) if one]
    with _at(locked.came_as):
        try:
            return open_file(locked.data, locked.content, ways)
        except DOES_NOT_OPEN as refusal:
            refusal.facts["field"] = PASSPHRASE
            raise


def _facts(files: _Files, opened: OpenedFile | None) -> CertificateFacts:
    data = files.certificate
    if data is None and opened is not None:
        data = opened.certificate
    if data is None:
        raise CertificateMissing(field=CERTIFICATE)
    with _at(CERTIFICATE):
        return read_certificate(data)


def _prove(opened: OpenedFile | None, facts: CertificateFacts) -> None:
    if opened is not None:
        with _at(KEY):
            prove_pair(opened.key, facts)


def _company(facts: CertificateFacts, company: Company | None, *, by: Person, create: bool) -> Company:
    if company is not None:
        require_owner(facts, company)
        return company
    try:
        return owner(facts, companies_named_by([facts], among=Company.objects.visible_to(by)))
    except NoCompany:
        if not (create and facts.rfc):
            raise
    return create_company_named_by(facts, by=by)


def _seal(company: Company, locked: _Locked | None, opened: OpenedFile | None) -> SealedPair | None:
    if locked is None or opened is None:
        return None
    return seal_pair(
        company_id=company.pk, container=locked.content.value, data=locked.data, passphrase=opened.passphrase
    )


def _sealed_unopened(certificate: Certificate, locked: _Locked) -> SealedPair:
    return candidates.seal_unopened(company_id=certificate.company_id, container=locked.content.value, data=locked.data)


def _add_to_known(
    known: Certificate, files: _Files, opened: OpenedFile | None, *, by: Person, now: datetime
) -> TakenIn:
    if not Certificate.objects.visible_to(by).filter(pk=known.pk).exists():
        raise CertificateAlreadyHere(serial=known.serial, field=CERTIFICATE)
    if opened is None and known.pair_state in _WITHOUT_KEY and _its_key_was_waiting(known, by=by, now=now):
        return TakenIn(known, (FileWarning("key_was_waiting", ""),))
    if opened is None or known.pair_state not in _WITHOUT_KEY:
        raise CertificateAlreadyHere(serial=known.serial, certificate=known.pk, field=CERTIFICATE)
    return _store_key(known, read_certificate(bytes(known.der)), files, opened, by=by, now=now)


def _its_key_was_waiting(row: Certificate, *, by: Person, now: datetime) -> bool:
    """A certificate that has lain here without its key gets the one that waits for it by now."""
    waiting = matching.keys_waiting_for([(read_certificate(bytes(row.der)), row.company)])
    if not waiting:
        return False
    with _at(CERTIFICATE), transaction.atomic():
        matching.attach_waiting([row], waiting, by=by)
        promote(row, by=by, now=now)
    return True


def _store_key(
    row: Certificate, facts: CertificateFacts, files: _Files, opened: OpenedFile | None, *, by: Person, now: datetime
) -> TakenIn:
    sealed = _seal(row.company, files.locked, opened)
    if sealed is None:
        raise CertificateAlreadyHere(serial=row.serial, certificate=row.pk, field=CERTIFICATE)
    with _at(KEY), transaction.atomic():
        store_sealed([(sealed, row)], by=by)
        promote(row, by=by, now=now)
    return TakenIn(row, tuple(_warnings(row, facts, files, opened, now)))


def _warnings(
    row: Certificate, facts: CertificateFacts, files: _Files, opened: OpenedFile | None, now: datetime
) -> Iterator[FileWarning]:
    replaced = row.predecessor.serial if row.predecessor else ""
    renewal = None if opened is not None else matching.renewal_to_hand_it_in(row)
    told = (
        (files.swapped, "files_swapped", ""),
        (row.is_expired(now), "expired", row.expires_on.isoformat()),
        (row.not_before > now, "not_yet_valid", timezone.localdate(row.not_before).isoformat()),
        (facts.kind is CertificateKind.UNKNOWN, "unknown_kind", ""),
        (opened is None and row.pair_state == PairState.NO_KEY and renewal is None, "no_key", ""),
        (opened is None and row.pair_state == PairState.IN_CUSTODY, "key_was_waiting", ""),
        (renewal is not None, "key_is_in_renewal", str(renewal)),
        (opened is not None and opened.passphrase is None, "key_not_encrypted", ""),
        (bool(replaced), "replaced", replaced),
        (row.retired_at is not None, "not_newer", ""),
    )
    yield from (FileWarning(code, detail) for holds, code, detail in told if holds)
    yield from facts.warnings
