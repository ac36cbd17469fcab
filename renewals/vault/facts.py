"""What may other rooms know about a stored key? Facts, never the key."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from renewals.errors import Fact
from renewals.models import Certificate


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
    raise NotImplementedError


def key_id_of(certificate: Certificate) -> UUID | None:
    """The id of the certificate's key that was not refused, if it has one."""
    raise NotImplementedError


def public_key_is_known(sha256: str, *, except_key: UUID | None = None) -> bool:
    """Whether a certificate or a proved key (another than ``except_key``) has this public key (hex SHA-256)."""
    raise NotImplementedError
