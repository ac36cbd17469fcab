"""Where do the parts of an X.509 certificate stand in its DER?"""

from datetime import UTC, datetime
from typing import NamedTuple

from renewals.pki import der

BASIC_CONSTRAINTS = bytes.fromhex("551d13")
KEY_USAGE = bytes.fromhex("551d0f")
EXTENDED_KEY_USAGE = bytes.fromhex("551d25")

_VERSION = der.context(0)
_EXTENSIONS = der.context(3)
_FIELDS = (der.INTEGER, der.SEQUENCE, der.SEQUENCE, der.SEQUENCE, der.SEQUENCE, der.SEQUENCE)
_MAX_SERIAL_OCTETS = 64
_TIME_DIGITS = {der.UTC_TIME: 12, der.GENERALIZED_TIME: 14}
_DATA_ENCIPHERMENT = 0x10  # bit 3 of KeyUsage, RFC 5280, 4.2.1.3


class Anatomy(NamedTuple):
    """Elements of a certificate (RFC 5280, 4.1) and the content of its extensions by the octets of their OID."""

    to_be_signed: der.Element
    algorithm: der.Element
    signature: der.Element
    serial: der.Element
    issuer: der.Element
    validity: der.Element
    subject: der.Element
    public_key: der.Element
    extensions: dict[bytes, bytes]


def dissect(data: bytes) -> Anatomy:
    """Find the parts of a DER certificate; raises der.BrokenDer."""
    certificate = der.whole(data, der.SEQUENCE)
    signed, algorithm, signature, *more = der.expect(data, certificate, der.SEQUENCE, der.SEQUENCE, der.BIT_STRING)
    if more:
        raise der.BrokenDer("a certificate has three parts")
    fields = der.children(data, signed)
    if fields and fields[0].tag == _VERSION:
        del fields[0]
    if tuple(part.tag for part in fields[:6]) != _FIELDS:
        raise der.BrokenDer("not the fields of a certificate")
    serial, repeated, issuer, validity, subject, public_key, *optional = fields
    if der.encoded(data, repeated) != der.encoded(data, algorithm):  # RFC 5280, 4.1.1.2
        raise der.BrokenDer("two signature algorithms")
    extensions = _extensions(data, optional)
    return Anatomy(signed, algorithm, signature, serial, issuer, validity, subject, public_key, extensions)


def serial_octets(data: bytes, parts: Anatomy) -> bytes:
    """The serial without the sign octet; raises der.BrokenDer unless it is positive (RFC 5280, 4.1.2.2)."""
    octets = der.value(data, parts.serial)
    serial = octets.lstrip(b"\x00")
    if not serial or octets[0] >= 0x80 or len(octets) > _MAX_SERIAL_OCTETS:
        raise der.BrokenDer("a serial is positive and short")
    return serial


def moments(data: bytes, parts: Anatomy) -> tuple[datetime, datetime]:
    """First and last moment of validity, in UTC (RFC 5280, 4.1.2.5); raises ValueError."""
    not_before, not_after = der.children(data, parts.validity)
    return _moment(not_before.tag, der.value(data, not_before)), _moment(not_after.tag, der.value(data, not_after))


def signature(data: bytes, parts: Anatomy) -> tuple[str, bytes]:
    """The OID of the signature's algorithm and its octets; raises der.BrokenDer."""
    octets = der.value(data, parts.signature)
    if octets[:1] != b"\x00":
        raise der.BrokenDer("a signature is whole octets")
    return der.dotted(data, der.expect(data, parts.algorithm, der.OID)[0]), octets[1:]


def is_authority(parts: Anatomy) -> bool:
    """Whether the basic constraints say that the key may sign certificates; raises der.BrokenDer."""
    constraints = parts.extensions.get(BASIC_CONSTRAINTS)
    if constraints is None:
        return False
    inside = der.children(constraints, der.whole(constraints, der.SEQUENCE))
    return bool(inside) and inside[0].tag == der.BOOLEAN and any(der.value(constraints, inside[0]))


def is_for_a_person(parts: Anatomy) -> bool:
    """Whether the key may do more than sign, as in an e.firma: encipher data, log in or sign mail."""
    usage = parts.extensions.get(KEY_USAGE, b"")
    enciphers = len(usage) >= 4 and bool(usage[3] & _DATA_ENCIPHERMENT)
    return enciphers or EXTENDED_KEY_USAGE in parts.extensions


def _moment(tag: int, octets: bytes) -> datetime:
    """A UTCTime ``YYMMDDHHMMSSZ`` or a GeneralizedTime ``YYYYMMDDHHMMSSZ``; RFC 5280 allows no other form."""
    digits = octets[:-1]
    if octets[-1:] != b"Z" or not digits.isdigit() or len(digits) != _TIME_DIGITS.get(tag):
        raise der.BrokenDer("not a moment")
    if tag == der.UTC_TIME:
        digits = (b"19" if digits >= b"50" else b"20") + digits
    month, day, hour, minute, second = (int(digits[at : at + 2]) for at in range(4, 14, 2))
    return datetime(int(digits[:4]), month, day, hour, minute, second, tzinfo=UTC)


def _extensions(data: bytes, optional: list[der.Element]) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for holder in optional:
        if holder.tag != _EXTENSIONS:
            continue
        for extension in der.children(data, der.only(data, holder, der.SEQUENCE)):
            parts = der.children(data, extension)
            if len(parts) < 2 or parts[0].tag != der.OID or parts[-1].tag != der.OCTET_STRING:
                raise der.BrokenDer("an extension is an identifier and an octet string")
            found[der.value(data, parts[0])] = der.value(data, parts[-1])
    return found
