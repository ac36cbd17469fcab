"""What does somebody take along with a dossier: the signed paper, its signature, the files, and how to check them?"""

import zipfile
from collections.abc import Iterator
from datetime import datetime
from io import RawIOBase

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from renewals import audit
from renewals.audit import Actor
from renewals.models import Dossier, Evidence
from renewals.procedure import dossier
from renewals.procedure.dossier_paper import MANIFEST, PDF
from renewals.procedure.evidence import open_kept
from renewals.vault import audit_key
from renewals.wording import dossiers as words

README = "LEEME.txt"
SIGNATURE = f"{PDF}.sig"


def pdf_of(row: Dossier) -> bytes | None:
    """The signed paper; None where its file is no longer there."""
    path = str(row.pdf)
    if not default_storage.exists(path):
        return None
    with default_storage.open(path) as file:
        return bytes(file.read())


def public_key_of(row: Dossier) -> str:
    """The PEM of the key that signed it; empty where it is not known here."""
    known = {key.key_id: key for key in audit_key.public_keys()}
    key = known.get(row.audit_key_id)
    return "" if key is None else audit_key.as_pem(key)


def package(*, row: Dossier, by: Actor) -> Iterator[bytes]:
    """The ZIP, piece by piece: no more than one piece of one file is in memory. That it was taken is on the record."""
    renewal = row.renewal
    with transaction.atomic():
        audit.record("dossier.taken", by=by, subject=row, company=renewal.company_id, renewal=renewal.pk)
    kept = dossier.evidence_of(renewal, closed_at=row.closed_at)
    return _zipped(row, kept, pdf=pdf_of(row) or b"", public_key=public_key_of(row))


def _zipped(row: Dossier, kept: list[Evidence], *, pdf: bytes, public_key: str) -> Iterator[bytes]:
    sink = _Sink()
    missing = []
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        small = {
            PDF: pdf,
            SIGNATURE: bytes(row.signature),
            f"{row.audit_key_id}.pem": public_key.encode(),
            MANIFEST: dossier.manifest_of(kept),
        }
        for name, content in small.items():
            archive.writestr(_named(name, row.closed_at), content)
            yield sink.emptied()
        for one in kept:
            file = open_kept(one)
            if file is None:
                missing.append(dossier.name_in_zip(one))
                continue
            with file, archive.open(_named(dossier.name_in_zip(one), one.created_at), "w", force_zip64=True) as member:
                for piece in file.chunks(dossier.PIECE_BYTES):
                    member.write(piece)
                    yield sink.emptied()
        archive.writestr(_named(README, row.closed_at), _readme(row, missing))
    yield sink.emptied()


def _readme(row: Dossier, missing: list[str]) -> bytes:
    company = row.renewal.company
    told = {
        "company": company.name,
        "rfc": company.rfc,
        "key": row.audit_key_id,
        "key_file": f"{row.audit_key_id}.pem",
        "pdf": PDF,
        "manifest": MANIFEST,
        "missing": words.README_MISSING % {"names": ", ".join(missing)} if missing else "",
    }
    # The oldest editors of Windows know no other end of a line, and no UTF-8 without its mark.
    return (words.README % told).replace("\n", "\r\n").encode("utf-8-sig")


def _named(name: str, moment: datetime) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, timezone.localtime(moment).timetuple()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info


class _Sink(RawIOBase):
    """Where the archive is written to, and from where it is sent on at once."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        """It is written to and nothing else: no way back, which a ZIP does not need."""
        return True

    def write(self, piece: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]  # any buffer, as io says
        """Keep a piece until it is sent on."""
        self._pieces.append(bytes(piece))
        return len(piece)

    def emptied(self) -> bytes:
        """What was written since the last time."""
        found = b"".join(self._pieces)
        self._pieces.clear()
        return found
