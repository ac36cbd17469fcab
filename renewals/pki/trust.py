"""Did one of these authorities issue this certificate?

By signatures alone: the authority of SAT ends before many certificates that it issued, so its own dates say nothing
about theirs. Which authorities count is data of the caller, for SAT will have new ones.
"""

from collections.abc import Sequence
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey

from renewals.errors import DamagedFile, UnknownAuthority, UnsupportedKey
from renewals.pki import anatomy, der, names
from renewals.pki.certificate import CertificateFacts
from renewals.pki.content import Content, as_der
from renewals.pki.public_key import PublicKey, read_public_key

MAX_CHAIN = 6

_RSA = "1.2.840.113549.1.1."
_ECDSA = "1.2.840.10045.4.3."
_SIGNATURES: dict[str, hashes.HashAlgorithm] = {
    f"{_RSA}5": hashes.SHA1(),  # noqa: S303 — what was signed with it years ago is still read
    f"{_RSA}11": hashes.SHA256(),
    f"{_RSA}12": hashes.SHA384(),
    f"{_RSA}13": hashes.SHA512(),
    f"{_ECDSA}2": hashes.SHA256(),
    f"{_ECDSA}3": hashes.SHA384(),
    f"{_ECDSA}4": hashes.SHA512(),
}


class _Link(NamedTuple):
    """What the walk needs of one certificate."""

    issuer: bytes
    subject: bytes
    name: str
    signed: bytes
    algorithm: str
    signature: bytes
    public_key: bytes
    is_authority: bool


def verify_issued_by(facts: CertificateFacts, authorities: Sequence[bytes]) -> str:
    """Walk the chain through ``authorities`` (DER or PEM) and return the name of the last one that it reaches.

    The last is a root, or the highest of those given. Raises UnknownAuthority when none of them issued the certificate,
    and what reading refuses when one of them is no certificate.
    """
    known = [_read(as_der(authority, Content.CERTIFICATE)) for authority in authorities]
    link = _issuer_of(_read(facts.der), known)
    if link is None:
        raise UnknownAuthority(issuer=facts.issuer)
    for _ in range(MAX_CHAIN):
        above = _issuer_of(link, [other for other in known if other.signed != link.signed])
        if above is None:
            break
        link = above
    return link.name


def _issuer_of(link: _Link, known: Sequence[_Link]) -> _Link | None:
    """The authority whose name the certificate bears as its issuer and whose key verifies it."""
    for authority in known:
        if authority.is_authority and authority.subject == link.issuer and _verifies(authority, link):
            return authority
    return None


def _verifies(authority: _Link, link: _Link) -> bool:
    digest = _SIGNATURES.get(link.algorithm)
    if digest is None:
        return False
    try:
        _verify(read_public_key(authority.public_key), link, digest)
    except (InvalidSignature, UnsupportedAlgorithm, UnsupportedKey, ValueError):
        return False
    return True


def _verify(public_key: PublicKey, link: _Link, digest: hashes.HashAlgorithm) -> None:
    """Raises InvalidSignature, also where key and algorithm are not of one kind."""
    elliptic = isinstance(public_key, EllipticCurvePublicKey)
    if elliptic is not link.algorithm.startswith(_ECDSA):
        raise InvalidSignature
    if isinstance(public_key, EllipticCurvePublicKey):
        public_key.verify(link.signature, link.signed, ECDSA(digest))
    else:
        public_key.verify(link.signature, link.signed, padding.PKCS1v15(), digest)


def _read(encoded: bytes) -> _Link:
    try:
        parts = anatomy.dissect(encoded)
        subject = anatomy.span(encoded, parts.subject)
        algorithm, signature = anatomy.signature(encoded, parts)
        return _Link(
            issuer=anatomy.span(encoded, parts.issuer),
            subject=subject,
            name=names.readable(names.read_name(subject)),
            signed=anatomy.span(encoded, parts.to_be_signed),
            algorithm=algorithm,
            signature=signature,
            public_key=anatomy.span(encoded, parts.public_key),
            is_authority=anatomy.uses(encoded, parts).signs_certificates,
        )
    except der.BrokenDer:
        raise DamagedFile(content=Content.CERTIFICATE.value) from None
