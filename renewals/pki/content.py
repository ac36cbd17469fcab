"""Which kind of file are these bytes, and what is their DER?

People rename files: a ``.cer`` may hold a PFX, and any of them may be PEM. So the name is never asked, only the first
few elements, read so leniently that a file which breaks off later is still called by what it begins like.
"""

import base64
import binascii
import re
import textwrap
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from renewals.errors import DamagedFile, EmptyFile, FileTooLarge, UnexpectedContent
from renewals.pki.der import BIT_STRING, INTEGER, SEQUENCE, BrokenDer, header

MAX_FILE_BYTES = 1_048_576
_MAX_PEM_BLOCKS = 64


class Content(StrEnum):
    """What a file holds, told by its bytes and never by its name."""

    CERTIFICATE = "certificate"
    PRIVATE_KEY = "private_key"
    PFX = "pfx"
    REQUEST = "request"
    CMS = "cms"
    UNKNOWN = "unknown"


class PemBlock(NamedTuple):
    """One PEM block: its label, the header lines before the Base64 (old encrypted keys have them), and its octets."""

    label: bytes
    headers: bytes
    octets: bytes | None  # None: the Base64 is broken
    text: bytes

    @property
    def content(self) -> Content:
        """What the block holds; the label decides only where the octets cannot be read."""
        if self.headers or self.octets is None:
            return _PEM_LABELS.get(self.label, Content.UNKNOWN)
        return _recognise_der(self.octets)


_PEM_LABELS = {
    b"CERTIFICATE": Content.CERTIFICATE,
    b"X509 CERTIFICATE": Content.CERTIFICATE,
    b"TRUSTED CERTIFICATE": Content.CERTIFICATE,
    b"PRIVATE KEY": Content.PRIVATE_KEY,
    b"ENCRYPTED PRIVATE KEY": Content.PRIVATE_KEY,
    b"RSA PRIVATE KEY": Content.PRIVATE_KEY,
    b"EC PRIVATE KEY": Content.PRIVATE_KEY,
    b"CERTIFICATE REQUEST": Content.REQUEST,
    b"NEW CERTIFICATE REQUEST": Content.REQUEST,
    b"PKCS7": Content.CMS,
    b"CMS": Content.CMS,
    b"PKCS12": Content.PFX,
}


def recognise(data: bytes) -> Content:
    """Say what ``data`` begins like; never raises."""
    if data[:1] == b"\x30":
        return _recognise_der(data)
    block = next(pem_blocks(data[:MAX_FILE_BYTES]), None)
    return block.content if block else Content.UNKNOWN


def as_der(data: bytes, expected: Content | None = None) -> bytes:
    """Return the DER of a DER or PEM file; of several PEM blocks, the first that is ``expected``.

    Raises EmptyFile, FileTooLarge, DamagedFile and, where ``expected`` is given, UnexpectedContent.
    """
    refuse_size(data)
    if data[:1] == b"\x30":
        found, der = _recognise_der(data), data
    else:
        block = pem_block(data, expected)
        found = block.content if block else Content.UNKNOWN
        if block and block.octets is None:
            raise DamagedFile(content=found.value)
        der = block.octets if block and block.octets is not None else data
    if expected is not None and found is not expected:
        raise UnexpectedContent(expected=expected.value, found=found.value)
    return der


def as_pem(certificate: bytes) -> bytes:
    """Write the DER of a certificate as PEM (RFC 7468)."""
    lines = textwrap.wrap(base64.b64encode(certificate).decode("ascii"), 64)
    return "\n".join(("-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", "")).encode("ascii")


def refuse_size(data: bytes) -> None:
    """Raise EmptyFile or FileTooLarge before anything else looks at the bytes."""
    if len(data) > MAX_FILE_BYTES:
        raise FileTooLarge(size=len(data), limit=MAX_FILE_BYTES)
    if not data or data.isspace():
        raise EmptyFile


def pem_block(data: bytes, expected: Content | None) -> PemBlock | None:
    """The first PEM block that is ``expected``, else the first one, else None."""
    blocks = list(pem_blocks(data))
    return next((block for block in blocks if block.content is expected), blocks[0] if blocks else None)


