"""What do the pages of a letter say, and which signatures lie inside it? Runs in ``letter_child`` only.

A signature counts by the octets that it covers, not by what the structure of the PDF says about it: everything but the
place of the signature itself (ISO 32000-1, 12.8.1), so nothing can be added, hidden or exchanged around it.
"""

import hashlib
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from pypdf import PdfReader
from pypdf.errors import LimitReachedError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

from renewals.errors import Refusal
from renewals.errors.letters import (
    LetterCarriesFiles,
    LetterHasScript,
    LetterLocked,
    LetterOfNoKnownKind,
    LetterTooHeavy,
)
from renewals.pki import der
from renewals.pki.certificate import CertificateFacts
from renewals.pki.cms_reading import MOST_SIGNERS, Signature, read_signed_data
from renewals.pki.identifiers import find_rfc
from renewals.pki.letter_facts import is_pdf, is_picture

#: Letters have a few pages; who hides a name behind so many shows it to nobody.
MOST_PAGES, MOST_TEXT, MOST_OBJECTS, MOST_RFCS = 40, 200_000, 50_000, 12
#: Less than this is a page number or a stamp, and no letter.
SHORTEST_TEXT: Final = 20
_SCRIPTS = {"/JS", "/JavaScript", "/Launch", "/RichMedia", "/SubmitForm", "/ImportData"}
_FILES = {"/EmbeddedFiles", "/EF", "/FileAttachment"}
_HOLDERS = (IndirectObject, DictionaryObject, ArrayObject)
_BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d{1,9})\s+(\d{1,9})\s+(\d{1,9})\s+(\d{1,9})\s*\]")
_PLACE = re.compile(rb"<[0-9A-Fa-f\s]*>")
_LIKE_AN_RFC = re.compile(r"(?<![A-Z0-9Ñ&])[A-ZÑ&]{3,4}[ -]?\d{6}[ -]?[A-Z0-9]{3}(?![A-Z0-9])")
_NOT_LETTERS = re.compile(r"[^A-Z0-9&]+")


def read(letter: bytes, names: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """What a letter says; ``names``: a name → the spellings that are looked for.

    Raises:
        LetterOfNoKnownKind, LetterLocked, LetterHasScript, LetterCarriesFiles, LetterTooHeavy: what the names say.
    """
    if not is_pdf(letter):
        if not is_picture(letter):
            raise LetterOfNoKnownKind
        return _unread("picture")
    try:
        pages, text = _text(letter)
    except Refusal:
        raise
    except Exception as error:  # noqa: BLE001  # whatever a broken file provokes: nothing is concluded from it
        if _is_too_much(error):
            raise LetterTooHeavy from None
        return _unread("unreadable")
    compact = _compact(text)
    if len(compact) < SHORTEST_TEXT:
        return _unread("without_text", pages)
    found = (find_rfc(one) for one in _LIKE_AN_RFC.findall(text.upper()))
    return {
        "unread": "",
        "pages": pages,
        "named": [name for name, spellings in names.items() if _is_named(compact, spellings)],
        "rfcs": list(dict.fromkeys(one for one in found if one))[:MOST_RFCS],
        "text_sha256": hashlib.sha256(compact.encode()).hexdigest(),
    }


def signatures_inside(letter: bytes, certificates: Sequence[CertificateFacts]) -> list[Signature]:
    """Every signature in a PDF; one that leaves out more than its own place is ``partial`` at best."""
    if not is_pdf(letter):
        return []
    ranges = [tuple(int(number) for number in one) for one in _BYTE_RANGE.findall(letter)]
    return [found for one in ranges[:MOST_SIGNERS] for found in _judged(letter, one, certificates)]


# --- signatures ---------------------------------------------------------------------------------------------------


def _judged(letter: bytes, covered: tuple[int, ...], certificates: Sequence[CertificateFacts]) -> list[Signature]:
    first, end, again, rest = covered
    place = letter[end:again]
    if first != 0 or not end < again or _PLACE.fullmatch(place) is None:
        return [Signature("changed")]
    try:
        signed = read_signed_data(_without_padding(bytes.fromhex(place[1:-1].decode())))
    except (der.BrokenDer, ValueError):
        return [Signature("unknown")]
    if signed.content is not None:
        # An older way, which signs a hash of the document with SHA-1 (adbe.pkcs7.sha1).
        return [Signature("unknown")]
    found = signed.judged(letter[:end] + letter[again : again + rest], certificates)
    if again + rest == len(letter):
        return list(found)
    return [replace(one, state="partial") if one.state == "good" else one for one in found]


def _without_padding(octets: bytes) -> bytes:
    """The CMS alone: its place is wider, and filled up with zeros."""
    return octets[: der.header(octets, 0, len(octets))[1]]


# --- text ---------------------------------------------------------------------------------------------------------


def _text(letter: bytes) -> tuple[int, str]:
    reader = PdfReader(io.BytesIO(letter), strict=False)
    # Many offices lock their letters against changes only: those open with an empty password.
    if reader.is_encrypted and not reader.decrypt(""):
        raise LetterLocked
    filled_in = list(_require_plain(reader))
    pages = len(reader.pages)
    texts: list[str] = []
    for number in range(min(pages, MOST_PAGES)):
        texts.append(reader.pages[number].extract_text())
        if sum(map(len, texts)) > MOST_TEXT:
            break
    return pages, " ".join([*texts, *filled_in])[:MOST_TEXT]


def _is_too_much(error: BaseException | None) -> bool:
    """Whether a limit of the reader is behind it; the reader tells some of them as damage."""
    while error is not None:
        if isinstance(error, LimitReachedError | MemoryError | RecursionError):
            return True
        error = error.__context__
    return False


def _require_plain(reader: PdfReader) -> Iterator[str]:
    """What is filled into its fields. Raises LetterHasScript, LetterCarriesFiles, LetterTooHeavy."""
    seen: set[tuple[int, int]] = set()
    waiting: list[object] = [reader.trailer]
    for _ in range(MOST_OBJECTS):
        if not waiting:
            return
        found = waiting.pop()
        if isinstance(found, IndirectObject):
            place = (found.idnum, found.generation)
            if place not in seen:
                seen.add(place)
                waiting.append(found.get_object())
            continue
        if isinstance(found, DictionaryObject):
            _require_harmless(found)
            if found.get("/FT") == "/Tx" and isinstance(found.get("/V"), str):
                yield str(found["/V"])
        waiting.extend(one for one in _inside(found) if isinstance(one, _HOLDERS))
    raise LetterTooHeavy


def _require_harmless(found: DictionaryObject) -> None:
    said = {*found, str(found.get("/S")), str(found.get("/Subtype"))}
    if said & _SCRIPTS:
        raise LetterHasScript
    if said & _FILES:
        raise LetterCarriesFiles


def _inside(found: object) -> Iterator[object]:
    """What an object holds, as it stands there: references are not followed yet."""
    if isinstance(found, DictionaryObject):
        return dict.values(found).__iter__()
    return list.__iter__(found) if isinstance(found, ArrayObject) else iter(())


def _is_named(compact: str, spellings: Sequence[str]) -> bool:
    return any(spelling and spelling in compact for spelling in map(_compact, spellings))


def _compact(text: str) -> str:
    """Letters and digits alone, without accents: a PDF may set every letter of a word apart."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return _NOT_LETTERS.sub("", plain.upper())


def _unread(why: str, pages: int = 0) -> dict[str, Any]:
    return {"unread": why, "pages": pages, "named": [], "rfcs": [], "text_sha256": ""}
