"""Where are the files kept that support a step, and which rows tell what they prove?

Files lie in a private folder under names that say nothing; only ``access.evidence_for`` leads to them.
"""

import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final

from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from renewals.clients.documents import LONGEST_NAME, shown_name
from renewals.errors import EmptyFile, EvidenceTooLarge, Fact, KeyIsNoEvidence, Refusal
from renewals.models import Evidence, Person, RenewalStep
from renewals.pki.content import Content, recognise
from renewals.procedure.gates import Verdict
from renewals.procedure.handed import Upload
from renewals.procedure.steps import Grade

MEGABYTE = 1024 * 1024
LIMIT_MEGABYTES = 20
FOLDER = "evidence"
#: How the line ends that begins a private key in a text (RFC 7468), whatever its kind.
PEM_KEY = b"PRIVATE KEY-----"
#: What a signature apart from its letter is called, and the fact that names the letter.
SIGNATURE, SIGNATURE_OF = "letter_signature", "signature_of"
#: What a letter is that the vault is to sign, as it came, and the same one with the signature.
TO_SIGN, SIGNED = "letter_to_sign", "signed_letter"

_STRONGEST_FIRST = tuple(Grade)
#: How files begin, and how their names end then; the first ending is put on where none fits.
_ENDINGS: Final[tuple[tuple[re.Pattern[bytes], tuple[str, ...]], ...]] = (
    (re.compile(rb".{0,1019}%PDF-", re.DOTALL), (".pdf",)),
    (re.compile(rb"\x89PNG"), (".png",)),
    (re.compile(rb"\xff\xd8\xff"), (".jpg", ".jpeg")),
)
_CMS_ENDINGS = (".p7m", ".p7s", ".p7", ".p7b", ".pem", ".cms")
_OTHER_ENDINGS = (".bin", ".gif", ".heic", ".heif", ".tif", ".tiff", ".webp", ".bmp", ".txt", ".xml")


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that is stored already, under ``path``; ``name`` is what the person called it."""

    path: str
    name: str
    sha256: str
    size: int


def sha256_of(upload: Upload) -> str:
    """Hex SHA-256 of an uploaded file."""
    return hashlib.sha256(upload.data).hexdigest()


def require_acceptable(upload: Upload) -> None:
    """Refuse what cannot be evidence.

    Raises:
        EmptyFile, EvidenceTooLarge: what the names say.
        KeyIsNoEvidence: it is a private key or a PFX, or text with a private key in it; evidence is kept unsealed.
    """
    require_size(upload)
    if PEM_KEY in upload.data or recognise(upload.data) in {Content.PRIVATE_KEY, Content.PFX}:
        raise KeyIsNoEvidence


def require_size(upload: Upload) -> None:
    """Refuse a file with nothing in it, or too much.

    Raises:
        EmptyFile, EvidenceTooLarge: what the names say.
    """
    if not upload.data:
        raise EmptyFile
    if len(upload.data) > LIMIT_MEGABYTES * MEGABYTE:
        raise EvidenceTooLarge(limit=LIMIT_MEGABYTES)


def keep(upload: Upload) -> KeptFile:
    """Store a file, before the transaction that will speak of it.

    Raises:
        EmptyFile, EvidenceTooLarge, KeyIsNoEvidence: nothing is stored.
    """
    require_acceptable(upload)
    path = default_storage.save(f"{FOLDER}/{uuid.uuid4()}", ContentFile(upload.data))
    return KeptFile(path=path, name=kept_name(upload), sha256=sha256_of(upload), size=len(upload.data))


def kept_name(upload: Upload) -> str:
    """As the person called it, without folders and invisible characters, and ending as what it is.

    So ``carta.pdf.exe`` is offered as ``carta.pdf.exe.pdf``, and what is no known kind of paper as ``….bin``.
    """
    name = shown_name(upload.name)
    ending = PurePosixPath(name).suffix.lower()
    endings = next((endings for pattern, endings in _ENDINGS if pattern.match(upload.data)), None)
    if endings is None and recognise(upload.data) is Content.CMS:
        endings = _CMS_ENDINGS
    known = endings or _OTHER_ENDINGS
    return name if ending in known else f"{name[: LONGEST_NAME - len(known[0])]}{known[0]}"


def keep_made(data: bytes, *, name: str) -> KeptFile:
    """Store a file that the vault worker made itself, which needs no look at what it is."""
    path = default_storage.save(f"{FOLDER}/{uuid.uuid4()}", ContentFile(data))
    return KeptFile(path=path, name=shown_name(name), sha256=hashlib.sha256(data).hexdigest(), size=len(data))


def keep_each(*uploads: Upload | None) -> tuple[KeptFile | None, ...]:
    """Store several files or none of them. Raises as :func:`keep`."""
    kept: list[KeptFile | None] = []
    try:
        kept.extend(None if one is None else keep(one) for one in uploads)
    except Refusal:
        forget(*kept)
        raise
    return tuple(kept)


def forget(*kept: KeptFile | None) -> None:
    """Remove files whose transaction was lost."""
    for one in kept:
        if one is not None:
            default_storage.delete(one.path)


def open_kept(kept: Evidence) -> "File[bytes] | None":
    """The file of a piece of evidence, open for reading; None where it has none, or it is no longer there."""
    if not kept.file.name or not default_storage.exists(kept.file.name):
        return None
    return default_storage.open(kept.file.name)


def write_proofs(
    *,
    row: RenewalStep,
    verdict: Verdict,
    what: str,
    kept: KeptFile | None,
    by: Person | None,
    now: datetime,
    beside: KeptFile | None = None,
) -> None:
    """One row for each proof of the verdict; facts and file go with the strongest. ``beside`` is the file's signature,
    which has a row of its own; what it proves is told with the file.
    """
    grades = sorted(verdict.grades, key=_STRONGEST_FIRST.index)
    Evidence.objects.bulk_create(
        _row(
            row=row,
            grade=grade,
            what=what,
            facts=verdict.facts if position == 0 else {},
            kept=kept if position == 0 else None,
            by=by,
            now=now,
        )
        for position, grade in enumerate(grades)
    )
    if beside is not None:
        of = {} if kept is None else {SIGNATURE_OF: kept.name}
        write_file(row=row, grade=Grade.FILE, what=SIGNATURE, facts=of, kept=beside, by=by, now=now)


def write_file(
    *,
    row: RenewalStep,
    grade: Grade,
    what: str,
    facts: Mapping[str, Fact],
    kept: KeptFile,
    by: Person | None,
    now: datetime,
) -> Evidence:
    """One row for a file that supports a step without closing it."""
    made = _row(row=row, grade=grade, what=what, facts=facts, kept=kept, by=by, now=now)
    made.save(force_insert=True)
    return made


def _row(
    *,
    row: RenewalStep,
    grade: Grade,
    what: str,
    facts: Mapping[str, Fact],
    kept: KeptFile | None,
    by: Person | None,
    now: datetime,
) -> Evidence:
    file = {} if kept is None else {"file": kept.path, "file_name": kept.name, "file_sha256": kept.sha256}
    return Evidence(
        step=row,
        grade=grade.value,
        what=what,
        facts=dict(facts),
        by=by,
        created_at=now,
        file_size=None if kept is None else kept.size,
        **file,
    )
