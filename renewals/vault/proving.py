"""Does a key in custody still open, and does it belong to what it should? Vault worker only, outside a transaction.

Challenges are made inside the vault's child process and carry a fixed prefix: no caller chooses what is signed.
"""

from uuid import UUID

from renewals.audit import Actor
from renewals.models import Certificate


def prove_certificate_pair(*, certificate: Certificate, by: Actor, reason: str) -> None:
    """Open the certificate's pair with its passphrase, sign a challenge and verify it with the certificate.

    Raises:
        KeyNotKept, KeyNotProved: there is no pair in custody.
        WrongPassphrase, KeyOfAnotherCertificate, ...: what the proof found.
        MasterKeyAbsent, ProverUnavailable: not now, or not here.
    """
    raise NotImplementedError


def prove_and_package(*, certificate: Certificate, by: Actor, reason: str) -> None:
    """Prove the pair, build a PFX of it, and open that again. Raises as :func:`prove_certificate_pair`."""
    raise NotImplementedError


def read_pfx_certificate(*, secret_id: UUID, key_id: UUID, by: Actor, reason: str) -> bytes:
    """The certificate (DER) of an uploaded PFX that the passphrase of a pending key opens.

    Raises:
        KeyOfAnotherCertificate: the PFX holds another key than the pending one.
        WrongPassphrase, DamagedFile, ...: what opening the PFX found.
        KeyNotKept: no such upload or key.
        MasterKeyAbsent, ProverUnavailable: not now, or not here.
    """
    raise NotImplementedError
