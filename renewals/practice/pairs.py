"""Is what was given to the practice portal for practice, and does its key open? Real files are refused unopened."""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.utils import timezone

from renewals.clients.practice_accounts import practice_companies
from renewals.desk.demo.authorities import authority_for
from renewals.errors import FileMissing, KeyOfAnotherCertificate, Refusal, UnknownAuthority, UnsupportedKey
from renewals.errors.practice import (
    PracticePasswordWrong,
    PracticePfx,
    PracticeStranger,
    PracticeUserWrong,
    RealCertificate,
)
from renewals.models import Company, Person
from renewals.pki.certificate import CertificateFacts, CertificateKind, read_certificate
from renewals.pki.content import Content, recognise
from renewals.pki.practice import is_practice
from renewals.pki.private_key import open_private_key
from renewals.pki.signatures import prove_pair
from renewals.pki.trust import verify_issued_by


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose certificate was given: read and verified, its key not yet looked at."""

    facts: CertificateFacts
    company: Company

    @property
    def number(self) -> str:
        """The registro patronal, first ten characters: what the portal keeps accounts by."""
        return self.facts.registro_patronal[:10]


@dataclass(frozen=True, slots=True)
class OpenPair:
    """A pair for practice while one page is answered."""

    facts: CertificateFacts
    key: RSAPrivateKey = field(repr=False)


def holder_of(certificate: bytes | None, *, person: Person) -> Holder:
    """Whose certificate this is. Nothing else that came with it is touched before.

    Raises:
        FileMissing, PracticePfx: it is no certificate by itself.
        RealCertificate: no authority for practice issued it.
        PracticeStranger: not this installation's, or of no practice company that this person works for.
        Refusal: what reading a certificate refuses.
    """
    data = _given(certificate)
    if recognise(data) is Content.PFX:
        raise PracticePfx
    facts = read_certificate(data)
    if not is_practice(facts):
        raise RealCertificate
    authority = authority_for(CertificateKind.NPIE, now=timezone.now())
    try:
        verify_issued_by(facts, [authority.certificate_der])
    except UnknownAuthority:
        raise PracticeStranger from None
    company = practice_companies(person).with_rfc(facts.rfc).first()
    if company is None or facts.kind is not CertificateKind.NPIE or not facts.registro_patronal:
        raise PracticeStranger
    return Holder(facts, company)


def opened(facts: CertificateFacts, *, key: bytes | None, password: str) -> OpenPair:
    """The pair, its key opened and proved.

    Raises:
        FileMissing: no key came.
        PracticePasswordWrong: it does not open, in the portal's few words.
        KeyOfAnotherCertificate: it is not this certificate's.
    """
    private = private_key(key, password)
    try:
        prove_pair(private, facts)
    except KeyOfAnotherCertificate:
        raise KeyOfAnotherCertificate(field="llave") from None
    return OpenPair(facts, private)


def private_key(key: bytes | None, password: str) -> RSAPrivateKey:
    """An RSA key out of its file. Raises FileMissing, PracticePasswordWrong."""
    data = _given(key)
    try:
        found = open_private_key(data, password).key
        if not isinstance(found, RSAPrivateKey):
            raise UnsupportedKey(algorithm=type(found).__name__, bits=0)
    except Refusal:
        # Portals say little: whatever is wrong with the key is "the password".
        raise PracticePasswordWrong from None
    return found


def require_user(typed: str, facts: CertificateFacts) -> None:
    """The user is the RFC or the registro patronal, with or without its check digit. Raises PracticeUserWrong."""
    user = "".join(one for one in typed.upper() if one.isalnum() or one == "&")
    if user not in {facts.rfc, facts.registro_patronal, facts.registro_patronal[:10]}:
        raise PracticeUserWrong


def _given(upload: bytes | None) -> bytes:
    if upload is None:
        raise FileMissing
    return upload
