"""How does a PDF get a place for a signature, and the signature into that place, without being parsed here?

A child of its own reads the document (``document_child``) and says which octets to add at its end. What it says is
checked by shape alone: the document itself stays untouched at the beginning, the place is a run of zeros in what was
added, and the signature covers every other octet. So whatever a hostile document makes of its child, what gets signed
begins with the very document that was handed in.
"""

import base64
import re
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any

from renewals.errors import NotAPdf, PdfDamaged, PdfTooHeavy, PdfTooLarge
from renewals.vault import frames
from renewals.vault.child_process import ANSWER_SECONDS, program_of, started
from renewals.vault.prover import told_refusal

MAGIC = b"%PDF-"
MEGABYTE = 1024 * 1024
#: A letter of a portal is a few hundred kilobytes; this much fits into one message to a child.
LIMIT_MEGABYTES = 2
_LONGEST_ADDITION = 256 * 1024
_PROGRAM = program_of("renewals.vault.document_child")
_BYTE_RANGE = re.compile(rb"/ByteRange \[0 (\d{1,9}) (\d{1,9}) (\d{1,9})\]")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A PDF with an empty signature: octets from ``start`` to ``end`` are its place, ``<`` and ``>`` included."""

    whole: bytes = field(repr=False)
    start: int
    end: int
    pages: int

    def content(self) -> bytes:
        """What the signature is made over: everything but its place (ISO 32000-1, 12.8.1)."""
        return self.whole[: self.start] + self.whole[self.end :]

    def signed(self, signature: bytes) -> bytes:
        """The PDF with the signature (DER) in its place. Raises PdfDamaged: it does not fit."""
        room = self.end - self.start - 2
        place = signature.hex().encode().ljust(room, b"0")
        if len(place) != room:
            raise PdfDamaged
        return self.whole[: self.start] + b"<" + place + b">" + self.whole[self.end :]


def require_pdf(document: bytes) -> None:
    """What can be told without reading it. Raises NotAPdf, PdfTooLarge."""
    if not document.startswith(MAGIC):
        raise NotAPdf
    if len(document) > LIMIT_MEGABYTES * MEGABYTE:
        raise PdfTooLarge(limit=LIMIT_MEGABYTES)


def prepare(document: bytes, *, name: str, reason: str, at: datetime) -> Prepared:
    """Add an empty signature to a PDF; ``name`` and ``reason`` are shown beside it by whoever opens the document.

    Raises:
        NotAPdf, PdfTooLarge, PdfEncrypted, PdfAlreadySigned, PdfDamaged, PdfTooHeavy: what the names say.
        ProverUnavailable: no child can be started.
    """
    require_pdf(document)
    child = started(_PROGRAM)
    deadline = monotonic() + ANSWER_SECONDS
    request = {
        "file": base64.b64encode(document).decode(),
        "name": name,
        "reason": reason,
        "at": at.isoformat(timespec="seconds"),
    }
    try:
        frames.send(child.channel, request, deadline=deadline)
        answer = frames.receive(child.channel, deadline=deadline)
    except frames.ChannelBroken:
        raise PdfTooHeavy from None
    finally:
        child.close()
    if "refused" in answer:
        raise told_refusal(answer["refused"], answer.get("facts"))
    return checked(document, answer.get("found"))


def checked(document: bytes, found: Any) -> Prepared:
    """What a child says it added, believed by its shape alone. Raises PdfDamaged."""
    try:
        added = base64.b64decode(found["added"], validate=True)
        start, end, pages = int(found["start"]), int(found["end"]), int(found["pages"])
    except (KeyError, TypeError, ValueError):
        raise PdfDamaged from None
    whole = document + added
    ranges = [tuple(int(number) for number in match) for match in _BYTE_RANGE.findall(added)]
    is_well_made = (
        len(added) <= _LONGEST_ADDITION
        and len(document) < start < end < len(whole)
        and ranges == [(start, end, len(whole) - end)]
        and re.fullmatch(rb"<0+>", whole[start:end]) is not None
    )
    if not is_well_made:
        raise PdfDamaged
    return Prepared(whole, start, end, pages)
