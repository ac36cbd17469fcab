"""Does importing 1,000 pairs, until all are sealed rows, cost at most three times the bare calls of 1,000 pairs?

The bare calls of one pair: the decryption of the key (PKCS#8 as SAT writes it, without the RSA primality check), one
signature, one verification, two HPKE seals; one pair after the other. Ours walks the folder, reads every file, tells
what it is, reads the certificates, opens and proves and seals on every core, finds the companies, and writes
certificates, keys, secrets and events to SQLite that waits for the disk (synchronous=FULL). The clock on the wall
measures both, since using every core is part of the promise; ``--one-core`` shows what it costs without.
"""

import sys
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from tempfile import mkdtemp

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from django.conf import settings
from django.utils import timezone

from benchmarks.program import empty_database, let_events_be_deleted
from benchmarks.ratio import ratio
from renewals.audit import Machine
from renewals.clients.companies import create_company
from renewals.intake import importing
from renewals.models import Certificate, PairState
from renewals.models.event import Event
from renewals.models.stored_key import StoredKey, StoredSecret
from renewals.pki.authority import Authority, as_sat_key_file, new_key
from renewals.pki.certificate import CertificateKind
from renewals.vault.envelope import IntakePublicKey

PROMISE = 3.0
PAIRS = 1_000
COMPANIES = 300
ROUNDS = 3
PASSPHRASE = "Medida2026"
PUBLIC_EXPONENT = 65_537
BY = Machine("benchmark")
CHALLENGE = bytes(64)
SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def _keys(count: int) -> list[RSAPrivateKey]:
    """Different RSA keys, fast: every product of two primes of a few generated keys is a modulus of its own."""
    numbers = [new_key().private_numbers() for _ in range(int(count**0.5) + 1)]
    return [_key(one.p, other.q) for one, other in product(numbers, numbers) if one.p != other.q][:count]


def _key(p: int, q: int) -> RSAPrivateKey:
    private_exponent = pow(PUBLIC_EXPONENT, -1, (p - 1) * (q - 1))
    return rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=private_exponent,
        dmp1=rsa.rsa_crt_dmp1(private_exponent, p),
        dmq1=rsa.rsa_crt_dmq1(private_exponent, q),
        iqmp=rsa.rsa_crt_iqmp(p, q),
        public_numbers=rsa.RSAPublicNumbers(PUBLIC_EXPONENT, p * q),
    ).private_key(unsafe_skip_rsa_key_validation=True)


def _folder() -> tuple[Path, list[tuple[RSAPublicKey, bytes]]]:
    """1,000 certificates with their keys on disk, and the same in memory for the bare calls."""
    now = datetime.now(UTC)
    folder = Path(mkdtemp(dir=settings.FIRM_HOME))
    authority = Authority.create(style="sat", now=now)
    companies = [create_company(rfc=f"EMP{900101}{number:03d}", name=str(number), by=BY) for number in range(COMPANIES)]
    pairs = []
    for number, key in enumerate(_keys(PAIRS)):
        certificate = authority.issue(
            key.public_key(),
            kind=CertificateKind.CSD,
            rfc=companies[number % COMPANIES].rfc,
            name=f"EMPRESA {number}",
            branch=f"Sucursal {number}",
            not_before=now,
            not_after=now + timedelta(days=1_460),
        )
        file = as_sat_key_file(key, PASSPHRASE)
        (folder / f"{number}.cer").write_bytes(certificate)
        (folder / f"{number}.key").write_bytes(file)
        public_key = x509.load_der_x509_certificate(certificate).public_key()
        assert isinstance(public_key, RSAPublicKey)
        pairs.append((public_key, file))
    return folder, pairs


def _forget() -> None:
    StoredKey.objects.all().delete()
    StoredSecret.objects.all().delete()
    Event.objects.all().delete()
    Certificate.objects.all().delete()


def main() -> int:
    """Print the ratio beside its promise; 1 if the promise is broken."""
    empty_database()
    let_events_be_deleted()
    folder, pairs = _folder()
    intake = X25519PrivateKey.generate().public_key()
    settings.INTAKE_PUBLIC_KEY = str(IntakePublicKey("bench", intake))
    if "--one-core" in sys.argv:
        importing.cores = lambda: 1

    def ours() -> None:
        outcomes = importing.import_files([str(folder)], passphrases=[PASSPHRASE], by=BY, now=timezone.now())
        assert sum(one.outcome == "imported" for one in outcomes) == PAIRS
        assert Certificate.objects.filter(pair_state=PairState.SEALED).count() == PAIRS

    def bare() -> None:
        for public_key, file in pairs:
            key = serialization.load_der_private_key(file, PASSPHRASE.encode(), unsafe_skip_rsa_key_validation=True)
            assert isinstance(key, RSAPrivateKey)
            signature = key.sign(CHALLENGE, padding.PKCS1v15(), hashes.SHA256())
            public_key.verify(signature, CHALLENGE, padding.PKCS1v15(), hashes.SHA256())
            SUITE.encrypt(file, intake, info=b"key")
            SUITE.encrypt(PASSPHRASE.encode(), intake, info=b"passphrase")

    found = ratio(ours, bare, rounds=ROUNDS, restore=_forget)
    print(f"import_files: {PAIRS} pairs in {found:.2f} times their bare calls (promise: at most {PROMISE})")
    return 0 if found <= PROMISE else 1


if __name__ == "__main__":
    sys.exit(main())
