"""Whose signature is in this CMS, and is it over exactly this content?

SignedData of RFC 5652, read by hand and judged by the certificates that are given: what the file brings along, a chain
or a moment of its own, is not believed. No Django.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey

from renewals.pki import ber, der
from renewals.pki.certificate import CertificateFacts, printed_serial, public_key_of
from renewals.pki.content import Content, pem_blocks, recognise

#: Nobody signs a letter more often; a file that says so is not read on.
MOST_SIGNERS: Final = 8
_SIGNED_DATA = "1.2.840.113549.1.7.2"
_MESSAGE_DIGEST, _SIGNING_TIME, _CONTENT_TYPE = (f"1.2.840.113549.1.9.{number}" for number in (4, 5, 3))
#: Older digests are not among them: nothing is proved by one that can be forged.
_DIGESTS: Final[dict[str, type[hashes.SHA256 | hashes.SHA384 | hashes.SHA512]]] = {
    "2.16.840.1.101.3.4.2.1": hashes.SHA256,
    "2.16.840.1.101.3.4.2.2": hashes.SHA384,
    "2.16.840.1.101.3.4.2.3": hashes.SHA512,
}
#: RSA with PKCS#1 v1.5 and ECDSA; the digest is named beside each.
_SCHEMES: Final = {"1.2.840.113549.1.1.1", "1.2.840.113549.1.1.11", "1.2.840.113549.1.1.12", "1.2.840.113549.1.1.13"}
_CURVE_SCHEMES: Final = {"1.2.840.10045.2.1", *(f"1.2.840.10045.4.3.{number}" for number in (2, 3, 4))}
_KEY_IDENTIFIER = 0x80


@dataclass(frozen=True, slots=True)
class Signature:
    """What was found out about one signer.

    ``state``: ``good`` (over exactly the content, by the key of certificate ``by``), ``changed`` (the content is
    another one than was signed), ``other`` (by somebody else), ``unknown`` (in a way that is not judged here).
    """

    state: str
    by: int | None = None
    serial: str = ""
    signed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Signer:
    serial: str
    digest: str
    scheme: str
    signature: bytes
    #: The signed attributes as they were signed (RFC 5652, 5.4); empty where the content itself was.
    attributes: bytes = b""
    content_type: str = ""
    message_digest: bytes = b""
    signed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SignedData:
    """A CMS that was read: its content, None where it is detached, and its signers."""

    content: bytes | None = field(repr=False)
    content_type: str
    signers: tuple[_Signer, ...] = field(repr=False)

    def judged(self, content: bytes, certificates: Sequence[CertificateFacts]) -> tuple[Signature, ...]:
        """What each signature proves about ``content``, by the keys of these certificates."""
        return tuple(_judged(signer, self.content_type, content, certificates) for signer in self.signers)


def read_signed_data(data: bytes) -> SignedData:
    """Read a CMS in DER, BER or PEM. Raises BrokenDer."""
    encoded = data
    if data[:1] != b"\x30":
        block = next(pem_blocks(data), None)
        if block is None or block.octets is None:
            raise der.BrokenDer("no PEM block that can be read")
        encoded = block.octets
    if recognise(encoded) is not Content.CMS:
        raise der.BrokenDer("not a CMS")
    plain = ber.definite(encoded)
    kind, explicit = der.expect(plain, der.whole(plain, der.SEQUENCE), der.OID, der.context(0))[:2]
    if der.dotted(plain, kind) != _SIGNED_DATA:
        raise der.BrokenDer("a CMS that is not signed")
    signed = der.only(plain, explicit, der.SEQUENCE)
    _, _, inside, *others = der.expect(plain, signed, der.INTEGER, der.SET, der.SEQUENCE)
    signers = der.children(plain, others[-1]) if others and others[-1].tag == der.SET else []
    if not 0 < len(signers) <= MOST_SIGNERS:
        raise der.BrokenDer("signed by nobody, or by too many")
    type_of_content, *content = der.expect(plain, inside, der.OID)
    return SignedData(
        content=None if not content else der.value(plain, der.only(plain, content[0], der.OCTET_STRING)),
        content_type=der.dotted(plain, type_of_content),
        signers=tuple(_signer(plain, one) for one in signers),
    )


# --- a signer -----------------------------------------------------------------------------------------------------


def _signer(data: bytes, found: der.Element) -> _Signer:
    _, identity, digest, *rest = der.expect(data, found, der.INTEGER)
    attributes = rest.pop(0) if rest and rest[0].tag == der.context(0) else None
    scheme, signature = rest[:2] if len(rest) >= 2 else _incomplete()
    if signature.tag != der.OCTET_STRING:
        _incomplete()
    told = {} if attributes is None else _attributes(data, attributes)
    moment = told.get(_SIGNING_TIME)
    hashed = told.get(_MESSAGE_DIGEST)
    kind = told.get(_CONTENT_TYPE)
    return _Signer(
        serial=_serial(data, identity),
        digest=_algorithm(data, digest),
        scheme=_algorithm(data, scheme),
        signature=der.value(data, signature),
        # Signed as a SET, stored under another tag.
        attributes=b"" if attributes is None else der.encode(der.SET, der.value(data, attributes)),
        content_type="" if kind is None else der.dotted(data, kind),
        message_digest=b"" if hashed is None else der.value(data, hashed),
        signed_at=None if moment is None else _moment(data, moment),
    )


def _attributes(data: bytes, found: der.Element) -> dict[str, der.Element]:
    """Type → its one value. Raises BrokenDer for one that is said twice, or says two things."""
    told: dict[str, der.Element] = {}
    for attribute in der.children(data, found):
        kind, values = der.expect(data, attribute, der.OID, der.SET)[:2]
        name = der.dotted(data, kind)
        if name not in {_MESSAGE_DIGEST, _SIGNING_TIME, _CONTENT_TYPE}:
            continue
        inside = der.children(data, values)
        if name in told or len(inside) != 1:
            raise der.BrokenDer("an attribute that says two things")
        told[name] = inside[0]
    return told


def _serial(data: bytes, identity: der.Element) -> str:
    """As it is printed; empty where the signer is named by the identifier of a key."""
    if identity.tag == _KEY_IDENTIFIER:
        return ""
    _, serial = der.expect(data, identity, der.SEQUENCE, der.INTEGER)[:2]
    return printed_serial(der.value(data, serial).lstrip(b"\x00"))


def _algorithm(data: bytes, found: der.Element) -> str:
    return der.dotted(data, der.expect(data, found, der.OID)[0])


def _moment(data: bytes, found: der.Element) -> datetime | None:
    """What the signer's own clock said; None where that is no moment."""
    written = "%y%m%d%H%M%SZ" if found.tag == der.UTC_TIME else "%Y%m%d%H%M%SZ"
    try:
        return datetime.strptime(der.value(data, found).decode("ascii"), written).replace(tzinfo=UTC)
    except (ValueError, UnicodeDecodeError):
        return None


