"""Does taking 1,000 sealed pairs into custody cost at most three times the cryptography it cannot do without?

The bare calls of one pair: two HPKE openings, the decryption of the key (PKCS#8, without the RSA primality check), one
signature, one verification, and two AES-256-GCM encryptions, all in one process and without a database. Ours are the
same in the vault worker and its child process, with the reading of the files, leases, events, 300 companies' new data
keys, and SQLite that waits for the disk at every commit (synchronous=FULL).
"""

import os
import sys
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from tempfile import mkdtemp

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from benchmarks.program import empty_database
from benchmarks.ratio import ratio
from renewals.audit import Machine
from renewals.intake.rows import certificate_from
from renewals.models import Certificate, Company
from renewals.models.stored_key import CompanyKey, KeyState, StoredKey, StoredSecret
from renewals.pki.authority import Authority, as_sat_key_file, new_key
from renewals.pki.certificate import CertificateKind, read_certificate
from renewals.vault import storing, taking
from renewals.vault.initialising import initialise

PROMISE = 3.0
PAIRS = 1_000
COMPANIES = 300
ROUNDS = 3
PASSPHRASE = "Medida2026"
BY = Machine("benchmark")
SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def _be_the_vault_worker() -> None:
    settings.PROCESS_ROLE = "vault"
    settings.MASTER_KEYS_DIR = str(Path(mkdtemp(dir=settings.FIRM_HOME)) / "vault")
    settings.INTAKE_PUBLIC_KEY = initialise(by=BY)


def _pairs() -> list[tuple[Certificate, bytes]]:
    """Certificates with their key files; a few RSA keys serve all, because making one takes longer than all this."""
    now = datetime.now(UTC)
    authority = Authority.create(style="sat", now=now)
    keys = [new_key() for _ in range(4)]
    files = cycle([(key, as_sat_key_file(key, PASSPHRASE)) for key in keys])
    companies = Company.objects.bulk_create(
        Company(rfc=f"EMP{number:06d}AB1", name=f"Empresa {number}", search_name=f"EMPRESA {number}")
        for number in range(COMPANIES)
    )
    made = []
    for number in range(PAIRS):
        key, file = next(files)
        company = companies[number % COMPANIES]
        der = authority.issue(
            key.public_key(),
            kind=CertificateKind.CSD,
            rfc=company.rfc,
            name=company.name,
            branch=f"Sucursal {number}",
            not_before=now - timedelta(days=1),
            not_after=now + timedelta(days=700),
        )
        made.append((certificate_from(read_certificate(der), company=company, now=now), file))
    Certificate.objects.bulk_create([certificate for certificate, _ in made])
    return made


def _seal(pairs: list[tuple[Certificate, bytes]]) -> None:
    with transaction.atomic():
        storing.store_sealed(
            [
                (
                    storing.seal_pair(
                        company_id=certificate.company_id, container="private_key", data=file, passphrase=PASSPHRASE
                    ),
                    certificate,
                )
                for certificate, file in pairs
            ],
            by=BY,
        )


def main() -> int:
    """Measure, print the ratio, and say whether the promise holds."""
    empty_database()
    _be_the_vault_worker()
    pairs = _pairs()
    _seal(pairs)
    before = dict(StoredSecret.objects.values_list("pk", "intake_sealed"))

    def restore() -> None:
        with transaction.atomic():
            for pk, sealed in before.items():
                StoredSecret.objects.filter(pk=pk).update(intake_sealed=sealed, sealed=None)
            StoredKey.objects.update(state=KeyState.SEALED, public_key_sha256="", proved_at=None)
            CompanyKey.objects.all().delete()

    def ours() -> None:
        decided = taking.take_custody_batch(limit=PAIRS, now=timezone.now())
        if decided != PAIRS or StoredKey.objects.filter(state=KeyState.PROVED).count() != PAIRS:
            raise SystemExit("not every key came into custody")

    intake, data_key = X25519PrivateKey.generate(), AESGCM(os.urandom(32))
    sealed = [
        (
            bytes(certificate.der),
            SUITE.encrypt(file, intake.public_key(), info=b"key"),
            SUITE.encrypt(PASSPHRASE.encode(), intake.public_key(), info=b"passphrase"),
        )
        for certificate, file in pairs
    ]

    def bare() -> None:
        for der, sealed_file, sealed_passphrase in sealed:
            _bare(der, sealed_file, sealed_passphrase, intake, data_key)

    found = ratio(ours, bare, rounds=ROUNDS, restore=restore)
    print(f"take_custody: {found:.2f} times the bare calls for {PAIRS} pairs (promise: at most {PROMISE})")
    return 0 if found <= PROMISE else 1


def _bare(der: bytes, sealed_file: bytes, sealed_passphrase: bytes, intake: X25519PrivateKey, data_key: AESGCM) -> None:
    file = SUITE.decrypt(sealed_file, intake, info=b"key")
    passphrase = SUITE.decrypt(sealed_passphrase, intake, info=b"passphrase")
    key = serialization.load_der_private_key(file, passphrase, unsafe_skip_rsa_key_validation=True)
    public_key = x509.load_der_x509_certificate(der).public_key()
    if not isinstance(key, RSAPrivateKey) or not isinstance(public_key, RSAPublicKey):
        raise SystemExit("not an RSA key")
    challenge = os.urandom(32)
    signature = key.sign(challenge, padding.PKCS1v15(), hashes.SHA256())
    public_key.verify(signature, challenge, padding.PKCS1v15(), hashes.SHA256())
    data_key.encrypt(os.urandom(12), file, b"key")
    data_key.encrypt(os.urandom(12), passphrase, b"passphrase")


if __name__ == "__main__":
    sys.exit(main())