def pem_blocks(data: bytes) -> Iterator[PemBlock]:
    """The PEM blocks of ``data`` (RFC 7468, read leniently), in one pass and at most 64 of them."""
    offset = 0
    for _ in range(_MAX_PEM_BLOCKS):
        begin = data.find(b"-----BEGIN ", offset)
        label_end = data.find(b"-----", begin + 11, begin + 75)
        if begin < 0 or label_end < 0:
            return
        label = data[begin + 11 : label_end]
        close = b"-----END " + label + b"-----"
        end = data.find(close, label_end + 5)
        body_end, offset = (end, end + len(close)) if end >= 0 else (len(data), len(data))
        headers, body = _split_headers(data[label_end + 5 : body_end])
        yield PemBlock(label, headers, _base64(body) if end >= 0 else None, data[begin:offset])


def _split_headers(body: bytes) -> tuple[bytes, bytes]:
    """Part the RFC 1421 header lines from the Base64; an empty line stands between them."""
    if b":" not in body:
        return b"", body
    headers, _, rest = body.replace(b"\r\n", b"\n").lstrip().partition(b"\n\n")
    return headers, rest


def _base64(body: bytes) -> bytes | None:
    try:
        return binascii.a2b_base64(b"".join(body.split()), strict_mode=True)
    except binascii.Error:
        return None


# --- telling kinds apart ------------------------------------------------------------------------------------------

# A length of any form, which nobody checks here; 80 is the open length of BER.
_LENGTH = rb"(?:[\x00-\x80]|\x81.|\x82..|\x83...|\x84....)"
_SEQUENCE = rb"\x30" + _LENGTH
_ALGORITHM = _SEQUENCE + rb"\x06"
_CMS_OID = rb"\x06.\x2a\x86\x48\x86\xf7\x0d\x01(?:\x07|\x09\x10\x01)"  # PKCS#7 and RFC 5652

_FIRST_ELEMENTS = (
    (Content.CERTIFICATE, _SEQUENCE * 2 + rb"\xa0"),
    (Content.PFX, _SEQUENCE + rb"\x02\x01\x03\x30"),
    (Content.PRIVATE_KEY, _SEQUENCE + rb"\x02\x01[\x00\x01]\x30"),  # PKCS#8, RFC 5208 and RFC 5958
    (Content.PRIVATE_KEY, _SEQUENCE + rb"\x02\x01(?:\x00\x02|\x01\x04)"),  # PKCS#1; SEC1, RFC 5915
    (Content.CMS, _SEQUENCE + _CMS_OID),
    # A request goes on with a name, which is sets or nothing; a certificate of version 1 with an algorithm.
    (Content.REQUEST, _SEQUENCE * 2 + rb"\x02\x01\x00(?:\x30\x00|" + _SEQUENCE + rb"\x31)"),
)
_PATTERNS = tuple((content, re.compile(pattern, re.DOTALL)) for content, pattern in _FIRST_ELEMENTS)
_LOCKED_OR_PUBLIC = re.compile(_SEQUENCE + rb"(?=" + _ALGORITHM + rb")", re.DOTALL)
_NUMBERED = re.compile(_SEQUENCE * 2 + rb"(?=\x02)", re.DOTALL)


def _recognise_der(data: bytes) -> Content:
    for content, pattern in _PATTERNS:
        if pattern.match(data):
            return content
    if match := _LOCKED_OR_PUBLIC.match(data):
        # An algorithm: of an encrypted key, if octets follow it; a bare public key goes on with a BIT STRING.
        return Content.PRIVATE_KEY if _tags(data, match.end(), 2)[1:] != [BIT_STRING] else Content.UNKNOWN
    if match := _NUMBERED.match(data):
        # Serial, algorithm, issuer, validity: a certificate of version 1. A revocation list has a moment there.
        first_version = [INTEGER, SEQUENCE, SEQUENCE, SEQUENCE]
        return Content.CERTIFICATE if _tags(data, match.end(), 4) == first_version else Content.UNKNOWN
    return Content.UNKNOWN


def _tags(data: bytes, offset: int, count: int) -> list[int]:
    """The tags of up to ``count`` elements one behind the other, as far as they can be read."""
    found: list[int] = []
    while len(found) < count and offset + 2 <= len(data):
        found.append(data[offset])
        try:
            _, offset = header(data, offset, len(data))
        except BrokenDer:
            break
    return found
