"""How does the practice portal sign a letter on its page, and how does it know one that was signed elsewhere?"""

from datetime import datetime

from renewals.errors import DamagedFile
from renewals.errors.practice import PracticeLetterUnsigned
from renewals.pki.certificate import CertificateFacts, read_certificate
from renewals.pki.cms import sign_detached
from renewals.practice.pairs import OpenPair
from renewals.vault import documents


def sign(letter: bytes, pair: OpenPair, *, now: datetime) -> bytes:
    """The letter with the signature of this pair, expired or not; a PDF as any reader opens it.

    Raises:
        ProverUnavailable: no child can be started to prepare it.
    """
    prepared = documents.prepare(letter, name=pair.facts.name, reason="Carta del portal de práctica", at=now)
    return prepared.signed(sign_detached(prepared.content(), key=pair.key, certificate=pair.facts.der))


def require_signer(certificate: CertificateFacts, wanted: bytes) -> None:
    """This screen takes one certificate only. Raises PracticeLetterUnsigned: it was another."""
    try:
        expected = read_certificate(wanted)
    except DamagedFile:
        raise PracticeLetterUnsigned from None
    if certificate.sha256 != expected.sha256:
        raise PracticeLetterUnsigned