def _incomplete() -> tuple[der.Element, der.Element]:
    raise der.BrokenDer("a signer without a signature")


# --- the judgement ------------------------------------------------------------------------------------------------


def _judged(signer: _Signer, content_type: str, content: bytes, certificates: Sequence[CertificateFacts]) -> Signature:
    found = partial(Signature, serial=signer.serial[:60], signed_at=signer.signed_at)
    digest = _DIGESTS.get(signer.digest)
    if digest is None or signer.scheme not in _SCHEMES | _CURVE_SCHEMES:
        return found("unknown")
    if signer.attributes:
        if signer.content_type != content_type:
            return found("unknown")
        if hashlib.new(digest.name, content).digest() != signer.message_digest:
            return found("changed")
    signed = signer.attributes or content
    by = next((place for place, one in enumerate(certificates) if _verifies(one, signer, signed, digest())), None)
    if by is not None:
        return found("good", by=by)
    claims_to_be = any(one.serial == signer.serial for one in certificates)
    return found("changed" if claims_to_be else "other")


def _verifies(
    certificate: CertificateFacts, signer: _Signer, signed: bytes, digest: hashes.SHA256 | hashes.SHA384 | hashes.SHA512
) -> bool:
    key = public_key_of(certificate)
    is_curve = isinstance(key, EllipticCurvePublicKey)
    if is_curve != (signer.scheme in _CURVE_SCHEMES):
        return False
    try:
        if isinstance(key, EllipticCurvePublicKey):
            key.verify(signer.signature, signed, ECDSA(digest))
        else:
            key.verify(signer.signature, signed, padding.PKCS1v15(), digest)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True
