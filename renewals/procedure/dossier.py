"""What is told of a renewal that was closed: every step and its proofs, who and when, waits, places and history?

Gathered from the rows alone, whatever wrote them. Files are only hashed again, never read as what they claim to be, so
that the vault worker vouches for what really lay there.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Any

from renewals import audit
from renewals.models import (
    Checkout,
    CheckoutState,
    ClientRequest,
    Dossier,
    Evidence,
    PlaybookRun,
    Renewal,
    Wait,
)
from renewals.procedure import installing
from renewals.procedure.evidence import open_kept
from renewals.procedure.figures import Figures, figures_of
from renewals.procedure.installing import Place
from renewals.procedure.overview import StepStanding, steps_of
from renewals.vault.facts import key_facts

#: So much of a file is in memory at a time.
PIECE_BYTES = 256 * 1024
FOLDER = "archivos"
MANIFEST_FORMAT = "vigencia-dossier-1"
_LONGEST_STEM = 60
#: What a double click may open; whatever else somebody uploaded is packed under an ending that starts nothing.
_HARMLESS = frozenset(
    {".pdf", ".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".txt", ".eml", ".p7s", ".p7m", ".xml"}
)


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that the paper tells of one closing of a renewal."""

    renewal: Renewal
    closed_at: datetime
    steps: Sequence[StepStanding]
    figures: Figures
    waits: Sequence[Wait]
    playbooks: Sequence[PlaybookRun]
    requests: Sequence[ClientRequest]
    checkouts: Sequence[Checkout]
    places: Sequence[Place]
    history: Sequence[Any]
    #: The hex SHA-256 of the public key that has no certificate; empty where there is none.
    pending_key: str
    #: Evidence whose file is gone, or is another than it was, by id.
    missing: frozenset[int]
    changed: frozenset[int]
    manifest: bytes


def gather(renewal: Renewal) -> Told:
    """What there is to tell of a renewal as it was closed last.

    Raises:
        ValueError: it is not closed.
    """
    if renewal.closed_at is None:
        raise ValueError("a renewal under way has no dossier")
    closed_at = renewal.closed_at
    steps = steps_of(renewal)
    waits = list(renewal.waits.order_by("begun_at", "pk"))
    kept = evidence_of(renewal, closed_at=closed_at)
    missing, changed = _looked_at(kept)
    taken = renewal.checkouts.filter(state=CheckoutState.TAKEN).select_related("person").order_by("taken_at")
    asked = renewal.client_requests.select_related("asked_by").prefetch_related("items").order_by("asked_at", "pk")
    return Told(
        renewal=renewal,
        closed_at=closed_at,
        steps=steps,
        figures=figures_of(renewal, steps=[one.row for one in steps], waits=waits, closed_at=closed_at),
        waits=waits,
        playbooks=list(renewal.playbook_runs.select_related("begun_by").order_by("begun_at", "pk")),
        requests=list(asked),
        checkouts=list(taken.defer("package", "passphrase_box", "sealed_transport_key")),
        places=installing.places_of(renewal),
        history=list(audit.history_of(renewal).order_by("id")),
        pending_key=_pending_key(renewal),
        missing=missing,
        changed=changed,
        manifest=manifest_of(kept),
    )


def dossier_of(renewal: Renewal) -> Dossier | None:
    """The signed paper of the last closing of a renewal; None while it is under way, or the paper not made yet."""
    if renewal.closed_at is None:
        return None
    return renewal.dossiers.filter(closed_at=renewal.closed_at).first()


def evidence_of(renewal: Renewal, *, closed_at: datetime) -> list[Evidence]:
    """The evidence with a file that there was at a closing, in the order of the steps; what was sent back included."""
    rows = Evidence.objects.filter(step__renewal=renewal, created_at__lte=closed_at).exclude(file="")
    return list(rows.select_related("step").order_by("step__position", "pk"))


def manifest_of(kept: Sequence[Evidence]) -> bytes:
    """The list of the files, as JSON: made only of what no row changes later, so that it is the same on every day."""
    told = [
        {
            "name": name_in_zip(one),
            "sha256": one.file_sha256,
            "size": one.file_size,
            "step": one.step.key,
            "grade": one.grade,
            "evidence": one.pk,
            "at": one.created_at.isoformat(timespec="seconds"),
        }
        for one in kept
    ]
    return json.dumps({"format": MANIFEST_FORMAT, "files": told}, ensure_ascii=False, indent=1).encode() + b"\n"


def name_in_zip(kept: Evidence) -> str:
    """Where a file lies in the ZIP: letters and digits that every system takes, and an ending that starts nothing."""
    path = PurePath(kept.file_name)
    plain = unicodedata.normalize("NFKD", path.stem).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", plain).strip("_")[:_LONGEST_STEM] or "archivo"
    ending = path.suffix.lower()
    return f"{FOLDER}/{kept.step.position:02d}-{kept.pk}-{stem}{ending if ending in _HARMLESS else '.bin'}"


def _looked_at(kept: Sequence[Evidence]) -> tuple[frozenset[int], frozenset[int]]:
    missing, changed = set(), set()
    for one in kept:
        file = open_kept(one)
        if file is None:
            missing.add(one.pk)
            continue
        digest = hashlib.sha256()
        with file:
            for piece in file.chunks(PIECE_BYTES):
                digest.update(piece)
        if digest.hexdigest() != one.file_sha256:
            changed.add(one.pk)
    return frozenset(missing), frozenset(changed)


def _pending_key(renewal: Renewal) -> str:
    if renewal.pending_key_id is None or renewal.new_certificate_id is not None:
        return ""
    return key_facts(renewal.pending_key_id).public_key_sha256
