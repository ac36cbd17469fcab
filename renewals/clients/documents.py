"""Where do papers of a client lie, and what is never taken for one?

A paper is told by its first bytes and never parsed: nothing here looks inside it, and no browser is asked to show it.
Files lie in a private folder under names that say nothing.
"""

import hashlib
import uuid
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from renewals.errors import DamagedFile, EmptyFile, EvidenceTooLarge, KeyIsNoEvidence, NotADocument
from renewals.pki.content import Content, recognise

MEGABYTE = 1024 * 1024
LIMIT_MEGABYTES = 10
FOLDER = "mandates"
LONGEST_NAME = 200
#: How the line ends that begins a private key in a text (RFC 7468), whatever its kind.
_PEM_KEY = b"PRIVATE KEY-----"
#: A scanner's PDF may carry a few bytes before its header; readers look for it this far (ISO 32000-1, Annex H).
_PDF_HEADER_WITHIN = 1024
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """A paper that is stored already, under ``path``; ``name`` is what the person called it."""

    path: str
    name: str
    sha256: str


def require_document(data: bytes) -> None:
    """Refuse what is no paper.

    Raises:
        EmptyFile, EvidenceTooLarge, NotADocument: what the names say.
        KeyIsNoEvidence: a private key or a PFX, or text with a private key in it; papers are kept unsealed.
    """
    if not data:
        raise EmptyFile
    if len(data) > LIMIT_MEGABYTES * MEGABYTE:
        raise EvidenceTooLarge(limit=LIMIT_MEGABYTES)
    if _PEM_KEY in data or recognise(data) in {Content.PRIVATE_KEY, Content.PFX}:
        raise KeyIsNoEvidence
    if b"%PDF-" not in data[:_PDF_HEADER_WITHIN] and not data.startswith(_PICTURES):
        raise NotADocument


def keep(*, name: str, data: bytes) -> KeptDocument:
    """Store a paper, before the transaction that will speak of it. Raises as :func:`require_document`."""
    require_document(data)
    path = default_storage.save(f"{FOLDER}/{uuid.uuid4()}", ContentFile(data))
    return KeptDocument(path=path, name=shown_name(name), sha256=hashlib.sha256(data).hexdigest())


def forget(kept: KeptDocument) -> None:
    """Remove a paper whose transaction was lost."""
    default_storage.delete(kept.path)


def read_document(*, path: str, sha256: str) -> bytes | None:
    """A kept paper; None where it is no longer there.

    Raises:
        DamagedFile: it is not the one that was kept.
    """
    if not path or not default_storage.exists(path):
        return None
    with default_storage.open(path) as kept:
        data = bytes(kept.read())
    if hashlib.sha256(data).hexdigest() != sha256:
        raise DamagedFile
    return data


def shown_name(name: str) -> str:
    """The bare name of an uploaded file, as it may be shown and offered again; folders and odd characters are cut."""
    bare = PurePosixPath(PureWindowsPath(name).name).name
    printable = "".join(one for one in bare if one.isprintable()).strip()
    return printable[-LONGEST_NAME:] or "archivo"
