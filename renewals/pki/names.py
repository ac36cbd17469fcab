"""Which attributes does a subject or issuer name hold, with which text?

``cryptography`` refuses the subject of any SAT certificate with an Ñ, because SAT writes Windows-1252 bytes into
string types that do not allow them. So names are walked here.
"""

from collections.abc import Iterable
from typing import NamedTuple

from renewals.pki import der

COMMON_NAME = "2.5.4.3"
SERIAL_NUMBER = "2.5.4.5"
ORGANIZATION = "2.5.4.10"
ORGANIZATIONAL_UNIT = "2.5.4.11"
TITLE = "2.5.4.12"
NAME = "2.5.4.41"
UNIQUE_IDENTIFIER = "2.5.4.45"
EMAIL = "1.2.840.113549.1.9.1"
COUNTRY = "2.5.4.6"

MAX_ATTRIBUTES = 64
MAX_VALUE_BYTES = 1_024

_ENCODINGS = {der.BMP_STRING: "utf-16-be", 0x1C: "utf-32-be"}  # 1C is UniversalString
_TEXT_TAGS = frozenset(
    (der.UTF8_STRING, 0x12, der.PRINTABLE_STRING, der.T61_STRING, der.IA5_STRING, 0x1A, *_ENCODINGS)
)


class NameAttribute(NamedTuple):
    """One attribute: dotted OID and decoded text."""

    oid: str
    value: str


def read_name(der_name: bytes) -> tuple[NameAttribute, ...]:
    """Read the attributes of a DER ``Name`` in the order of the file; raises der.BrokenDer."""
    return attributes(der_name, der.whole(der_name, der.SEQUENCE))


def attributes(data: bytes, name: der.Element) -> tuple[NameAttribute, ...]:
    """The attributes of the ``Name`` that stands at ``name`` in ``data`` (RFC 5280, 4.1.2.4); raises BrokenDer."""
    found: list[NameAttribute] = []
    for relative in der.children(data, name):
        if relative.tag != der.SET:
            raise der.BrokenDer("a name holds sets")
        for pair in der.children(data, relative):
            oid, text = _pair(data, pair)
            found.append(NameAttribute(der.dotted(data, oid), _decode(text.tag, der.value(data, text))))
    if len(found) > MAX_ATTRIBUTES:
        raise der.BrokenDer("too many attributes")
    return tuple(found)


def first(name: Iterable[NameAttribute], *oids: str) -> str:
    """The text of the first of these OIDs that the name holds and that is not empty, else an empty text."""
    texts: dict[str, str] = {}
    for attribute in name:
        texts.setdefault(attribute.oid, attribute.value.strip())
    return next((texts[oid] for oid in oids if texts.get(oid)), "")


def readable(name: Iterable[NameAttribute]) -> str:
    """One line for people: common name, unit and organization, else every text there is."""
    name = tuple(name)
    texts = [first(name, oid) for oid in (COMMON_NAME, ORGANIZATIONAL_UNIT, ORGANIZATION)]
    return ", ".join(dict.fromkeys(filter(None, texts))) or ", ".join(attribute.value for attribute in name)


def _pair(data: bytes, pair: der.Element) -> tuple[der.Element, der.Element]:
    inside = der.children(data, pair)
    if pair.tag != der.SEQUENCE or len(inside) != 2 or inside[1].end - inside[1].content > MAX_VALUE_BYTES:
        raise der.BrokenDer("an attribute is an identifier and one text of honest length")
    return inside[0], inside[1]


def _decode(tag: int, octets: bytes) -> str:
    """Text of any string type; what is no text comes out as RFC 4514 writes it, ``#`` and hex."""
    if tag not in _TEXT_TAGS:
        return "#" + octets.hex()
    if octets.isascii() and tag not in _ENCODINGS:
        text = octets.decode("ascii")
    elif tag in _ENCODINGS:
        text = octets.decode(_ENCODINGS[tag], errors="replace")
    else:
        text = _decode_single_bytes(octets)
    # Control characters would break a line, a database column or a terminal; none belongs into a name.
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def _decode_single_bytes(octets: bytes) -> str:
    """UTF-8 where the bytes are valid UTF-8, else Windows-1252.

    The tag does not tell: SAT puts Windows-1252 into PrintableString and T61String, other programs put UTF-8 there.
    Spanish text in Windows-1252 is practically never valid UTF-8, since an accented letter would have to be followed
    by a symbol such as ``‘`` or ``±``.
    """
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("cp1252", errors="replace")
