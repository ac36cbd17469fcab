"""Which attributes does a subject or issuer name hold, with which text?

``cryptography`` refuses the subject of any SAT certificate with an Ñ, because SAT writes Windows-1252 bytes into
string types that do not allow them. So names are walked here.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from struct import Struct
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

_NUMERIC_STRING, _VISIBLE_STRING, _UNIVERSAL_STRING = 0x12, 0x1A, 0x1C
_SINGLE_BYTE_TAGS = frozenset(
    (der.UTF8_STRING, der.PRINTABLE_STRING, der.T61_STRING, der.IA5_STRING, _NUMERIC_STRING, _VISIBLE_STRING)
)
_WIDE_TAGS = {der.BMP_STRING: "utf-16-be", _UNIVERSAL_STRING: "utf-32-be"}


_UTF8_LETTER = re.compile(rb"[\xc2-\xf4][\x80-\xbf]")
_SHORTEST_ATTRIBUTE = 9  # three headers, one octet of OID and the header of an empty text
_SIX_OCTETS = Struct("6B").unpack_from
_attribute = tuple.__new__  # what the constructor of a named tuple calls, without its detour


class NameAttribute(NamedTuple):
    """One attribute: dotted OID and decoded text."""

    oid: str
    value: str


def read_name(name: bytes) -> tuple[NameAttribute, ...]:
    """Read the attributes of a DER ``Name`` (RFC 5280, 4.1.2.4) in the order of the file; raises der.BrokenDer."""
    found: list[NameAttribute] = []
    _, _, offset, end = der.whole(name, der.SEQUENCE)
    while offset < end:
        text = _short_attribute(name, offset, end)
        if text:
            limit = text + 2 + name[text + 1]
            value = _decode(name[text], name[text + 2 : limit])
            found.append(_attribute(NameAttribute, (der.dotted_octets(name[offset + 6 : text]), value)))
            offset = limit
        else:
            relative = der.element(name, offset, end)
            found += _attributes_of_set(name, relative)
            offset = relative.end
        if len(found) > MAX_ATTRIBUTES:
            raise der.BrokenDer("too many attributes")
    return tuple(found)


def texts_by_oid(name: Iterable[NameAttribute]) -> dict[str, str]:
    """The first text of each OID that is not empty, without spaces around it."""
    texts: dict[str, str] = {}
    for oid, value in name:
        if oid not in texts and (text := value.strip()):
            texts[oid] = text
    return texts


def readable(name: tuple[NameAttribute, ...]) -> str:
    """One line for people: common name, unit and organization, else every text there is."""
    texts = texts_by_oid(name)
    told = [texts[oid] for oid in (COMMON_NAME, ORGANIZATIONAL_UNIT, ORGANIZATION) if oid in texts]
    return ", ".join(dict.fromkeys(told)) or ", ".join(texts.values())


def _short_attribute(data: bytes, offset: int, end: int) -> int:
    """Where the text of a set of one short attribute stands, or 0 for what must be walked element by element.

    Nearly all sets are of this form; reading them in place takes a third of the time.
    """
    if end - offset < _SHORTEST_ATTRIBUTE:
        return 0
    outer, size, inner, inner_size, oid, oid_size = _SIX_OCTETS(data, offset)
    if outer != der.SET or inner != der.SEQUENCE or oid != der.OID or size >= 0x80 or inner_size + 2 != size:
        return 0
    limit = offset + 2 + size
    text = offset + 6 + oid_size
    return text if limit <= end and text + 2 <= limit and text + 2 + data[text + 1] == limit else 0


def _attributes_of_set(data: bytes, relative: der.Element) -> Iterator[NameAttribute]:
    if relative.tag != der.SET:
        raise der.BrokenDer("a name holds sets")
    for pair in der.children(data, relative):
        inside = der.children(data, pair)
        if pair.tag != der.SEQUENCE or len(inside) != 2 or inside[1].end - inside[1].content > MAX_VALUE_BYTES:
            raise der.BrokenDer("an attribute is an identifier and one text of honest length")
        yield NameAttribute(der.dotted(data, inside[0]), _decode(inside[1].tag, der.value(data, inside[1])))


@lru_cache(maxsize=1_024)  # SAT writes the holder's name three times, and a holder has several certificates
def _decode(tag: int, octets: bytes) -> str:
    """Text of any string type; what is no text comes out as RFC 4514 writes it, ``#`` and hex.

    UTF-8 where the bytes are valid UTF-8, else Windows-1252: the tag does not tell, for SAT puts Windows-1252 into
    PrintableString and T61String, and other programs put UTF-8 there. Spanish text in Windows-1252 is practically never
    valid UTF-8, since a symbol such as ``‘`` or ``±`` would have to follow every accented letter.
    """
    if tag in _SINGLE_BYTE_TAGS:
        text = octets.decode() if octets.isascii() else _decode_letters(octets)
    elif tag in _WIDE_TAGS:
        text = octets.decode(_WIDE_TAGS[tag], errors="replace")
    else:
        return "#" + octets.hex()
    # Control characters would break a line, a database column or a terminal; none belongs into a name.
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def _decode_letters(octets: bytes) -> str:
    if _UTF8_LETTER.search(octets):
        try:
            return octets.decode()
        except UnicodeDecodeError:
            pass
    text = octets.decode("latin-1")  # the same as Windows-1252 but for 80 to 9F, and far faster
    return text if text.isprintable() else octets.decode("cp1252", errors="replace")
