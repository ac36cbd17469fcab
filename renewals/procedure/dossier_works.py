"""Which closed renewals have no dossier of their closing yet, and how does the vault worker make one, once?"""

import hashlib
import uuid
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from renewals import audit
from renewals.audit import Machine
from renewals.errors import AlreadyMoved
from renewals.models import Dossier, Renewal
from renewals.models.renewal import RenewalQuerySet
from renewals.procedure import dossier
from renewals.procedure.dossier_paper import paper
from renewals.vault import audit_key

FOLDER = "dossiers"
_VAULT = Machine("vault")


def renewals_without(_now: datetime, limit: int) -> list[int]:
    """The renewals whose last closing has no dossier, oldest first."""
    return list(_without_dossier().order_by("closed_at", "pk").values_list("pk", flat=True)[:limit])


def make(*, renewal_id: int, now: datetime) -> None:
    """Write and sign the dossier of a closing; a second call changes nothing.

    Raises:
        MasterKeyFault, SealBroken: nothing can be signed at the moment; the renewal goes on waiting.
        AlreadyMoved: another worker was faster, or the renewal was reopened meanwhile.
    """
    related = ("company", "certificate", "new_certificate", "assignee")
    renewal = _without_dossier().select_related(*related).filter(pk=renewal_id).first()
    if renewal is None:
        return
    told = dossier.gather(renewal)
    key_id = audit_key.active_key_id()
    pdf = paper(told, key_id=key_id, made_at=now)
    signed = audit_key.sign(pdf)
    if signed.key_id != key_id:
        # The audit key was replaced between the two: again, at the next look.
        raise AlreadyMoved
    path = default_storage.save(f"{FOLDER}/{uuid.uuid4()}", ContentFile(pdf))
    row = Dossier(
        renewal=renewal,
        closed_at=told.closed_at,
        pdf=path,
        pdf_sha256=hashlib.sha256(pdf).hexdigest(),
        pdf_size=len(pdf),
        signature=signed.signature,
        audit_key_id=signed.key_id,
        figures=told.figures.as_json(),
        made_at=now,
    )
    try:
        _write(row)
    except AlreadyMoved:
        default_storage.delete(path)
        raise


def _without_dossier() -> RenewalQuerySet:
    made = Dossier.objects.filter(renewal=OuterRef("pk"), closed_at=OuterRef("closed_at"))
    return Renewal.objects.closed().filter(~Exists(made), closed_at__isnull=False)


def _write(row: Dossier) -> None:
    renewal = row.renewal
    with transaction.atomic():
        if not Renewal.objects.filter(pk=renewal.pk, open=None, closed_at=row.closed_at).exists():
            raise AlreadyMoved
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            raise AlreadyMoved from None
        audit.record(
            "dossier.made", by=_VAULT, subject=row, company=renewal.company_id, renewal=renewal.pk, pdf=row.pdf_sha256
        )
