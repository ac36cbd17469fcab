"""How does a process without the master key take in keys, passphrases and PFX files? It seals, and cannot open."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from renewals.audit import Actor
from renewals.models import Certificate, Company


@dataclass(frozen=True, slots=True)
class SealedPair:
    """A key file and its passphrase, sealed to the intake key for one company; holds nothing in the clear."""

    company_id: int
    container: str
    key_secret_id: UUID
    key_sealed: bytes = field(repr=False)
    passphrase_secret_id: UUID | None
    passphrase_sealed: bytes | None = field(repr=False)
    file_sha256: str


def seal_pair(*, company_id: int, container: str, data: bytes, passphrase: str | None) -> SealedPair:
    """Seal a key file (``container`` ``"private_key"``) or a PFX (``"pfx"``) with its passphrase.

    Cryptography only: no database, so that child processes may do it. ``passphrase`` is None for a file that is not
    encrypted.

    Raises:
        IntakeKeyAbsent: the settings pin no intake key.
    """
    raise NotImplementedError


def store_sealed(pairs: Sequence[tuple[SealedPair, Certificate]], *, by: Actor) -> list[UUID]:
    """Write the rows of sealed pairs in the caller's transaction, and wake the vault worker once.

    The certificates become ``pair_state`` SEALED, in the database and on the objects. Returns the ids of the keys.

    Raises:
        KeyAlreadyKept: one of the certificates has a key that was not refused.
        RuntimeError: outside a transaction.
    """
    raise NotImplementedError


def receive_key_file(*, key_id: UUID, company_id: int, data: bytes, passphrase: str | None, by: Actor) -> None:
    """Take in the file of a key that was expected; the vault worker proves it within seconds.

    ``passphrase`` is given only when the person used another one than the one the vault made. May run inside the
    caller's transaction. A file that was refused, or not looked at yet, is replaced.

    Raises:
        AlreadyMoved: the key is being proved, or was.
        IntakeKeyAbsent: the settings pin no intake key.
    """
    raise NotImplementedError


def attach_certificate(*, key_id: UUID, certificate: Certificate, by: Actor) -> None:
    """Give a proved pending key its certificate, in the caller's transaction; ``pair_state`` becomes IN_CUSTODY.

    Raises:
        KeyOfAnotherCertificate: the certificate holds another public key.
        AlreadyMoved: the key is not a proved pending key of the certificate's company.
        RuntimeError: outside a transaction.
    """
    raise NotImplementedError


def seal_upload(*, company: Company, data: bytes, by: Actor) -> UUID:
    """Keep a PFX that only the vault worker will look into. Returns the id of the secret.

    Raises:
        IntakeKeyAbsent: the settings pin no intake key.
    """
    raise NotImplementedError


def discard_upload(*, secret_id: UUID, by: Actor) -> None:
    """Forget an uploaded PFX; one that is gone already is no fault."""
    raise NotImplementedError
