"""What is the DER of a file that was written in BER?

Java's usual PKCS#12 writer and older browsers leave lengths open (X.690, 8.1.3.6) and cut octet strings into pieces
(8.7.3). The rest of the room reads definite lengths only, so such files are rewritten first.
"""

from dataclasses import dataclass, field

from renewals.pki.der import OCTET_STRING, BrokenDer, element, encode

MAX_DEPTH = 24
MAX_ELEMENTS = 20_000
_CONSTRUCTED = 0x20
_INDEFINITE = 0x80
_END_OF_CONTENTS = b"\x00\x00"
_PIECES = OCTET_STRING | _CONSTRUCTED


@dataclass(slots=True)
class _Open:
    """A constructed element that is still being read; ``end`` is None until an end-of-contents closes it."""

    tag: int
    end: int | None
    limit: int
    content: bytearray = field(default_factory=bytearray)


def definite(data: bytes) -> bytes:
    """Rewrite what fills ``data`` with definite lengths; raises BrokenDer.

    What lies inside an octet string is not looked at: a PFX computes its MAC over exactly those bytes. The stack is
    our own, MAX_DEPTH high, and at most MAX_ELEMENTS are read, so a hostile file costs little.
    """
    root = _Open(0, len(data), len(data))
    stack = [root]
    offset = 0
    for _ in range(MAX_ELEMENTS):
        top = stack[-1]
        if offset == top.end:
            if top is root:
                return bytes(root.content)
            _close(stack)
        elif top.end is None and data[offset : offset + 2] == _END_OF_CONTENTS:
            offset += 2
            _close(stack)
        else:
            offset = _read(data, offset, stack)
    raise BrokenDer("too many elements")


def _read(data: bytes, offset: int, stack: list[_Open]) -> int:
    """Copy a primitive element or open a constructed one; returns the offset of what follows its header or itself."""
    top = stack[-1]
    if offset + 2 > top.limit:
        raise BrokenDer("ends inside a header")
    tag = data[offset]
    constructed = bool(tag & _CONSTRUCTED)
    if constructed and len(stack) > MAX_DEPTH:
        raise BrokenDer("nested too deeply")
    if data[offset + 1] == _INDEFINITE:
        if not constructed:
            raise BrokenDer("primitive without a length")
        stack.append(_Open(tag, None, top.limit))
        return offset + 2
    found = element(data, offset, top.limit)
    if constructed:
        stack.append(_Open(tag, found.end, found.end))
        return found.content
    top.content += data[found.content : found.end] if top.tag == _PIECES else data[found.start : found.end]
    return found.end


def _close(stack: list[_Open]) -> None:
    """Write the innermost open element into its parent; the pieces of an octet string become one."""
    closed, parent = stack.pop(), stack[-1]
    content = bytes(closed.content)
    if closed.tag != _PIECES:
        parent.content += encode(closed.tag, content)
    elif parent.tag == _PIECES:
        parent.content += content
    else:
        parent.content += encode(OCTET_STRING, content)
