"""What may other rooms know about a stored key? Facts, never the key."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef

from renewals.errors import Fact, KeyNotKept
from renewals.models import Certificate
from renewals.models.stored_key import KeyState, StoredKey


@dataclass(frozen=True, slots=True)
class StoredKeyFacts:
    """``state`` is one of ``expected``, ``sealed``, ``taking``, ``proved``, ``failed``; hashes are hex, or empty."""

    key_id: UUID
    company_id: int
    state: str
    failure_code: str
    failure_facts: Mapping[str, Fact]
    public_key_sha256: str
    key_bits: int | None
    has_file: bool
    file_sha256: str
    proved_at: datetime | None


def key_facts(key_id: UUID) -> StoredKeyFacts:
    """What is known about one key.

    Raises:
        KeyNotKept: there is no such key.
    """
    key = StoredKey.objects.filter(pk=key_id).first()
    if key is None:
        raise KeyNotKept
    return StoredKeyFacts(
        key_id=key.pk,
        company_id=key.company_id,
        state=key.state,
        failure_code=key.failure_code,
        failure_facts=key.failure_facts,
        public_key_sha256=key.public_key_sha256,
        key_bits=key.key_bits,
        has_file=key.key_secret_id is not None,
        file_sha256=key.file_sha256,
        proved_at=key.proved_at,
    )


def key_id_of(certificate: Certificate) -> UUID | None:
    """The id of the certificate's key that was not refused, if it has one."""
    return StoredKey.objects.live().filter(certificate=certificate).values_list("pk", flat=True).first()


def certificates_of_keys(key_ids: Collection[str]) -> dict[str, int]:
    """Key → its certificate, by ids, for those that have one by now."""
    found = StoredKey.objects.filter(pk__in=key_ids, certificate__isnull=False)
    return {str(key): certificate for key, certificate in found.values_list("pk", "certificate_id") if certificate}


def keys_proved_since(*, certificate: str, moment: str) -> Exists:
    """A condition for a question about other rows: the certificate named by one column got its key after another.

    ``certificate`` and ``moment`` are names of the columns there.
    """
    return Exists(
        StoredKey.objects.filter(
            certificate=OuterRef(certificate), state=KeyState.PROVED, proved_at__gt=OuterRef(moment)
        )
    )


def last_refusal(certificate: Certificate) -> tuple[str, Mapping[str, Fact]] | None:
    """Code and facts of why the certificate's latest key was refused, if one was."""
    rows = StoredKey.objects.filter(certificate=certificate, state=KeyState.FAILED)
    # A passphrase that somebody offers for a key is a row without a file, and no key that was refused.
    refused = rows.filter(key_secret__isnull=False).order_by("created_at").last()
    return None if refused is None else (refused.failure_code, refused.failure_facts)


def public_key_is_known(sha256: str, *, except_key: UUID | None = None) -> bool:
    """Whether a certificate or a proved key (another than ``except_key``) has this public key (hex SHA-256)."""
    if Certificate.objects.filter(public_key_sha256=sha256).exists():
        return True
    proved = StoredKey.objects.filter(public_key_sha256=sha256, state=KeyState.PROVED)
    others = proved if except_key is None else proved.exclude(pk=except_key)
    return others.exists()
