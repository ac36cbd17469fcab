"""Where do the parts of an X.509 certificate stand in its DER?

Every certificate of an import passes here, so the fields are read one behind the other, without a tree.
"""

import re
from datetime import datetime
from typing import NamedTuple

from renewals.pki import der

_FIRST_YEAR = "1950"
_BASIC_CONSTRAINTS = der.encode_oid("2.5.29.19")
_KEY_USAGE = der.encode_oid("2.5.29.15")
_EXTENDED_KEY_USAGE = der.encode_oid("2.5.29.37")
_OID_OCTETS = 5  # of each of the three
_BIT_STRING = bytes((der.BIT_STRING,))
_NOT_AN_AUTHORITY = der.encode(der.SEQUENCE)

_VERSION = der.context(0)
_EXTENSIONS = der.context(3)
_MAX_SERIAL_OCTETS = 64
_DATA_ENCIPHERMENT = 0x10  # bit 3 of KeyUsage, RFC 5280, 4.2.1.3
# UTCTime YYMMDDHHMMSSZ or GeneralizedTime YYYYMMDDHHMMSSZ; RFC 5280, 4.1.2.5, allows no other form.
_MOMENT = rb"(?:\x17\x0d(\d{12})Z|\x18\x0f(\d{14})Z)"
_VALIDITY = re.compile(_MOMENT * 2)

#: First and last offset of something in the DER.
Span = tuple[int, int]


class Anatomy(NamedTuple):
    """Offsets of the fields of a certificate (RFC 5280, 4.1), headers included but for the serial and the validity."""

    to_be_signed: Span
    algorithm: Span
    signature: Span
    serial: Span
    issuer: Span
    validity: Span
    subject: Span
    public_key: Span
    optional: Span


def dissect(data: bytes) -> Anatomy:
    """Find the fields of a DER certificate; raises der.BrokenDer."""
    signed_at, limit = der.header(data, 0, len(data))
    at, end = der.header(data, signed_at, limit)
    algorithm_end = der.after(data, end, limit, der.SEQUENCE)
    signature_at, signature_end = der.header(data, algorithm_end, limit)
    if limit != len(data) or signature_end != limit:
        raise der.BrokenDer("a certificate has three parts and nothing behind them")
    if data[0] != der.SEQUENCE or data[signed_at] != der.SEQUENCE or data[algorithm_end] != der.BIT_STRING:
        raise der.BrokenDer("not the parts of a certificate")
    if data[at] == _VERSION:
        at = der.after(data, at, end, _VERSION)
    serial = der.header(data, at, end)
    if data[at] != der.INTEGER:
        raise der.BrokenDer("a certificate has a serial")
    repeated_end = der.after(data, serial[1], end, der.SEQUENCE)
    if data[serial[1] : repeated_end] != data[end:algorithm_end]:  # RFC 5280, 4.1.1.2
        raise der.BrokenDer("two signature algorithms")
    issuer_end = der.after(data, repeated_end, end, der.SEQUENCE)
    validity = der.header(data, issuer_end, end)
    subject_end = der.after(data, validity[1], end, der.SEQUENCE)
    public_key_end = der.after(data, subject_end, end, der.SEQUENCE)
    return Anatomy(
        (signed_at, end),
        (end, algorithm_end),
        (signature_at, signature_end),
        serial,
        (repeated_end, issuer_end),
        validity,
        (validity[1], subject_end),
        (subject_end, public_key_end),
        (public_key_end, end),
    )


def serial_octets(data: bytes, parts: Anatomy) -> bytes:
    """The serial without the sign octet; raises der.BrokenDer for none and for an endless one.

    A negative serial is read as it stands: authorities that do not conform are to be handled gracefully (RFC 5280,
    4.1.2.2).
    """
    at, end = parts.serial
    if not 0 < end - at <= _MAX_SERIAL_OCTETS:
        raise der.BrokenDer("a serial is a number of honest length")
    return data[at:end].lstrip(b"\x00") or b"\x00"


