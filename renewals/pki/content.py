"""Which kind of file are these bytes, and what is their DER?

People rename files: a ``.cer`` may hold a PFX, and any of them may be PEM. So the name is never asked, only the first
few elements, read so leniently that a file which breaks off later is still called by what it begins like.
"""

import base64
import binascii
import textwrap
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from renewals.errors import DamagedFile, EmptyFile, FileTooLarge, UnexpectedContent
from renewals.pki.der import BIT_STRING, INTEGER, OCTET_STRING, OID, SEQUENCE, SET, context

MAX_FILE_BYTES = 1_048_576
_MAX_PEM_BLOCKS = 64
_LONG_FORM = 0x80
_CMS_OIDS = (bytes.fromhex("2a864886f70d0107"), bytes.fromhex("2a864886f70d01091001"))  # PKCS#7 and RFC 5652


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


_PEM_WRITTEN = {Content.CERTIFICATE: "CERTIFICATE", Content.REQUEST: "CERTIFICATE REQUEST", Content.PFX: "PKCS12"}


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


def as_pem(der: bytes, content: Content) -> bytes:
    """Write DER as PEM (RFC 7468) under the usual label of its kind."""
    label = _PEM_WRITTEN[content]
    lines = textwrap.wrap(base64.b64encode(der).decode("ascii"), 64)
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", "")).encode("ascii")


def refuse_size(data: bytes) -> None:
    """Raise EmptyFile or FileTooLarge before anything else looks at the bytes."""
    if len(data) > MAX_FILE_BYTES:
        raise FileTooLarge(size=len(data), limit=MAX_FILE_BYTES)
    if not data.strip():
        raise EmptyFile()


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


class _Head(NamedTuple):
    """Tag, content offset and end of an element whose length nobody has checked; tag 0 where there is none."""

    tag: int
    content: int
    end: int


def _head(data: bytes, offset: int) -> _Head:
    if offset + 2 > len(data):
        return _Head(0, offset, offset)
    length = data[offset + 1]
    content = offset + 2
    if length > _LONG_FORM:
        octets = length & 0x7F
        length = int.from_bytes(data[content : content + octets], "big")
        content += octets
    return _Head(data[offset], content, content + length)


def _recognise_der(data: bytes) -> Content:
    outer = _head(data, 0)
    first = _head(data, outer.content)
    second = _head(data, first.end)
    if outer.tag != SEQUENCE:
        return Content.UNKNOWN
    if first.tag == INTEGER:
        return _versioned(data[first.content : first.end], second.tag)
    if first.tag == OID:
        return Content.CMS if data[first.content : first.end].startswith(_CMS_OIDS) else Content.UNKNOWN
    if first.tag == SEQUENCE:
        return _nested(data, first, second)
    return Content.UNKNOWN


def _versioned(version: bytes, next_tag: int) -> Content:
    """SEQUENCE { INTEGER … }: a PFX or a key in the clear (PKCS#8, PKCS#1, SEC1)."""
    if version == b"\x03" and next_tag == SEQUENCE:
        return Content.PFX
    keys = {
        (b"\x00", SEQUENCE),  # PKCS#8, RFC 5208
        (b"\x01", SEQUENCE),  # PKCS#8 with the public key, RFC 5958
        (b"\x00", INTEGER),  # PKCS#1
        (b"\x01", OCTET_STRING),  # SEC1, RFC 5915
    }
    return Content.PRIVATE_KEY if (version, next_tag) in keys else Content.UNKNOWN


def _nested(data: bytes, first: _Head, second: _Head) -> Content:
    """SEQUENCE { SEQUENCE { … }: an encrypted key, a certificate or a request."""
    inner = _head(data, first.content)
    if inner.tag == OID:  # an algorithm; a bare public key begins so too and goes on with a BIT STRING
        return Content.UNKNOWN if second.tag == BIT_STRING else Content.PRIVATE_KEY
    if inner.tag == context(0):
        return Content.CERTIFICATE
    if inner.tag != INTEGER:
        return Content.UNKNOWN
    # A request goes on with a name; a certificate of version 1, and a revocation list, with an algorithm.
    after = _head(data, inner.end)
    inside = _head(data, after.content)
    if after.tag != SEQUENCE:
        return Content.UNKNOWN
    if inside.tag != OID or after.content == after.end:
        return Content.REQUEST if inside.tag == SET or after.content == after.end else Content.UNKNOWN
    issuer = _head(data, after.end)
    return Content.CERTIFICATE if _head(data, issuer.end).tag == SEQUENCE else Content.UNKNOWN
