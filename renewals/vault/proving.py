"""Does a key in custody still open, and does it belong to what it should? Vault worker only, outside a transaction.

Challenges are made inside the vault's child process and carry a fixed prefix: no caller chooses what is signed.
"""

from uuid import UUID

from renewals.audit import Actor
from renewals.errors import KeyNotKept, KeyOfAnotherCertificate
from renewals.models import Certificate
from renewals.models.stored_key import SecretKind, StoredSecret
from renewals.pki.certificate import CertificateFacts
from renewals.vault import prover
from renewals.vault.keys import proved_key, proved_key_of
from renewals.vault.opening import opening
from renewals.vault.prover import Material


def prove_certificate_pair(*, certificate: Certificate, by: Actor, reason: str) -> None:
    """Open the certificate's pair with its passphrase, sign a challenge and verify it with the certificate.

    Raises:
        KeyNotKept, KeyNotProved: there is no pair in custody.
        WrongPassphrase, KeyOfAnotherCertificate, ...: what the proof found.
        MasterKeyAbsent, ProverUnavailable: not now, or not here.
    """
    key = proved_key_of(certificate)
    with opening(rows=[key], by=by, reason=reason) as opener:
        material = Material(key.container, opener.file_of(key), opener.passphrase_of(key))
        prover.prove(material, certificate=bytes(certificate.der))


def prove_and_package(*, certificate: Certificate, by: Actor, reason: str) -> None:
    """Prove the pair, build a PFX of it, and open that again. Raises as :func:`prove_certificate_pair`."""
    key = proved_key_of(certificate)
    with opening(rows=[key], by=by, reason=reason) as opener:
        material = Material(key.container, opener.file_of(key), opener.passphrase_of(key))
        prover.package(material, certificate=bytes(certificate.der))


def read_pfx_certificate(*, secret_id: UUID, key_id: UUID, by: Actor, reason: str) -> CertificateFacts:
    """The certificate of an uploaded PFX that the passphrase of a pending key opens, as the child process read it.

    Raises:
        KeyOfAnotherCertificate: the PFX holds another key than the pending one.
        WrongPassphrase, DamagedFile, ...: what opening the PFX found.
        KeyNotKept, KeyNotProved: no such upload or key, or not proved yet.
        MasterKeyAbsent, ProverUnavailable: not now, or not here.
    """
    key = proved_key(key_id)
    upload = StoredSecret.objects.filter(pk=secret_id, company=key.company_id, kind=SecretKind.PFX).first()
    if upload is None:
        raise KeyNotKept
    with opening(rows=[key, upload], by=by, reason=reason) as opener:
        certificate = prover.read_pfx(Material(SecretKind.PFX, opener.secret(upload), opener.passphrase_of(key)))
    if certificate.public_key_sha256 != key.public_key_sha256:
        raise KeyOfAnotherCertificate
    return certificate