def moments(data: bytes, parts: Anatomy) -> tuple[datetime, datetime]:
    """First and last moment of validity, in UTC; raises ValueError."""
    validity = _VALIDITY.fullmatch(data, *parts.validity)
    if validity is None:
        raise der.BrokenDer("not two moments")
    first, long_first, last, long_last = validity.groups()
    return _moment(first, long_first), _moment(last, long_last)


def signature(data: bytes, parts: Anatomy) -> tuple[str, bytes]:
    """The OID of the signature's algorithm and its octets; raises der.BrokenDer."""
    at, end = parts.signature
    if at == end or data[at]:
        raise der.BrokenDer("a signature is whole octets")
    algorithm = der.element(data, *parts.algorithm)
    return der.dotted(data, der.expect(data, algorithm, der.OID)[0]), data[at + 1 : end]


def span(data: bytes, where: Span) -> bytes:
    """The octets of a field."""
    return data[where[0] : where[1]]


class Uses(NamedTuple):
    """What the extensions let the key do, as far as it tells kinds apart."""

    signs_certificates: bool
    is_personal: bool  # more than signing, as in an e.firma: log in, sign mail or encipher


def uses(data: bytes, parts: Anatomy) -> Uses:
    """Read the extensions that tell kinds apart; the others are none of our concern. Raises der.BrokenDer."""
    signs_certificates = is_personal = False
    at, end = _extensions(data, parts)
    while at < end:
        content, at = der.header(data, at, end)
        oid = data[content : content + _OID_OCTETS]
        if oid == _BASIC_CONSTRAINTS:
            signs_certificates = _begins_with_true(_extension_value(data, content, at))
        elif oid == _EXTENDED_KEY_USAGE:
            is_personal = True
        elif oid == _KEY_USAGE and not is_personal:
            is_personal = _enciphers(_extension_value(data, content, at))
    return Uses(signs_certificates, is_personal)


def _extensions(data: bytes, parts: Anatomy) -> Span:
    """The extensions, behind the unique identifiers that nobody uses; nothing in a certificate of version 1."""
    at, limit = parts.optional
    while at < limit:
        content, end = der.header(data, at, limit)
        if data[at] == _EXTENSIONS:
            if der.after(data, content, end, der.SEQUENCE) != end:
                raise der.BrokenDer("one sequence of extensions")
            return der.header(data, content, end)
        at = end
    return limit, limit


def _extension_value(data: bytes, content: int, end: int) -> bytes:
    """The octet string behind the OID and, where the extension is critical, a BOOLEAN."""
    at = content + _OID_OCTETS
    if data[at] == der.BOOLEAN:
        at = der.after(data, at, end, der.BOOLEAN)
    value, value_end = der.header(data, at, end)
    if data[at] != der.OCTET_STRING or value_end != end:
        raise der.BrokenDer("an extension ends with an octet string")
    return data[value:end]


def _begins_with_true(constraints: bytes) -> bool:
    if constraints == _NOT_AN_AUTHORITY:
        return False
    inside = der.children(constraints, der.whole(constraints, der.SEQUENCE))
    return bool(inside) and inside[0].tag == der.BOOLEAN and any(der.value(constraints, inside[0]))


def _enciphers(usage: bytes) -> bool:
    """A BIT STRING of nine bits at most: tag, length, unused bits, first eight bits."""
    if usage[:1] != _BIT_STRING or len(usage) < 3 or usage[1] != len(usage) - 2:
        raise der.BrokenDer("a key usage is bits")
    return len(usage) > 3 and bool(usage[3] & _DATA_ENCIPHERMENT)


def _moment(digits: bytes | None, long_digits: bytes | None) -> datetime:
    """A year of two digits lies between 1950 and 2049 (RFC 5280, 4.1.2.5.1); one of four not before that either.

    A moment of the year 1 has no local date in Mexico, and whoever asked for it would fail.
    """
    text = (digits or long_digits or b"").decode("ascii")
    if digits:
        text = f"{'19' if text >= '50' else '20'}{text}"
    if text[:4] < _FIRST_YEAR:
        raise der.BrokenDer("a moment before there were certificates")
    return datetime.fromisoformat(f"{text[:8]}T{text[8:]}Z")
