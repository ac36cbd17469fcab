"""What of the vault's goes into the key archive and not into the data, how does it come back, and does it open then?"""

import random
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import uuid4

from django.db.models import BinaryField, Max, QuerySet
from django.db.models.functions import Substr

from renewals.errors import KeysNotArchived
from renewals.models import (
    Archive,
    ArchiveKind,
    Certificate,
    Destruction,
    KeyWork,
    KeyWorkKind,
    KeyWorkState,
    PairState,
)
from renewals.models.stored_key import AuditKey, CompanyKey, StoredSecret
from renewals.vault import audit_key, envelope
from renewals.vault.audit_key import PublicAuditKey

#: The tables of wrapped keys, and of the master keys they are under. A data backup holds none of them: whoever has only
#: that opens nothing, even with the master key; and what was erased is gone with the last key archive.
KEY_TABLES: Final = frozenset({"renewals_companykey", "renewals_intakekey", "renewals_masterkey"})
#: Whole in the key archive. The data have the public halves, so that what was signed since can be checked.
AUDIT_KEYS: Final = "renewals_auditkey"
#: What is sealed to the intake key, which outlives every company, lies beside the wrapped keys and lapses with them.
WAITING: Final = "renewals_storedsecret"
WAITING_COLUMNS: Final = ("id", "intake_sealed")
#: Of these columns a data backup tells only whether there is something: no bytes stand for what the key archive has.
EMPTIED: Final[Mapping[str, frozenset[str]]] = {
    AUDIT_KEYS: frozenset({"wrapped_private_key"}),
    WAITING: frozenset({"intake_sealed"}),
}
_HEADER_BYTES: Final = len(envelope.secret_header(uuid4().hex))


def with_public_halves_only(*, now: datetime) -> None:
    """Take the audit keys that came with the data out of use: none of them can sign."""
    AuditKey.objects.filter(is_active=True).update(is_active=False, replaced_at=now)


def make_room(key_ids: Collection[str]) -> None:
    """Let the key archive's word on these audit keys replace what the data say of them."""
    AuditKey.objects.filter(pk__in=key_ids).delete()


def bring_back_waiting(rows: Sequence[Sequence[Any]]) -> None:
    """Put what was sealed to the intake key, by id, back where the data have its place, and nowhere else."""
    for secret_id, sealed in rows:
        StoredSecret.objects.filter(pk=secret_id, intake_sealed=b"").update(intake_sealed=sealed)


def keys_that_signed() -> dict[str, PublicAuditKey]:
    """The audit keys that a destruction in what came back may be signed with, by id; vault worker only.

    Data can be newer than the keys beside them: a key counts as well that one of ours handed over to. Where the key
    archive is older than the first audit key, what the data say is all there is.

    Raises:
        MasterKeyFault, SealBroken: as :func:`audit_key.trusted_keys`.
    """
    found = audit_key.trusted_keys()
    told = audit_key.public_keys()
    if not found:
        return {key.key_id: key for key in told}
    # Oldest first: each follows one that was looked at before.
    for key in reversed(told):
        before = found.get(key.succeeds)
        if key.key_id not in found and before is not None and audit_key.is_handover(before, key):
            found[key.key_id] = key
    return found


def require_archived_since_rotation(key_id: str, *, now: datetime) -> None:
    """Refuse where every key archive is from before the last rotation, and so under the master key that was left.

    Raises:
        KeysNotArchived: with ``key_id``, the master key that would be missed.
    """
    rotated = _last_rotation(now)
    if rotated is not None and not Archive.objects.filter(kind=ArchiveKind.KEYS, made_at__gt=rotated).exists():
        raise KeysNotArchived(key_id=key_id)


def older_archives_lapse_on(*, now: datetime) -> date | None:
    """The day on which the last key archive from before the last rotation is deleted."""
    rotated = _last_rotation(now)
    older = Archive.objects.filter(kind=ArchiveKind.KEYS, made_at__lte=rotated) if rotated else Archive.objects.none()
    last: date | None = older.aggregate(last=Max("lapses_on"))["last"]
    return last


def companies_without_key() -> list[str]:
    """The companies, by RFC, of which something in custody is under a data key that is not here, or is not here itself.

    The latter was sealed to the intake key, and the key archive did not have it (any more).
    """
    here = {
        (company, envelope.secret_header(pk.hex)) for pk, company in CompanyKey.objects.values_list("pk", "company")
    }
    beginning = Substr("sealed", 1, _HEADER_BYTES, output_field=BinaryField())
    held = StoredSecret.objects.filter(sealed__isnull=False).order_by()
    named = held.values_list("company", "company__rfc", beginning).distinct()
    lost = {rfc for company, rfc, header in named if (company, bytes(header)) not in here}
    return sorted(lost | set(StoredSecret.objects.filter(intake_sealed=b"").values_list("company__rfc", flat=True)))


def sample_of_pairs(limit: int) -> list[Certificate]:
    """Certificates whose pair is in custody, chosen by chance, of companies whose keys nobody destroyed."""
    held = Certificate.objects.filter(pair_state=PairState.IN_CUSTODY).exclude(company__in=_destroyed())
    keys = list(held.values_list("pk", flat=True))
    chosen = random.SystemRandom().sample(keys, min(limit, len(keys)))
    return list(Certificate.objects.filter(pk__in=chosen).order_by("pk"))


def _last_rotation(now: datetime) -> datetime | None:
    rotations = KeyWork.objects.filter(kind=KeyWorkKind.ROTATE, state=KeyWorkState.DONE, finished_at__lte=now)
    last: datetime | None = rotations.aggregate(last=Max("finished_at"))["last"]
    return last


def _destroyed() -> QuerySet[Any, Any]:
    return Destruction.objects.values_list("company", flat=True)
