"""What may the firm's own words for a step say? Paragraphs, numbered lists, bold, links to authorities, placeholders.

Nothing else has a meaning: the text is never a template and never HTML, whoever wrote it. Pure: bytes of a database in,
blocks out; whoever shows them escapes every piece.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from renewals.errors.texts import BoldUnclosed, LinkElsewhere, PlaceholderUnknown, TextTooLong

LONGEST: Final = 4000
#: What a text can name, filled in with the company and the renewal at hand.
PLACEHOLDERS: Final = (
    "empresa",
    "rfc",
    "registro_patronal",
    "correo",
    "vence_el",
    "serie",
    "archivo_llave",
    "archivo_certificado",
)
#: Whose pages a text may lead to.
AUTHORITIES: Final = ("imss.gob.mx", "sat.gob.mx")

_PIECE: Final = re.compile(r"(\*\*|\{[^{}]*\}|[a-zA-Z][a-zA-Z0-9+.-]*://\S+)")
_NUMBERED: Final = re.compile(r"\s*\d{1,2}[.)]\s+")
#: What usually ends a sentence after an address, and is no part of it.
_AFTER_LINK: Final = ".,;:)»”\"'"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, a placeholder (``placeholder`` is its name) or an address (``is_link``)."""

    text: str
    is_bold: bool = False
    placeholder: str = ""
    is_link: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or a numbered list of them."""

    lines: tuple[tuple[Piece, ...], ...]
    is_list: bool = False


def parse(body: str) -> tuple[Block, ...]:
    """The blocks of a text.

    Raises:
        TextTooLong, PlaceholderUnknown, LinkElsewhere, BoldUnclosed: what the names say.
    """
    if len(body) > LONGEST:
        raise TextTooLong(limit=LONGEST)
    return tuple(_block(lines) for lines in _stretches(_plain(body)))


def _plain(body: str) -> str:
    """Without what no reader can see: control and formatting characters, which can also turn the order around."""
    lines = body.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(one for one in lines if one == "\n" or not unicodedata.category(one).startswith("C"))


def _stretches(body: str) -> Iterator[list[str]]:
    """Lines that belong together: up to an empty line, or to where a list begins or ends."""
    lines: list[str] = []
    for line in [*body.split("\n"), ""]:
        turns = bool(lines) and bool(_NUMBERED.match(line)) != bool(_NUMBERED.match(lines[0]))
        if lines and (turns or not line.strip()):
            yield lines
            lines = []
        if line.strip():
            lines.append(line)


def _block(lines: list[str]) -> Block:
    if _NUMBERED.match(lines[0]):
        return Block(tuple(_pieces(_NUMBERED.sub("", line, count=1)) for line in lines), is_list=True)
    return Block((_pieces(" ".join(line.strip() for line in lines)),))


def _pieces(line: str) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    is_bold = False
    for part in _PIECE.split(line.strip()):
        if part == "**":
            is_bold = not is_bold
        elif part.startswith("{") and part.endswith("}"):
            pieces.append(_placeholder(part, is_bold=is_bold))
        elif "://" in part:
            pieces += _link(part, is_bold=is_bold)
        elif part:
            pieces.append(Piece(part, is_bold))
    if is_bold:
        raise BoldUnclosed(line=line.strip()[:60])
    return tuple(pieces)


def _placeholder(part: str, *, is_bold: bool) -> Piece:
    name = part[1:-1]
    if name not in PLACEHOLDERS:
        known = ", ".join(f"{{{one}}}" for one in PLACEHOLDERS)
        raise PlaceholderUnknown(found=part[:40], known=known)
    return Piece(part, is_bold, placeholder=name)


def _link(part: str, *, is_bold: bool) -> list[Piece]:
    address = part.rstrip(_AFTER_LINK)
    try:
        there = urlsplit(address)
        host, plain = there.hostname or "", there.port is None and there.username is None
    except ValueError:
        host, plain = "", False
    ours = any(host == one or host.endswith(f".{one}") for one in AUTHORITIES)
    if not (address.startswith("https://") and ours and plain):
        raise LinkElsewhere(address=address[:80], known=", ".join(AUTHORITIES))
    rest = part[len(address) :]
    return [Piece(address, is_bold, is_link=True), *([Piece(rest, is_bold)] if rest else [])]
