"""Can the firm really come back from its backups? They are brought back beside it, and pairs from them are opened."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.db import transaction
from pyrage.x25519 import Identity

from renewals import audit
from renewals.audit import Actor, Machine
from renewals.desk.backup.restoring import Restored, restore
from renewals.desk.backup.scratch import scratch_database
from renewals.errors import NothingToDrill, Refusal
from renewals.models import Archive, Certificate
from renewals.vault import archiving, keyring
from renewals.vault.proving import prove_certificate_pair

_DRILL = Machine("backup")


@dataclass(frozen=True, slots=True)
class Drilled:
    """What a drill found; ``failures`` are why a pair did not open, by the certificate's id."""

    restored: Restored
    opened: int
    failures: dict[int, str] = field(default_factory=dict)

    @property
    def is_green(self) -> bool:
        """Whether every pair that was tried opened, and no company has lost a data key."""
        return not self.failures and not self.restored.without_key

    def document(self) -> dict[str, object]:
        """The same for machines."""
        failures = [{"certificate": key, "code": code} for key, code in self.failures.items()]
        return {**self.restored.document(), "opened": self.opened, "failures": failures, "green": self.is_green}


def drill(*, data: Path, keys: Path, identities: Sequence[Identity], sample: int, by: Actor, now: datetime) -> Drilled:
    """Bring a data backup and a key archive back into a scratch database, and open a sample of pairs from it.

    Needs the master keys, so it runs where the vault worker does, or better on a spare machine that is given them for
    the occasion. Nothing leaves it; the firm's own history tells before that keys will be opened, and after what came
    of it.

    Raises:
        MasterKeyFault: this process cannot open anything.
        NothingToDrill: there is no pair in custody to try.
        DatabaseNotEmpty, ArchiveDamaged and others: as :func:`restore`.
    """
    keyring.load()
    begun = Archive(name=data.name)
    audit.record_first("backup.drill_begun", by=by, subject=begun, archive=data.name, keys=keys.name, sample=sample)
    with scratch_database() as folder:
        restored = restore(data=data, keys=keys, identities=identities, files_into=folder, by=by, now=now)
        pairs = archiving.sample_of_pairs(sample)
        if not pairs:
            raise NothingToDrill
        failures = {pair.pk: code for pair in pairs if (code := _fault_of(pair))}
    drilled = Drilled(restored, len(pairs) - len(failures), failures)
    _tell(drilled, by=by, now=now)
    return drilled


def _fault_of(certificate: Certificate) -> str:
    try:
        prove_certificate_pair(certificate=certificate, by=_DRILL, reason="drill")
    except Refusal as refusal:
        return refusal.code
    return ""


def _tell(drilled: Drilled, *, by: Actor, now: datetime) -> None:
    data, keys = drilled.restored.data.archive, drilled.restored.keys
    archives = [data.pk, *([keys.archive.pk] if keys is not None else [])]
    with transaction.atomic():
        if drilled.is_green:
            # An archive of another machine has no row here, and needs none.
            Archive.objects.filter(pk__in=archives).update(proved_at=now)
        audit.record(
            "backup.drill_passed" if drilled.is_green else "backup.drill_failed",
            by=by,
            subject=data,
            archive=data.name,
            sha256=data.sha256,
            opened=drilled.opened,
            failed=len(drilled.failures),
            companies_without_key=drilled.restored.companies_without_key,
        )
