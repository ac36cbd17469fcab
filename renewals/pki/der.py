"""Where does each element of a DER file begin and end, and is every length honest?

A reader that walks tag, length and value and trusts nothing: definite lengths only, in their shortest form, never
past the end of the parent, a bounded number of children, and no recursion that the file can drive (X.690, 8.1 and
10.1). Some programs write PFX files in BER; ``ber.definite`` turns those into DER first.
"""

from functools import lru_cache
from typing import NamedTuple

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
UTF8_STRING, PRINTABLE_STRING, T61_STRING, IA5_STRING, BMP_STRING = 0x0C, 0x13, 0x14, 0x16, 0x1E
UTC_TIME, GENERALIZED_TIME = 0x17, 0x18
SEQUENCE, SET = 0x30, 0x31

MAX_CHILDREN = 4_096
_MULTI_BYTE_TAG = 0x1F
_MAX_OID_OCTETS = 32
_MAX_COUNT_OCTETS = 8  # what a column of a database can hold; hostile files multiply numbers of megabytes
_element = tuple.__new__  # what the constructor of a named tuple calls, without its detour


class BrokenDer(ValueError):
    """The bytes contradict DER; callers turn it into the refusal that names the file's kind."""


class Element(NamedTuple):
    """Offsets of one element: its first byte, the first byte of its content, and the byte after its content."""

    tag: int
    start: int
    content: int
    end: int


def context(number: int) -> int:
    """Tag byte of a constructed, context-specific element ``[number]``."""
    return 0xA0 | number


# --- reading ------------------------------------------------------------------------------------------------------


def header(data: bytes, offset: int, limit: int) -> tuple[int, int]:
    """Where the content of the element at ``offset`` begins and ends; it must end by ``limit``. Raises BrokenDer."""
    if offset + 2 > limit:
        raise BrokenDer("ends inside a header")
    if data[offset] & _MULTI_BYTE_TAG == _MULTI_BYTE_TAG:
        raise BrokenDer("tag of several bytes")
    length = data[offset + 1]
    content = offset + 2
    if length >= 0x80:
        octets = length & 0x7F
        content += octets
        if not 1 <= octets <= 4 or content > limit:
            raise BrokenDer("length of no use")
        length = int.from_bytes(data[offset + 2 : content], "big")
        if length < 0x80 or length >> 8 * (octets - 1) == 0:
            raise BrokenDer("length not in its shortest form")
    if content + length > limit:
        raise BrokenDer("longer than its parent")
    return content, content + length


def element(data: bytes, offset: int, limit: int) -> Element:
    """Read the header at ``offset`` of an element that must end by ``limit``; raises BrokenDer."""
    content, end = header(data, offset, limit)
    return _element(Element, (data[offset], offset, content, end))


def after(data: bytes, offset: int, limit: int, tag: int) -> int:
    """Where the element at ``offset`` ends, which must have this tag; raises BrokenDer."""
    end = header(data, offset, limit)[1]
    if data[offset] != tag:
        raise BrokenDer("an element of another tag than expected")
    return end


def whole(data: bytes, tag: int) -> Element:
    """The one element that fills ``data`` and has this tag; raises BrokenDer."""
    found = element(data, 0, len(data))
    if found.tag != tag or found.end != len(data):
        raise BrokenDer("not exactly one element of the expected tag")
    return found


def children(data: bytes, parent: Element) -> list[Element]:
    """The elements directly inside ``parent``; raises BrokenDer, also for more than MAX_CHILDREN."""
    found: list[Element] = []
    _, _, offset, limit = parent
    while offset < limit:
        content, end = header(data, offset, limit)
        found.append(_element(Element, (data[offset], offset, content, end)))
        offset = end
        if len(found) > MAX_CHILDREN:
            raise BrokenDer("too many children")
    return found


def expect(data: bytes, parent: Element, *tags: int) -> list[Element]:
    """The children of ``parent``, which must begin with these tags; raises BrokenDer."""
    found = children(data, parent)
    if len(found) < len(tags):
        raise BrokenDer("children are missing")
    for child, tag in zip(found, tags, strict=False):
        if child[0] != tag:
            raise BrokenDer("a child of another tag than expected")
    return found


def only(data: bytes, parent: Element, tag: int) -> Element:
    """The single child of ``parent``, which must have this tag; raises BrokenDer."""
    child = element(data, parent.content, parent.end)
    if child.tag != tag or child.end != parent.end:
        raise BrokenDer("not exactly one child of the expected tag")
    return child


def value(data: bytes, found: Element) -> bytes:
    """The content octets of an element."""
    return data[found.content : found.end]


def encoded(data: bytes, found: Element) -> bytes:
    """Header and content of an element."""
    return data[found.start : found.end]


def unsigned(data: bytes, found: Element) -> int:
    """The value of an INTEGER that counts something; raises BrokenDer for a negative or an endless one."""
    octets = data[found.content : found.end]
    if found.tag != INTEGER or not 0 < len(octets) <= _MAX_COUNT_OCTETS or octets[0] >= 0x80:
        raise BrokenDer("not a count")
    return int.from_bytes(octets, "big")


def dotted(data: bytes, found: Element) -> str:
    """The dotted text of an OBJECT IDENTIFIER; raises BrokenDer."""
    if found.tag != OID:
        raise BrokenDer("not an object identifier")
    return dotted_octets(data[found.content : found.end])


@lru_cache(maxsize=512)
def dotted_octets(octets: bytes) -> str:
    """The dotted text of the content of an OBJECT IDENTIFIER; raises BrokenDer."""
    if not 0 < len(octets) <= _MAX_OID_OCTETS or octets[-1] >= 0x80:
        raise BrokenDer("an object identifier that breaks off, or is too long")
    arcs: list[int] = []
    arc = 0
    for octet in octets:
        arc = arc << 7 | octet & 0x7F
        if octet < 0x80:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


# --- writing ------------------------------------------------------------------------------------------------------


def encode(tag: int, *parts: bytes) -> bytes:
    """One element: tag, shortest length, and the parts one after the other."""
    content = b"".join(parts)
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def encode_integer(number: int) -> bytes:
    """A non-negative INTEGER."""
    return encode(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


@lru_cache(maxsize=128)
def encode_oid(text: str) -> bytes:
    """An OBJECT IDENTIFIER from its dotted text."""
    first, second, *rest = map(int, text.split("."))
    octets = bytearray()
    for arc in (40 * first + second, *rest):
        base128 = [arc & 0x7F]
        while arc := arc >> 7:
            base128.append(0x80 | arc & 0x7F)
        octets.extend(reversed(base128))
    return encode(OID, bytes(octets))


def encode_bits(octets: bytes, unused: int = 0) -> bytes:
    """A BIT STRING whose last ``unused`` bits do not count."""
    return encode(BIT_STRING, bytes((unused,)), octets)
