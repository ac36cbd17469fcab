"""What is known of a letter after it was read, as far as the rules of the guide ask for it; and what is no text?"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

#: A scanner's PDF may carry a few bytes before its header; readers look for it this far (ISO 32000-1, Annex H).
_PDF_HEADER_WITHIN: Final = 1024
#: JPEG, PNG, GIF, TIFF, WebP, and what telephones take pictures in.
_PICTURES = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|GIF8|II\*\x00|MM\x00\*|RIFF.{4}WEBP|.{4}ftyp(?:hei|hev|mif)", re.DOTALL
)


def is_pdf(data: bytes) -> bool:
    """Whether it begins like a PDF."""
    return b"%PDF-" in data[:_PDF_HEADER_WITHIN]


def is_picture(data: bytes) -> bool:
    """Whether it begins like a photograph or a screenshot."""
    return _PICTURES.match(data[:16]) is not None


@dataclass(frozen=True, slots=True)
class LetterSignature:
    """One signature. ``state`` as in ``cms_reading``, or ``partial``: it leaves a part of the file out.

    ``by``: the name under which the certificate was given that it belongs to; empty where it is none of them.
    """

    state: str
    by: str = ""
    serial: str = ""
    signed_at: datetime | None = None
    #: It lies beside the letter, not in it.
    is_apart: bool = False


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """``unread`` says why its text is not known: ``picture``, ``without_text``, ``unreadable``; else empty."""

    unread: str = ""
    pages: int = 0
    #: Which of the names that were looked for are in the text.
    named: frozenset[str] = frozenset()
    #: Everything in the text that has the form of an RFC.
    rfcs: tuple[str, ...] = ()
    #: Of the letters and digits of the text, so that two downloads of one letter are known as one; else empty.
    text_sha256: str = ""
    signatures: tuple[LetterSignature, ...] = ()
