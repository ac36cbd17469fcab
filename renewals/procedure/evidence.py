"""Where are the files kept that support a step, and which rows tell what they prove?

Files lie in a private folder under names that say nothing; only ``access.evidence_for`` leads to them.
"""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from renewals.clients.documents import shown_name
from renewals.errors import EmptyFile, EvidenceTooLarge, Fact, KeyIsNoEvidence
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

_STRONGEST_FIRST = tuple(Grade)


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
    return KeptFile(path=path, name=shown_name(upload.name), sha256=sha256_of(upload), size=len(upload.data))


def keep_made(data: bytes, *, name: str) -> KeptFile:
    """Store a file that the vault worker made itself, which needs no look at what it is."""
    path = default_storage.save(f"{FOLDER}/{uuid.uuid4()}", ContentFile(data))
    return KeptFile(path=path, name=shown_name(name), sha256=hashlib.sha256(data).hexdigest(), size=len(data))


def forget(kept: KeptFile) -> None:
    """Remove a file whose transaction was lost."""
    default_storage.delete(kept.path)


def open_kept(kept: Evidence) -> "File[bytes] | None":
    """The file of a piece of evidence, open for reading; None where it has none, or it is no longer there."""
    if not kept.file.name or not default_storage.exists(kept.file.name):
        return None
    return default_storage.open(kept.file.name)


def write_proofs(
    *, row: RenewalStep, verdict: Verdict, what: str, kept: KeptFile | None, by: Person | None, now: datetime
) -> None:
    """One row for each proof of the verdict; facts and file go with the strongest."""
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
