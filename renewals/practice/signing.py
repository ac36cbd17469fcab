"""How does the practice portal sign a letter on its page, and how does it know one that was signed elsewhere?"""

from datetime import datetime

from renewals.errors import DamagedFile, FileMissing
from renewals.errors.practice import PracticeLetterOther, PracticeLetterUnsigned
from renewals.pki.certificate import CertificateFacts, read_certificate
from renewals.pki.cms import sign_detached
from renewals.pki.content import Content, recognise
from renewals.practice.pairs import OpenPair
from renewals.vault import documents, letters

_SIGNER = "signer"


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


def require_signed(handed: bytes | None, *, letter: bytes, by: CertificateFacts) -> None:
    """A letter that was signed elsewhere, as a PDF or with the signature apart (CMS): this letter, and by this one.

    Raises:
        FileMissing: nothing came.
        PracticeLetterOther: it is neither the letter with something added nor a signature.
        PracticeLetterUnsigned: no signature of this certificate in it holds.
        Refusal: what reading a letter refuses.
    """
    if handed is None:
        raise FileMissing
    is_apart = recognise(handed) is Content.CMS
    if not is_apart and not handed.startswith(letter):
        raise PracticeLetterOther
    found = letters.read(
        letter=letter if is_apart else handed,
        signature=handed if is_apart else None,
        names={},
        certificates={_SIGNER: by.der},
    )
    if not any(one.state == "good" and one.by == _SIGNER for one in found.signatures):
        raise PracticeLetterUnsigned
